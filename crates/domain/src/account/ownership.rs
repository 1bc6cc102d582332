//! Who of us looks after one client.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::fact::Role;
use crate::id::MemberId;
use crate::timeline::Source;

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
        self.ownership.until(day).rev().find_map(|(_, event)| event.owner())
    }

    /// The executive sponsor on a day.
    pub fn sponsor_on(&self, day: Date) -> Option<MemberId> {
        self.ownership.until(day).rev().find_map(|(_, event)| match event {
            OwnershipEvent::Sponsored(sponsor) => Some(*sponsor),
            _ => None,
        })
    }

    /// Who on the account team does a job on a day; the newest assignment counts.
    pub fn team_on(&self, role: Role, day: Date) -> Option<MemberId> {
        self.team
            .until(day)
            .rev()
            .find(|(_, (_, as_what))| *as_what == role)
            .map(|(_, (member, _))| *member)
    }

    /// Claims since the last ruling, by people other than the account manager of the day.
    pub fn open_claims(&self, day: Date) -> Vec<Claim> {
        let mut claims: Vec<Claim> = Vec::new();
        for (source, event) in self.ownership.until(day) {
            match event {
                OwnershipEvent::Claimed(by, reason) => {
                    claims.retain(|claim| claim.by != *by);
                    claims.push(Claim { source: *source, by: *by, reason: reason.clone() });
                }
                OwnershipEvent::Ruled { .. } => claims.clear(),
                OwnershipEvent::Assigned(_)
                | OwnershipEvent::HandedOver(_)
                | OwnershipEvent::Sponsored(_) => {}
            }
        }
        claims
    }

    /// Everything that happened with the ownership.
    pub fn ownership(&self) -> impl DoubleEndedIterator<Item = (&Source, &OwnershipEvent)> {
        self.ownership.iter()
    }
}
