//! What was found out about single clients, kept until an entry changes it: most questions about a
//! client are asked again before anything happened with it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::Position;
use linchpin_domain::id::AccountId;

use super::lock;

/// Clients kept at most; when there are more, all are forgotten and found out anew.
const MOST: usize = 200_000;

/// Something about each client that follows from its facts, from those of its group and from the
/// firm's rules, and from nothing else. It is told to whoever reads a desk on which none of these
/// are others than where it was found out, be that desk older or newer.
pub(super) struct Kept<T>(Mutex<Slots<T>>);

struct Slots<T> {
    /// The first position from which changes are noted client by client.
    from: Position,
    /// The last entry whose changes are noted. A desk beyond it knows more than is noted here.
    to: Position,
    of: HashMap<AccountId, Slot<T>>,
}

struct Slot<T> {
    /// The last entry that changed it. A desk that stands before it reads otherwise.
    since: Position,
    found: Option<T>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(Slots { from: 0, to: 0, of: HashMap::new() }))
    }
}

impl<T: Clone> Kept<T> {
    /// Begins anew from a desk of which nobody noted how it came to be.
    pub(super) fn begin(&self, position: Position) {
        let mut slots = self.slots();
        slots.to = position;
        slots.forget_all();
    }

    /// Forgets what an entry changed. Called before anybody can read the desk that has taken it in.
    pub(super) fn note(&self, desk: &Desk, changed: &Changed) {
        let mut slots = self.slots();
        slots.to = desk.position();
        if changed.rules || slots.of.is_empty() {
            // While nobody asks, as when a ledger is read from its beginning, nothing is noted.
            return slots.forget_all();
        }
        for id in &changed.accounts {
            slots.forget(*id);
            desk.duplicates_of(*id).for_each(|duplicate| slots.forget(duplicate));
        }
        if slots.of.len() > MOST {
            slots.forget_all();
        }
    }

    /// What is kept of some clients for a reader of a desk at a position, in their order.
    pub(super) fn find(
        &self,
        position: Position,
        ids: impl Iterator<Item = AccountId>,
    ) -> Vec<Option<T>> {
        let slots = self.slots();
        let known = slots.knows(position);
        let found = |id| slots.of.get(&id).filter(|slot| known && slot.since <= position);
        ids.map(|id| found(id).and_then(|slot| slot.found.clone())).collect()
    }

    /// Keeps what was found out on a desk at a position, unless it is another by now.
    pub(super) fn keep(&self, position: Position, found: impl Iterator<Item = (AccountId, T)>) {
        let mut slots = self.slots();
        if !slots.knows(position) {
            return;
        }
        for (id, found) in found {
            if slots.of.len() >= MOST && !slots.of.contains_key(&id) {
                slots.forget_all();
                if !slots.knows(position) {
                    return;
                }
            }
            let from = slots.from;
            let slot = slots.of.entry(id).or_insert(Slot { since: from, found: None });
            if slot.since <= position {
                slot.found = Some(found);
            }
        }
    }

    fn slots(&self) -> MutexGuard<'_, Slots<T>> {
        lock(&self.0)
    }
}

impl<T> Slots<T> {
    fn knows(&self, position: Position) -> bool {
        (self.from..=self.to).contains(&position)
    }

    fn forget_all(&mut self) {
        self.of.clear();
        self.from = self.to;
    }

