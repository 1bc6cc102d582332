//! Bringing a ledger's tables up to date.

use crate::error::OpenError;
use crate::ledger::Ledger;
use crate::url::LedgerUrl;
use crate::{postgres, sqlite};

/// What bringing a ledger up to date did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema it had.
    pub from: i64,
    /// The schema it has; the same where nothing was to be done.
    pub to: i64,
}

impl Ledger {
    /// Runs the migrations that a ledger lacks, in one transaction. On SQLite opening for writing
    /// does the same; on PostgreSQL only this does, because other processes may be at work there.
    ///
    /// # Errors
    /// Where there is no ledger, where it is one of a newer Linchpin, or where the storage fails.
    pub async fn migrate(url: &LedgerUrl) -> Result<Migrated, OpenError> {
        let (from, to) = match url.file() {
            Some(_) => sqlite::migrate(url).await?,
            None => postgres::migrate(url).await?,
        };
        Ok(Migrated { from, to })
    }
}
