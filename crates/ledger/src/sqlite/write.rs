//! Storing rows: one statement for many, fed as one JSON text, because a statement a row is what
//! costs.

use async_trait::async_trait;
use linchpin_domain::entry::{Stream, Version};
use linchpin_domain::id::EntryId;
use serde::Serialize;
use serde::ser::SerializeSeq as _;
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};
use uuid::Uuid;

use super::{read, signed};
use crate::engine::{Batch, Block, Remembered, StoredHead, StoredKey, StreamNumber};
use crate::error::StorageError;
use crate::request::IdempotencyKey;
use crate::stored::Stored;

const INSERT_ENTRIES: &str = "
    INSERT INTO entry (pos, stream, version, schema_version, occurred_at, recorded_at, batch, id,
                       correlation_id, causation_id, leaf_hash, type, actor, payload)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
           value ->> 6, unhex(value ->> 7), unhex(value ->> 8), unhex(value ->> 9),
           unhex(value ->> 10), value ->> 11, value ->> 12, value ->> 13
    FROM jsonb_each(?1)";

/// A transaction that holds the write lock.
pub(super) struct Writing {
    transaction: Transaction<'static, Sqlite>,
}

impl Writing {
    pub(super) fn new(transaction: Transaction<'static, Sqlite>) -> Self {
        Self { transaction }
    }
}

#[async_trait]
impl crate::engine::Transaction for Writing {
    async fn head(&mut self) -> Result<StoredHead, StorageError> {
        read::head(&mut self.transaction).await
    }

    async fn by_ids(&mut self, ids: &[EntryId]) -> Result<Vec<Block>, StorageError> {
        read::by_ids(&mut self.transaction, ids).await
    }

    async fn remembered(
        &mut self,
        keys: &[&IdempotencyKey],
    ) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError> {
        read::remembered(&mut self.transaction, keys).await
    }

    async fn streams(
        &mut self,
        streams: &[Stream],
    ) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError> {
        read::streams(&mut self.transaction, streams).await
    }

    async fn add_streams(&mut self, streams: &[Stream]) -> Result<Vec<StreamNumber>, StorageError> {
        add_streams(&mut self.transaction, streams).await
    }

    async fn keys(&mut self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError> {
        read::keys(&mut self.transaction, people).await
    }

    async fn store(&mut self, batch: &Batch) -> Result<(), StorageError> {
        store(&mut self.transaction, batch).await
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        Ok(self.transaction.commit().await?)
    }
}

pub(super) async fn add_streams(
    connection: &mut SqliteConnection,
    streams: &[Stream],
) -> Result<Vec<StreamNumber>, StorageError> {
    if streams.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = streams.iter().map(Stream::to_string).collect();
    let names = json_list(&names);
    sqlx::query("INSERT INTO stream (name) SELECT value FROM json_each(?1)")
        .bind(&names)
        .execute(&mut *connection)
        .await?;
    let rows = sqlx::query(
        "SELECT s.id FROM json_each(?1) j CROSS JOIN stream s ON s.name = j.value ORDER BY j.key",
    )
    .bind(&names)
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

pub(super) async fn store(
    connection: &mut SqliteConnection,
    batch: &Batch,
) -> Result<(), StorageError> {
    if !batch.keys.is_empty() {
        store_keys(connection, &batch.keys).await?;
    }
    if let Some((last, _)) = batch.rows.last() {
        let rows: Vec<_> = batch.rows.iter().map(|(row, stream)| RowJson(row, *stream)).collect();
        sqlx::query(INSERT_ENTRIES).bind(json_list(&rows)).execute(&mut *connection).await?;
        sqlx::query("UPDATE ledger_head SET pos = ?1, last_recorded_at = ?2")
            .bind(signed(last.position))
            .bind(last.recorded_us)
            .execute(&mut *connection)
            .await?;
    }
    if !batch.remembered.is_empty() {
        store_remembered(connection, &batch.remembered).await?;
    }
    Ok(())
}

/// The keys go in as bytes and never as text: a text is copied about and lives on in memory.
async fn store_keys(
    connection: &mut SqliteConnection,
    keys: &[StoredKey],
) -> Result<(), StorageError> {
    let mut bytes = Vec::with_capacity(keys.len() * 80);
    for stored in keys {
        let Some(key) = &stored.key else { continue };
        bytes.extend_from_slice(stored.person.as_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(&stored.commitment);
    }
    sqlx::query(
        "WITH RECURSIVE at (byte) AS (
             SELECT 1 UNION ALL SELECT byte + 80 FROM at WHERE byte + 80 < length(?1)
         )
         INSERT INTO vault_key (person, key, commitment)
         SELECT substr(?1, byte, 16), substr(?1, byte + 16, 32), substr(?1, byte + 48, 32) FROM at",
    )
    .bind(bytes)
    .execute(&mut *connection)
    .await?;
    Ok(())
}

async fn store_remembered(
    connection: &mut SqliteConnection,
    remembered: &[(IdempotencyKey, Remembered)],
) -> Result<(), StorageError> {
    let rows: Vec<_> = remembered
        .iter()
        .map(|(key, what)| {
            let (first, last) = what.stored.unzip();
            (&key.source, &key.key, first, last, Hex(&what.hash))
        })
        .collect();
    sqlx::query(
        "INSERT INTO idempotency (source, key, first_pos, last_pos, request_hash)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, unhex(value ->> 4)
         FROM json_each(?1)",
    )
    .bind(json_list(&rows))
    .execute(connection)
    .await?;
    Ok(())
}

/// A row in the order in which [`INSERT_ENTRIES`] takes its columns.
struct RowJson<'a>(&'a Stored, StreamNumber);

impl Serialize for RowJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(row, stream) = self;
        let mut list = serializer.serialize_seq(Some(14))?;
        list.serialize_element(&row.position)?;
        list.serialize_element(stream)?;
        list.serialize_element(&row.version)?;
        list.serialize_element(&row.schema_version)?;
        list.serialize_element(&row.occurred_us)?;
        list.serialize_element(&row.recorded_us)?;
        list.serialize_element(&row.batch)?;
        list.serialize_element(&Hex(row.id.0.as_bytes()))?;
        list.serialize_element(&row.correlation.as_ref().map(|id| Hex(id.as_bytes())))?;
        list.serialize_element(&row.causation.as_ref().map(|id| Hex(id.0.as_bytes())))?;
        list.serialize_element(&Hex(&row.leaf_hash))?;
        list.serialize_element(&row.name)?;
        list.serialize_element(&row.actor)?;
        list.serialize_element(&row.payload)?;
        list.end()
    }
}

/// A list as JSON. Ours hold numbers and texts only, which always can be written.
pub(super) fn json_list<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).unwrap_or_else(|_| "[]".to_owned())
}

/// Bytes as hex digits.
struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Hex<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
