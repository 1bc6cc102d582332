//! Appends units of facts, batch by batch, each batch held against what the ledger knows.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::entry::{Body, Entry, Stream};
use linchpin_domain::fact::{Fact, FactRetracted};
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{Append, AppendError, Appended, Ledger, NewEntry, Repeat};
use rust_decimal::Decimal;

use super::error::ImportError;
use super::revision::{
    Revision, Seen, newest, retraction_id, revision_id, says, says_ever, usual_ids,
};
use super::sort::Sorter;
use super::summary::{Conflict, KeptFirst, MAX_LISTED, Progress, Stage, Summary};
use super::{ImportOptions, Stepper};
use crate::link::link;
use crate::map::{Map, Told, Unit};

/// Most facts of one batch.
const BATCH: usize = 500;
/// A batch ends with the unit that takes it past so many bytes.
const BATCH_BYTES: usize = 2 << 20;
/// How often a batch is tried where another process appends the same.
const TRIES: usize = 3;
/// How often, and after how long, a busy ledger is asked again.
const BUSY_TRIES: usize = 100;
const BUSY_WAIT: Duration = Duration::from_millis(50);

/// The part of an import that stores.
pub(crate) struct Store<'s> {
    ledger: &'s Ledger,
    options: &'s ImportOptions,
    actor: String,
    file: &'s str,
    summary: &'s mut Summary,
    /// Facts told `once`, by name, and each of their tellings.
    once: Seen,
    tellings: Seen,
    links: Seen,
}

/// A fact told `once`.
struct Once<'u> {
    told: &'u Told,
    /// Whether the file has not told it before, in these words or others.
    first: bool,
}

/// What one batch comes to. Counted only once it is stored.
#[derive(Default)]
struct Plan {
    entries: Vec<NewEntry>,
    new: Vec<String>,
    known: u64,
    corrected: u64,
    conflicts: Vec<Conflict>,
    kept_first: Vec<KeptFirst>,
}

/// How a fact of the file stands to the ledger.
enum Standing {
    New(Fact),
    Known,
    Differs(Fact, Option<Box<Revision>>),
}

impl<'s> Store<'s> {
    pub(crate) fn new(
        ledger: &'s Ledger,
        map: &'s Map,
        file: &'s str,
        options: &'s ImportOptions,
        summary: &'s mut Summary,
    ) -> Self {
        let actor = options.actor.clone().unwrap_or_else(|| format!("import:{}", map.source()));
        Self {
            ledger,
            options,
            actor,
            file,
            summary,
            once: Seen::default(),
            tellings: Seen::default(),
            links: Seen::default(),
        }
    }

