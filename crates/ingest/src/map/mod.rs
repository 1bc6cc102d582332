//! The mapping document: how the rows of a table become facts.
//!
//! A map is TOML, checked when it is read: an unknown type, field or word is an error with its line
//! and column. It names columns by their header (CSV) or by a dotted path (`after.0`, JSON lines).
//! `examples/` holds maps for real files, with every part explained.

mod build;
mod check;
mod document;
mod field;
mod moment;
mod template;
mod when;

pub use document::{Format, MAX_MAP, Map};

pub(crate) use build::{Outcome, Told, Unit};
pub(crate) use document::{Clean, Columns, FieldToml, delimiter, source};
pub(crate) use field::Field;

/// The values of the columns that a map names, in the map's order, cleaned; empty where absent.
pub(crate) type Values = Vec<String>;

/// Why a row or a group of rows cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad {
    /// What is wrong, and what was expected: one sentence.
    pub(crate) reason: String,
    /// The same in general, to be counted: free of the row's own values.
    pub(crate) class: String,
    /// The column it is about, where it is about one.
    pub(crate) column: Option<String>,
}

impl Bad {
    pub(crate) fn new(class: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), class: class.into(), column: None }
    }

    /// A value that is not what its column should hold.
    pub(crate) fn value(column: &str, value: &str, expected: &str) -> Self {
        let reason = format!("`{column}` is `{}`: expected {expected}", short(value));
        Self {
            column: Some(column.to_owned()),
            ..Self::new(format!("`{column}` cannot be read"), reason)
        }
    }

    /// A value that is missing.
    pub(crate) fn empty(column: &str) -> Self {
        let reason = format!("`{column}` is empty");
        Self { column: Some(column.to_owned()), ..Self::new(reason.clone(), reason) }
    }
}

/// At most 80 characters of a text, for a message.
pub(crate) fn short(text: &str) -> String {
    if text.chars().count() <= 80 {
        return text.to_owned();
    }
    text.chars().take(79).chain(['…']).collect()
}
