//! What SQLite says, in our words.

use crate::error::StorageError;

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => {
                let code = said.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(0);
                by_code(code, said.message())
            }
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Other(other.to_string()),
        }
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
