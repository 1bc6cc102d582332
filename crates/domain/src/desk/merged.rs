//! Accounts that were merged: which one stays, and its history with that of its duplicates.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::group::{Link, upward};
use super::shelves::Shelves;
use super::{Changed, Desk};
use crate::account::{Account, Part, add, joined, only_adds};
use crate::fact::Fact;
use crate::id::AccountId;
use crate::timeline::Source;

/// What the merges come to. Few accounts are ever merged, so this is small beside the rest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Merged {
    /// What each account stands for about which a merge was ever told.
    places: Shelves<Place>,
    /// How many of them are duplicates.
    duplicates: usize,
}

/// What an account about which a merge was told stands for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Place {
    /// The account that stays, where this one is a duplicate.
    into: Option<AccountId>,
    /// Of the one that stays: every account that was merged into it, in order of id.
    duplicates: Vec<AccountId>,
    /// Of the one that stays: the history of all.
    whole: Option<Arc<Account>>,
}

impl Merged {
    /// The client that an account stands for in a list of clients; `None` for a duplicate.
    pub(super) fn whole<'a>(&'a self, account: &'a Arc<Account>) -> Option<&'a Arc<Account>> {
        match self.places.get(account.id) {
            Some(place) if place.into.is_some() => None,
            Some(place) => Some(place.whole.as_ref().unwrap_or(account)),
            None => Some(account),
        }
    }

    pub(super) fn joined(&self, id: AccountId) -> Option<&Arc<Account>> {
        self.places.get(id)?.whole.as_ref()
    }

    pub(super) fn duplicates(&self) -> usize {
        self.duplicates
    }
}

impl Desk {
    /// The account under which a client is read: itself, or the one into which it was merged.
    pub fn survivor(&self, id: AccountId) -> AccountId {
        self.merged.places.get(id).and_then(|place| place.into).unwrap_or(id)
    }

    /// Every account that was merged into one, in order of id.
    pub fn duplicates_of(&self, id: AccountId) -> impl Iterator<Item = AccountId> {
        self.merged.places.get(id).into_iter().flat_map(|place| place.duplicates.iter().copied())
    }

    /// Every id under which the client was told of that an account stands for.
    pub(super) fn ids_of(&self, id: AccountId) -> impl Iterator<Item = AccountId> {
        let stays = self.survivor(id);
        std::iter::once(stays).chain(self.duplicates_of(stays))
    }

    /// Brings the joined histories up to date after a fact about the changed accounts, and adds to
    /// them those that stand for another client now. Whether any day of theirs may read otherwise,
    /// since a merge has no day.
    pub(super) fn rejoin(&mut self, changed: &mut Changed, source: Source, fact: &Fact) -> bool {
        let merges = matches!(fact, Fact::AccountsMerged(_) | Fact::AccountsUnmerged(_));
        if !merges && !changed.accounts.iter().any(|id| self.merged.places.get(*id).is_some()) {
            return false;
        }
        if merges || matches!(fact, Fact::FactRetracted(_)) {
            self.regroup(changed);
            return true;
        }
        let clients: BTreeSet<_> = changed.accounts.iter().map(|id| self.survivor(*id)).collect();
        for id in clients {
            if self.merged.joined(id).is_none() {
                continue;
            }
            match &mut self.merged.places.entry(id, Place::default).whole {
                Some(whole) if only_adds(fact) => {
                    add(Arc::make_mut(whole), source, fact);
                }
                _ => self.put_together(id),
            }
        }
        false
    }

    /// Finds out anew who stands for whom among all that the changed accounts were one with, or
    /// are now: no other merge can count otherwise than before.
    fn regroup(&mut self, changed: &mut Changed) {
        let mut all = BTreeSet::new();
        for id in &changed.accounts {
            all.extend(self.ids_of(*id));
            all.extend(self.merge_of(*id).into_iter().flat_map(|link| self.ids_of(link.to)));
        }
        let mut places: BTreeMap<AccountId, Place> = BTreeMap::new();
        let mut concerned: BTreeSet<AccountId> = changed.accounts.iter().copied().collect();
        for id in all {
            let way = upward(id, |id| self.merge_of(id));
            let into = way.last().copied().filter(|stays| *stays != id);
            let was = self.merged.places.get(id).and_then(|place| place.into);
            if was != into {
                let others = [Some(id), was, into].into_iter().flatten();
                changed.accounts.extend(others.filter(|other| concerned.insert(*other)));
            }
            places.entry(id).or_default().into = into;
            if let Some(stays) = into {
                places.entry(stays).or_default().duplicates.push(id);
            }
        }
        let mut stay = Vec::new();
        for (id, place) in places {
            let was = self.merged.places.get(id).is_some_and(|place| place.into.is_some());
            self.merged.duplicates += usize::from(place.into.is_some());
            self.merged.duplicates -= usize::from(was);
            if !place.duplicates.is_empty() {
                stay.push(id);
            }
            self.merged.places.insert(id, place);
        }
        stay.into_iter().for_each(|id| self.put_together(id));
    }

    /// Joins the histories of one client anew.
    fn put_together(&mut self, stays: AccountId) {
        let parts = self.ids_of(stays).filter_map(|id| {
            let told = self.told_account(id)?;
            let depth = upward(id, |id| self.merge_of(id)).len();
            // Of the one that stays a link may have been told that does not count.
            let link = self.merge_of(id).filter(|_| id != stays);
            let of = link.map(|link| (link.to, link.since.0));
            Some(((Reverse(depth), link.map(|link| link.since)), Part { told, of }))
        });
        let mut parts: Vec<_> = parts.collect();
        parts.sort_by_key(|(order, _)| *order);
        let parts: Vec<Part<'_>> = parts.into_iter().map(|(_, part)| part).collect();
        let whole = joined(&parts).map(Arc::new);
        self.merged.places.entry(stays, Place::default).whole = whole;
    }

    /// The merge that was told last of an account, whatever the day: two accounts that are one
    /// client always were.
    fn merge_of(&self, id: AccountId) -> Option<Link> {
        let (source, into) = self.told_account(id)?.merged.at(Date::MAX)?;
        Some(Link { since: (source.at, source.id), to: (*into)? })
    }
}
