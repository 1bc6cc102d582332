//! Accounts that are one client, read as one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Account, ContactEvent, ContractLine, OwnershipEvent};
use crate::id::AccountId;
use crate::timeline::Timeline;

/// One of the accounts that are one client.
pub(crate) struct Part<'a> {
    /// What was told under its id.
    pub(crate) told: &'a Account,
    /// The account of which it is a duplicate, and since when; `None` for the one that stays.
    pub(crate) of: Option<(AccountId, Timestamp)>,
}

/// What was told of whose client it is under one of the ids of a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Share {
    /// Since when it is one with the account that stays; `None` for that account.
    since: Option<Timestamp>,
    /// What was told under that id, and what was ruled of the client since it is one.
    pub(super) events: Timeline<OwnershipEvent>,
}

/// The client that accounts come to; `None` where there are none. Every part stands before the one
/// of which it is a duplicate, and duplicates of one stand in the order in which they were merged.
///
/// Of the name, the registration, the place in a group and the account manager the account that
/// stays has the word from the first day on which it says anything of it. Before that its
/// duplicates have, in the order in which they were merged: so what is told today moves no earlier
/// day. Everything else is the history of all.
pub(crate) fn joined(parts: &[Part<'_>]) -> Option<Account> {
    let client: BTreeSet<AccountId> = parts.iter().map(|part| part.told.id).collect();
    let alone = parts.iter().map(|part| (part.told.id, part_of(part.told, &client)));
    let mut wholes: BTreeMap<AccountId, Account> = alone.collect();
    for part in parts {
        let Some((stays, since)) = part.of else { continue };
        let Some(duplicate) = wholes.remove(&part.told.id) else { continue };
        if let Some(whole) = wholes.get_mut(&stays) {
            take_in(whole, duplicate, since, &client);
        }
    }
    let mut whole = wholes.into_values().next()?;
    whole.parents = without_itself(&whole.parents, &client);
    Some(whole)
}

/// An account as it is read beside others of the same client: who moved from one of them to
/// another never left the client.
fn part_of(told: &Account, client: &BTreeSet<AccountId>) -> Account {
    let mut part = told.clone();
    let inside = |to: &Option<AccountId>| to.is_some_and(|to| client.contains(&to));
    for line in part.contacts.values_mut() {
        line.retain_items(|event| !matches!(event, ContactEvent::Left(to) if inside(to)));
    }
    part.contacts.retain(|_, line| !line.is_empty());
    part
}

fn take_in(whole: &mut Account, other: Account, since: Timestamp, client: &BTreeSet<AccountId>) {
    take_ownership(whole, &other, since);
    whole.registered = first_word(&whole.registered, &other.registered, |_| true);
    whole.names = first_word(&whole.names, &other.names, |_| true);
    whole.parents = first_word(&whole.parents, &other.parents, |parent| {
        parent.is_none_or(|parent| !client.contains(&parent))
    });
    whole.refs.join(other.refs);
    whole.subsidiaries.join(other.subsidiaries);
    whole.dismissed.join(other.dismissed);
    whole.rulings.join(other.rulings);
    whole.engagements.join(other.engagements);
    whole.invoiced.join(other.invoiced);
    whole.interactions.join(other.interactions);
    whole.feedback.join(other.feedback);
    whole.referrals.join(other.referrals);
    whole.reviews.join(other.reviews);
    whole.plans.join(other.plans);
    whole.team.join(other.team);
    whole.ownership.join(other.ownership);
    join_lines(&mut whole.cancelled, other.cancelled, Timeline::join);
    join_lines(&mut whole.judgements, other.judgements, Timeline::join);
    join_lines(&mut whole.contacts, other.contacts, Timeline::join);
    join_lines(&mut whole.contracts, other.contracts, ContractLine::join);
    whole.retracted.extend(other.retracted);
    whole.days.join(other.days);
}

fn join_lines<K: Ord, L>(lines: &mut BTreeMap<K, L>, other: BTreeMap<K, L>, join: fn(&mut L, L))
where
    L: Default,
{
    for (key, line) in other {
        join(lines.entry(key).or_default(), line);
    }
}

/// One line out of two: the newest item of the first where it has a word in the matter, else that
/// of the second. Where the word passes from one to the other, the item by which it passes stands
/// for the one that counts from then on.
fn first_word<T: Clone>(
    first: &Timeline<T>,
    second: &Timeline<T>,
    has_word: impl Fn(&T) -> bool,
) -> Timeline<T> {
    let of_first = first.iter().map(|(source, item)| (true, source, item));
    let of_second = second.iter().map(|(source, item)| (false, source, item));
    let mut all: Vec<_> = of_first.chain(of_second).collect();
    all.sort_by_key(|(_, source, _)| source.key());
    let mut line = Timeline::default();
    let (mut one, mut other, mut counted) = (None, None, None);
    for (is_first, source, item) in all {
        *(if is_first { &mut one } else { &mut other }) = Some((source.key(), item));
        let counts = one.filter(|(_, item)| has_word(item)).or(other).or(one);
        if let Some((by, item)) = counts.filter(|(by, _)| counted != Some(*by)) {
            counted = Some(by);
            line.insert(*source, item.clone());
        }
    }
    line
}

/// A link to an account of the same client says of others only that whoever was above the client
/// is so no longer.
fn without_itself(
    parents: &Timeline<Option<AccountId>>,
    client: &BTreeSet<AccountId>,
) -> Timeline<Option<AccountId>> {
    let mut others = Timeline::default();
    for (source, parent) in parents.iter() {
        let other = parent.filter(|parent| !client.contains(parent));
        if other.is_some() || parent.is_none() || !others.is_empty() {
            others.insert(*source, other);
        }
    }
    others
}

/// Claims and rulings are about one account until it is merged, and from then on about the client.
fn take_ownership(whole: &mut Account, other: &Account, since: Timestamp) {
    let mut ours = shares_of(whole);
    let mut theirs = shares_of(other);
    for share in &mut theirs {
        share.since = share.since.max(Some(since));
    }
    for one in &mut ours {
        for other in &mut theirs {
            let since = one.since.max(other.since);
            let (told_of_one, told_of_other) = (one.rulings(since), other.rulings(since));
            one.events.join(told_of_other);
            other.events.join(told_of_one);
        }
    }
    ours.append(&mut theirs);
    whole.shares = ours;
}

fn shares_of(account: &Account) -> Vec<Share> {
    if account.shares.is_empty() && !account.ownership.is_empty() {
        return vec![Share { since: None, events: account.ownership.clone() }];
    }
    account.shares.clone()
}

impl Share {
    fn rulings(&self, since: Option<Timestamp>) -> Timeline<OwnershipEvent> {
        let mut rulings = Timeline::default();
        for (source, event) in self.events.iter() {
            if matches!(event, OwnershipEvent::Ruled { .. }) && Some(source.at) >= since {
                rulings.insert(*source, event.clone());
            }
        }
        rulings
    }
}
