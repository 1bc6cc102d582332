//! The whole desk as a fold of the ledger: the firm, every account, every alert.

mod apart;
mod client;
mod firm;
mod group;
mod merged;
mod outside;
mod shelves;
mod touch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use client::Client;
pub use firm::{Adoption, Firm, Member};
pub use group::Loop;

use self::merged::Merged;
use self::shelves::{Shelves, counted};
use self::touch::Ties;
use crate::account::{Account, accounts_of, counts_from, evolve};
use crate::alert::Alerts;
use crate::decision::{Decision, StatusChanged};
use crate::entry::{Body, Entry, Position, Version};
use crate::fact::Fact;
use crate::genesis::day_of;
use crate::id::{AccountId, EntryId};
use crate::timeline::Source;

/// The last recorded status of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recorded {
    /// The decision.
    pub change: StatusChanged,
    /// The entry it stands in.
    pub id: EntryId,
    /// Where it stands in the ledger.
    pub position: Position,
    /// When it was decided.
    pub at: Timestamp,
}

/// Everything known, up to a position. Cheap to clone: accounts are shared until they change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Desk {
    firm: Arc<Firm>,
    seats: Shelves<Seat>,
    /// Seats that hold an account.
    told: usize,
    statuses: Shelves<Arc<Recorded>>,
    merged: Merged,
    overridden: Arc<BTreeSet<AccountId>>,
    ties: Ties,
    retracted: BTreeSet<EntryId>,
    shared: BTreeMap<EntryId, Vec<AccountId>>,
    elsewhere: Shelves<Vec<Position>>,
    alerts: Alerts,
    position: Position,
    recorded_at: Timestamp,
}

/// What is there of one account: where its stream stands, and the fold of its facts once there is
/// one. Both in one place, because every entry asks for both.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Seat {
    version: Version,
    account: Option<Arc<Account>>,
}

/// What an entry changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Accounts whose facts are others now, or what these come to.
    pub accounts: Vec<AccountId>,
    /// The earliest day whose picture may differ; `None` where any may (a retraction, a merge).
    pub from: Option<Date>,
    /// The firm's rules are others now, so that every account may be judged otherwise.
    pub rules: bool,
    /// Accounts of which alerts stand that may go to somebody else now.
    pub alerts: Vec<AccountId>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            firm: Arc::default(),
            seats: Shelves::default(),
            told: 0,
            statuses: Shelves::default(),
            merged: Merged::default(),
            overridden: Arc::default(),
            ties: Ties::default(),
            retracted: BTreeSet::new(),
            shared: BTreeMap::new(),
            elsewhere: Shelves::default(),
            alerts: Alerts::default(),
            position: 0,
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }
}

impl Desk {
    /// Takes in the next entry. It judges nothing, so it cannot fail.
    pub fn apply(&mut self, entry: &Entry) -> Changed {
        self.position = entry.position;
        self.recorded_at = entry.recorded_at;
        if let crate::entry::Stream::Account(id) = entry.stream {
            self.seats.entry(id, Seat::default).version = entry.version;
        }
        match &entry.body {
            Body::Genesis(genesis) => {
                Arc::make_mut(&mut self.firm).begin(genesis);
                Changed { rules: true, ..Changed::default() }
            }
            Body::Fact(fact) => self.apply_fact(entry, fact),
            Body::Decision(decision) => {
                self.apply_decision(entry, decision);
                Changed::default()
            }
            Body::Unknown { .. } => Changed::default(),
        }
    }

