//! The first entry of every ledger.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// How the ledger was made. It can never be changed: a real ledger never becomes simulated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The firm whose desk this is.
    pub firm: String,
    /// The currency in which revenue is summed and judged.
    #[schemars(with = "crate::schema::CurrencyCode")]
    pub currency: Currency,
    /// IANA name of the time zone in which the firm's days begin and end.
    pub time_zone: String,
    /// Whether the clock comes from the input (a demo, a test), and not from the world.
    pub simulated: bool,
}

impl Genesis {
    /// The type's name on the wire.
    pub const NAME: &str = "ledger.created";

    /// The firm's time zone. A zone this machine does not know counts as UTC; creating a ledger
    /// refuses such a zone, so it can only come from another machine's newer table.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}

/// The day of a moment in the firm's time zone.
pub fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}
