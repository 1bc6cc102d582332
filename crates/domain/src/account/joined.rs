//! Two accounts that are one client, read as one.

use std::collections::BTreeMap;

use super::{Account, ContractLine, OwnershipEvent};
use crate::timeline::Timeline;

impl Account {
    /// This client with the history of a duplicate of it. What the account that stays says of its
    /// name, its place in a group and its account manager counts; where it says nothing, the
    /// duplicate's does. Everything else is the history of both.
    #[must_use]
    pub fn joined(&self, duplicate: &Self) -> Self {
        let mut whole = self.clone();
        let other = duplicate.clone();
        keep_or_take(&mut whole.registered, other.registered);
        keep_or_take(&mut whole.names, other.names);
        keep_or_take(&mut whole.parents, other.parents);
        take_ownership(&mut whole.ownership, other.ownership);
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
        join_lines(&mut whole.cancelled, other.cancelled, Timeline::join);
        join_lines(&mut whole.judgements, other.judgements, Timeline::join);
        join_lines(&mut whole.contacts, other.contacts, Timeline::join);
        join_lines(&mut whole.contracts, other.contracts, ContractLine::join);
        whole.retracted.extend(other.retracted);
        whole.days.join(&other.days);
        whole
    }
}

fn keep_or_take<T>(kept: &mut Timeline<T>, other: Timeline<T>) {
    if kept.is_empty() {
        *kept = other;
    }
}

/// A duplicate's account manager must not become the client's by a merge: only its claims pass
/// over, unless the client has nobody.
fn take_ownership(kept: &mut Timeline<OwnershipEvent>, mut other: Timeline<OwnershipEvent>) {
    if kept.iter().any(|(_, event)| event.owner().is_some()) {
        other.retain_items(|event| matches!(event, OwnershipEvent::Claimed(..)));
    }
    kept.join(other);
}

fn join_lines<K: Ord, L>(lines: &mut BTreeMap<K, L>, other: BTreeMap<K, L>, join: fn(&mut L, L))
where
    L: Default,
{
    for (key, line) in other {
        join(lines.entry(key).or_default(), line);
    }
}
