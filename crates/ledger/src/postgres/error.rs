//! What PostgreSQL says, in our words.

use sqlx::postgres::PgDatabaseError;

use crate::error::StorageError;

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => match said.try_downcast_ref::<PgDatabaseError>() {
                Some(said) => by_state(said),
                None => Self::Other(error.to_string()),
            },
            // So tells TLS that it does not trust the other side.
            sqlx::Error::Io(why) if why.kind() == std::io::ErrorKind::InvalidData => {
                Self::Unproved(why.to_string())
            }
            sqlx::Error::Io(why) => Self::Away(why.kind().to_string()),
            sqlx::Error::Tls(why) => Self::Unproved(why.to_string()),
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Other(other.to_string()),
        }
    }
}

/// By its SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>). Texts of
/// the server go on only where they name no data: a detail may quote a row, so it stays here.
fn by_state(said: &PgDatabaseError) -> StorageError {
    let message = said.message();
    match said.code() {
        // Disk full, and a server that can no longer write for another reason.
        "53100" => StorageError::DiskFull,
        // Too many connections; out of memory.
        "53300" | "53200" => StorageError::Busy,
        // Serialization, deadlock, a lock not had in time, a statement that took too long.
        "40001" | "40P01" | "55P03" | "57014" => StorageError::Locked,
        // Shut down, crashed, starting, the database dropped, a transaction left idle, and all
        // troubles of a connection.
        "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "25P04" => {
            StorageError::Away(message.to_owned())
        }
        code if code.starts_with("08") => StorageError::Away(message.to_owned()),
        "25006" => StorageError::ReadOnly,
        // Wrong password or user, no such database, no right to it.
        "28P01" | "28000" | "3D000" | "42501" => StorageError::Refused(message.to_owned()),
        "XX001" | "XX002" => StorageError::Corrupt(message.to_owned()),
        code => StorageError::Other(format!("PostgreSQL {code}: {message}")),
    }
}
