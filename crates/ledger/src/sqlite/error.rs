//! What SQLite says, in our words.

use crate::error::StorageError;

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(said, message) => {
                by_code(said.extended_code, message.as_deref().unwrap_or_default())
            }
            // A column that holds something of another kind than it must.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => Self::Corrupt(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<rusqlite::types::FromSqlError> for StorageError {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// The low byte of an extended result code is the primary one
/// (<https://www.sqlite.org/rescode.html>).
fn by_code(code: i32, message: &str) -> StorageError {
    match code & 0xff {
        5 | 6 => StorageError::Locked,
        8 => StorageError::ReadOnly,
        11 => StorageError::Corrupt(message.to_owned()),
        13 => StorageError::DiskFull,
        26 => StorageError::NotADatabase,
        _ => StorageError::Other(format!("SQLite {code}: {message}")),
    }
}
