//! Facts about who of us looks after a client.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, ContactId, ContractId, MemberId};
use crate::private::{PersonId, Private};

/// What one of us does in the programme.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Role {
    /// Looks after accounts.
    #[serde(rename = "account manager")]
    AccountManager,
    /// Leads the programme.
    #[serde(rename = "key-account director")]
    Director,
    /// Top management's name on an account.
    #[serde(rename = "executive sponsor")]
    Sponsor,
    /// Delivers.
    #[serde(rename = "operations")]
    Operations,
}

impl Role {
    /// Every role, in the order in which a choice offers them.
    pub const ALL: [Self; 4] =
        [Self::AccountManager, Self::Director, Self::Sponsor, Self::Operations];

    /// The role in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccountManager => "account manager",
            Self::Director => "key-account director",
            Self::Sponsor => "executive sponsor",
            Self::Operations => "operations",
        }
    }

    /// Who has the role, as a sentence names them: `the account manager`, but `operations`.
    pub fn holder(self) -> &'static str {
        match self {
            Self::AccountManager => "the account manager",
            Self::Director => "the key-account director",
            Self::Sponsor => "the executive sponsor",
            Self::Operations => "operations",
        }
    }
}

/// Most contacts that one hand-over names. With as many contracts as it may name they fill most
/// of what one entry holds (256 KiB).
const MAX_CONTACTS: usize = 4_000;
/// Most contracts that one hand-over names.
const MAX_CONTRACTS: usize = 2_000;
/// Most promises that one hand-over names.
const MAX_PROMISES: usize = 500;

/// One of us, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberNamed {
    /// Who.
    pub member: MemberId,
    /// Name and mail.
    #[serde(default, skip_serializing_if = "Private::is_empty")]
    pub person: Private,
    /// What they do.
    pub role: Role,
}

/// A client has this account manager from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerAssigned {
    /// The client.
    pub account: AccountId,
    /// Its account manager.
    pub owner: MemberId,
}

/// A client passes from one account manager to another, with all that goes with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnerHandedOver {
    /// The client.
    pub account: AccountId,
    /// Who had it; absent where nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<MemberId>,
    /// Who has it from then on.
    pub to: MemberId,
    /// The people at the client who pass over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactId>,
    /// The contracts that pass over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contracts: Vec<ContractId>,
    /// What was promised and is still to be kept, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promises: Vec<String>,
    /// Why.
    pub reason: String,
}

/// One of us leaves the firm: the accounts are to be handed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberLeft {
    /// Who.
    pub member: MemberId,
}

/// One of us joins the account team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamMemberAssigned {
    /// The client.
    pub account: AccountId,
    /// Who.
    pub member: MemberId,
    /// As what.
    pub role: Role,
}

/// A client has this executive sponsor from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SponsorAssigned {
    /// The client.
    pub account: AccountId,
    /// Its sponsor.
    pub sponsor: MemberId,
}

/// One of us says that the client is theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnershipClaimed {
    /// The client.
    pub account: AccountId,
    /// Who claims it.
    pub by: MemberId,
    /// On what grounds.
    pub reason: String,
}

/// Whose client it is has been settled. All claims up to then are answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnershipRuled {
    /// The client.
    pub account: AccountId,
    /// Whose it is.
    pub owner: MemberId,
    /// Who ruled.
    pub by: MemberId,
    /// Why.
    pub reason: String,
    /// Whether the history of the client's parent counted, where that was the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_history_counts: Option<bool>,
}

impl Told for MemberNamed {
    fn stream(&self) -> Stream {
        Stream::Firm
    }

    fn private(&mut self) -> Option<(PersonId, &mut Private)> {
        Some((PersonId::Member(self.member), &mut self.person))
    }
}

impl Told for OwnerAssigned {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for OwnerHandedOver {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("reason", &self.reason)?;
        if self.from == Some(self.to) {
            return Err("`from` and `to` are the same colleague".to_owned());
        }
        passes("contacts", self.contacts.len(), MAX_CONTACTS)?;
        passes("contracts", self.contracts.len(), MAX_CONTRACTS)?;
        passes("promises", self.promises.len(), MAX_PROMISES)?;
        self.promises.iter().try_for_each(|promise| super::not_blank("promises", promise))
    }
}

impl Told for MemberLeft {
    fn stream(&self) -> Stream {
        Stream::Firm
    }
}

impl Told for TeamMemberAssigned {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for SponsorAssigned {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for OwnershipClaimed {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("reason", &self.reason)
    }
}

impl Told for OwnershipRuled {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("reason", &self.reason)
    }
}

fn passes(what: &str, items: usize, most: usize) -> Result<(), String> {
    match items > most {
        true => Err(format!(
            "{items} {what} would pass over, and one hand-over takes {most}: name at most {most} \
             in `{what}`"
        )),
        false => Ok(()),
    }
}