    /// Appends all units in order.
    pub(crate) async fn all(
        mut self,
        units: Sorter,
        mut step: Option<&mut dyn Stepper>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ImportError> {
        let (zone, total) = (self.ledger.genesis().zone(), Some(units.count()));
        let mut units = units.finish().map_err(ImportError::Temporary)?;
        let (mut batch, mut facts, mut bytes, mut done) = (Vec::new(), 0, 0, 0_u64);
        let mut day: Option<Date> = None;
        while let Some((_, json)) = units.next().map_err(ImportError::Temporary)? {
            let unit: Unit =
                serde_json::from_slice(&json).map_err(|e| ImportError::Temporary(e.into()))?;
            let today = day_of(unit.at, &zone);
            let new_day = step.is_some() && day != Some(today);
            if new_day || facts >= BATCH || bytes >= BATCH_BYTES {
                done += batch.len() as u64;
                self.batch(std::mem::take(&mut batch)).await?;
                progress(Progress { stage: Stage::Storing, done, total });
                (facts, bytes) = (0, 0);
            }
            if let (true, Some(step)) = (new_day && !self.options.dry_run, &mut step) {
                let begins =
                    today.to_zoned(zone.clone()).map_or(unit.at, |begin| begin.timestamp());
                step.until(begins).await.map_err(ImportError::Step)?;
            }
            day = Some(today);
            facts += unit.facts.len();
            bytes += json.len();
            batch.push(unit);
        }
        done += batch.len() as u64;
        self.batch(batch).await?;
        progress(Progress { stage: Stage::Storing, done, total });
        Ok(())
    }

    async fn batch(&mut self, units: Vec<Unit>) -> Result<(), ImportError> {
        if units.is_empty() {
            return Ok(());
        }
        let (mut once, mut refs) = (Vec::new(), Vec::new());
        for unit in &units {
            once.push(self.once(unit));
            refs.extend(unit.refs.iter().filter(|outside| self.links.is_new(outside)).cloned());
        }
        for attempt in 1.. {
            let mut plan = self.plan(&units, &once).await?;
            let links: Vec<NewEntry> =
                refs.iter().filter_map(|outside| Some(link(&outside.parse().ok()?))).collect();
            let linked = links.len();
            plan.entries.splice(0..0, links);
            if self.options.dry_run {
                self.count(plan, 0);
                return Ok(());
            }
            match append(self.ledger, Append::of(plan.entries.clone())).await {
                Ok(appended) => {
                    let fresh =
                        appended.outcomes.iter().take(linked).filter(|outcome| outcome.fresh);
                    let links = fresh.count() as u64;
                    self.count(plan, links);
                    return Ok(());
                }
                // Another process appended the same in between: look again.
                Err(AppendError::Conflict { .. }) if attempt < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// What a unit tells `once` and the file has not told in the same words before.
    fn once<'u>(&mut self, unit: &'u Unit) -> Vec<Once<'u>> {
        let mut found = Vec::new();
        for told in unit.facts.iter().filter(|told| told.once) {
            let first = self.once.is_new(&told.name);
            let telling = format!("{}\n{}", told.name, EntryId::named(&told.json));
            if self.tellings.is_new(&telling) || first {
                found.push(Once { told, first });
            }
        }
        found
    }

    async fn plan(&self, units: &[Unit], once: &[Vec<Once<'_>>]) -> Result<Plan, ImportError> {
        let mut ids = Vec::new();
        for told in units.iter().flat_map(|unit| &unit.facts).filter(|told| !told.once) {
            ids.extend(usual_ids(&told.name));
        }
        ids.extend(once.iter().flatten().map(|once| revision_id(&once.told.name, 1)));
        let found = self.ledger.find(&ids).await?;
        let found: HashMap<EntryId, Entry> =
            found.into_iter().flatten().map(|entry| (entry.id, entry)).collect();
        let (mut plan, mut mine) = (Plan::default(), HashMap::new());
        for (unit, once) in units.iter().zip(once) {
            self.unit(unit, &found, &mut mine, &mut plan).await?;
            for Once { told, first } in once {
                let fact = decode(told)?;
                match found.get(&revision_id(&told.name, 1)) {
                    Some(known) if says_ever(known, &fact) => plan.known += 1,
                    Some(known) => plan.kept_first.push(kept_first(told, Some(known))),
                    None if *first => {
                        plan.new.push(told.kind.clone());
                        plan.entries.push(self.entry(told, 1, fact, Repeat::KeepFirst));
                    }
                    None => plan.kept_first.push(kept_first(told, None)),
                }
            }
        }
        Ok(plan)
    }

    /// Plans the facts of a unit: all, or none where one of them conflicts.
    async fn unit(
        &self,
        unit: &Unit,
        found: &HashMap<EntryId, Entry>,
        mine: &mut HashMap<String, (String, Timestamp)>,
        plan: &mut Plan,
    ) -> Result<(), ImportError> {
        let mut standings = Vec::with_capacity(unit.facts.len());
        let (mut differs, mut clashes) = (false, false);
        for told in unit.facts.iter().filter(|told| !told.once) {
            let standing = self.standing(told, found, mine).await?;
            differs |= matches!(standing, Standing::Differs(..));
            clashes |= matches!(standing, Standing::Differs(_, None));
            standings.push((told, standing));
        }
        if differs && (clashes || !self.options.correct) {
            for (told, standing) in standings {
                if let Standing::Differs(fact, known) = standing {
                    plan.conflicts.push(conflict(told, &fact, known.as_deref()));
                }
            }
            return Ok(());
        }
        for (told, standing) in standings {
            match standing {
                Standing::Known => plan.known += 1,
                Standing::New(fact) => {
                    plan.new.push(told.kind.clone());
                    plan.entries.push(self.entry(told, 1, fact, Repeat::SameOnly));
                }
                Standing::Differs(fact, Some(known)) => {
                    plan.corrected += 1;
                    plan.entries.extend(self.retraction(&told.name, &known));
                    plan.entries.push(self.entry(told, known.number + 1, fact, Repeat::SameOnly));
                }
                Standing::Differs(_, None) => {}
            }
            mine.insert(told.name.clone(), (told.json.clone(), told.at));
        }
        if differs {
            self.take_back_untold(unit, plan).await?;
        }
        Ok(())
    }

    async fn standing(
        &self,
        told: &Told,
        found: &HashMap<EntryId, Entry>,
        mine: &HashMap<String, (String, Timestamp)>,
    ) -> Result<Standing, ImportError> {
        let fact = decode(told)?;
        if let Some((json, at)) = mine.get(&told.name) {
            let same = *json == told.json && *at == told.at;
            return Ok(if same { Standing::Known } else { Standing::Differs(fact, None) });
        }
        Ok(match newest(self.ledger, found, &told.name).await? {
            None => Standing::New(fact),
            Some(known) if says(&known.entry, &fact, told.at) && !known.retracted => {
                Standing::Known
            }
            Some(known) => Standing::Differs(fact, Some(Box::new(known))),
        })
    }

    /// What the corrected group does not tell any more is taken back.
    async fn take_back_untold(&self, unit: &Unit, plan: &mut Plan) -> Result<(), ImportError> {
        for name in &unit.untold {
            let ids = usual_ids(name);
            let found = self.ledger.find(&ids).await?;
            let found = found.into_iter().flatten().map(|entry| (entry.id, entry)).collect();
            if let Some(known) = newest(self.ledger, &found, name).await?
                && !known.retracted
            {
                plan.corrected += 1;
                plan.entries.extend(self.retraction(name, &known));
            }
        }
        Ok(())
    }

    fn entry(&self, told: &Told, revision: u32, fact: Fact, repeat: Repeat) -> NewEntry {
        NewEntry {
            id: revision_id(&told.name, revision),
            occurred_at: Some(told.at),
            actor: self.actor.clone(),
            correlation: None,
            causation: None,
            body: Body::Fact(fact),
            repeat,
        }
    }

    fn retraction(&self, name: &str, known: &Revision) -> Option<NewEntry> {
        let Stream::Account(account) = known.entry.stream else { return None };
        if known.retracted {
            return None;
        }
        let reason = format!("corrected by import of {}", self.file);
        let retracted = FactRetracted::of_account(account, known.entry.id, reason);
        Some(NewEntry {
            id: retraction_id(name, known.number),
            occurred_at: None,
            actor: self.actor.clone(),
            correlation: None,
            causation: None,
            body: Body::Fact(retracted.into()),
            repeat: Repeat::KeepFirst,
        })
    }

    fn count(&mut self, plan: Plan, links: u64) {
        let facts = &mut self.summary.facts;
        facts.new += plan.new.len() as u64;
        facts.known += plan.known;
        facts.corrected += plan.corrected;
        facts.conflicting += plan.conflicts.len() as u64;
        facts.kept_first += plan.kept_first.len() as u64;
        facts.links += links;
        for kind in plan.new {
            *self.summary.new_by_kind.entry(kind).or_default() += 1;
        }
        let room = MAX_LISTED.saturating_sub(self.summary.conflicts.len());
        self.summary.conflicts.extend(plan.conflicts.into_iter().take(room));
        let room = MAX_LISTED.saturating_sub(self.summary.kept_first.len());
        self.summary.kept_first.extend(plan.kept_first.into_iter().take(room));
    }
}

/// Appends, and waits where too much is being appended already.
pub(crate) async fn append(ledger: &Ledger, request: Append) -> Result<Appended, AppendError> {
    for _ in 0..BUSY_TRIES {
        match ledger.append(request.clone()).await {
            Err(AppendError::Busy) => tokio::time::sleep(BUSY_WAIT).await,
            answer => return answer,
        }
    }
    ledger.append(request).await
}

/// The fact, which was read and checked when it was staged.
fn decode(told: &Told) -> Result<Fact, ImportError> {
    let built = || ImportError::Built { kind: told.kind.clone(), key: told.key.clone() };
    Fact::decode(&told.kind, &told.json).and_then(Result::ok).ok_or_else(built)
}

fn kept_first(told: &Told, known: Option<&Entry>) -> KeptFirst {
    let position = known.map_or(0, |known| known.position);
    KeptFirst { kind: told.kind.clone(), key: told.key.clone(), position }
}

fn conflict(told: &Told, fact: &Fact, known: Option<&Revision>) -> Conflict {
    Conflict {
        kind: told.kind.clone(),
        key: told.key.clone(),
        old_amount: known.and_then(|known| match &known.entry.body {
            Body::Fact(fact) => amount(fact),
            _ => None,
        }),
        new_amount: amount(fact),
        position: known.map_or(0, |known| known.entry.position),
    }
}

/// What a fact adds to revenue, where it is about money.
fn amount(fact: &Fact) -> Option<Decimal> {
    match fact {
        Fact::InvoiceIssued(invoice) => Some(invoice.amount),
        Fact::CreditNoteIssued(note) => Some(note.amount),
        _ => None,
    }
}
