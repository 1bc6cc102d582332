//! Who of us looks after one client.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::fact::Role;
use crate::id::MemberId;
use crate::timeline::{Source, Timeline};

/// What happened with the ownership of a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum OwnershipEvent {
    /// An account manager was assigned.
    Assigned(MemberId),
    /// It passed to another account manager.
    HandedOver(MemberId),
    /// A sponsor was assigned.
    Sponsored(MemberId),
    /// One of us says the client is theirs.
    Claimed(MemberId, Arc<str>),
    /// It was ruled whose it is.
    Ruled {
        /// Whose it is.
        owner: MemberId,
        /// Who ruled.
        by: MemberId,
        /// Why.
        reason: Arc<str>,
        /// Whether the history of the client's parent counted, where that was the question.
        parent_history_counts: Option<bool>,
    },
}

impl OwnershipEvent {
    /// Who looks after the client from then on; `None` where it says nothing of that.
    pub fn owner(&self) -> Option<MemberId> {
        match self {
            Self::Assigned(owner) | Self::HandedOver(owner) | Self::Ruled { owner, .. } => {
                Some(*owner)
            }
            Self::Sponsored(_) | Self::Claimed(..) => None,
        }
    }
}

/// A claim that nobody has ruled on.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The fact.
    pub source: Source,
    /// Who claims.
    pub by: MemberId,
    /// On what grounds.
    pub reason: Arc<str>,
}

impl Account {
    /// The account manager on a day.
    pub fn owner_on(&self, day: Date) -> Option<MemberId> {
        self.keeper_on(day).map(|(_, owner)| owner)
    }

    /// The account manager on a day, with the fact that says so. Of several accounts that are one
    /// client the first that says anything has the word.
    pub(crate) fn keeper_on(&self, day: Date) -> Option<(Source, MemberId)> {
        let keeper = |(source, event): (&Source, &OwnershipEvent)| Some((*source, event.owner()?));
        self.tellings().find_map(|told| told.until(day).rev().find_map(keeper))
    }

    /// The executive sponsor on a day; of several accounts that are one client, as above.
    pub fn sponsor_on(&self, day: Date) -> Option<MemberId> {
        let sponsor = |(_, event): (&Source, &OwnershipEvent)| match event {
            OwnershipEvent::Sponsored(sponsor) => Some(*sponsor),
            _ => None,
        };
        self.tellings().find_map(|told| told.until(day).rev().find_map(sponsor))
    }

    /// Who on the account team does a job on a day; the newest assignment counts.
    pub fn team_on(&self, role: Role, day: Date) -> Option<MemberId> {
        self.team
            .until(day)
            .rev()
            .find(|(_, (_, as_what))| *as_what == role)
            .map(|(_, (member, _))| *member)
    }

    /// Claims since the last ruling, in order, of each who claims the newest.
    pub fn open_claims(&self, day: Date) -> Vec<Claim> {
        let open = self.tellings().flat_map(|told| disputes(told, day).0);
        let mut open: Vec<Claim> = open.collect();
        open.sort_by_key(|claim| Reverse(claim.source.key()));
        let mut by = BTreeSet::new();
        open.retain(|claim| by.insert(claim.by));
        open.reverse();
        open
    }

    /// For each ruling that settled claims, the day of the first of them.
    pub(crate) fn ruled_claims(&self, day: Date) -> Vec<Date> {
        self.tellings().flat_map(|told| disputes(told, day).1).collect()
    }

    /// Rulings and hand-overs, oldest first: each settles the work before it. Of several accounts
    /// that are one client, those of a duplicate do as long as the one that stays has nobody.
    pub(crate) fn settled(&self, day: Date) -> Vec<Source> {
        let mut settled = Vec::new();
        let mut until = None;
        for told in self.tellings() {
            let owners = || told.iter().filter(|(_, event)| event.owner().is_some());
            let counts = owners().take_while(|(source, _)| {
                source.day <= day && until.is_none_or(|until| source.key() < until)
            });
            let counts = counts.filter(|(_, it)| !matches!(it, OwnershipEvent::Assigned(_)));
            settled.extend(counts.map(|(source, _)| *source));
            let first = owners().next().map(|(source, _)| source.key());
            until = [until, first].into_iter().flatten().min();
        }
        settled.sort_by_key(Source::key);
        settled
    }

    /// What was told under each id of the client, the one with the first word first.
    fn tellings(&self) -> impl Iterator<Item = &Timeline<OwnershipEvent>> {
        let alone = self.shares.is_empty().then_some(&self.ownership);
        alone.into_iter().chain(self.shares.iter().map(|share| &share.events))
    }

    /// Everything that happened with the ownership.
    pub fn ownership(&self) -> impl DoubleEndedIterator<Item = (&Source, &OwnershipEvent)> {
        self.ownership.iter()
    }
}

/// The claims that nobody has ruled on by a day, and of each that was ruled on the first day.
fn disputes(told: &Timeline<OwnershipEvent>, day: Date) -> (Vec<Claim>, Vec<Date>) {
    let (mut open, mut ruled): (Vec<Claim>, Vec<Date>) = (Vec::new(), Vec::new());
    let mut first = None;
    for (source, event) in told.until(day) {
        match event {
            OwnershipEvent::Claimed(by, reason) => {
                first = first.or(Some(source.day));
                open.retain(|claim| claim.by != *by);
                open.push(Claim { source: *source, by: *by, reason: reason.clone() });
            }
            OwnershipEvent::Ruled { .. } => {
                open.clear();
                ruled.extend(first.take());
            }
            OwnershipEvent::Assigned(_)
            | OwnershipEvent::HandedOver(_)
            | OwnershipEvent::Sponsored(_) => {}
        }
    }
    (open, ruled)
}
