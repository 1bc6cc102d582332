//! The ledger in one SQLite file: WAL, `synchronous=FULL`, one connection that writes and a few
//! that read.

mod desk;
mod error;
mod open;
mod quarantine;
mod read;
mod write;

use std::time::Duration;

use async_trait::async_trait;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) use error::by_code;
pub(crate) use open::create;

use crate::engine::{Block, Engine, StoredHead, StoredKey, Take, Transaction};
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};
use crate::stored::Stored;
use crate::token::{NewToken, TokenRow};

/// How often a writer asks for the lock before it gives up. Each time it waits for as long as
/// [`open::BUSY`] says, so five seconds in all.
const ATTEMPTS: u32 = 50;
/// Between two attempts, for where SQLite says no at once.
const PAUSE: Duration = Duration::from_millis(1);

/// A ledger in a SQLite file.
pub(crate) struct Sqlite {
    readers: SqlitePool,
    /// `None` where it was opened for reading.
    writer: Option<SqlitePool>,
}

impl Sqlite {
    /// Starts a transaction that holds the write lock. SQLite's own waiting grows ever slower and
    /// could starve beside a busy writer, so it is kept short and begun anew.
    async fn begin_immediate(
        &self,
    ) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StorageError> {
        let writer = self.writer.as_ref().ok_or(StorageError::ReadOnly)?;
        begin_immediate(writer).await
    }
}

