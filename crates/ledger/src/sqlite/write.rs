//! Storing rows: a compiled statement that is run for each.

use async_trait::async_trait;
use linchpin_domain::entry::{Stream, Version};
use linchpin_domain::id::EntryId;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::connection::Immediate;
use super::{read, signed};
use crate::codec::Decoded;
use crate::engine::{Batch, Remembered, StoredHead, StoredKey, StreamNumber};
use crate::error::StorageError;
use crate::request::IdempotencyKey;

/// A transaction that holds the write lock. Its calls answer on the thread that makes them.
pub(super) struct Writing {
    transaction: Immediate,
}

impl Writing {
    pub(super) fn new(transaction: Immediate) -> Self {
        Self { transaction }
    }
}

#[async_trait]
impl crate::engine::Transaction for Writing {
    async fn head(&mut self) -> Result<StoredHead, StorageError> {
        read::head(&self.transaction)
    }

    async fn by_ids(&mut self, ids: &[EntryId]) -> Result<Vec<Decoded>, StorageError> {
        read::by_ids(&self.transaction, &mut Default::default(), ids)
    }

    async fn remembered(
        &mut self,
        keys: &[&IdempotencyKey],
    ) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError> {
        read::remembered(&self.transaction, keys)
    }

    async fn streams(
        &mut self,
        streams: &[Stream],
    ) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError> {
        read::streams(&self.transaction, streams)
    }

    async fn add_streams(&mut self, streams: &[Stream]) -> Result<Vec<StreamNumber>, StorageError> {
        add_streams(&self.transaction, streams)
    }

    async fn keys(&mut self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError> {
        read::keys(&self.transaction, people)
    }

    async fn store(&mut self, batch: &Batch) -> Result<(), StorageError> {
        store(&self.transaction, batch)
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.transaction.commit()
    }
}

pub(super) fn add_streams(
    connection: &Connection,
    streams: &[Stream],
) -> Result<Vec<StreamNumber>, StorageError> {
    let mut insert = connection.prepare_cached("INSERT INTO stream (name) VALUES (?1)")?;
    let added = streams.iter().map(|stream| insert.insert([stream.to_string()]));
    Ok(added.collect::<Result<_, _>>()?)
}

pub(super) fn store(connection: &Connection, batch: &Batch) -> Result<(), StorageError> {
    store_keys(connection, &batch.keys)?;
    if let Some((last, _)) = batch.rows.last() {
        store_rows(connection, batch)?;
        let mut head =
            connection.prepare_cached("UPDATE ledger_head SET pos = ?1, last_recorded_at = ?2")?;
        head.execute(params![signed(last.position), last.recorded_us])?;
    }
    store_remembered(connection, &batch.remembered)
}

fn store_rows(connection: &Connection, batch: &Batch) -> Result<(), StorageError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO entry (pos, id, stream, version, type, schema_version, occurred_at,
                            recorded_at, batch, correlation_id, causation_id, actor, payload,
                            leaf_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    for (row, stream) in &batch.rows {
        insert.execute(params![
            signed(row.position),
            row.id.0.as_bytes(),
            stream,
            signed(row.version),
            row.name,
            row.schema_version,
            row.occurred_us,
            row.recorded_us,
            signed(row.batch),
            row.correlation.as_ref().map(Uuid::as_bytes),
            row.causation.as_ref().map(|id| id.0.as_bytes()),
            row.actor,
            row.payload,
            row.leaf_hash,
        ])?;
    }
    Ok(())
}

fn store_keys(connection: &Connection, keys: &[StoredKey]) -> Result<(), StorageError> {
    let mut insert = connection
        .prepare_cached("INSERT INTO vault_key (person, key, commitment) VALUES (?1, ?2, ?3)")?;
    for stored in keys {
        insert.execute(params![stored.person.as_bytes(), stored.key, stored.commitment])?;
    }
    Ok(())
}

fn store_remembered(
    connection: &Connection,
    remembered: &[(IdempotencyKey, Remembered)],
) -> Result<(), StorageError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO idempotency (source, key, first_pos, last_pos, request_hash)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (key, what) in remembered {
        let (first, last) = what.stored.unzip();
        insert.execute(params![
            key.source,
            key.key,
            first.map(signed),
            last.map(signed),
            what.hash
        ])?;
    }
    Ok(())
}
