//! Money: an exact decimal with its currency.

use std::fmt;

pub use iso_currency::Currency;
pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount in a currency. On the wire `{"amount":"12.50","currency":"EUR"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Major units, exact; written as a text so that no reader rounds it.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "crate::schema::DecimalText")]
    pub amount: Decimal,
    /// ISO 4217 code.
    #[schemars(with = "crate::schema::CurrencyCode")]
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", cents(self.amount), self.currency.code())
    }
}

/// Rounded half away from zero to two places, always with both: `279489.02`, `5.00`.
pub fn cents(amount: Decimal) -> String {
    format!("{:.2}", amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}
