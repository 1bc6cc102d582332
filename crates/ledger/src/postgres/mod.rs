//! The ledger in one schema of a PostgreSQL database. Whoever appends holds the row of the head, so
//! that positions are gapless and in commit order however many processes write.

mod copy;
mod desk;
mod error;
mod listen;
mod open;
mod pool;
mod quarantine;
mod read;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use sqlx::postgres::PgConnectOptions;
use tokio::sync::watch;
use uuid::Uuid;

pub(crate) use copy::target;
pub(crate) use open::{create, migrate};

use self::pool::{Lent, Pool, within};
use crate::codec::Decoded;
use crate::copy::{Cell, Table};
use crate::engine::{Engine, StoredHead, StoredKey, Transaction};
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};
use crate::stored::Stored;
use crate::token::{NewToken, TokenRow};

/// A ledger in a schema.
pub(crate) struct Postgres {
    readers: Arc<Pool>,
    /// `None` where it was opened for reading.
    writer: Option<Arc<Pool>>,
    /// How the listener connects.
    listening: PgConnectOptions,
    /// Also the name of the channel on which new entries are told.
    schema: String,
}

/// Does something on a lent connection and gives it back.
macro_rules! on {
    ($pool:expr, $connection:ident => $work:expr) => {{
        let mut lent: Lent = $pool.lend().await?;
        let $connection = lent.connection();
        let done = within($work).await;
        lent.settle(done)
    }};
}

/// The same for work that also says whether it read to its end; if not, more is under way, and the
/// connection is closed.
macro_rules! read_on {
    ($pool:expr, $connection:ident => $work:expr) => {{
        let mut lent: Lent = $pool.lend().await?;
        let $connection = lent.connection();
        match within($work).await {
            Ok((found, true)) => lent.settle(Ok(found)),
            Ok((found, false)) => Ok(found),
            Err(error) => lent.settle(Err(error)),
        }
    }};
}

impl Postgres {
    fn writer(&self) -> Result<&Arc<Pool>, StorageError> {
        self.writer.as_ref().ok_or(StorageError::ReadOnly)
    }
}

#[async_trait]
impl Engine for Postgres {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError> {
        Ok(Box::new(write::Writing::begin(self.writer()?).await?))
    }

    async fn head(&self) -> Result<StoredHead, StorageError> {
        on!(self.readers, c => read::head(c))
    }

    fn heads(&self) -> Option<watch::Receiver<Option<StoredHead>>> {
        let (told, heads) = watch::channel(None);
        let (options, schema) = (self.listening.clone(), self.schema.clone());
        tokio::spawn(listen::run(options, schema, Arc::clone(&self.readers), told));
        Some(heads)
    }

    async fn software(&self) -> Result<String, StorageError> {
        on!(self.readers, c => read::software(c))
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        on!(self.readers, c => read::secret(c, name))
    }

    async fn entries(
        &self,
        after: Position,
        until: Position,
    ) -> Result<Vec<Decoded>, StorageError> {
        read_on!(self.readers, c => read::entries(c, after, until))
    }

    async fn stream_after(
        &self,
        stream: Stream,
        after: Version,
        limit: u64,
    ) -> Result<Vec<Decoded>, StorageError> {
        read_on!(self.readers, c => read::stream_after(c, stream, after, limit))
    }

    async fn stream_before(
        &self,
        stream: Stream,
        before: Version,
        limit: u64,
    ) -> Result<Vec<Decoded>, StorageError> {
        read_on!(self.readers, c => read::stream_before(c, stream, before, limit))
    }

    async fn by_ids(&self, ids: &[EntryId]) -> Result<Vec<Decoded>, StorageError> {
        on!(self.readers, c => read::by_ids(c, ids))
    }

    async fn stored_range(
        &self,
        after: Position,
        until: Position,
        limit: u64,
    ) -> Result<Vec<Stored>, StorageError> {
        read_on!(self.readers, c => read::stored_range(c, after, until, limit))
    }

    async fn position_at(&self, known_us: i64) -> Result<Position, StorageError> {
        on!(self.readers, c => read::position_at(c, known_us))
    }

    async fn stream_version(&self, stream: Stream) -> Result<Version, StorageError> {
        let streams = on!(self.readers, c => read::streams(c, &[stream]))?;
        Ok(streams.first().map_or(0, |(_, _, version)| *version))
    }

    async fn keys(&self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError> {
        on!(self.readers, c => read::keys(c, people))
    }

    async fn quarantine_add(
        &self,
        items: &[(NewQuarantined, [u8; 32])],
        now_us: i64,
    ) -> Result<Vec<QuarantinedId>, StorageError> {
        on!(self.writer()?, c => quarantine::add(c, items, now_us))
    }

    async fn quarantine_list(
        &self,
        after: QuarantinedId,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StorageError> {
        on!(self.readers, c => quarantine::list(c, after, limit))
    }

    async fn quarantine_get(&self, id: QuarantinedId) -> Result<Option<Quarantined>, StorageError> {
        on!(self.readers, c => quarantine::get(c, id))
    }

    async fn quarantine_settle(
        &self,
        id: QuarantinedId,
        now_us: i64,
    ) -> Result<bool, StorageError> {
        on!(self.writer()?, c => quarantine::settle(c, id, now_us))
    }

    async fn quarantine_settle_from(&self, source: &str, now_us: i64) -> Result<u64, StorageError> {
        on!(self.writer()?, c => quarantine::settle_from(c, source, now_us))
    }

    async fn quarantine_count(&self) -> Result<u64, StorageError> {
        on!(self.readers, c => quarantine::count(c))
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        ttl_us: i64,
        _now_us: i64,
    ) -> Result<bool, StorageError> {
        on!(self.writer()?, c => desk::take_lease(c, name, holder, ttl_us))
    }

    async fn release_lease(&self, name: &str, holder: Uuid) -> Result<(), StorageError> {
        on!(self.writer()?, c => desk::release_lease(c, name, holder))
    }

    async fn token_add(&self, token: &NewToken, now_us: i64) -> Result<bool, StorageError> {
        on!(self.writer()?, c => desk::token_add(c, token, now_us))
    }

    async fn tokens(&self, hash: Option<[u8; 32]>) -> Result<Vec<TokenRow>, StorageError> {
        on!(self.readers, c => desk::tokens(c, hash))
    }

    async fn token_revoke(&self, name: &str, now_us: i64) -> Result<bool, StorageError> {
        on!(self.writer()?, c => desk::token_revoke(c, name, now_us))
    }

    async fn token_touch(&self, name: &str, now_us: i64) -> Result<(), StorageError> {
        on!(self.writer()?, c => desk::token_touch(c, name, now_us))
    }

    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u64,
    ) -> Result<Vec<Vec<Cell>>, StorageError> {
        on!(self.readers, c => copy::rows(c, table, after, limit))
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

/// Positions and versions come out of PostgreSQL as signed numbers and are never negative.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Positions and versions go into PostgreSQL as signed numbers; beyond them there is nothing.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], StorageError> {
    bytes.try_into().map_err(|_| StorageError::Corrupt("a hash is not 32 bytes long".to_owned()))
}
