//! What the holder of a token may do.

use std::fmt;
use std::str::FromStr;

/// What the holder of a token may do. Stored by name, so a name is never given another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reads everything, figures of the service among it; changes nothing.
    Reader,
    /// Hands in facts; reads nothing.
    Writer,
    /// Both, and acts: takes alerts in hand, puts them off, takes facts back.
    Operator,
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no role `{0}`: it is one of reader, writer, operator")]
pub struct NoSuchRole(String);

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Writer, Self::Operator];

    /// The name by which it is stored and given.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, NoSuchRole> {
        let role = Self::ALL.into_iter().find(|role| role.name() == text);
        role.ok_or_else(|| NoSuchRole(text.chars().take(40).collect()))
    }
}
