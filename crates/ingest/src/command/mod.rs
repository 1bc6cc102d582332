//! Commands: what people ask of the desk. Strict: each is judged against the current state and
//! stored only if that state still stands.

mod act;
mod member;
mod present;
mod rules;

use std::collections::BTreeSet;

use jiff::civil::Date;
use linchpin_domain::alert::{AlertCommand, AlertState, Refusal, decide};
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Position, Stream, Version};
use linchpin_domain::fact::{Fact, FactRetracted, RenewalTalksStarted};
use linchpin_domain::id::{AccountId, AlertId, ContractId, EntryId};
use linchpin_ledger::{Append, AppendError, CHUNK, Ledger, NewEntry, ReadError, Repeat};

pub use act::{Order, act};
pub use member::{HandedOver, MAX_HANDED_OVER, hand_over_all, hand_over_plan, leave};
pub use present::Present;
pub use rules::{AdoptError, Adopted, Lacking, adopt_policy, adopt_watchlist, firm, found};

/// How often a command is judged anew when others store at the same time.
const TRIES: usize = 6;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// The entry that says so.
    pub id: EntryId,
    /// Where it stands.
    pub position: Position,
    /// Whether this command stored it; else it had been so before.
    pub fresh: bool,
}

/// Who gives a command, and to which piece of work it belongs.
#[derive(Debug, Clone)]
pub struct By {
    /// Who acts, as the entry will name them.
    pub actor: String,
    /// The trace of the request that brought it.
    pub trace: Option<uuid::Uuid>,
}

impl From<&str> for By {
    fn from(actor: &str) -> Self {
        Self { actor: actor.to_owned(), trace: None }
    }
}

