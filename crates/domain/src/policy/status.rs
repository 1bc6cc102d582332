//! The statuses a client can have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a client is a key account, and how firmly.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Status {
    /// A key account.
    #[serde(rename = "key")]
    Key,
    /// A key account in its first time, on trial.
    #[serde(rename = "key (trial)")]
    Trial,
    /// A key account that has fallen below what it takes to stay one, or whose status has lapsed,
    /// within its grace period.
    #[serde(rename = "under review")]
    UnderReview,
    /// Proposed as a key account; waits for a yes.
    #[serde(rename = "nominated")]
    Nominated,
    /// Was a key account, and is none any more.
    #[serde(rename = "released")]
    Released,
    /// Any other client.
    #[serde(rename = "standard")]
    Standard,
}

impl Status {
    /// Every status, key first.
    pub const ALL: [Self; 6] = [
        Self::Key,
        Self::Trial,
        Self::UnderReview,
        Self::Nominated,
        Self::Released,
        Self::Standard,
    ];

    /// The status in words, as on the wire.
    pub fn words(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Trial => "key (trial)",
            Self::UnderReview => "under review",
            Self::Nominated => "nominated",
            Self::Released => "released",
            Self::Standard => "standard",
        }
    }

    /// Whether it is one of a key account: on trial and under review included.
    pub fn is_key(self) -> bool {
        matches!(self, Self::Key | Self::Trial | Self::UnderReview)
    }
}
