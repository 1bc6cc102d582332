//! Where clients stand today, kept ready until something changes it: most questions about a
//! status are asked again before anything happened with the client.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::Position;
use linchpin_domain::id::AccountId;

use crate::view::{Clocks, StatusView};

/// Clients kept at most; when there are more, all are forgotten and told anew.
const MOST: usize = 200_000;

/// Statuses of one day.
#[derive(Default)]
pub(super) struct Standings(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    day: Date,
    /// A desk that stands before this position has not seen the last change: it may neither add
    /// nor be told.
    since: Position,
    of: HashMap<AccountId, Option<StatusView>>,
}

impl Standings {
    /// The status of a client at these clocks, where it is kept.
    pub(super) fn find(&self, id: AccountId, clocks: &Clocks) -> Option<Option<StatusView>> {
        let kept = self.kept();
        if clocks.past || kept.day != clocks.as_of || clocks.position < kept.since {
            return None;
        }
        let found = kept.of.get(&id)?.clone();
        Some(found.map(|status| StatusView { clocks: clocks.clone(), ..status }))
    }

    /// Keeps a status that was computed at these clocks.
    pub(super) fn keep(&self, id: AccountId, clocks: &Clocks, status: &Option<StatusView>) {
        let mut kept = self.kept();
        if clocks.past || clocks.position < kept.since || clocks.as_of < kept.day {
            return;
        }
        if clocks.as_of > kept.day || kept.of.len() >= MOST {
            kept.of.clear();
            kept.day = clocks.as_of;
        }
        kept.of.insert(id, status.clone());
    }

    /// Forgets what an entry changed. Called while nobody can read the desk that has taken it in.
    pub(super) fn forget(&self, desk: &Desk, changed: &Changed) {
        let mut kept = self.kept();
        kept.since = desk.position();
        if changed.rules {
            kept.of.clear();
        }
        for id in &changed.accounts {
            kept.of.remove(id);
            desk.duplicates_of(*id).for_each(|duplicate| drop(kept.of.remove(&duplicate)));
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(day: &str, position: Position) -> Clocks {
        Clocks { as_of: day.parse().unwrap(), known_at: None, position, past: false }
    }

    fn changed(id: AccountId) -> Changed {
        Changed { accounts: vec![id], ..Changed::default() }
    }

    #[test]
    fn what_is_kept_is_told_until_something_changes_it() {
        let (standings, id) = (Standings::default(), AccountId::named("acme"));
        let other = AccountId::named("other");
        let at = clocks("2026-05-01", 7);
        assert!(standings.find(id, &at).is_none(), "nothing is kept yet");
        standings.keep(id, &at, &None);
        standings.keep(other, &at, &None);
        assert!(standings.find(id, &clocks("2026-05-01", 9)).is_some());
        assert!(standings.find(id, &clocks("2026-05-02", 9)).is_none(), "another day");
        let past = Clocks { past: true, ..at.clone() };
        assert!(standings.find(id, &past).is_none());
        standings.forget(&Desk::default(), &changed(id));
        assert!(standings.find(id, &at).is_none());
        assert!(standings.find(other, &at).is_some());
        standings.forget(&Desk::default(), &Changed { rules: true, ..Changed::default() });
        assert!(standings.find(other, &at).is_none(), "other rules change everyone");
    }

    #[test]
    fn a_reader_of_an_older_desk_neither_keeps_nor_is_told() {
        let (standings, id) = (Standings::default(), AccountId::named("acme"));
        standings.kept().since = 8;
        standings.keep(id, &clocks("2026-05-01", 7), &None);
        assert!(standings.find(id, &clocks("2026-05-01", 8)).is_none());
        standings.keep(id, &clocks("2026-05-01", 8), &None);
        assert!(standings.find(id, &clocks("2026-05-01", 7)).is_none());
        assert!(standings.find(id, &clocks("2026-05-01", 8)).is_some());
    }
}