    fn forget(&mut self, id: AccountId) {
        self.of.insert(id, Slot { since: self.to, found: None });
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use linchpin_domain::entry::{Body, Entry, Stream};
    use linchpin_domain::fact::{AccountRenamed, Fact};
    use linchpin_domain::id::EntryId;

    use super::*;

    /// A desk that stands at a position.
    fn desk(position: Position) -> Desk {
        let mut desk = Desk::default();
        let account = id("nobody");
        let fact = AccountRenamed { account, name: "Nobody".to_owned() };
        desk.apply(&Entry {
            position,
            id: EntryId::named("renamed"),
            stream: Stream::Account(account),
            version: 1,
            occurred_at: Timestamp::UNIX_EPOCH,
            recorded_at: Timestamp::UNIX_EPOCH,
            actor: "test".to_owned(),
            correlation: None,
            body: Body::Fact(Fact::AccountRenamed(fact)),
        });
        desk
    }

    fn id(name: &str) -> AccountId {
        AccountId::named(name)
    }

    fn changed(accounts: &[AccountId]) -> Changed {
        Changed { accounts: accounts.to_vec(), ..Changed::default() }
    }

    fn find(kept: &Kept<u8>, position: Position, name: &str) -> Option<u8> {
        kept.find(position, [id(name)].into_iter())[0]
    }

    fn keep(kept: &Kept<u8>, position: Position, name: &str, found: u8) {
        kept.keep(position, [(id(name), found)].into_iter());
    }

    fn begun(position: Position) -> Kept<u8> {
        let kept = Kept::default();
        kept.begin(position);
        kept
    }

    #[test]
    fn what_is_kept_is_told_until_an_entry_changes_it() {
        let kept = begun(7);
        assert_eq!(find(&kept, 7, "acme"), None, "nothing is kept yet");
        keep(&kept, 7, "acme", 1);
        keep(&kept, 7, "other", 2);
        kept.note(&desk(8), &changed(&[id("other")]));
        assert_eq!(find(&kept, 8, "acme"), Some(1), "the entry was not about it");
        assert_eq!(find(&kept, 8, "other"), None);
        kept.note(&desk(9), &Changed { rules: true, ..Changed::default() });
        assert_eq!(find(&kept, 9, "acme"), None, "other rules change everyone");
    }

    #[test]
    fn a_desk_before_the_change_neither_adds_nor_is_told_and_one_before_an_unrelated_entry_is() {
        let kept = begun(7);
        keep(&kept, 7, "other", 2);
        kept.note(&desk(8), &changed(&[id("acme")]));
        keep(&kept, 7, "acme", 1);
        assert_eq!(find(&kept, 8, "acme"), None, "it was found out before the change");
        keep(&kept, 8, "acme", 3);
        assert_eq!((find(&kept, 7, "acme"), find(&kept, 8, "acme")), (None, Some(3)));
        assert_eq!(find(&kept, 7, "other"), Some(2));
    }

    #[test]
    fn a_desk_outside_of_what_is_noted_neither_adds_nor_is_told() {
        let kept = begun(7);
        for position in [6, 8] {
            keep(&kept, position, "acme", 1);
            assert_eq!(find(&kept, 7, "acme"), None, "{position}");
        }
        keep(&kept, 7, "acme", 1);
        assert_eq!((find(&kept, 6, "acme"), find(&kept, 8, "acme")), (None, None));
    }

    #[test]
    fn while_nothing_is_kept_changes_are_not_noted_and_older_desks_add_nothing() {
        let kept = begun(0);
        kept.note(&desk(1), &changed(&[id("acme")]));
        kept.note(&desk(2), &changed(&[id("other")]));
        keep(&kept, 1, "other", 1);
        assert_eq!(find(&kept, 2, "other"), None);
        keep(&kept, 2, "other", 2);
        assert_eq!(find(&kept, 2, "other"), Some(2));
    }

    #[test]
    fn there_is_a_bound() {
        let kept: Kept<u8> = begun(1);
        let ids = |range: std::ops::Range<usize>| range.map(|n| (id(&n.to_string()), 0));
        kept.keep(1, ids(0..MOST));
        assert_eq!(kept.slots().of.len(), MOST);
        kept.keep(1, ids(MOST..MOST + 3));
        assert_eq!(kept.slots().of.len(), 3);
        let many: Vec<AccountId> = ids(0..MOST).map(|(id, _)| id).collect();
        kept.note(&desk(2), &changed(&many));
        assert!(kept.slots().of.len() <= MOST);
    }
}