/// Why a command was turned down.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// What it is about is not there.
    #[error("{0}")]
    Missing(&'static str),
    /// The state of the alert forbids it.
    #[error("{0}")]
    Alert(Refusal),
    /// What is known of the client forbids it.
    #[error("{0}")]
    Act(linchpin_domain::act::Refusal),
    /// It does not hold by itself.
    #[error("{0}")]
    Invalid(String),
    /// Others stored so much at the same time that it could not be judged.
    #[error("the client's facts changed again and again meanwhile: repeat")]
    Contended,
    /// A computation broke off.
    #[error("it could not be judged: try again, and report it where it happens again")]
    Broken,
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be stored.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// The entry that raises an alert has the alert's own id, so that the alert leads to its client.
pub fn raised_as(alert: AlertId) -> EntryId {
    EntryId(alert.0)
}

/// Takes an alert in hand, or puts it off. The same command again changes nothing and says so.
///
/// # Errors
/// Where there is no such alert, its state forbids it, or the ledger fails.
pub async fn on_alert(
    ledger: &Ledger,
    alert: AlertId,
    command: &AlertCommand,
    by: &By,
) -> Result<Done, CommandError> {
    let raised = ledger.find(&[raised_as(alert)]).await?.pop().flatten();
    let Some(Body::Decision(Decision::AlertRaised(raised))) = raised.map(|entry| entry.body) else {
        return Err(CommandError::Alert(Refusal::NoSuchAlert));
    };
    for _ in 0..TRIES {
        let known = Known::of(ledger, raised.account).await?;
        if let Some(done) = known.said_before(alert, command, &by.actor) {
            return Ok(done);
        }
        let decision = decide(known.desk.alerts(), alert, command, known.today)
            .map_err(CommandError::Alert)?;
        // The version keeps apart what is put off, taken up and put off to the same day again;
        // the actor, who of two was first.
        let (name, version, actor) = (decision.name(), known.version, &by.actor);
        let id = EntryId::named(&format!("{name}:{alert}:{version}:{actor}"));
        let entry = entry(id, by, Body::Decision(decision), Repeat::SameOnly);
        match known.append(ledger, vec![entry]).await {
            Err(AppendError::WrongVersion { .. } | AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(done) => return Ok(done),
        }
    }
    Err(CommandError::Contended)
}

/// Says that talks about a contract's next term have begun. Saying so twice on a day is once.
///
/// # Errors
/// Where the client has no such contract, or the ledger fails.
pub async fn start_talks(
    ledger: &Ledger,
    account: AccountId,
    contract: ContractId,
    by: &By,
) -> Result<Done, CommandError> {
    for _ in 0..TRIES {
        let known = Known::of(ledger, account).await?;
        let found =
            known.desk.account(account).and_then(|it| it.contract_on(contract, known.today));
        let Some(terms) = found else {
            return Err(CommandError::Missing("the client has no such contract"));
        };
        if terms.ended.is_some() {
            return Err(CommandError::Invalid("the contract has ended".to_owned()));
        }
        let today = known.today;
        let id = known.unretracted(&format!("talks:{account}:{contract}:{today}"));
        let fact = Fact::RenewalTalksStarted(RenewalTalksStarted { account, contract });
        let entry = entry(id, by, Body::Fact(fact), Repeat::KeepFirst);
        match known.append(ledger, vec![entry]).await {
            Err(AppendError::WrongVersion { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(done) => return Ok(done),
        }
    }
    Err(CommandError::Contended)
}

/// Takes a fact back, at every client it concerns: a contact's move at both. Taking it back twice
/// is once.
///
/// # Errors
/// Where there is no such fact, it is not about that client, it cannot be taken back, or the
/// ledger fails.
pub async fn retract(
    ledger: &Ledger,
    fact: EntryId,
    account: Option<AccountId>,
    reason: &str,
    by: &By,
) -> Result<Done, CommandError> {
    let found = ledger.find(&[fact]).await?.pop().flatten();
    let Some(Body::Fact(told)) = found.map(|entry| entry.body) else {
        return Err(CommandError::Missing("there is no such fact"));
    };
    let invalid = |reason: &str| Err(CommandError::Invalid(reason.to_owned()));
    let Stream::Account(first) = told.stream() else {
        return invalid("only facts about a client are taken back: tell the firm's anew instead");
    };
    if matches!(told, Fact::FactRetracted(_)) {
        return invalid("a retraction stays: tell the fact again under another id instead");
    }
    if account.is_some_and(|account| account != first && Some(account) != told.also()) {
        return invalid("the fact is not about this client");
    }
    let retraction = FactRetracted::of_account(first, fact, reason.trim());
    let retraction = Fact::FactRetracted(retraction);
    retraction.check().map_err(CommandError::Invalid)?;
    let id = EntryId::named(&format!("retracted:{fact}:{first}"));
    let entry = entry(id, by, Body::Fact(retraction), Repeat::KeepFirst);
    let appended = ledger.append(Append::of(vec![entry])).await?;
    let outcome = appended.outcomes.first().ok_or(AppendError::Closed)?;
    Ok(Done { id, position: outcome.position, fresh: outcome.fresh })
}

/// A client's past, as a command is judged against it.
struct Known {
    desk: Desk,
    account: AccountId,
    version: Version,
    today: Date,
    retracted: BTreeSet<EntryId>,
    /// The last entry on each alert.
    on_alerts: Vec<(AlertId, EntryId, Position)>,
}

impl Known {
    async fn of(ledger: &Ledger, account: AccountId) -> Result<Self, ReadError> {
        let mut desk = Desk::default();
        if let Some(genesis) = ledger.entry(1).await? {
            desk.apply(&genesis);
        }
        let mut version = 0;
        let mut retracted = BTreeSet::new();
        let mut on_alerts = Vec::new();
        loop {
            let entries = ledger.read_stream(Stream::Account(account), version, CHUNK).await?;
            let Some(last) = entries.last() else { break };
            version = last.version;
            for entry in &entries {
                desk.apply(entry);
                let alert = match &entry.body {
                    Body::Decision(Decision::AlertAcknowledged(it)) => it.alert,
                    Body::Decision(Decision::AlertSnoozed(it)) => it.alert,
                    Body::Fact(Fact::FactRetracted(it)) => {
                        retracted.insert(it.fact);
                        continue;
                    }
                    _ => continue,
                };
                on_alerts.push((alert, entry.id, entry.position));
            }
        }
        let today = desk.day_of(ledger.now());
        Ok(Self { desk, account, version, today, retracted, on_alerts })
    }

    /// The answer where the alert stands already as the command wants it, by the same hand: a
    /// second click is no fault.
    fn said_before(&self, alert: AlertId, command: &AlertCommand, actor: &str) -> Option<Done> {
        let same = match (&self.desk.alerts().get(alert)?.state, command) {
            (
                AlertState::Acknowledged { by, note, .. },
                AlertCommand::Acknowledge { note: new },
            ) => {
                by == actor
                    && note.as_deref() == new.as_deref().filter(|new| !new.trim().is_empty())
            }
            (AlertState::Snoozed { until, by, .. }, AlertCommand::Snooze { until: new }) => {
                by == actor && until == new && *until > self.today
            }
            _ => false,
        };
        let (_, id, position) =
            self.on_alerts.iter().rev().find(|(of, ..)| *of == alert).filter(|_| same)?;
        Some(Done { id: *id, position: *position, fresh: false })
    }

    /// The first id of a name that was not taken back: what was taken back may be said again.
    fn unretracted(&self, name: &str) -> EntryId {
        let first = EntryId::named(name);
        let again = (2_u32..).map(|number| EntryId::named(&format!("{name}#{number}")));
        let mut ids = std::iter::once(first).chain(again);
        ids.find(|id| !self.retracted.contains(id)).unwrap_or(first)
    }

    async fn append(&self, ledger: &Ledger, entries: Vec<NewEntry>) -> Result<Done, AppendError> {
        let id = entries.first().map_or(EntryId(uuid::Uuid::nil()), |entry| entry.id);
        let expected = Some((Stream::Account(self.account), self.version));
        let appended = ledger.append(Append { expected, ..Append::of(entries) }).await?;
        let outcome = appended.outcomes.first().copied().ok_or(AppendError::Closed)?;
        Ok(Done { id, position: outcome.position, fresh: outcome.fresh })
    }
}

fn entry(id: EntryId, by: &By, body: Body, repeat: Repeat) -> NewEntry {
    let (actor, correlation) = (by.actor.clone(), by.trace);
    NewEntry { id, occurred_at: None, actor, correlation, causation: None, body, repeat }
}
