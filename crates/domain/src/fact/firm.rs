//! Facts about the firm itself: its rates and its written rules.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Told;
use crate::entry::Stream;
use crate::id::MemberId;
use crate::money::{Currency, Decimal};

/// Highest exchange rate taken: no currency is worth a million of another, and amounts times rates
/// stay within what a decimal holds.
const MAX_RATE: u32 = 1_000_000;

/// Most approvals of one adoption.
const MAX_APPROVALS: usize = 50;

/// What one unit of a currency is worth in the firm's currency from that day on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeRateSet {
    /// The foreign currency.
    #[schemars(with = "crate::schema::CurrencyCode")]
    pub currency: Currency,
    /// Units of the firm's currency for one unit of it.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub rate: Decimal,
}

/// A key-account policy is in force from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyAdopted {
    /// The whole document (TOML), as it was approved.
    pub document: String,
    /// Who approved it, each with a reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
}

/// One of us stands for a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who.
    pub by: MemberId,
    /// Why.
    pub reason: String,
}

/// A set of watch rules is in force from then on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchlistAdopted {
    /// The whole document (TOML), as it was approved.
    pub document: String,
}

impl Told for ExchangeRateSet {
    fn stream(&self) -> Stream {
        Stream::Firm
    }

    fn check(&self) -> Result<(), String> {
        if self.rate <= Decimal::ZERO {
            return Err(format!("`rate` {} is not above zero", self.rate));
        }
        if self.rate > Decimal::from(MAX_RATE) {
            return Err(format!("`rate` {} is above {MAX_RATE}", self.rate));
        }
        Ok(())
    }
}

impl Told for PolicyAdopted {
    fn stream(&self) -> Stream {
        Stream::Firm
    }

    fn check(&self) -> Result<(), String> {
        crate::policy::Policy::parse(&self.document)
            .map(drop)
            .map_err(|e| format!("`document`: {e}"))?;
        if self.approvals.len() > MAX_APPROVALS {
            return Err(format!("more than {MAX_APPROVALS} approvals"));
        }
        self.approvals.iter().try_for_each(|it| super::not_blank("reason", &it.reason))
    }
}

impl Told for WatchlistAdopted {
    fn stream(&self) -> Stream {
        Stream::Firm
    }

    fn check(&self) -> Result<(), String> {
        crate::watch::Watchlist::parse(&self.document)
            .map(drop)
            .map_err(|e| format!("`document`: {e}"))
    }
}
