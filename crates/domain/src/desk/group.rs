//! Groups: who belongs to whom on a day.
//!
//! A told link from a subsidiary to its parent holds from its day until the next one. Facts are
//! taken whatever they say, so links may come to form a loop, although the act that sets one
//! refuses what closes one; of a loop's links the newest does not count. So there is never a loop
//! in what is read, whatever was told and in whatever order.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Changed, Desk};
use crate::account::Account;
use crate::id::{AccountId, EntryId};

/// A link from one account to another, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    /// When it was made: of a loop's links the newest does not count.
    pub(super) since: (Timestamp, EntryId),
    /// The account that it leads to.
    pub(super) to: AccountId,
}

/// A link that would close a loop, spelled as the way from the account back to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The day on which it would be closed.
    pub day: Date,
    /// The accounts on the way, the subsidiary first and last.
    pub path: Vec<AccountId>,
}

impl fmt::Display for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: Vec<String> = self.path.iter().map(ToString::to_string).collect();
        write!(f, "on {} this would close a loop: {}", self.day, path.join(" → "))
    }
}

/// The way up from an account: itself first, then whoever stands above it. Of links that form a
/// loop the newest does not count, and the way ends there.
pub(super) fn upward(from: AccountId, link: impl Fn(AccountId) -> Option<Link>) -> Vec<AccountId> {
    let mut path = vec![from];
    let mut links: Vec<Link> = Vec::new();
    let mut seen = BTreeSet::from([from]);
    let mut at = from;
    while let Some(next) = link(at) {
        links.push(next);
        if !seen.insert(next.to) {
            // The way came back to where it was: the loop's newest link is left out.
            let begin = path.iter().position(|id| *id == next.to).unwrap_or(0);
            let newest = (begin..links.len()).max_by_key(|at| links[*at].since);
            path.truncate(newest.unwrap_or(begin) + 1);
            return path;
        }
        path.push(next.to);
        at = next.to;
    }
    path
}

impl Desk {
    /// The way up from an account on a day: itself first, its ultimate parent last.
    pub fn parents_on(&self, id: AccountId, day: Date) -> Vec<AccountId> {
        upward(self.survivor(id), |id| self.parent_link(id, day))
    }

    /// The organisation directly above an account on a day.
    pub fn parent_on(&self, id: AccountId, day: Date) -> Option<AccountId> {
        self.parents_on(id, day).get(1).copied()
    }

    /// Everyone who was ever linked with an account, directly or through others, itself left out:
    /// whoever belongs to its group on any day is among them. In order of id.
    pub fn relatives(&self, id: AccountId) -> Vec<AccountId> {
        let first = self.survivor(id);
        let mut seen = BTreeSet::from([first]);
        let mut waiting = vec![first];
        while let Some(id) = waiting.pop() {
            for other in self.links(id) {
                if seen.insert(other) {
                    waiting.push(other);
                }
            }
        }
        seen.remove(&first);
        seen.into_iter().collect()
    }

    /// Whether it would close a loop to set a parent from a day on.
    ///
    /// # Errors
    /// The first day on which it would, and the way.
    pub fn may_belong(&self, id: AccountId, parent: AccountId, from: Date) -> Result<(), Loop> {
        let (id, parent) = (self.survivor(id), self.survivor(parent));
        let closes = |day: Date| {
            // Its own link gives way to the new one, so that it opens no loop told before.
            let link = |other| (other != id).then(|| self.parent_link(other, day)).flatten();
            let way = upward(parent, link);
            way.iter().position(|other| *other == id).map(|at| {
                let path = std::iter::once(id).chain(way[..=at].iter().copied()).collect();
                Loop { day, path }
            })
        };
        // Above an account something can change only on days on which a link was told.
        let links = self.relatives(parent).into_iter().chain([parent, id]);
        let days: BTreeSet<Date> = links
            .filter_map(|id| self.account(id))
            .flat_map(|account| account.parents.iter().map(|(source, _)| source.day))
            .filter(|day| *day > from)
            .collect();
        // A new link stands until the next word on it; what was told of a duplicate gives way.
        let until = self.told_account(id).and_then(|account| account.parents.next_day(from));
        let days = std::iter::once(from).chain(days);
        match days.take_while(|day| until.is_none_or(|until| *day < until)).find_map(closes) {
            Some(closed) => Err(closed),
            None => Ok(()),
        }
    }

    pub(super) fn parent_link(&self, id: AccountId, day: Date) -> Option<Link> {
        let (source, parent) = self.account(id)?.told_parent(day)?;
        let to = self.survivor(parent);
        (to != id).then_some(Link { since: (source.at, source.id), to })
    }

    /// Every client that was ever linked with one directly. Of a duplicate's links some do not
    /// count beside those of the account that stays, but whom they lead to must be told when they
    /// begin or cease to.
    fn links(&self, id: AccountId) -> impl Iterator<Item = AccountId> {
        let told = self.ids_of(id).filter_map(|id| self.told_account(id));
        told.flat_map(|account| links_of(account)).map(|other| self.survivor(other))
    }

    /// Adds everyone whose group a fact concerns.
    pub(super) fn widen(&self, changed: &mut Changed) {
        let mut all: BTreeSet<AccountId> = changed.accounts.iter().copied().collect();
        let told = all.clone();
        let mut widened = BTreeSet::new();
        for id in &told {
            let stays = self.survivor(*id);
            all.insert(stays);
            if self.links(stays).next().is_some() && widened.insert(stays) {
                let relatives = self.relatives(stays);
                all.extend(&relatives);
                widened.extend(relatives);
            }
        }
        changed.accounts.extend(all.difference(&told));
    }
}

/// Every account that was ever linked with this one directly.
pub(super) fn links_of(account: &Account) -> impl Iterator<Item = AccountId> {
    let parents = account.parents.iter().filter_map(|(_, parent)| *parent);
    parents.chain(account.subsidiaries.iter().map(|(_, subsidiary)| *subsidiary))
}
