//! Which entry led to a decision.

use std::collections::HashMap;

use jiff::Timestamp;
use linchpin_domain::desk::Changed;
use linchpin_domain::entry::{Entry, Position};
use linchpin_domain::id::{AccountId, EntryId};
use uuid::Uuid;

/// An entry that may lead to decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    position: Position,
    /// The entry.
    pub(crate) id: EntryId,
    /// The piece of work it belongs to.
    pub(crate) correlation: Option<Uuid>,
    /// When the desk learnt it.
    pub(crate) recorded_at: Timestamp,
}

/// The newest entry about each account since the last decision, and the newest about the rules,
/// which concern every account.
#[derive(Debug, Default)]
pub(crate) struct Causes {
    accounts: HashMap<AccountId, Cause>,
    rules: Option<Cause>,
}

impl Causes {
    /// Takes note of an entry and of what it changed.
    pub(crate) fn note(&mut self, entry: &Entry, changed: &Changed) {
        let cause = Cause {
            position: entry.position,
            id: entry.id,
            correlation: entry.correlation,
            recorded_at: entry.recorded_at,
        };
        let touched = changed.accounts.iter().chain(&changed.alerts);
        self.accounts.extend(touched.map(|account| (*account, cause)));
        if changed.rules {
            self.rules = Some(cause);
        }
    }

    /// What led to a decision about an account; `None` where only time has passed.
    pub(crate) fn of(&self, account: AccountId) -> Option<Cause> {
        let own = self.accounts.get(&account).copied();
        [own, self.rules].into_iter().flatten().max_by_key(|cause| cause.position)
    }
}
