//! What SQLite says, in our words.

use crate::error::StorageError;

/// The low byte of an extended result code is the primary one
/// (<https://www.sqlite.org/rescode.html>).
pub(crate) fn by_code(code: i32, message: &str) -> StorageError {
    match code & 0xff {
        5 | 6 => StorageError::Locked,
        8 => StorageError::ReadOnly,
        11 => StorageError::Corrupt(message.to_owned()),
        13 => StorageError::DiskFull,
        26 => StorageError::NotADatabase,
        _ => StorageError::Other(format!("SQLite {code}: {message}")),
    }
}
