//! Facts about what people think: the client of us, and we of the client.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, ContactId, MemberId};
use crate::money::Decimal;
use crate::private::{PersonId, Private};

/// The best score of a judgement.
pub const MAX_SCORE: u8 = 5;

/// A client told us how satisfied it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackReceived {
    /// The client.
    pub account: AccountId,
    /// The score, from 0 to `out_of`.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub score: Decimal,
    /// The best score there is, such as 5 or 10.
    pub out_of: u8,
    /// Who told us. A comment is sealed under this person, so it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
    /// The comment (`note`).
    #[serde(default, skip_serializing_if = "Private::is_empty")]
    pub person: Private,
}

/// A client recommended us to someone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferralGiven {
    /// The client who recommended us.
    pub account: AccountId,
    /// The client it brought, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<AccountId>,
}

/// What is judged.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum JudgementOf {
    /// How well the client suits where the firm wants to go.
    #[serde(rename = "strategic fit")]
    StrategicFit,
    /// How much more there is to win.
    #[serde(rename = "growth potential")]
    GrowthPotential,
    /// How much others listen to the client.
    #[serde(rename = "influence")]
    Influence,
}

impl JudgementOf {
    /// All that is judged.
    pub const ALL: [Self; 3] = [Self::StrategicFit, Self::GrowthPotential, Self::Influence];

    /// What is judged, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::StrategicFit => "strategic fit",
            Self::GrowthPotential => "growth potential",
            Self::Influence => "influence",
        }
    }
}

/// One of us judged a client, for a time, with a reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgementGiven {
    /// The client.
    pub account: AccountId,
    /// What is judged.
    pub of: JudgementOf,
    /// From 0 (not at all) to 5 (as much as can be).
    pub score: u8,
    /// Who judged.
    pub by: MemberId,
    /// Why.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Date,
}

impl Told for FeedbackReceived {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn private(&mut self) -> Option<(PersonId, &mut Private)> {
        self.contact.map(|id| (PersonId::Contact(id), &mut self.person))
    }

    fn check(&self) -> Result<(), String> {
        super::needs_person(self.contact.is_some(), &self.person)?;
        if self.out_of == 0 {
            return Err("`out_of` is 0: name the best score there is".to_owned());
        }
        if self.score < Decimal::ZERO || self.score > Decimal::from(self.out_of) {
            return Err(format!("`score` {} lies outside 0 to {}", self.score, self.out_of));
        }
        Ok(())
    }
}

impl Told for ReferralGiven {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for JudgementGiven {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("reason", &self.reason)?;
        super::believable("expires", self.expires)?;
        if self.score > MAX_SCORE {
            return Err(format!("`score` {} lies outside 0 to {MAX_SCORE}", self.score));
        }
        Ok(())
    }
}
