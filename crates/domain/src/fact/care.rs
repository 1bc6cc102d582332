//! Facts about how we look after a client: account reviews and the account plan.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, MemberId};

/// An account review was held with a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewHeld {
    /// The client.
    pub account: AccountId,
    /// Which of us held it.
    pub by: MemberId,
}

/// A client's account plan was written or brought up to date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanUpdated {
    /// The client.
    pub account: AccountId,
    /// Which of us wrote it.
    pub by: MemberId,
}

impl Told for ReviewHeld {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for PlanUpdated {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}
