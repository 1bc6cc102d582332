//! A map by account, on many shelves: a copy shares them all, and a change copies one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::AccountId;

/// How many bits of an id tell its shelf. A thousand shelves keep each short enough to be copied
/// within microseconds at a million accounts, and are few enough to be shared in no time.
const BITS: u32 = 10;

/// Something for each account, in order of id.
#[derive(Debug, Clone)]
pub(super) struct Shelves<V> {
    shelves: Vec<Arc<BTreeMap<AccountId, V>>>,
}

impl<V> Default for Shelves<V> {
    fn default() -> Self {
        let empty = Arc::new(BTreeMap::new());
        Self { shelves: vec![empty; 1 << BITS] }
    }
}

/// The first bits of an id, so that the order of the shelves is that of the ids.
fn shelf(id: AccountId) -> usize {
    let [first, second, ..] = *id.0.as_bytes();
    usize::from(u16::from_be_bytes([first, second]) >> (u16::BITS - BITS))
}

impl<V> Shelves<V> {
    pub(super) fn get(&self, id: AccountId) -> Option<&V> {
        self.shelves[shelf(id)].get(&id)
    }

    /// All of them, in order of id.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.shelves.iter().flat_map(|shelf| shelf.values())
    }
}

impl<V: Clone> Shelves<V> {
    /// What stands at an id; put there where there is nothing.
    pub(super) fn entry(&mut self, id: AccountId, new: impl FnOnce() -> V) -> &mut V {
        let shelf = Arc::make_mut(&mut self.shelves[shelf(id)]);
        shelf.entry(id).or_insert_with(new)
    }

    pub(super) fn insert(&mut self, id: AccountId, value: V) {
        Arc::make_mut(&mut self.shelves[shelf(id)]).insert(id, value);
    }
}

impl<V: Serialize> Serialize for Shelves<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.shelves.iter().flat_map(|shelf| shelf.iter()))
    }
}

impl<'de, V: Clone + Deserialize<'de>> Deserialize<'de> for Shelves<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shelves = Self::default();
        for (id, value) in BTreeMap::deserialize(deserializer)? {
            shelves.insert(id, value);
        }
        Ok(shelves)
    }
}

/// An iterator of which it is known how many it gives.
pub(super) fn counted<T>(
    values: impl Iterator<Item = T>,
    left: usize,
) -> impl ExactSizeIterator<Item = T> {
    Counted { values, left }
}

struct Counted<I> {
    values: I,
    left: usize,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let next = self.values.next()?;
        self.left = self.left.saturating_sub(1);
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_order_of_id() {
        let ids: Vec<AccountId> =
            (0..5_000).map(|n| AccountId::named(&format!("test:{n}"))).collect();
        let mut shelves = Shelves::default();
        for id in &ids {
            *shelves.entry(*id, || *id) = *id;
            shelves.insert(*id, *id);
        }
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        assert!(shelves.values().eq(sorted.iter()));
        assert_eq!(shelves.get(AccountId::named("test:7")), Some(&ids[7]));
        assert_eq!(shelves.get(AccountId::named("another")), None);
    }

    #[test]
    fn a_copy_does_not_see_what_comes_after_it() {
        let id = AccountId::named("test:1");
        let mut shelves = Shelves::default();
        shelves.insert(id, 1);
        let copy = shelves.clone();
        shelves.insert(id, 2);
        assert_eq!((copy.get(id), shelves.get(id)), (Some(&1), Some(&2)));
    }
}
