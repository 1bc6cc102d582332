//! Facts about what people ruled on a client's status: inputs of it, beside what the client does.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, MemberId};
use crate::policy::Status;

/// One of us proposes a client as a key account before its points do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusNominated {
    /// The client.
    pub account: AccountId,
    /// Who proposes.
    pub by: MemberId,
    /// Why.
    pub reason: String,
}

/// What waits for a yes was given it: a nomination becomes a key account, a review past its grace
/// period ends in release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusApproved {
    /// The client.
    pub account: AccountId,
    /// Who approves.
    pub by: MemberId,
    /// Why.
    pub reason: String,
}

/// What waits for a yes was refused it: a nomination ends, a review begins anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusVetoed {
    /// The client.
    pub account: AccountId,
    /// Who refuses.
    pub by: MemberId,
    /// Why.
    pub reason: String,
}

/// A key account was looked at again and stays one: its time until the next reassessment begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusConfirmed {
    /// The client.
    pub account: AccountId,
    /// Who confirms.
    pub by: MemberId,
    /// Why.
    pub reason: String,
}

/// A status by override, whatever the policy says, for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusOverridden {
    /// The client.
    pub account: AccountId,
    /// The status it has meanwhile.
    pub to: Status,
    /// Who overrides it.
    pub by: MemberId,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Date,
}

/// An override ends before its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideEnded {
    /// The client.
    pub account: AccountId,
    /// Who ends it.
    pub by: MemberId,
    /// Why.
    pub reason: String,
}

macro_rules! ruled_with_a_reason {
    ($($name:ident)*) => {$(
        impl Told for $name {
            fn stream(&self) -> Stream {
                Stream::Account(self.account)
            }

            fn check(&self) -> Result<(), String> {
                super::not_blank("reason", &self.reason)
            }
        }
    )*};
}

ruled_with_a_reason! { StatusNominated StatusApproved StatusVetoed StatusConfirmed OverrideEnded }

impl Told for StatusOverridden {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("reason", &self.reason)?;
        super::believable("expires", self.expires)
    }
}
