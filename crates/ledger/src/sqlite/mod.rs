//! The ledger in one SQLite file: WAL, `synchronous=FULL`, one connection that writes and a few
//! that read.

mod connection;
mod copy;
mod desk;
mod error;
mod open;
mod quarantine;
mod read;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use rusqlite::Connection;
use uuid::Uuid;

pub(crate) use copy::target;
pub(crate) use open::{create, migrate};

use self::connection::{Immediate, Readers, WriteConnection, aside, hold};
use crate::codec::Decoded;
use crate::copy::{Cell, Table};
use crate::engine::{Engine, StoredHead, StoredKey, Transaction};
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};
use crate::stored::Stored;
use crate::token::{NewToken, TokenRow};

/// A ledger in a SQLite file.
pub(crate) struct Sqlite {
    readers: Readers,
    /// `None` where it was opened for reading.
    writer: Option<WriteConnection>,
}

impl Sqlite {
    /// Writes in a transaction of its own.
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let held = hold(self.writer.as_ref().ok_or(StorageError::ReadOnly)?).await?;
        aside(move || {
            let transaction = Immediate::begin(held)?;
            let done = job(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .await?
    }
}

#[async_trait]
impl Engine for Sqlite {
    /// A thread of its own, for every statement of a group is answered on the thread that asks.
    fn drive(&self, writer: BoxFuture<'static, ()>) -> Result<(), StorageError> {
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("ledger-writer".to_owned());
        let started = thread.spawn(move || runtime.block_on(writer));
        started.map(drop).map_err(|e| StorageError::Other(format!("no thread for the writer: {e}")))
    }

    /// To be called on the thread of [`Engine::drive`].
    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError> {
        let held = hold(self.writer.as_ref().ok_or(StorageError::ReadOnly)?).await?;
        Ok(Box::new(write::Writing::new(Immediate::begin(held)?)))
    }

    async fn head(&self) -> Result<StoredHead, StorageError> {
        self.readers.read(|reader| read::head(&reader.connection)).await
    }

    async fn software(&self) -> Result<String, StorageError> {
        Ok(read::software())
    }

    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let name = name.to_owned();
        self.readers.read(move |reader| read::secret(&reader.connection, &name)).await
    }

    async fn entries(
        &self,
        after: Position,
        until: Position,
    ) -> Result<Vec<Decoded>, StorageError> {
        self.readers.read(move |reader| read::entries(reader, after, until)).await
    }

    async fn stream_after(
        &self,
        stream: Stream,
        after: Version,
        limit: u64,
    ) -> Result<Vec<Decoded>, StorageError> {
        self.readers.read(move |reader| read::stream_after(reader, stream, after, limit)).await
    }

    async fn stream_before(
        &self,
        stream: Stream,
        before: Version,
        limit: u64,
    ) -> Result<Vec<Decoded>, StorageError> {
        self.readers.read(move |reader| read::stream_before(reader, stream, before, limit)).await
    }

    async fn by_ids(&self, ids: &[EntryId]) -> Result<Vec<Decoded>, StorageError> {
        let ids = ids.to_vec();
        let job = move |reader: &mut connection::Reader| {
            read::by_ids(&reader.connection, &mut reader.streams, &ids)
        };
        self.readers.read(job).await
    }

    async fn stored_range(
        &self,
        after: Position,
        until: Position,
        limit: u64,
    ) -> Result<Vec<Stored>, StorageError> {
        let job = move |reader: &mut connection::Reader| {
            read::stored_range(&reader.connection, after, until, limit)
        };
        self.readers.read(job).await
    }

    async fn position_at(&self, known_us: i64) -> Result<Position, StorageError> {
        self.readers.read(move |reader| read::position_at(&reader.connection, known_us)).await
    }

    async fn stream_version(&self, stream: Stream) -> Result<Version, StorageError> {
        let job =
            move |reader: &mut connection::Reader| read::streams(&reader.connection, &[stream]);
        Ok(self.readers.read(job).await?.first().map_or(0, |(_, _, version)| *version))
    }

    async fn keys(&self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError> {
        let people = people.to_vec();
        self.readers.read(move |reader| read::keys(&reader.connection, &people)).await
    }

    async fn quarantine_add(
        &self,
        items: &[(NewQuarantined, [u8; 32])],
        now_us: i64,
    ) -> Result<Vec<QuarantinedId>, StorageError> {
        let items = items.to_vec();
        self.write(move |connection| quarantine::add(connection, &items, now_us)).await
    }

    async fn quarantine_list(
        &self,
        after: QuarantinedId,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StorageError> {
        self.readers.read(move |reader| quarantine::list(&reader.connection, after, limit)).await
    }

    async fn quarantine_get(&self, id: QuarantinedId) -> Result<Option<Quarantined>, StorageError> {
        self.readers.read(move |reader| quarantine::get(&reader.connection, id)).await
    }

    async fn quarantine_settle(
        &self,
        id: QuarantinedId,
        now_us: i64,
    ) -> Result<bool, StorageError> {
        self.write(move |connection| quarantine::settle(connection, id, now_us)).await
    }

    async fn quarantine_settle_from(&self, source: &str, now_us: i64) -> Result<u64, StorageError> {
        let source = source.to_owned();
        self.write(move |connection| quarantine::settle_from(connection, &source, now_us)).await
    }

    async fn quarantine_count(&self) -> Result<u64, StorageError> {
        self.readers.read(|reader| quarantine::count(&reader.connection)).await
    }

    async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        ttl_us: i64,
        now_us: i64,
    ) -> Result<bool, StorageError> {
        let name = name.to_owned();
        let job = move |c: &Connection| desk::take_lease(c, &name, holder, ttl_us, now_us);
        self.write(job).await
    }

    async fn release_lease(&self, name: &str, holder: Uuid) -> Result<(), StorageError> {
        let name = name.to_owned();
        self.write(move |connection| desk::release_lease(connection, &name, holder)).await
    }

    async fn token_add(&self, token: &NewToken, now_us: i64) -> Result<bool, StorageError> {
        let token = token.clone();
        self.write(move |connection| desk::token_add(connection, &token, now_us)).await
    }

    async fn tokens(&self, hash: Option<[u8; 32]>) -> Result<Vec<TokenRow>, StorageError> {
        self.readers.read(move |reader| desk::tokens(&reader.connection, hash)).await
    }

    async fn token_revoke(&self, name: &str, now_us: i64) -> Result<bool, StorageError> {
        let name = name.to_owned();
        self.write(move |connection| desk::token_revoke(connection, &name, now_us)).await
    }

    async fn token_touch(&self, name: &str, now_us: i64) -> Result<(), StorageError> {
        let name: Arc<str> = name.into();
        let asked = Arc::clone(&name);
        let stale =
            move |c: &mut connection::Reader| desk::token_is_stale(&c.connection, &asked, now_us);
        // Looking first spares the write lock nearly always.
        if !self.readers.read(stale).await? {
            return Ok(());
        }
        self.write(move |connection| desk::token_touch(connection, &name, now_us)).await
    }

    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u64,
    ) -> Result<Vec<Vec<Cell>>, StorageError> {
        self.readers.read(move |reader| copy::rows(&reader.connection, table, after, limit)).await
    }

    async fn close(&self) {
        self.readers.close();
        if let Some(writer) = &self.writer {
            let connection = writer.lock().await.take();
            let _ = aside(move || drop(connection)).await;
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

fn uuid(bytes: &[u8]) -> Result<Uuid, StorageError> {
    Uuid::from_slice(bytes)
        .map_err(|_| StorageError::Corrupt("an id is not 16 bytes long".to_owned()))
}

fn hash(bytes: &[u8]) -> Result<[u8; 32], StorageError> {
    bytes.try_into().map_err(|_| StorageError::Corrupt("a hash is not 32 bytes long".to_owned()))
}
