//! Taking a fact back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, EntryId};

/// A fact about this account was never true. It counts for no day any more; what was known
/// before the retraction can still be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactRetracted {
    /// The client the fact was about.
    pub account: AccountId,
    /// The fact.
    pub fact: EntryId,
    /// Why it is taken back.
    pub reason: String,
}

impl Told for FactRetracted {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("reason", &self.reason)
    }
}
