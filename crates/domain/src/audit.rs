//! Recomputing decisions: an audit folds the facts anew and must come to what was recorded.

use std::collections::BTreeMap;

use crate::alert::why_passed;
use crate::decision::{
    AlertPassedOn, AlertRaised, AlertResolved, Decision, Resolution, StatusChanged,
};
use crate::desk::Desk;
use crate::entry::{Body, Entry, MadeFrom, Position};
use crate::policy::{Status, Track, assess};
use crate::watch::look;

/// A decision that cannot be recomputed as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The decision.
    pub position: Position,
    /// Its type's name on the wire.
    pub kind: &'static str,
    /// What was recorded, and what comes out now.
    pub what: String,
}

/// An audit of every recorded decision, in two passes over the same entries: one to learn from
/// which position each was made, one to fold up to there and compare.
#[derive(Debug, Default)]
pub struct Audit {
    wanted: BTreeMap<Position, Vec<(Position, Decision)>>,
    desk: Desk,
    checked: u64,
    by_people: u64,
    differences: Vec<Difference>,
}

impl Audit {
    /// First pass: takes note of a decision.
    pub fn note(&mut self, entry: &Entry) {
        let Body::Decision(decision) = &entry.body else { return };
        let Some(made_from) = made_from(decision) else {
            self.by_people += 1;
            return;
        };
        if made_from.position >= entry.position {
            let what = format!("says it was made from position {}", made_from.position);
            self.differ(entry.position, decision.name(), what);
            return;
        }
        self.wanted.entry(made_from.position).or_default().push((entry.position, decision.clone()));
    }

    /// Second pass: folds the entry, and recomputes what was decided right after it.
    pub fn recompute(&mut self, entry: &Entry) {
        self.desk.apply(entry);
        for (position, decision) in self.wanted.remove(&entry.position).unwrap_or_default() {
            self.checked += 1;
            if let Err(what) = recompute(&self.desk, &decision) {
                self.differ(position, decision.name(), what);
            }
        }
    }

    /// How many decisions were recomputed.
    pub fn checked(&self) -> u64 {
        self.checked
    }

    /// How many decisions people made, which nothing can recompute.
    pub fn by_people(&self) -> u64 {
        self.by_people
    }

    /// Every decision that comes out otherwise.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    fn differ(&mut self, position: Position, kind: &'static str, what: String) {
        self.differences.push(Difference { position, kind, what });
    }
}

fn made_from(decision: &Decision) -> Option<MadeFrom> {
    match decision {
        Decision::StatusChanged(it) => Some(it.made_from),
        Decision::AlertRaised(it) => Some(it.made_from),
        Decision::AlertPassedOn(it) => Some(it.made_from),
        Decision::AlertResolved(it) => Some(it.made_from),
        Decision::AlertAcknowledged(_) | Decision::AlertSnoozed(_) => None,
    }
}

fn recompute(desk: &Desk, decision: &Decision) -> Result<(), String> {
    match decision {
        Decision::StatusChanged(it) => status(desk, it),
        Decision::AlertRaised(it) => raised(desk, it),
        Decision::AlertPassedOn(it) => passed_on(desk, it),
        Decision::AlertResolved(it) => resolved(desk, it),
        Decision::AlertAcknowledged(_) | Decision::AlertSnoozed(_) => Ok(()),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, recorded: &T, now: &T) -> Result<(), String> {
    if recorded == now {
        return Ok(());
    }
    Err(format!("{what} was recorded as {recorded:?}, and comes out as {now:?}"))
}

fn status(desk: &Desk, it: &StatusChanged) -> Result<(), String> {
    let gone = || "the account is not known from the facts before it".to_owned();
    let client = desk.client(it.account).ok_or_else(gone)?;
    let track = Track::follow(&client, it.made_from.on, &mut |_| {}).ok_or_else(gone)?;
    let assessment = assess(&client, it.made_from.on).ok_or_else(gone)?;
    let before = desk.recorded(it.account).map_or(Status::Standard, |recorded| recorded.change.to);
    same("the policy version", &it.made_from.version, &assessment.version)?;
    same("the status before", &it.from, &before)?;
    same("the status", &it.to, &track.standing().status)?;
    same("its first day", &it.since, &track.standing().since)?;
    same("the points", &it.points, &assessment.points())?;
    same("the points to be had", &it.out_of, &assessment.policy.out_of())?;
    same("the criteria", &it.criteria, &assessment.results())
}

fn raised(desk: &Desk, it: &AlertRaised) -> Result<(), String> {
    let client =
        desk.client(it.account).ok_or("the account is not known from the facts before it")?;
    let look = look(&client, it.made_from.on);
    let found = look.due.get(&it.key).ok_or_else(|| match look.quiet.get(&it.key) {
        Some(quiet) => format!("was raised, but nothing is due: {}", quiet.words()),
        None => "was raised, but nothing is due".to_owned(),
    })?;
    same("the rule", &it.rule, &found.rule)?;
    same("the urgency", &it.severity, &found.severity)?;
    same("the subject", &it.subject, &found.subject)?;
    same("the day", &it.day, &found.day)?;
    same("the lead time", &it.lead_days, &found.lead_days)?;
    same("the evidence", &it.evidence, &found.evidence)?;
    same("the recipient", &it.to, &found.to)
}

fn passed_on(desk: &Desk, it: &AlertPassedOn) -> Result<(), String> {
    let alert = desk.alerts().get(it.alert).ok_or("passes on an alert that was never raised")?;
    let client =
        desk.client(it.account).ok_or("the account is not known from the facts before it")?;
    let look = look(&client, it.made_from.on);
    let found = look.due.get(&alert.raised.key).filter(|_| alert.stands());
    let found = found.ok_or("was passed on, but does not stand any more")?;
    let before = alert.passed.map_or(0, |passed| passed.ordinal);
    same("how often it was passed on", &it.ordinal, &(before + 1))?;
    same("who was told before", &it.from, &alert.to)?;
    same("the recipient", &it.to, &found.to)?;
    let reason = why_passed(desk.firm(), it.from, it.to, it.made_from.on);
    same("the reason", &it.reason, &reason)
}

fn resolved(desk: &Desk, it: &AlertResolved) -> Result<(), String> {
    let alert = desk.alerts().get(it.alert).ok_or("resolves an alert that was never raised")?;
    let Some(client) = desk.client(it.account) else {
        let merged = desk.survivor(it.account) != it.account;
        let known = merged.then_some(Resolution::Merged);
        let known = known.ok_or("the account is not known from the facts before it")?;
        return same("the reason", &it.reason, &known);
    };
    let look = look(&client, it.made_from.on);
    if look.due.contains_key(&alert.raised.key) {
        return Err("was resolved, but still is due".to_owned());
    }
    same("the reason", &it.reason, &look.resolution(&alert.raised.key))
}
