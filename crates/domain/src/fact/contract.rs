//! Facts about contracts.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::{AccountId, ContractId};
use crate::money::Money;

/// What a contract binds the client to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum ContractKind {
    /// Terms under which work is called off.
    #[serde(rename = "framework")]
    Framework,
    /// A fixed sum a period.
    #[serde(rename = "retainer")]
    Retainer,
    /// We alone supply.
    #[serde(rename = "exclusivity")]
    Exclusivity,
    /// Agreed prices.
    #[serde(rename = "rate card")]
    RateCard,
    /// Anything else.
    #[serde(rename = "other")]
    Other,
}

/// A contract was signed, or is known to stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractSigned {
    /// The client.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Its name or number.
    pub title: String,
    /// What it binds the client to.
    pub kind: ContractKind,
    /// First day of the term.
    pub start: Date,
    /// Last day of the term.
    pub end: Date,
    /// Notice period: the last day for notice is this many days before `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_days: Option<u16>,
    /// Where it renews by itself unless notice is given: for how many months.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_renewal_months: Option<u16>,
    /// What it brings a year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_a_year: Option<Money>,
}

/// Terms of a contract were changed, or turned out to be others than was written down. What is
/// absent stays as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractAmended {
    /// The client.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// The day from which the changed terms count, where that is earlier than the day of the
    /// change: a correction of what was written down counts from the contract's first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// Its name or number from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// First day of the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// Last day of the term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Date>,
    /// Notice period in days before `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_days: Option<u16>,
    /// Months for which it renews by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_renewal_months: Option<u16>,
}

/// A contract was renewed: a new term up to `end`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractRenewed {
    /// The client.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Last day of the new term.
    pub end: Date,
}

/// Who ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Side {
    /// We.
    #[serde(rename = "us")]
    Us,
    /// The client.
    #[serde(rename = "client")]
    Client,
}

/// Notice was given: the contract ends with its term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeGiven {
    /// The client.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Who gave it.
    pub by: Side,
}

/// A contract ended, on the day of `occurred_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractEnded {
    /// The client.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Talks about the next term have begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewalTalksStarted {
    /// The client.
    pub account: AccountId,
    /// The contract.
    pub contract: ContractId,
}

fn in_order(start: Date, end: Date) -> Result<(), String> {
    if end < start {
        return Err(format!("`end` {end} lies before `start` {start}"));
    }
    Ok(())
}

impl Told for ContractSigned {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::not_blank("title", &self.title)?;
        super::believable("start", self.start)?;
        super::believable("end", self.end)?;
        in_order(self.start, self.end)
    }
}

impl Told for ContractAmended {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        self.since.map_or(Ok(()), |since| super::believable("since", since))?;
        self.start.map_or(Ok(()), |start| super::believable("start", start))?;
        self.end.map_or(Ok(()), |end| super::believable("end", end))?;
        self.title.as_deref().map_or(Ok(()), |title| super::not_blank("title", title))?;
        match (self.start, self.end) {
            (Some(start), Some(end)) => in_order(start, end),
            _ => Ok(()),
        }
    }
}

impl Told for ContractRenewed {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }

    fn check(&self) -> Result<(), String> {
        super::believable("end", self.end)
    }
}

impl Told for NoticeGiven {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for ContractEnded {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}

impl Told for RenewalTalksStarted {
    fn stream(&self) -> Stream {
        Stream::Account(self.account)
    }
}
