//! Accounts that were merged: which one stays, and its history with that of its duplicates.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::group::{Link, upward};
use super::{Changed, Desk};
use crate::account::Account;
use crate::fact::Fact;
use crate::id::AccountId;

/// What the merges come to. Few accounts are ever merged, so this is small beside the rest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Merged {
    /// Accounts about which a merge was ever told.
    ever: Arc<BTreeSet<AccountId>>,
    /// Each duplicate, with the account that stays.
    into: Arc<BTreeMap<AccountId, AccountId>>,
    /// Each account that stays, with the history of all.
    joined: BTreeMap<AccountId, Arc<Account>>,
}

impl Merged {
    /// The client that an account stands for in a list of clients; `None` for a duplicate.
    pub(super) fn whole<'a>(&'a self, account: &'a Arc<Account>) -> Option<&'a Arc<Account>> {
        if self.into.is_empty() {
            return Some(account);
        }
        if self.into.contains_key(&account.id) {
            return None;
        }
        Some(self.joined.get(&account.id).unwrap_or(account))
    }

    pub(super) fn joined(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.joined.get(&id)
    }

    pub(super) fn ever(&self) -> &BTreeSet<AccountId> {
        &self.ever
    }

    pub(super) fn duplicates(&self) -> usize {
        self.into.len()
    }
}

impl Desk {
    /// The account under which a client is read: itself, or the one into which it was merged.
    pub fn survivor(&self, id: AccountId) -> AccountId {
        self.merged.into.get(&id).copied().unwrap_or(id)
    }

    /// Every account that was merged into one, in order of id.
    pub fn duplicates_of(&self, id: AccountId) -> impl Iterator<Item = AccountId> {
        let pairs = self.merged.into.iter().filter(move |(_, stays)| **stays == id);
        pairs.map(|(duplicate, _)| *duplicate)
    }

    /// Brings the joined histories up to date after a fact about the changed accounts, and adds to
    /// them those that stand for another client now. Whether any day of theirs may read otherwise:
    /// a merge has no day, and with a fact about one of two the picture of both may be another.
    pub(super) fn rejoin(&mut self, changed: &mut Changed, fact: &Fact) -> bool {
        let merges = matches!(fact, Fact::AccountsMerged(_) | Fact::AccountsUnmerged(_));
        let known = |id: &AccountId| self.merged.ever.contains(id);
        if !merges && !changed.accounts.iter().any(known) {
            return false;
        }
        if merges {
            Arc::make_mut(&mut self.merged.ever).extend(&changed.accounts);
        }
        let ever = Arc::clone(&self.merged.ever);
        let mut into = BTreeMap::new();
        for id in ever.iter() {
            let stays = upward(*id, |id| self.merge_of(id)).last().copied().unwrap_or(*id);
            if stays != *id {
                into.insert(*id, stays);
            }
        }
        let mut joined = BTreeMap::new();
        for (duplicate, stays) in &into {
            let Some(other) = self.told_account(*duplicate) else { continue };
            let whole = joined.remove(stays).or_else(|| self.told_account(*stays).cloned());
            let whole = whole.unwrap_or_else(|| Arc::new(Account::new(*stays)));
            joined.insert(*stays, Arc::new(whole.joined(other)));
        }
        let mut all: BTreeSet<AccountId> = changed.accounts.iter().copied().collect();
        for id in ever.iter() {
            let (was, is) = (self.merged.into.get(id), into.get(id));
            if was != is {
                let others = [Some(id), was, is].into_iter().flatten().copied();
                changed.accounts.extend(others.filter(|other| all.insert(*other)));
            }
        }
        self.merged.into = Arc::new(into);
        self.merged.joined = joined;
        let whole = |id: &AccountId| self.merged.joined.contains_key(&self.survivor(*id));
        merges || changed.accounts.iter().any(whole)
    }

    /// The merge that was told last of an account, whatever the day: two accounts that are one
    /// client always were.
    fn merge_of(&self, id: AccountId) -> Option<Link> {
        let (source, into) = self.told_account(id)?.merged.at(Date::MAX)?;
        Some(Link { since: (source.at, source.id), to: (*into)? })
    }
}
