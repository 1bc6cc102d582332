//! What the ledger asks of an engine: to store rows and to find them. What they mean, an engine
//! does not know. A second engine implements these two traits and passes the same suite.

use async_trait::async_trait;
use futures::future::BoxFuture;
use jiff::Timestamp;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use tokio::sync::watch;
use uuid::Uuid;

use crate::codec::Decoded;
use crate::copy::{Cell, Table};
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};
use crate::request::IdempotencyKey;
use crate::stored::Stored;
use crate::token::{NewToken, TokenRow};

/// A read stops at the first entry that takes it past so many bytes.
pub(crate) const READ_BYTES: usize = 4 << 20;

/// Microseconds within which a token's use is noted once.
pub(crate) const TOUCH_US: i64 = 60_000_000;

/// An entry as an engine has it, lent while it is decoded.
pub(crate) struct Record<'r> {
    pub(crate) position: Position,
    pub(crate) id: EntryId,
    pub(crate) stream: Stream,
    pub(crate) version: Version,
    /// The type's name on the wire.
    pub(crate) name: &'r str,
    pub(crate) schema_version: u32,
    pub(crate) occurred_us: i64,
    pub(crate) recorded_us: i64,
    pub(crate) correlation: Option<Uuid>,
    pub(crate) actor: &'r str,
    pub(crate) payload: &'r str,
}

/// The end of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last position; 0 where there is no entry.
    pub position: Position,
    /// When the last entry was recorded.
    pub recorded_at: Timestamp,
}

/// The end of the ledger as stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredHead {
    pub(crate) position: Position,
    pub(crate) recorded_us: i64,
    /// Changes when something beside the entries changed: caches are to be dropped.
    pub(crate) epoch: i64,
}

/// A stream's number within the engine.
pub(crate) type StreamNumber = i64;

/// What an idempotency key was used for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remembered {
    /// First and last position it stored; `None` where everything was there already.
    pub(crate) stored: Option<(Position, Position)>,
    pub(crate) hash: [u8; 32],
}

/// A person's key as stored; no key once the person was erased.
pub(crate) struct StoredKey {
    pub(crate) person: Uuid,
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) commitment: [u8; 32],
}

/// What a transaction stores.
#[derive(Default)]
pub(crate) struct Batch {
    /// Consecutive positions from the head on, with their stream's number.
    pub(crate) rows: Vec<(Stored, StreamNumber)>,
    pub(crate) keys: Vec<StoredKey>,
    pub(crate) remembered: Vec<(IdempotencyKey, Remembered)>,
}

