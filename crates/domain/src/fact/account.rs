//! Facts about client organisations and their groups.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, MemberId, OutsideRef};

/// A client organisation is on our books.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRegistered {
    /// The client.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// ISO 3166 country or the name the source gives, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// What it does, in a word or two, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
}

/// A client changed its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountRenamed {
    /// The client.
    pub account: AccountId,
    /// Its name from then on.
    pub name: String,
}

/// A client belongs to another organisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParentSet {
    /// The subsidiary.
    pub account: AccountId,
    /// The organisation directly above it.
    pub parent: AccountId,
}

/// A client belongs to no other organisation any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParentCleared {
    /// The former subsidiary.
    pub account: AccountId,
}

/// Two accounts turned out to be one client. From then on the first is read as the second, whose
/// history holds both; neither loses an entry, so that it can be undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountsMerged {
    /// The duplicate.
    pub account: AccountId,
    /// The account that stays.
    pub into: AccountId,
    /// Why they are one.
    pub reason: String,
}

/// A merge was a mistake: the account stands for itself again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountsUnmerged {
    /// The account that had been taken for a duplicate.
    pub account: AccountId,
    /// The account into which it had been merged.
    pub from: AccountId,
    /// Why they are two.
    pub reason: String,
}

/// One of us looked at two accounts whose names are alike and says that they are two clients that do
/// not belong together. It is suggested no more, from either side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestionDismissed {
    /// The client.
    pub account: AccountId,
    /// The one that it had been suggested to be, or to belong to.
    pub other: AccountId,
    /// Who says so, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MemberId>,
    /// Why, where anything was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Another system knows the client under this id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalRefLinked {
    /// The client.
    pub account: AccountId,
    /// The other system, such as `crm`.
    pub source: String,
    /// The client's id there.
    pub id: String,
}

impl From<&OutsideRef> for ExternalRefLinked {
    fn from(outside: &OutsideRef) -> Self {
        Self {
            account: AccountId::named(&outside.to_string()),
            source: outside.source.clone(),
            id: outside.id.clone(),
        }
    }
}

impl Told for AccountRegistered {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("name", &self.name)
    }
}

impl Told for AccountRenamed {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("name", &self.name)
    }
}

impl Told for ParentSet {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn also(&self) -> Option<AccountId> {
        Some(self.parent)
    }

    fn check(&self) -> Result<(), String> {
        if self.account == self.parent {
            return Err("`parent` is the account itself".to_owned());
        }
        Ok(())
    }
}

impl Told for ParentCleared {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for AccountsMerged {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn also(&self) -> Option<AccountId> {
        Some(self.into)
    }

    fn check(&self) -> Result<(), String> {
        if self.account == self.into {
            return Err("`into` is the account itself".to_owned());
        }
        super::not_blank("reason", &self.reason)
    }
}

impl Told for AccountsUnmerged {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn also(&self) -> Option<AccountId> {
        Some(self.from)
    }

    fn check(&self) -> Result<(), String> {
        if self.account == self.from {
            return Err("`from` is the account itself".to_owned());
        }
        super::not_blank("reason", &self.reason)
    }
}

impl Told for SuggestionDismissed {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn also(&self) -> Option<AccountId> {
        Some(self.other)
    }

    fn check(&self) -> Result<(), String> {
        if self.account == self.other {
            return Err("`other` is the account itself".to_owned());
        }
        self.reason.as_ref().map_or(Ok(()), |reason| super::not_blank("reason", reason))
    }
}

impl Told for ExternalRefLinked {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("source", &self.source)?;
        super::not_blank("id", &self.id)
    }
}
