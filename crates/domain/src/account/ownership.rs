//! Who of us looks after one client.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::desk::Firm;
use crate::fact::{OwnerHandedOver, Role};
use crate::id::MemberId;
use crate::timeline::{Source, Timeline};

/// What happened with the ownership of a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum OwnershipEvent {
    /// An account manager was assigned.
    Assigned(MemberId),
    /// It passed to another account manager, with all that was said of it.
    HandedOver(Arc<OwnerHandedOver>),
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
            Self::Assigned(owner) | Self::Ruled { owner, .. } => Some(*owner),
            Self::HandedOver(it) => Some(it.to),
            Self::Sponsored(_) | Self::Claimed(..) => None,
        }
    }

    /// The role that it needs and that whoever said it did not have on its day, so that it counts
    /// for nothing; `None` where it lacks none. Only a key-account director rules.
    pub fn lacks(&self, firm: &Firm, day: Date) -> Option<Role> {
        match self {
            Self::Ruled { by, .. } if !firm.has_role(*by, Role::Director, day) => {
                Some(Role::Director)
            }
            _ => None,
        }
    }
}

/// A claim that nobody has answered.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The fact.
    pub source: Source,
    /// Who claims.
    pub by: MemberId,
    /// On what grounds.
    pub reason: Arc<str>,
}

/// What colleagues claim of one client.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dispute {
    /// The claims that stand, in order, of each who claims the newest.
    pub(crate) open: Vec<Claim>,
    /// The day of the first claim of this dispute; `None` where no claim stands.
    pub(crate) since: Option<Date>,
    /// The disputes before it, each by the day of its first claim, with what ended it.
    pub(crate) answered: Vec<(Date, Settled)>,
}

/// What settles whose client it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It was ruled on.
    Ruled,
    /// The client passed to another colleague.
    Passed,
}

impl Account {
    /// The account manager on a day.
    pub fn owner_on(&self, firm: &Firm, day: Date) -> Option<MemberId> {
        self.keeper_on(firm, day).map(|(_, owner)| owner)
    }

    /// The account manager on a day, with the fact that says so. Of several accounts that are one
    /// client the first that says anything has the word.
    pub(crate) fn keeper_on(&self, firm: &Firm, day: Date) -> Option<(Source, MemberId)> {
        let keeper = |(source, event): (&Source, &OwnershipEvent)| {
            let owner = event.owner()?;
            event.lacks(firm, source.day).is_none().then_some((*source, owner))
        };
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

    /// Claims that nobody has answered, in order, of each who claims the newest. A ruling answers
    /// all; whoever becomes the account manager has no claim left, also once the client is
    /// another's again.
    pub fn open_claims(&self, firm: &Firm, day: Date) -> Vec<Claim> {
        self.dispute_on(firm, day).open
    }

    /// What is disputed on a day.
    pub(crate) fn dispute_on(&self, firm: &Firm, day: Date) -> Dispute {
        let mut whole = Dispute::default();
        let is_claim =
            |(_, event): (&Source, &OwnershipEvent)| matches!(event, OwnershipEvent::Claimed(..));
        if !self.tellings().any(|told| told.until(day).any(is_claim)) {
            return whole;
        }
        let keepers = self.keepers(firm, day);
        for told in self.tellings() {
            let dispute = dispute(told, &keepers, firm, day);
            whole.open.extend(dispute.open);
            whole.since = [whole.since, dispute.since].into_iter().flatten().min();
            whole.answered.extend(dispute.answered);
        }
        whole.open.sort_by_key(|claim| Reverse(claim.source.key()));
        let mut by = BTreeSet::new();
        whole.open.retain(|claim| by.insert(claim.by));
        whole.open.reverse();
        whole
    }

    /// Rulings and hand-overs, oldest first: each settles the work before it.
    pub(crate) fn settled(&self, firm: &Firm, day: Date) -> Vec<(Source, Settled)> {
        let settles = |(source, event): (Source, &OwnershipEvent)| match event {
            OwnershipEvent::Ruled { .. } => Some((source, Settled::Ruled)),
            OwnershipEvent::HandedOver(_) => Some((source, Settled::Passed)),
            _ => None,
        };
        self.keepers(firm, day).into_iter().filter_map(settles).collect()
    }

    /// What says who looks after the client up to a day, oldest first. Of several accounts that
    /// are one client, what is told of a duplicate does as long as the one that stays has nobody.
    fn keepers(&self, firm: &Firm, day: Date) -> Vec<(Source, &OwnershipEvent)> {
        let mut keepers = Vec::new();
        let mut until = None;
        for told in self.tellings() {
            let owners = || {
                told.until(day).filter(|(source, event)| {
                    event.owner().is_some() && event.lacks(firm, source.day).is_none()
                })
            };
            let counts =
                owners().take_while(|(source, _)| until.is_none_or(|until| source.key() < until));
            keepers.extend(counts.map(|(source, event)| (*source, event)));
            let first = owners().next().map(|(source, _)| source.key());
            until = [until, first].into_iter().flatten().min();
        }
        keepers.sort_by_key(|(source, _)| source.key());
        keepers
    }

    /// What was told under each id of the client, the one with the first word first.
    fn tellings(&self) -> impl Iterator<Item = &Timeline<OwnershipEvent>> {
        let alone = self.shares.is_empty().then_some(&self.ownership);
        alone.into_iter().chain(self.shares.iter().map(|share| &share.events))
    }

    /// Everything that was told of the ownership, also what counts for nothing.
    pub fn ownership(&self) -> impl DoubleEndedIterator<Item = (&Source, &OwnershipEvent)> {
        self.ownership.iter()
    }
}

/// What is disputed in what was told under one id, given who looked after the client when.
fn dispute(
    told: &Timeline<OwnershipEvent>,
    keepers: &[(Source, &OwnershipEvent)],
    firm: &Firm,
    day: Date,
) -> Dispute {
    let mut dispute = Dispute::default();
    let mut passed = keepers.iter().filter_map(|(at, event)| Some((at, event.owner()?))).peekable();
    let mut keeper = None;
    for (source, event) in told.until(day) {
        while let Some((_, owner)) = passed.next_if(|(at, _)| at.key() < source.key()) {
            keeper = Some(owner);
            dispute.passes_to(owner);
        }
        match event {
            OwnershipEvent::Claimed(by, reason) if keeper != Some(*by) => {
                dispute.since = dispute.since.or(Some(source.day));
                dispute.open.retain(|claim| claim.by != *by);
                dispute.open.push(Claim { source: *source, by: *by, reason: reason.clone() });
            }
            OwnershipEvent::Ruled { .. } if event.lacks(firm, source.day).is_none() => {
                dispute.open.clear();
                dispute.ends(Settled::Ruled);
            }
            _ => {}
        }
    }
    passed.for_each(|(_, owner)| dispute.passes_to(owner));
    dispute
}

impl Dispute {
    fn passes_to(&mut self, owner: MemberId) {
        self.open.retain(|claim| claim.by != owner);
        if self.open.is_empty() {
            self.ends(Settled::Passed);
        }
    }

    fn ends(&mut self, by: Settled) {
        self.answered.extend(self.since.take().map(|since| (since, by)));
    }
}
