//! Names and keys on many shelves: a copy shares them all, and a change copies the shelves it
//! touches.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::read::Name;
use crate::id::AccountId;

/// How many bits tell the shelf. At a million accounts a shelf of keys holds a few thousand, copied
/// within tens of microseconds.
const BITS: u32 = 12;

/// Each account's name.
#[derive(Debug, Clone)]
pub(super) struct Names {
    shelves: Vec<Arc<BTreeMap<AccountId, Arc<Name>>>>,
    len: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { shelves: vec![Arc::default(); 1 << BITS], len: 0 }
    }
}

impl Names {
    pub(super) fn get(&self, account: AccountId) -> Option<&Arc<Name>> {
        self.shelves[of_account(account)].get(&account)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn insert(&mut self, account: AccountId, name: Arc<Name>) {
        let shelf = Arc::make_mut(&mut self.shelves[of_account(account)]);
        self.len += usize::from(shelf.insert(account, name).is_none());
    }

    pub(super) fn remove(&mut self, account: AccountId) -> Option<Arc<Name>> {
        self.get(account)?;
        self.len -= 1;
        Arc::make_mut(&mut self.shelves[of_account(account)]).remove(&account)
    }
}

/// The accounts under each key, in order of id. A shelf is one sorted row, which is copied whole in
/// microseconds and takes no more room than it must.
#[derive(Debug, Clone)]
pub(super) struct Filed {
    shelves: Vec<Arc<Vec<(u32, AccountId)>>>,
}

impl Default for Filed {
    fn default() -> Self {
        Self { shelves: vec![Arc::default(); 1 << BITS] }
    }
}

impl Filed {
    pub(super) fn under(&self, key: u32) -> impl Iterator<Item = AccountId> {
        let shelf = &self.shelves[of_key(key)];
        let start = shelf.partition_point(|(other, _)| *other < key);
        let here = shelf[start..].iter().take_while(move |(other, _)| *other == key);
        here.map(|(_, account)| *account)
    }

    pub(super) fn insert(&mut self, key: u32, account: AccountId) {
        let shelf = Arc::make_mut(&mut self.shelves[of_key(key)]);
        if let Err(at) = shelf.binary_search(&(key, account)) {
            shelf.insert(at, (key, account));
        }
    }

    pub(super) fn remove(&mut self, key: u32, account: AccountId) {
        let shelf = Arc::make_mut(&mut self.shelves[of_key(key)]);
        if let Ok(at) = shelf.binary_search(&(key, account)) {
            shelf.remove(at);
        }
    }
}

/// The last bits of an id, the random ones in every kind of UUID.
fn of_account(account: AccountId) -> usize {
    let [.., first, second] = *account.0.as_bytes();
    usize::from(u16::from_be_bytes([first, second]) >> (u16::BITS - BITS))
}

fn of_key(key: u32) -> usize {
    (key >> (u32::BITS - BITS)) as usize
}
