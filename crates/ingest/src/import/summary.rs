//! What came of an import.

use std::collections::BTreeMap;

use linchpin_domain::entry::Position;
use rust_decimal::Decimal;
use serde::Serialize;

/// Most conflicts and troubles that are listed; all are counted.
pub(crate) const MAX_LISTED: usize = 1_000;

/// What came of an import. How long it took, the caller measures.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The file's name without its folder.
    pub file: String,
    /// Whether nothing was stored, and this says only what would be.
    pub dry_run: bool,
    /// Rows read, the header and empty lines not counted.
    pub lines: u64,
    /// Rows that tell nothing, for no condition of the map holds.
    pub ignored: u64,
    /// Rows that name no client.
    pub without_account: WithoutAccount,
    /// What became of the facts that the file tells.
    pub facts: Facts,
    /// New facts by their kind's name on the wire.
    pub new_by_kind: BTreeMap<String, u64>,
    /// Facts that differ from what is known and were not taken; the first 1,000.
    pub conflicts: Vec<Conflict>,
    /// Facts told `once` that say something else than their first telling, which is kept; the
    /// first 1,000.
    pub kept_first: Vec<KeptFirst>,
    /// What could not be read and went to the quarantine.
    pub unreadable: Unreadable,
}

/// Rows that name no client: nobody's, and no error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WithoutAccount {
    /// How many.
    pub lines: u64,
    /// What they sum to, where the map sums amounts; exact.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub amount: Option<Decimal>,
}

/// What became of the facts that a file tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Stored by this import.
    pub new: u64,
    /// Known already, and told alike.
    pub known: u64,
    /// Known otherwise, and corrected.
    pub corrected: u64,
    /// Known otherwise, and not taken.
    pub conflicting: u64,
    /// Told `once`, and not as the first telling, which is kept; each other telling counts once.
    pub kept_first: u64,
    /// New links from outside ids to clients, not counted as facts of the file.
    pub links: u64,
}

/// A fact that differs from what is known under its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The kind's name on the wire.
    pub kind: String,
    /// Its key in the file, such as an invoice's number.
    pub key: String,
    /// What is known: the amount where it has one.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub old_amount: Option<Decimal>,
    /// What the file says: the amount where it has one.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub new_amount: Option<Decimal>,
    /// Where the known fact stands in the ledger; 0 where it is another row of this file.
    pub position: Position,
}

/// A fact told `once` whose first telling says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptFirst {
    /// The kind's name on the wire.
    pub kind: String,
    /// Its key in the file, such as a client's number.
    pub key: String,
    /// Where the first telling stands in the ledger; 0 where it is another row of this file.
    pub position: Position,
}

/// What could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// How many rows.
    pub rows: u64,
    /// How many items of the quarantine hold them: rows of one group make one item.
    pub items: u64,
    /// Rows by what is wrong with them.
    pub reasons: BTreeMap<String, u64>,
    /// The first 1,000, each with its place.
    pub first: Vec<Trouble>,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Where, such as `line 40000, column 12`.
    pub place: String,
    /// What is wrong, and what was expected.
    pub reason: String,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of it.
    pub done: u64,
    /// Of how much, where that is known.
    pub total: Option<u64>,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the file; counted in bytes of the file.
    Reading,
    /// Bringing rows together; counted in rows.
    Grouping,
    /// Appending to the ledger; counted in groups of facts.
    Storing,
}
