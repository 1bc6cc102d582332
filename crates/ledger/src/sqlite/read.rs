//! Finding rows. The functions take a connection, so that the writer sees its own transaction and
//! a reader only what is committed.

use futures::TryStreamExt;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

use super::{hash, hex_list, signed, unsigned, uuid};
use crate::engine::{
    BLOCK, Block, READ_BYTES, Remembered, StoredHead, StoredKey, StreamNumber, Take,
};
use crate::error::StorageError;
use crate::request::IdempotencyKey;
use crate::stored::Stored;

/// An entry `e` as the text that [`Block`] describes.
macro_rules! record {
    () => {
        "concat_ws(char(31), e.pos, hex(e.id), (SELECT name FROM stream WHERE id = e.stream),
                   e.version, e.type, e.schema_version, e.occurred_at, e.recorded_at,
                   hex(e.correlation_id), e.actor, e.payload)"
    };
}

/// A block a row, each found by its range of positions, so that nothing needs sorting.
const BLOCKS: &str = concat!(
    "WITH RECURSIVE block (first) AS (
         SELECT ?1 UNION ALL SELECT first + ?3 FROM block WHERE first + ?3 <= ?2
     )
     SELECT (SELECT group_concat(",
    record!(),
    ", char(30)) FROM entry e WHERE e.pos BETWEEN block.first AND min(block.first + ?3 - 1, ?2))
     FROM block"
);

const STREAM_AFTER: &str = concat!(
    "SELECT ",
    record!(),
    " FROM entry e WHERE e.stream = (SELECT id FROM stream WHERE name = ?1) AND e.version > ?2
     ORDER BY e.version LIMIT ?3"
);

const STREAM_BEFORE: &str = concat!(
    "SELECT ",
    record!(),
    " FROM entry e WHERE e.stream = (SELECT id FROM stream WHERE name = ?1) AND e.version < ?2
     ORDER BY e.version DESC LIMIT ?3"
);

const BY_IDS: &str = concat!(
    "SELECT ",
    record!(),
    " FROM json_each(?1) j CROSS JOIN entry e ON e.id = unhex(j.value)"
);

/// The last position recorded at or before ?1, by halving: time never runs backwards along
/// positions, so this needs no index.
const POSITION_AT: &str = "
    WITH RECURSIVE half (low, high) AS (
        SELECT 0, pos FROM ledger_head
        UNION ALL
        SELECT iif(e.recorded_at <= ?1, e.pos, low), iif(e.recorded_at <= ?1, high, e.pos - 1)
        FROM half CROSS JOIN entry e ON e.pos = (low + high + 1) / 2 WHERE low < high
    )
    SELECT low FROM half WHERE low >= high";

const STREAMS: &str = "
    SELECT s.name, s.id, (SELECT max(version) FROM entry WHERE stream = s.id)
    FROM json_each(?1) j CROSS JOIN stream s ON s.name = j.value";

pub(super) async fn head(connection: &mut SqliteConnection) -> Result<StoredHead, StorageError> {
    let row = sqlx::query("SELECT pos, last_recorded_at, epoch FROM ledger_head")
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| StorageError::Corrupt("its head is missing".to_owned()))?;
    Ok(StoredHead {
        position: unsigned(row.try_get(0)?),
        recorded_us: row.try_get(1)?,
        epoch: row.try_get(2)?,
    })
}