/// A place where rows are kept.
#[async_trait]
pub(crate) trait Engine: Send + Sync {
    /// Runs the writer where this engine's transactions may take their time.
    fn drive(&self, writer: BoxFuture<'static, ()>) -> Result<(), StorageError> {
        tokio::spawn(writer);
        Ok(())
    }
    /// Starts a transaction that alone may append until it ends.
    async fn begin(&self) -> Result<Box<dyn Transaction>, StorageError>;
    async fn head(&self) -> Result<StoredHead, StorageError>;
    /// Each new head, where the engine tells them by itself; asked for once.
    fn heads(&self) -> Option<watch::Receiver<Option<StoredHead>>> {
        None
    }
    /// What keeps the ledger, with its version.
    async fn software(&self) -> Result<String, StorageError>;
    /// A secret of this ledger.
    async fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError>;
    /// The entries `after < position <= until` in order, each decoded by [`crate::codec::decode`] as it
    /// comes. Stops short where the bytes run over [`READ_BYTES`]; none only where there are none.
    async fn entries(&self, after: Position, until: Position)
    -> Result<Vec<Decoded>, StorageError>;
    /// The entries of a stream above a version, oldest first.
    async fn stream_after(
        &self,
        stream: Stream,
        after: Version,
        limit: u64,
    ) -> Result<Vec<Decoded>, StorageError>;
    /// The entries of a stream below a version, newest first.
    async fn stream_before(
        &self,
        stream: Stream,
        before: Version,
        limit: u64,
    ) -> Result<Vec<Decoded>, StorageError>;
    /// Those of the entries that there are, in any order.
    async fn by_ids(&self, ids: &[EntryId]) -> Result<Vec<Decoded>, StorageError>;
    /// The entries `after < position <= until` column by column, in order; at most `limit`, fewer
    /// where the bytes run over [`READ_BYTES`]; none only where there are none.
    async fn stored_range(
        &self,
        after: Position,
        until: Position,
        limit: u64,
    ) -> Result<Vec<Stored>, StorageError>;
    async fn stored(&self, position: Position) -> Result<Option<Stored>, StorageError> {
        let Some(after) = position.checked_sub(1) else { return Ok(None) };
        Ok(self.stored_range(after, position, 1).await?.pop())
    }
    /// The last position recorded at or before a moment.
    async fn position_at(&self, known_us: i64) -> Result<Position, StorageError>;
    async fn stream_version(&self, stream: Stream) -> Result<Version, StorageError>;
    async fn keys(&self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError>;

    /// Keeps what is not kept yet; answers the id of each, in order.
    async fn quarantine_add(
        &self,
        items: &[(NewQuarantined, [u8; 32])],
        now_us: i64,
    ) -> Result<Vec<QuarantinedId>, StorageError>;
    /// Open ones above an id, in order.
    async fn quarantine_list(
        &self,
        after: QuarantinedId,
        limit: u64,
    ) -> Result<Vec<Quarantined>, StorageError>;
    async fn quarantine_get(&self, id: QuarantinedId) -> Result<Option<Quarantined>, StorageError>;
    /// Whether it was open.
    async fn quarantine_settle(&self, id: QuarantinedId, now_us: i64)
    -> Result<bool, StorageError>;
    /// Settles all whose source begins so; how many were open.
    async fn quarantine_settle_from(&self, source: &str, now_us: i64) -> Result<u64, StorageError>;
    async fn quarantine_count(&self) -> Result<u64, StorageError>;

    /// Takes or renews a lease; whether it is held now. An engine with a clock of its own goes by
    /// that one, so that holders on several machines agree.
    async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        ttl_us: i64,
        now_us: i64,
    ) -> Result<bool, StorageError>;
    /// Gives up a lease where it is the holder's.
    async fn release_lease(&self, name: &str, holder: Uuid) -> Result<(), StorageError>;

    /// Whether the name was still free.
    async fn token_add(&self, token: &NewToken, now_us: i64) -> Result<bool, StorageError>;
    /// All tokens by name, or the one with a hash.
    async fn tokens(&self, hash: Option<[u8; 32]>) -> Result<Vec<TokenRow>, StorageError>;
    /// Whether it was in force.
    async fn token_revoke(&self, name: &str, now_us: i64) -> Result<bool, StorageError>;
    /// Notes a use where the last one noted is [`TOUCH_US`] old.
    async fn token_touch(&self, name: &str, now_us: i64) -> Result<(), StorageError>;

    /// A page of a table beside the entries, in the order of its key, after the row with a key.
    async fn rows(
        &self,
        table: &'static Table,
        after: Option<Vec<Cell>>,
        limit: u64,
    ) -> Result<Vec<Vec<Cell>>, StorageError>;

    async fn close(&self);
}

/// One transaction of the only writer. Dropped without `commit`, it never was.
#[async_trait]
pub(crate) trait Transaction: Send {
    async fn head(&mut self) -> Result<StoredHead, StorageError>;
    async fn by_ids(&mut self, ids: &[EntryId]) -> Result<Vec<Decoded>, StorageError>;
    async fn remembered(
        &mut self,
        keys: &[&IdempotencyKey],
    ) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError>;
    /// Number and version of those of the streams that there are.
    async fn streams(
        &mut self,
        streams: &[Stream],
    ) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError>;
    /// Gives new streams their numbers, in order.
    async fn add_streams(&mut self, streams: &[Stream]) -> Result<Vec<StreamNumber>, StorageError>;
    async fn keys(&mut self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError>;
    /// Stores all of a batch and moves the head to its last row.
    async fn store(&mut self, batch: &Batch) -> Result<(), StorageError>;
    /// An error leaves open whether it was committed: look.
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
}
