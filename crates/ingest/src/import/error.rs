//! Why an import stopped.

use linchpin_ledger::{AppendError, QuarantineError, ReadError};

use super::table::NoTable;

/// Why a file was not imported, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such file.
    #[error("no file `{0}`: check the path")]
    Missing(String),
    /// It cannot be opened.
    #[error("`{file}` cannot be opened: {source}")]
    Open {
        /// The file.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its name says gzip, its bytes do not.
    #[error("`{0}` is not gzip, though its name ends in .gz: rename it, or pack it again")]
    NotGzip(String),
    /// There is nothing in it.
    #[error("`{0}` is empty: export it again")]
    Empty(String),
    /// Neither the map nor the name says how its rows are written.
    #[error("`{0}` ends in neither .csv nor .jsonl: say `format` in the map")]
    Format(String),
    /// Its first line is no header.
    #[error("the first line of `{file}` {reason}: it must name the columns")]
    Header {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Columns that the map names are not in the header.
    #[error("`{file}` has no column {}: its columns are {}", quoted(.columns), quoted(.found))]
    MissingColumns {
        /// The file.
        file: String,
        /// The columns that the map names.
        columns: Vec<String>,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A column that the map names stands twice in the header.
    #[error("`{file}` has the column `{column}` twice: rename one of them")]
    ColumnTwice {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// It cannot be read to its end.
    #[error("`{file}` cannot be read beyond line {line} ({source}): nothing of it was taken")]
    Read {
        /// The file.
        file: String,
        /// The last line that could be read.
        line: u64,
        /// Why.
        source: std::io::Error,
    },
    /// No row fits the map.
    #[error(
        "none of the first {rows} rows of `{file}` can be read ({reason}): is it the right map?"
    )]
    NothingReadable {
        /// The file.
        file: String,
        /// How many were tried.
        rows: u64,
        /// What is wrong with the first of them.
        reason: String,
    },
    /// More rows than a person would mend.
    #[error(
        "more than {limit} rows or groups of `{file}` cannot be read ({reason}): mend the file or the map, then repeat"
    )]
    TooManyUnreadable {
        /// The file.
        file: String,
        /// How many are put into the quarantine at most.
        limit: u64,
        /// What is wrong with the first of them.
        reason: String,
    },
    /// The temporary file for sorting failed.
    #[error(
        "the temporary file for sorting failed ({0}): free space where temporary files lie, or set TMPDIR, then repeat"
    )]
    Temporary(#[source] std::io::Error),
    /// A fact that was read and checked cannot be read back.
    #[error(
        "the fact {kind} {key} was built and cannot be read back, which is a fault of linchpin: report it with the map"
    )]
    Built {
        /// The kind's name on the wire.
        kind: String,
        /// Its key in the file.
        key: String,
    },
    /// The ledger does not take the facts. What was appended before stays; repeat for the rest.
    #[error("the facts cannot be stored: {0}")]
    Append(#[from] AppendError),
    /// The ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Ledger(#[from] ReadError),
    /// The quarantine does not take a row.
    #[error("the quarantine cannot be written: {0}")]
    Quarantine(#[from] QuarantineError),
    /// The history could not be lived through.
    #[error("the desk stopped between two days: {0}")]
    Step(#[source] super::StepError),
}

impl ImportError {
    pub(crate) fn no_table(file: &str, error: NoTable) -> Self {
        let file = file.to_owned();
        match error {
            NoTable::Empty => Self::Empty(file),
            NoTable::Unreadable(reason) => Self::Header { file, reason },
            NoTable::Missing { columns, found } => Self::MissingColumns { file, columns, found },
            NoTable::Twice(column) => Self::ColumnTwice { file, column },
        }
    }
}

fn quoted(names: &[String]) -> String {
    let mut shown: Vec<String> =
        names.iter().take(40).map(|name| format!("`{}`", crate::map::short(name))).collect();
    if names.len() > shown.len() {
        shown.push(format!("and {} more", names.len() - shown.len()));
    }
    shown.join(", ")
}