pub(super) async fn secret(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<Vec<u8>>, StorageError> {
    let query = sqlx::query_scalar("SELECT value FROM ledger_secret WHERE name = ?1").bind(name);
    Ok(query.fetch_optional(connection).await?)
}

/// Hands on each block as soon as it is there, so that it is decoded while the next one is read.
pub(super) async fn blocks(
    connection: &mut SqliteConnection,
    after: Position,
    until: Position,
    take: Take<'_>,
) -> Result<(), StorageError> {
    let query = sqlx::query(BLOCKS).bind(signed(after) + 1).bind(signed(until)).bind(signed(BLOCK));
    let mut rows = query.fetch(connection);
    let mut bytes = 0;
    while bytes < READ_BYTES
        && let Some(row) = rows.try_next().await?
    {
        let Some(block) = row.try_get::<Option<&str>, _>(0)? else { break };
        bytes += block.len();
        take(block);
    }
    Ok(())
}

pub(super) async fn stream_after(
    connection: &mut SqliteConnection,
    stream: Stream,
    after: Version,
    limit: u64,
) -> Result<Vec<Block>, StorageError> {
    let query =
        sqlx::query(STREAM_AFTER).bind(stream.to_string()).bind(signed(after)).bind(signed(limit));
    gather(connection, query).await
}

pub(super) async fn stream_before(
    connection: &mut SqliteConnection,
    stream: Stream,
    before: Version,
    limit: u64,
) -> Result<Vec<Block>, StorageError> {
    let query = sqlx::query(STREAM_BEFORE)
        .bind(stream.to_string())
        .bind(signed(before))
        .bind(signed(limit));
    gather(connection, query).await
}

/// Takes rows until there are none or their bytes run over what a read may hold.
async fn gather(
    connection: &mut SqliteConnection,
    query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
) -> Result<Vec<Block>, StorageError> {
    let mut rows = query.fetch(connection);
    let mut blocks = Vec::new();
    let mut bytes = 0;
    while bytes < READ_BYTES
        && let Some(row) = rows.try_next().await?
    {
        let block: String = row.try_get(0)?;
        bytes += block.len();
        blocks.push(block);
    }
    Ok(blocks)
}

pub(super) async fn by_ids(
    connection: &mut SqliteConnection,
    ids: &[EntryId],
) -> Result<Vec<Block>, StorageError> {
    let list = hex_list(ids.iter().map(|id| &id.0));
    Ok(sqlx::query_scalar(BY_IDS).bind(list).fetch_all(connection).await?)
}

pub(super) async fn stored_range(
    connection: &mut SqliteConnection,
    after: Position,
    until: Position,
    limit: u64,
) -> Result<Vec<Stored>, StorageError> {
    let query = sqlx::query(
        "SELECT e.pos, e.id, s.name, e.version, e.type, e.schema_version, e.occurred_at,
                e.recorded_at, e.batch, e.correlation_id, e.causation_id, e.actor, e.payload,
                e.leaf_hash
         FROM entry e JOIN stream s ON s.id = e.stream
         WHERE e.pos > ?1 AND e.pos <= ?2 ORDER BY e.pos LIMIT ?3",
    );
    let query = query.bind(signed(after)).bind(signed(until)).bind(signed(limit));
    let mut rows = query.fetch(connection);
    let mut found = Vec::new();
    let mut bytes = 0;
    while bytes < READ_BYTES
        && let Some(row) = rows.try_next().await?
    {
        let stored = stored_row(&row)?;
        bytes += stored.payload.len();
        found.push(stored);
    }
    Ok(found)
}

fn stored_row(row: &SqliteRow) -> Result<Stored, StorageError> {
    let optional = |column| -> Result<Option<Uuid>, StorageError> {
        row.try_get::<Option<&[u8]>, _>(column)?.map(uuid).transpose()
    };
    Ok(Stored {
        position: unsigned(row.try_get(0)?),
        id: EntryId(uuid(row.try_get(1)?)?),
        stream: row.try_get(2)?,
        version: unsigned(row.try_get(3)?),
        name: row.try_get(4)?,
        schema_version: row.try_get(5)?,
        occurred_us: row.try_get(6)?,
        recorded_us: row.try_get(7)?,
        batch: unsigned(row.try_get(8)?),
        correlation: optional(9)?,
        causation: optional(10)?.map(EntryId),
        actor: row.try_get(11)?,
        payload: row.try_get(12)?,
        leaf_hash: hash(row.try_get(13)?)?,
    })
}

pub(super) async fn position_at(
    connection: &mut SqliteConnection,
    known_us: i64,
) -> Result<Position, StorageError> {
    let position: i64 =
        sqlx::query_scalar(POSITION_AT).bind(known_us).fetch_one(connection).await?;
    Ok(unsigned(position))
}

pub(super) async fn streams(
    connection: &mut SqliteConnection,
    streams: &[Stream],
) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError> {
    let names: Vec<String> = streams.iter().map(Stream::to_string).collect();
    let rows =
        sqlx::query(STREAMS).bind(super::write::json_list(&names)).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let name: &str = row.try_get(0)?;
            let stream =
                name.parse().map_err(|_| StorageError::Corrupt(format!("stream {name}")))?;
            let version: Option<i64> = row.try_get(2)?;
            Ok((stream, row.try_get(1)?, unsigned(version.unwrap_or(0))))
        })
        .collect()
}

pub(super) async fn keys(
    connection: &mut SqliteConnection,
    people: &[Uuid],
) -> Result<Vec<StoredKey>, StorageError> {
    let rows = sqlx::query(
        "SELECT k.person, k.key, k.commitment
         FROM json_each(?1) j CROSS JOIN vault_key k ON k.person = unhex(j.value)",
    )
    .bind(hex_list(people.iter()))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredKey {
                person: uuid(row.try_get(0)?)?,
                key: row.try_get::<Option<&[u8]>, _>(1)?.map(hash).transpose()?,
                commitment: hash(row.try_get(2)?)?,
            })
        })
        .collect()
}

pub(super) async fn remembered(
    connection: &mut SqliteConnection,
    keys: &[&IdempotencyKey],
) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError> {
    let pairs: Vec<[&str; 2]> =
        keys.iter().map(|key| [key.source.as_str(), key.key.as_str()]).collect();
    let rows = sqlx::query(
        "SELECT i.source, i.key, i.first_pos, i.last_pos, i.request_hash
         FROM json_each(?1) j CROSS JOIN idempotency i
              ON i.source = j.value ->> 0 AND i.key = j.value ->> 1",
    )
    .bind(super::write::json_list(&pairs))
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let key = IdempotencyKey { source: row.try_get(0)?, key: row.try_get(1)? };
            let first: Option<i64> = row.try_get(2)?;
            let last: Option<i64> = row.try_get(3)?;
            let stored = first.zip(last).map(|(first, last)| (unsigned(first), unsigned(last)));
            Ok((key, Remembered { stored, hash: hash(row.try_get(4)?)? }))
        })
        .collect()
}
