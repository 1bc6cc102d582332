//! What the driver says, in our words, whichever engine is below it.

use sqlx::postgres::PgDatabaseError;

use crate::error::StorageError;
use crate::{postgres, sqlite};

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(said) => match said.try_downcast_ref::<PgDatabaseError>() {
                Some(said) => postgres::by_state(said),
                None => {
                    let code = said.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or(0);
                    sqlite::by_code(code, said.message())
                }
            },
            sqlx::Error::Io(why) => Self::Away(why.kind().to_string()),
            sqlx::Error::Tls(why) => Self::Refused(format!("TLS: {why}")),
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Other(other.to_string()),
        }
    }
}
