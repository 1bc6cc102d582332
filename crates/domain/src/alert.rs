//! Alerts: raised once, taken in hand or put off by people, resolved when they hold no more.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::decision::{
    AlertAcknowledged, AlertPassedOn, AlertRaised, AlertResolved, AlertSnoozed, Decision, Passing,
    Recipient, Resolution,
};
use crate::desk::Firm;
use crate::entry::{Entry, MadeFrom, Position};
use crate::id::{AccountId, AlertId};
use crate::watch::Look;

/// What has become of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlertState {
    /// Waiting for someone.
    Open,
    /// Someone took it in hand.
    Acknowledged {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
        /// What they will do, where they said so.
        note: Option<String>,
    },
    /// Someone put it off.
    Snoozed {
        /// When that was done.
        at: Timestamp,
        /// When it comes back.
        until: Date,
        /// Who.
        by: String,
    },
    /// It holds no more.
    Resolved {
        /// When that was found.
        at: Timestamp,
        /// Why.
        reason: Resolution,
    },
}

/// How an alert came to whom it goes now. Every earlier time is an entry of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// When.
    pub at: Timestamp,
    /// Who was told before.
    pub from: Recipient,
    /// Why.
    pub reason: Passing,
    /// How often it has been passed on.
    pub ordinal: u32,
}

/// One alert.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alert {
    /// The decision that raised it.
    pub raised: AlertRaised,
    /// When it was raised.
    pub at: Timestamp,
    /// Where the decision stands in the ledger.
    pub position: Position,
    /// To whom it goes now.
    pub to: Recipient,
    /// How it came to them, where others were told before.
    pub passed: Option<Passed>,
    /// What has become of it.
    pub state: AlertState,
}

impl Alert {
    /// When whoever is told now was told.
    pub fn told_at(&self) -> Timestamp {
        self.passed.map_or(self.at, |passed| passed.at)
    }

    /// Whether what it says still holds, whoever has taken it in hand.
    pub fn stands(&self) -> bool {
        !matches!(self.state, AlertState::Resolved { .. })
    }

    /// Whether it waits for someone on a day.
    pub fn is_open(&self, day: Date) -> bool {
        match &self.state {
            AlertState::Open => true,
            AlertState::Snoozed { until, .. } => *until <= day,
            AlertState::Acknowledged { .. } | AlertState::Resolved { .. } => false,
        }
    }
}

/// Every alert ever raised.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Alerts {
    by_id: BTreeMap<AlertId, Arc<Alert>>,
    by_account: BTreeMap<AccountId, Vec<AlertId>>,
}

impl Alerts {
    /// Takes in a decision about an alert.
    pub(crate) fn evolve(&mut self, entry: &Entry, decision: &Decision) {
        match decision {
            Decision::AlertRaised(raised) => {
                let alert = Alert {
                    raised: raised.clone(),
                    at: entry.recorded_at,
                    position: entry.position,
                    to: raised.to,
                    passed: None,
                    state: AlertState::Open,
                };
                self.by_account.entry(raised.account).or_default().push(raised.alert);
                self.by_id.insert(raised.alert, Arc::new(alert));
            }
            Decision::AlertPassedOn(it) => self.pass(entry.recorded_at, it),
            Decision::AlertResolved(it) => {
                self.set(
                    it.alert,
                    AlertState::Resolved { at: entry.recorded_at, reason: it.reason },
                );
            }
            Decision::AlertAcknowledged(it) => {
                let (by, note) = (entry.actor.clone(), it.note.clone());
                self.set(it.alert, AlertState::Acknowledged { at: entry.recorded_at, by, note });
            }
            Decision::AlertSnoozed(it) => {
                let by = entry.actor.clone();
                let at = entry.recorded_at;
                self.set(it.alert, AlertState::Snoozed { at, until: it.until, by });
            }
            Decision::StatusChanged(_) => {}
        }
    }

    fn pass(&mut self, at: Timestamp, it: &AlertPassedOn) {
        let Some(alert) = self.by_id.get_mut(&it.alert).filter(|alert| alert.stands()) else {
            return;
        };
        let alert = Arc::make_mut(alert);
        // The same colleague in another role knows of it already.
        if alert.to.member != it.to.member {
            alert.state = AlertState::Open;
        }
        let AlertPassedOn { from, reason, ordinal, .. } = *it;
        alert.to = it.to;
        alert.passed = Some(Passed { at, from, reason, ordinal });
    }

    fn set(&mut self, id: AlertId, state: AlertState) {
        if let Some(alert) = self.by_id.get_mut(&id).filter(|alert| alert.stands()) {
            Arc::make_mut(alert).state = state;
        }
    }

    /// One alert.
    pub fn get(&self, id: AlertId) -> Option<&Arc<Alert>> {
        self.by_id.get(&id)
    }

    /// Every alert, in order of id.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Alert>> {
        self.by_id.values()
    }

    /// The alerts of an account, in the order in which they were raised.
    pub fn of(&self, account: AccountId) -> impl DoubleEndedIterator<Item = &Arc<Alert>> {
        let ids = self.by_account.get(&account).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.by_id.get(id))
    }

    /// The accounts of which alerts stand: those that somebody else may have to be told.
    pub fn standing(&self) -> impl Iterator<Item = AccountId> {
        let stands = |id: &AlertId| self.by_id.get(id).is_some_and(|alert| alert.stands());
        let stands = move |(_, ids): &(&AccountId, &Vec<AlertId>)| ids.iter().any(stands);
        self.by_account.iter().filter(stands).map(|(account, _)| *account)
    }
}

