//! What people ruled on one client's status.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::id::MemberId;
use crate::policy::Status;
use crate::timeline::{Source, Timeline};

/// One ruling, with who ruled and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ruling {
    /// Proposed as a key account.
    Nominated(MemberId, Arc<str>),
    /// What waited for a yes was given it.
    Approved(MemberId, Arc<str>),
    /// What waited for a yes was refused it.
    Vetoed(MemberId, Arc<str>),
    /// Looked at again, and stays.
    Confirmed(MemberId, Arc<str>),
    /// Another status by override.
    Overridden {
        /// The status meanwhile.
        to: Status,
        /// Who overrode it.
        by: MemberId,
        /// Why.
        reason: Arc<str>,
        /// The last day on which it holds.
        expires: Date,
    },
    /// The override ends before its time.
    OverrideEnded(MemberId, Arc<str>),
}

impl Ruling {
    /// Who ruled.
    pub fn by(&self) -> MemberId {
        match self {
            Self::Nominated(by, _)
            | Self::Approved(by, _)
            | Self::Vetoed(by, _)
            | Self::Confirmed(by, _)
            | Self::Overridden { by, .. }
            | Self::OverrideEnded(by, _) => *by,
        }
    }

    /// Why.
    pub fn reason(&self) -> &str {
        match self {
            Self::Nominated(_, reason)
            | Self::Approved(_, reason)
            | Self::Vetoed(_, reason)
            | Self::Confirmed(_, reason)
            | Self::Overridden { reason, .. }
            | Self::OverrideEnded(_, reason) => reason,
        }
    }
}

/// A status by override that holds on a day.
#[derive(Debug, Clone)]
pub struct Override {
    /// The fact.
    pub source: Source,
    /// The status.
    pub to: Status,
    /// Who overrode it.
    pub by: MemberId,
    /// Why.
    pub reason: Arc<str>,
    /// The last day on which it holds.
    pub expires: Date,
}

impl Account {
    /// Every ruling on the status, oldest first.
    pub fn rulings(&self) -> &Timeline<Ruling> {
        &self.rulings
    }

    /// The override that holds on a day: the newest one, unless it has expired or was ended.
    pub fn override_on(&self, day: Date) -> Option<Override> {
        let overrides = self.rulings.until(day).rev().filter(|(_, ruling)| {
            matches!(ruling, Ruling::Overridden { .. } | Ruling::OverrideEnded(..))
        });
        match overrides.into_iter().next()? {
            (source, Ruling::Overridden { to, by, reason, expires }) if *expires >= day => {
                let (to, by, expires) = (*to, *by, *expires);
                Some(Override { source: *source, to, by, reason: reason.clone(), expires })
            }
            _ => None,
        }
    }
}
