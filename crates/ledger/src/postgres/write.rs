//! Storing rows: one statement for a whole group, its columns as arrays.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use linchpin_domain::entry::{Stream, Version};
use linchpin_domain::id::EntryId;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::pool::{Lent, Pool, within};
use super::{read, signed};
use crate::codec::Decoded;
use crate::engine::{Batch, Remembered, StoredHead, StoredKey, StreamNumber};
use crate::error::StorageError;
use crate::request::IdempotencyKey;
use crate::stored::Stored;

/// One trip: the transaction, and the lock that makes it the only one to append. What it reads
/// after that is all that was committed before.
const BEGIN: &str = "BEGIN; SELECT pos, last_recorded_at, epoch FROM ledger_head FOR UPDATE";

const ENTRIES: &str = "
    WITH stored AS (
        INSERT INTO entry (pos, stream, version, schema_version, occurred_at, recorded_at, batch,
                           id, correlation_id, causation_id, leaf_hash, type, actor, payload)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                             $6::bigint[], $7::bigint[], $8::uuid[], $9::uuid[], $10::uuid[],
                             $11::bytea[], $12::text[], $13::text[], $14::text[])
    )
    UPDATE ledger_head SET pos = $15, last_recorded_at = $16
    RETURNING pg_notify(current_schema(), concat_ws(' ', pos, last_recorded_at, epoch))";

const ADD_STREAMS: &str = "INSERT INTO stream (name) SELECT unnest($1::text[]) RETURNING name, id";

const KEYS: &str = "
    INSERT INTO vault_key (person, key, commitment)
    SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[])";

const REMEMBER: &str = "
    INSERT INTO idempotency (source, key, first_pos, last_pos, request_hash)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bytea[])";

/// A transaction that holds the head.
pub(super) struct Writing {
    /// `None` once it is over.
    lent: Option<Lent>,
    head: StoredHead,
}

impl Writing {
    /// Begins one. A connection that has gone stale is tried anew, for nothing was done on it yet.
    pub(super) async fn begin(pool: &Arc<Pool>) -> Result<Self, StorageError> {
        loop {
            let mut lent = pool.lend().await?;
            let fresh = lent.fresh;
            match within(begin(lent.connection())).await {
                Ok(head) => return Ok(Self { lent: Some(lent), head }),
                Err(StorageError::Away(_)) if !fresh => {
                    let _ = lent.settle::<()>(Err(StorageError::Away(String::new())));
                }
                Err(error) => return lent.settle(Err(error)),
            }
        }
    }

    /// The connection; none is left only after the end.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection, StorageError> {
        self.lent.as_mut().map(Lent::connection).ok_or(StorageError::Closed)
    }
}

async fn begin(connection: &mut PgConnection) -> Result<StoredHead, StorageError> {
    let rows = sqlx::raw_sql(BEGIN).fetch_all(connection).await?;
    read::head_row(rows.first())
}

impl Drop for Writing {
    /// Undoes what was not committed, and keeps the connection. Without a runtime the connection
    /// is closed, which comes to the same.
    fn drop(&mut self) {
        let Some(mut lent) = self.lent.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let undone = sqlx::raw_sql("ROLLBACK").execute(lent.connection());
                let undone = within(async { Ok(undone.await.map(drop)?) }).await;
                let _ = lent.settle(undone);
            });
        }
    }
}

#[async_trait]
impl crate::engine::Transaction for Writing {
    async fn head(&mut self) -> Result<StoredHead, StorageError> {
        Ok(self.head)
    }

    async fn by_ids(&mut self, ids: &[EntryId]) -> Result<Vec<Decoded>, StorageError> {
        within(read::by_ids(self.connection()?, ids)).await
    }

    async fn remembered(
        &mut self,
        keys: &[&IdempotencyKey],
    ) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError> {
        within(read::remembered(self.connection()?, keys)).await
    }

    async fn streams(
        &mut self,
        streams: &[Stream],
    ) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError> {
        within(read::streams(self.connection()?, streams)).await
    }

    async fn add_streams(&mut self, streams: &[Stream]) -> Result<Vec<StreamNumber>, StorageError> {
        let names: Vec<String> = streams.iter().map(Stream::to_string).collect();
        within(add_streams(self.connection()?, &names)).await
    }

    async fn keys(&mut self, people: &[Uuid]) -> Result<Vec<StoredKey>, StorageError> {
        within(read::keys(self.connection()?, people)).await
    }