/// What must be recorded so that the alerts of an account say what the watch rules say: raised
/// where something is due that does not stand, resolved where something stands that is not due,
/// passed on where what stands is due to somebody else. Applied to its own outcome it decides
/// nothing, and each decision has a deterministic id.
pub fn settle(
    alerts: &Alerts,
    firm: &Firm,
    account: AccountId,
    look: &Look,
    made_from: MadeFrom,
) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let mut episodes: BTreeMap<&str, u32> = BTreeMap::new();
    for alert in alerts.of(account) {
        let raised = &alert.raised;
        episodes.insert(&raised.key, raised.episode);
        if !alert.stands() {
            continue;
        }
        let Some(finding) = look.due.get(&raised.key) else {
            let reason = look.resolution(&raised.key);
            let resolved = AlertResolved { account, alert: raised.alert, reason, made_from };
            decisions.push(Decision::AlertResolved(resolved));
            continue;
        };
        let (from, to) = (alert.to, finding.to);
        if from != to {
            decisions.push(Decision::AlertPassedOn(AlertPassedOn {
                account,
                alert: raised.alert,
                ordinal: alert.passed.map_or(0, |passed| passed.ordinal) + 1,
                from,
                to,
                reason: why_passed(firm, from, to, made_from.on),
                made_from,
            }));
        }
    }
    for (key, finding) in &look.due {
        if alerts.of(account).any(|alert| alert.stands() && alert.raised.key == *key) {
            continue;
        }
        let episode = episodes.get(key.as_str()).copied().unwrap_or(0) + 1;
        decisions.push(Decision::AlertRaised(AlertRaised {
            account,
            alert: AlertId::named(&format!("{account}/{key}/{episode}")),
            key: key.clone(),
            episode,
            rule: finding.rule.clone(),
            severity: finding.severity,
            subject: finding.subject.clone(),
            day: finding.day,
            lead_days: finding.lead_days,
            evidence: finding.evidence.clone(),
            to: finding.to,
            made_from,
        }));
    }
    decisions
}

/// Why an alert that went to one goes to another on a day.
pub(crate) fn why_passed(firm: &Firm, from: Recipient, to: Recipient, day: Date) -> Passing {
    match from.member {
        _ if from.role != to.role => Passing::RuleChanged,
        None => Passing::RoleVacant,
        Some(member) if firm.left_by(member, day).is_some() => Passing::Left,
        Some(_) => Passing::RoleLost,
    }
}

/// A command on an alert. Commands are strict: they are checked against the current state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertCommand {
    /// Takes it in hand.
    Acknowledge {
        /// What will be done.
        note: Option<String>,
    },
    /// Puts it off to a day.
    Snooze {
        /// The day on which it comes back.
        until: Date,
    },
}

/// Why a command was turned down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such alert.
    #[error("there is no such alert")]
    NoSuchAlert,
    /// It is resolved already.
    #[error("the alert is resolved already: {}", .0.words())]
    Resolved(Resolution),
    /// Someone has it in hand already.
    #[error("someone has taken the alert in hand already")]
    InHand,
    /// The day is not in the future.
    #[error("the day to which it is put off must lie after today")]
    NotLater,
    /// Nothing may be put off for so long.
    #[error("an alert may be put off for {MAX_SNOOZE_DAYS} days at most")]
    TooLong,
    /// The note is too long.
    #[error("the note may have {MAX_NOTE} bytes at most")]
    NoteTooLong,
}

/// Longest time for which an alert may be put off, in days.
pub const MAX_SNOOZE_DAYS: i32 = 90;

/// Longest note, in bytes.
pub const MAX_NOTE: usize = 1_000;

/// Judges a command on an alert.
///
/// # Errors
/// Why it is turned down.
pub fn decide(
    alerts: &Alerts,
    alert: AlertId,
    command: &AlertCommand,
    today: Date,
) -> Result<Decision, Refusal> {
    let found = alerts.get(alert).ok_or(Refusal::NoSuchAlert)?;
    let account = found.raised.account;
    match &found.state {
        AlertState::Resolved { reason, .. } => return Err(Refusal::Resolved(*reason)),
        AlertState::Acknowledged { .. } => return Err(Refusal::InHand),
        AlertState::Open | AlertState::Snoozed { .. } => {}
    }
    match command {
        AlertCommand::Acknowledge { note } => {
            if note.as_ref().is_some_and(|note| note.len() > MAX_NOTE) {
                return Err(Refusal::NoteTooLong);
            }
            let note = note.clone().filter(|note| !note.trim().is_empty());
            Ok(Decision::AlertAcknowledged(AlertAcknowledged { account, alert, note }))
        }
        AlertCommand::Snooze { until } => {
            if *until <= today {
                return Err(Refusal::NotLater);
            }
            let latest = today.saturating_add(jiff::Span::new().days(MAX_SNOOZE_DAYS));
            if *until > latest {
                return Err(Refusal::TooLong);
            }
            Ok(Decision::AlertSnoozed(AlertSnoozed { account, alert, until: *until }))
        }
    }
}