    fn apply_fact(&mut self, entry: &Entry, fact: &Fact) -> Changed {
        let source = Source {
            at: entry.occurred_at,
            day: counts_from(fact, day_of(entry.occurred_at, self.firm.zone())),
            rank: 1,
            id: entry.id,
            position: entry.position,
        };
        if let Fact::StatusOverridden(it) = fact {
            Arc::make_mut(&mut self.overridden).insert(it.account);
        }
        self.ties.note(&source, fact, self.firm.currency());
        let mut changed = Changed::default();
        let taken_back = self.retracted.contains(&entry.id);
        let mut new = false;
        for id in self.concerned(entry, fact) {
            let seat = self.seats.entry(id, Seat::default);
            let account = seat.account.get_or_insert_with(|| {
                self.told += 1;
                Arc::new(Account::new(id))
            });
            let account = Arc::make_mut(account);
            if taken_back && fact.also().is_some() {
                new |= account.retracted.insert(entry.id);
            }
            new |= evolve(account, source, fact);
            changed.accounts.push(id);
        }
        let regrouped = new && self.rejoin(&mut changed, source, fact);
        if Firm::concerns(fact) {
            self.apply_to_firm(&mut changed, source, fact);
        }
        self.widen(&mut changed);
        // Whoever was never named before has had the role on every day.
        if !regrouped && !matches!(fact, Fact::FactRetracted(_) | Fact::MemberNamed(_)) {
            changed.from = Some(source.day);
        }
        changed
    }

    /// Every account that a fact concerns. A fact about two accounts is told in one stream and
    /// concerns both; its retraction does too, whichever of them it names and whether it comes
    /// before or after the fact.
    fn concerned(&mut self, entry: &Entry, fact: &Fact) -> Vec<AccountId> {
        if let Fact::FactRetracted(retraction) = fact {
            self.retracted.insert(retraction.fact);
            let mut all = self.shared.get(&retraction.fact).cloned().unwrap_or_default();
            all.extend(accounts_of(fact).filter(|named| !all.contains(named)).collect::<Vec<_>>());
            return all;
        }
        if let Some(other) = fact.also() {
            self.elsewhere.entry(other, Vec::new).push(entry.position);
            self.shared.insert(entry.id, accounts_of(fact).collect());
        }
        accounts_of(fact).collect()
    }

    fn apply_decision(&mut self, entry: &Entry, decision: &Decision) {
        match decision {
            Decision::StatusChanged(change) => {
                let recorded = Recorded {
                    change: change.clone(),
                    id: entry.id,
                    position: entry.position,
                    at: entry.recorded_at,
                };
                self.statuses.insert(change.account, Arc::new(recorded));
            }
            other => self.alerts.evolve(entry, other),
        }
    }

    /// The firm.
    pub fn firm(&self) -> &Firm {
        &self.firm
    }

    /// Every client, in order of id: accounts that were merged count as one.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = &Arc<Account>> {
        let told = self.seats.values().filter_map(|seat| seat.account.as_ref());
        let clients = told.filter_map(|account| self.merged.whole(account));
        counted(clients, self.told - self.merged.duplicates())
    }

    /// One client. An account that was merged into another is that other one.
    pub fn account(&self, id: AccountId) -> Option<&Arc<Account>> {
        let id = self.survivor(id);
        self.merged.joined(id).or_else(|| self.told_account(id))
    }

    /// What was told under one id, and nothing else, whatever it was merged with.
    pub fn told_account(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.seats.get(id)?.account.as_ref()
    }

    /// The last recorded status of an account; `None` while nothing but standard was recorded.
    pub fn recorded(&self, account: AccountId) -> Option<&Arc<Recorded>> {
        self.statuses.get(account)
    }

    /// Every account of which an override was ever told, in order of id: few are.
    pub fn ever_overridden(&self) -> &BTreeSet<AccountId> {
        &self.overridden
    }

    /// Where facts about this account stand in another account's stream, such as that of the
    /// client from which a contact came; oldest first.
    pub fn elsewhere(&self, account: AccountId) -> &[Position] {
        self.elsewhere.get(account).map_or(&[], Vec::as_slice)
    }

    /// Every alert ever raised.
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// The version of an account's stream, against which a command is checked.
    pub fn version(&self, account: AccountId) -> Version {
        self.seats.get(account).map_or(0, |seat| seat.version)
    }

    /// The last entry taken in.
    pub fn position(&self) -> Position {
        self.position
    }

    /// When the last entry was recorded.
    pub fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    /// The day of a moment in the firm's time zone.
    pub fn day_of(&self, at: Timestamp) -> Date {
        day_of(at, self.firm.zone())
    }
}
