//! Facts about people at clients.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, ContactId};
use crate::private::{PersonId, Private};

/// A contact's part in a purchase.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum BuyingRole {
    /// Says yes or no.
    #[serde(rename = "decision maker")]
    DecisionMaker,
    /// Speaks for us when we are not there.
    #[serde(rename = "champion")]
    Champion,
    /// Is asked.
    #[serde(rename = "influencer")]
    Influencer,
    /// Works with what we deliver.
    #[serde(rename = "user")]
    User,
    /// Decides who gets through.
    #[serde(rename = "gatekeeper")]
    Gatekeeper,
    /// Would rather have someone else.
    #[serde(rename = "blocker")]
    Blocker,
}

impl BuyingRole {
    /// Every role, in the order of the coverage table.
    pub const ALL: [Self; 6] = [
        Self::DecisionMaker,
        Self::Champion,
        Self::Influencer,
        Self::User,
        Self::Gatekeeper,
        Self::Blocker,
    ];

    /// The role in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::DecisionMaker => "decision maker",
            Self::Champion => "champion",
            Self::Influencer => "influencer",
            Self::User => "user",
            Self::Gatekeeper => "gatekeeper",
            Self::Blocker => "blocker",
        }
    }
}

/// How high a contact stands in the client's organisation.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Level {
    /// Runs the organisation.
    #[serde(rename = "executive")]
    Executive,
    /// Runs a part of it.
    #[serde(rename = "director")]
    Director,
    /// Runs a team.
    #[serde(rename = "manager")]
    Manager,
    /// Does the work.
    #[serde(rename = "specialist")]
    Specialist,
}

impl Level {
    /// Every level, highest first.
    pub const ALL: [Self; 4] = [Self::Executive, Self::Director, Self::Manager, Self::Specialist];

    /// The level in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Executive => "executive",
            Self::Director => "director",
            Self::Manager => "manager",
            Self::Specialist => "specialist",
        }
    }
}

/// A person works for the client from then on, or is first seen there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactJoined {
    /// The client.
    pub account: AccountId,
    /// The person.
    pub contact: ContactId,
    /// Name, mail, telephone.
    #[serde(default, skip_serializing_if = "Private::is_empty")]
    pub person: Private,
    /// Job title; empty where they have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How high they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Their part in a purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<BuyingRole>,
}

/// Something about a contact changed. It tells the whole picture from then on: title, level and
/// role as they now are; of `person`, what is absent stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactChanged {
    /// The client.
    pub account: AccountId,
    /// The person.
    pub contact: ContactId,
    /// Name, mail, telephone.
    #[serde(default, skip_serializing_if = "Private::is_empty")]
    pub person: Private,
    /// Job title; empty where they have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How high they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Their part in a purchase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<BuyingRole>,
}

/// A person works for the client no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactLeft {
    /// The client.
    pub account: AccountId,
    /// The person.
    pub contact: ContactId,
}

/// A person went from one client to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactMoved {
    /// The client they left.
    pub account: AccountId,
    /// The person.
    pub contact: ContactId,
    /// The client they joined.
    pub to: AccountId,
    /// Job title there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How high they stand there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// Their part in a purchase there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<BuyingRole>,
}

/// What we know of a contact was checked and still holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactConfirmed {
    /// The client.
    pub account: AccountId,
    /// The person.
    pub contact: ContactId,
}

impl Told for ContactJoined {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn private(&mut self) -> Option<(PersonId, &mut Private)> {
        Some((PersonId::Contact(self.contact), &mut self.person))
    }
}

impl Told for ContactChanged {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn private(&mut self) -> Option<(PersonId, &mut Private)> {
        Some((PersonId::Contact(self.contact), &mut self.person))
    }
}

impl Told for ContactLeft {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for ContactMoved {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn also(&self) -> Option<AccountId> {
        Some(self.to)
    }

    fn check(&self) -> Result<(), String> {
        if self.account == self.to {
            return Err("`to` is the account they left".to_owned());
        }
        Ok(())
    }
}

impl Told for ContactConfirmed {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}
