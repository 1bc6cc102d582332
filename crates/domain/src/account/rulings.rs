//! What people ruled on one client's status.

use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::desk::Firm;
use crate::fact::Role;
use crate::id::MemberId;
use crate::policy::Status;
use crate::timeline::{Source, Timeline};

/// Longest time for which a status may be overridden, in years.
pub const MAX_OVERRIDE_YEARS: i16 = 3;

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

    /// The role without which it moves nothing, by the policy of its day; `None` where anybody may
    /// rule so.
    pub fn needs(&self, firm: &Firm, day: Date) -> Option<Role> {
        match self {
            Self::Nominated(..) | Self::Confirmed(..) => None,
            Self::Approved(..)
            | Self::Vetoed(..)
            | Self::Overridden { .. }
            | Self::OverrideEnded(..) => firm.overriding_role(day),
        }
    }

    /// The role that it needs and that whoever ruled did not have on its day, so that it moves
    /// nothing; `None` where it lacks none.
    pub fn lacks(&self, firm: &Firm, day: Date) -> Option<Role> {
        self.needs(firm, day).filter(|role| !firm.has_role(self.by(), *role, day))
    }
}

/// The last day for which a status may be overridden on a day.
pub fn latest_expiry(day: Date) -> Date {
    day.saturating_add(Span::new().years(MAX_OVERRIDE_YEARS))
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

    /// The override that holds on a day: the newest one, unless it has expired or was ended. One
    /// that was told of by somebody who may not override does not count, and no more does its end;
    /// nor does any hold longer than [`MAX_OVERRIDE_YEARS`], whatever was told.
    pub fn override_on(&self, firm: &Firm, day: Date) -> Option<Override> {
        let mut counting = self.rulings.until(day).rev().filter(|(source, ruling)| {
            matches!(ruling, Ruling::Overridden { .. } | Ruling::OverrideEnded(..))
                && ruling.lacks(firm, source.day).is_none()
        });
        let (source, ruling) = counting.next()?;
        let Ruling::Overridden { to, by, reason, expires } = ruling else { return None };
        let expires = latest_expiry(source.day).min(*expires);
        let (source, to, by, reason) = (*source, *to, *by, reason.clone());
        (expires >= day).then_some(Override { source, to, by, reason, expires })
    }
}