async fn begin_immediate(
    writer: &SqlitePool,
) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StorageError> {
    for _ in 1..ATTEMPTS {
        match writer.begin_with("BEGIN IMMEDIATE").await.map_err(StorageError::from) {
            Err(StorageError::Locked) => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    Ok(writer.begin_with("BEGIN IMMEDIATE").await?)
}

#[async_trait]
impl Engine for Sqlite {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError> {
        Ok(Box::new(write::Writing::new(self.begin_immediate().await?)))
    }

    async fn head(&self) -> Result<StoredHead, StorageError> {
        read::head(&mut *self.readers.acquire().await?).await
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        read::secret(&mut *self.readers.acquire().await?, name).await
    }

    async fn blocks(
        &self,
        after: Position,
        until: Position,
        take: Take<'_>,
    ) -> Result<(), StorageError> {
        read::blocks(&mut *self.readers.acquire().await?, after, until, take).await
    }

    async fn stream_after(
        &self,
        stream: Stream,
        after: Version,
        limit: u64,
    ) -> Result<Vec<Block>, StorageError> {
        read::stream_after(&mut *self.readers.acquire().await?, stream, after, limit).await
    }

    async fn stream_before(
        &self,
        stream: Stream,
        before: Version,
        limit: u64,
    ) -> Result<Vec<Block>, StorageError> {
        read::stream_before(&mut *self.readers.acquire().await?, stream, before, limit).await
    }

    async fn by_ids(&self, ids: &[EntryId]) -> Result<Vec<Block>, StorageError> {
        read::by_ids(&mut *self.readers.acquire().await?, ids).await
    }

    async fn stored_range(
        &self,
        after: Position,
        until: Position,
        limit: u64,
    ) -> Result<Vec<Stored>, StorageError> {
        read::stored_range(&mut *self.readers.acquire().await?, after, until, limit).await
    }

    async fn position_at(&self, known_us: i64) -> Result<Position, StorageError> {
        read::position_at(&mut *self.readers.acquire().await?, known_us).await
    }

    async fn stream_version(&self, stream: Stream) -> Result<Version, StorageError> {
        let streams = read::streams(&mut *self.readers.acquire().await?, &[stream]).await?;
        Ok(streams.first().map_or(0, |(_, _, version)| *version))
    }

    async fn keys(&self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError> {
        read::keys(&mut *self.readers.acquire().await?, people).await
    }

    async fn quarantine_add(
        &self,
        items: &[(NewQuarantined, [u8; 32])],
        now_us: i64,
    ) -> Result<Vec<QuarantinedId>, StorageError> {
        let mut transaction = self.begin_immediate().await?;
        let ids = quarantine::add(&mut transaction, items, now_us).await?;
        transaction.commit().await?;
        Ok(ids)
    }

    async fn quarantine_list(
        &self,
        after: QuarantinedId,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StorageError> {
        quarantine::list(&mut *self.readers.acquire().await?, after, limit).await
    }

    async fn quarantine_get(&self, id: QuarantinedId) -> Result<Option<Quarantined>, StorageError> {
        quarantine::get(&mut *self.readers.acquire().await?, id).await
    }

    async fn quarantine_settle(
        &self,
        id: QuarantinedId,
        now_us: i64,
    ) -> Result<bool, StorageError> {
        let mut transaction = self.begin_immediate().await?;
        let settled = quarantine::settle(&mut transaction, id, now_us).await?;
        transaction.commit().await?;
        Ok(settled)
    }

    async fn quarantine_settle_from(&self, source: &str, now_us: i64) -> Result<u64, StorageError> {
        let mut transaction = self.begin_immediate().await?;
        let settled = quarantine::settle_from(&mut transaction, source, now_us).await?;
        transaction.commit().await?;
        Ok(settled)
    }

    async fn quarantine_count(&self) -> Result<u64, StorageError> {
        quarantine::count(&mut *self.readers.acquire().await?).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        ttl_us: i64,
        now_us: i64,
    ) -> Result<bool, StorageError> {
        let mut transaction = self.begin_immediate().await?;
        let held = desk::take_lease(&mut transaction, name, holder, ttl_us, now_us).await?;
        transaction.commit().await?;
        Ok(held)
    }

    async fn release_lease(&self, name: &str, holder: Uuid) -> Result<(), StorageError> {
        let mut transaction = self.begin_immediate().await?;
        desk::release_lease(&mut transaction, name, holder).await?;
        Ok(transaction.commit().await?)
    }

    async fn token_add(&self, token: &NewToken, now_us: i64) -> Result<bool, StorageError> {
        let mut transaction = self.begin_immediate().await?;
        let added = desk::token_add(&mut transaction, token, now_us).await?;
        transaction.commit().await?;
        Ok(added)
    }

    async fn tokens(&self, hash: Option<[u8; 32]>) -> Result<Vec<TokenRow>, StorageError> {
        desk::tokens(&mut *self.readers.acquire().await?, hash).await
    }

    async fn token_revoke(&self, name: &str, now_us: i64) -> Result<bool, StorageError> {
        let mut transaction = self.begin_immediate().await?;
        let revoked = desk::token_revoke(&mut transaction, name, now_us).await?;
        transaction.commit().await?;
        Ok(revoked)
    }

    async fn token_touch(&self, name: &str, now_us: i64) -> Result<(), StorageError> {
        // Looking first spares the write lock nearly always.
        if !desk::token_is_stale(&mut *self.readers.acquire().await?, name, now_us).await? {
            return Ok(());
        }
        let mut transaction = self.begin_immediate().await?;
        desk::token_touch(&mut transaction, name, now_us).await?;
        Ok(transaction.commit().await?)
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = &self.writer {
            writer.close().await;
        }
    }
}

/// Positions and versions come out of SQLite as signed numbers and are never negative.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Positions and versions go into SQLite as signed numbers; beyond them there is nothing.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Ids as a JSON list of hex texts, for `json_each` and `unhex`.
fn hex_list<'a>(ids: impl Iterator<Item = &'a Uuid>) -> String {
    let mut list = String::from("[");
    for id in ids {
        if list.len() > 1 {
            list.push(',');
        }
        list.push('"');
        list.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        list.push('"');
    }
    list.push(']');
    list
}

fn uuid(bytes: &[u8]) -> Result<Uuid, StorageError> {
    Uuid::from_slice(bytes)
        .map_err(|_| StorageError::Corrupt("an id is not 16 bytes long".to_owned()))
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], StorageError> {
    bytes.try_into().map_err(|_| StorageError::Corrupt("a hash is not 32 bytes long".to_owned()))
}
