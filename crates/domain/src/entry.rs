//! An entry of the ledger: a fact told by the outside, or a decision of the desk, as stored.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::decision::Decision;
use crate::fact::Fact;
use crate::genesis::Genesis;
use crate::id::{AccountId, EntryId};

/// Place in the ledger: 1 for the first entry, gapless, in commit order. 0 is before the first.
pub type Position = u64;

/// Place in a stream: 1 for its first entry, gapless. 0 means the stream is empty.
pub type Version = u64;

/// The line of entries that belong together and are checked together by expected version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// What concerns the firm as a whole: the policy, the watchlist, rates, our people.
    Firm,
    /// All that happened with one client, decisions included.
    Account(AccountId),
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Firm => f.write_str("firm"),
            Self::Account(id) => write!(f, "account:{id}"),
        }
    }
}

/// A stored stream name that this version of the desk does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown stream `{0}`")]
pub struct UnknownStream(pub String);

impl FromStr for Stream {
    type Err = UnknownStream;

    fn from_str(text: &str) -> Result<Self, UnknownStream> {
        if text == "firm" {
            return Ok(Self::Firm);
        }
        let id = text.strip_prefix("account:").and_then(|id| id.parse().ok());
        id.map(Self::Account).ok_or_else(|| UnknownStream(text.to_owned()))
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// The first entry: how the ledger was made.
    Genesis(Genesis),
    /// Told by the outside.
    Fact(Fact),
    /// Concluded by the desk.
    Decision(Decision),
    /// A type this version does not know: carried, never dropped.
    Unknown {
        /// The type's name on the wire.
        name: String,
    },
}

impl Body {
    /// The type's name on the wire.
    pub fn name(&self) -> &str {
        match self {
            Self::Genesis(_) => Genesis::NAME,
            Self::Fact(fact) => fact.name(),
            Self::Decision(decision) => decision.name(),
            Self::Unknown { name } => name,
        }
    }

    /// The stream it belongs to.
    pub fn stream(&self) -> Stream {
        match self {
            Self::Genesis(_) | Self::Unknown { .. } => Stream::Firm,
            Self::Fact(fact) => fact.stream(),
            Self::Decision(decision) => decision.stream(),
        }
    }
}

/// An entry as read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where it stands in the ledger.
    pub position: Position,
    /// Its identity, given by whoever first told it.
    pub id: EntryId,
    /// The stream it belongs to.
    pub stream: Stream,
    /// Where it stands in its stream.
    pub version: Version,
    /// When it became true in the world.
    pub occurred_at: Timestamp,
    /// When the desk learnt it. Never runs backwards along positions.
    pub recorded_at: Timestamp,
    /// Who told or concluded it, such as `import:orders` or `desk:classifier`.
    pub actor: String,
    /// The piece of work it belongs to: the W3C trace id of what led to it, as a UUID's bytes.
    pub correlation: Option<Uuid>,
    /// What it says.
    pub body: Body,
}

/// What a decision was made from, so that an audit can recompute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MadeFrom {
    /// All entries up to and including this position were taken into account, none after it.
    pub position: Position,
    /// The day (in the firm's time zone) for which it was decided.
    pub on: jiff::civil::Date,
    /// The version of the policy or watchlist that was applied.
    pub version: u32,
}