    async fn store(&mut self, batch: &Batch) -> Result<(), StorageError> {
        within(store(self.connection()?, batch)).await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StorageError> {
        let Some(mut lent) = self.lent.take() else { return Err(StorageError::Closed) };
        let committed = sqlx::raw_sql("COMMIT").execute(lent.connection());
        let committed = within(async { Ok(committed.await.map(drop)?) }).await;
        lent.settle(committed)
    }
}

/// Gives new streams their numbers, in order.
pub(super) async fn add_streams(
    connection: &mut PgConnection,
    names: &[String],
) -> Result<Vec<StreamNumber>, StorageError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(ADD_STREAMS).bind(names).fetch_all(connection).await?;
    let given = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let given = given.collect::<Result<HashMap<String, i64>, StorageError>>()?;
    let number = |name| given.get(name).copied();
    let missing = || StorageError::Corrupt("a stream got no number".to_owned());
    names.iter().map(|name| number(name).ok_or_else(missing)).collect()
}

pub(super) async fn store(
    connection: &mut PgConnection,
    batch: &Batch,
) -> Result<(), StorageError> {
    if !batch.keys.is_empty() {
        store_keys(connection, &batch.keys).await?;
    }
    if !batch.remembered.is_empty() {
        store_remembered(connection, &batch.remembered).await?;
    }
    if let Some((last, _)) = batch.rows.last() {
        store_entries(connection, &batch.rows, last).await?;
    }
    Ok(())
}

async fn store_entries(
    connection: &mut PgConnection,
    rows: &[(Stored, StreamNumber)],
    last: &Stored,
) -> Result<(), StorageError> {
    let numbers = |of: fn(&Stored) -> i64| rows.iter().map(|(row, _)| of(row)).collect::<Vec<_>>();
    fn texts(rows: &[(Stored, StreamNumber)], of: fn(&Stored) -> &str) -> Vec<&str> {
        rows.iter().map(|(row, _)| of(row)).collect()
    }
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id.0).collect();
    let correlations: Vec<Option<Uuid>> = rows.iter().map(|(row, _)| row.correlation).collect();
    let causations: Vec<Option<Uuid>> =
        rows.iter().map(|(row, _)| row.causation.map(|id| id.0)).collect();
    let hashes: Vec<&[u8]> = rows.iter().map(|(row, _)| row.leaf_hash.as_slice()).collect();
    sqlx::query(ENTRIES)
        .bind(numbers(|row| signed(row.position)))
        .bind(rows.iter().map(|(_, stream)| *stream).collect::<Vec<_>>())
        .bind(numbers(|row| signed(row.version)))
        .bind(numbers(|row| i64::from(row.schema_version)))
        .bind(numbers(|row| row.occurred_us))
        .bind(numbers(|row| row.recorded_us))
        .bind(numbers(|row| signed(row.batch)))
        .bind(ids)
        .bind(correlations)
        .bind(causations)
        .bind(hashes)
        .bind(texts(rows, |row| &row.name))
        .bind(texts(rows, |row| &row.actor))
        .bind(texts(rows, |row| &row.payload))
        .bind(signed(last.position))
        .bind(last.recorded_us)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn store_keys(
    connection: &mut PgConnection,
    keys: &[StoredKey],
) -> Result<(), StorageError> {
    let people: Vec<Uuid> = keys.iter().map(|stored| stored.person).collect();
    let secrets: Vec<Option<&[u8]>> =
        keys.iter().map(|stored| stored.key.as_ref().map(<[u8; 32]>::as_slice)).collect();
    let commitments: Vec<&[u8]> = keys.iter().map(|stored| stored.commitment.as_slice()).collect();
    let query = sqlx::query(KEYS).bind(people).bind(secrets).bind(commitments);
    query.execute(connection).await?;
    Ok(())
}

pub(super) async fn store_remembered(
    connection: &mut PgConnection,
    remembered: &[(IdempotencyKey, Remembered)],
) -> Result<(), StorageError> {
    let sources: Vec<&str> = remembered.iter().map(|(key, _)| key.source.as_str()).collect();
    let keys: Vec<&str> = remembered.iter().map(|(key, _)| key.key.as_str()).collect();
    let stored = remembered
        .iter()
        .map(|(_, what)| what.stored.map(|(first, last)| (signed(first), signed(last))).unzip());
    let (first, last): (Vec<Option<i64>>, Vec<Option<i64>>) = stored.unzip();
    let hashes: Vec<&[u8]> = remembered.iter().map(|(_, what)| what.hash.as_slice()).collect();
    sqlx::query(REMEMBER)
        .bind(sources)
        .bind(keys)
        .bind(first)
        .bind(last)
        .bind(hashes)
        .execute(connection)
        .await?;
    Ok(())
}
