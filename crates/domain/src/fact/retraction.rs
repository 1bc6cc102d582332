//! Taking a fact back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, EntryId, MemberId};

/// A fact about a client, or that one of us left, was never true. It counts for no day any more;
/// what was known before the retraction can still be asked for. Of the firm's other facts each is
/// told anew instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactRetracted {
    /// The client the fact was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The one of us who did not leave, in place of a client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The fact.
    pub fact: EntryId,
    /// Why it is taken back.
    pub reason: String,
}

impl FactRetracted {
    /// Takes back a fact about a client.
    pub fn of_account(account: AccountId, fact: EntryId, reason: impl Into<String>) -> Self {
        Self { account: Some(account), member: None, fact, reason: reason.into() }
    }

    /// Takes back that one of us left.
    pub fn of_member(member: MemberId, fact: EntryId, reason: impl Into<String>) -> Self {
        Self { account: None, member: Some(member), fact, reason: reason.into() }
    }
}

impl Told for FactRetracted {
    fn stream(&self) -> Stream {
        self.account.map_or(Stream::Firm, Stream::Account)
    }

    fn check(&self) -> Result<(), String> {
        if self.account.is_some() == self.member.is_some() {
            return Err("name the `account` that the fact was about, or the `member` who did not \
                        leave: one of the two"
                .to_owned());
        }
        super::not_blank("reason", &self.reason)
    }
}
