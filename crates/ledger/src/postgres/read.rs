//! Finding rows. The functions take a connection, so that the writer sees its own transaction and
//! a reader only what is committed.

use futures::TryStreamExt;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, Row};
use uuid::Uuid;

use super::{hash, signed, unsigned};
use crate::codec::{self, Decoded};
use crate::engine::{READ_BYTES, Record, Remembered, StoredHead, StoredKey, StreamNumber};
use crate::error::StorageError;
use crate::request::IdempotencyKey;
use crate::stored::Stored;

/// What [`record`] takes of an entry `e`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.pos, e.id, (SELECT name FROM stream WHERE id = e.stream), e.version, e.type,
                    e.schema_version, e.occurred_at, e.recorded_at, e.correlation_id, e.actor,
                    e.payload ",
            $rest
        )
    };
}

const ENTRIES: &str = select!("FROM entry e WHERE e.pos > $1 AND e.pos <= $2 ORDER BY e.pos");

const STREAM_AFTER: &str = select!(
    "FROM entry e WHERE e.stream = (SELECT id FROM stream WHERE name = $1) AND e.version > $2
     ORDER BY e.version LIMIT $3"
);

const STREAM_BEFORE: &str = select!(
    "FROM entry e WHERE e.stream = (SELECT id FROM stream WHERE name = $1) AND e.version < $2
     ORDER BY e.version DESC LIMIT $3"
);

const BY_IDS: &str = select!("FROM unnest($1::uuid[]) AS j (id) JOIN entry e ON e.id = j.id");

const STORED_RANGE: &str = "
    SELECT e.pos, e.id, s.name, e.version, e.type, e.schema_version, e.occurred_at, e.recorded_at,
           e.batch, e.correlation_id, e.causation_id, e.actor, e.payload, e.leaf_hash
    FROM entry e JOIN stream s ON s.id = e.stream
    WHERE e.pos > $1 AND e.pos <= $2 ORDER BY e.pos LIMIT $3";

/// The last position recorded at or before $1, by halving: time never runs backwards along
/// positions, so this needs no index.
const POSITION_AT: &str = "
    WITH RECURSIVE half (low, high) AS (
        SELECT 0::bigint, pos FROM ledger_head
        UNION ALL
        SELECT CASE WHEN e.recorded_at <= $1 THEN e.pos ELSE low END,
               CASE WHEN e.recorded_at <= $1 THEN high ELSE e.pos - 1 END
        FROM half JOIN entry e ON e.pos = (low + high + 1) / 2 WHERE low < high
    )
    SELECT low FROM half WHERE low >= high";

const STREAMS: &str = "
    SELECT s.name, s.id, (SELECT max(version) FROM entry WHERE stream = s.id)
    FROM unnest($1::text[]) AS j (name) JOIN stream s ON s.name = j.name";

const REMEMBERED: &str = "
    SELECT i.source, i.key, i.first_pos, i.last_pos, i.request_hash
    FROM unnest($1::text[], $2::text[]) AS j (source, key)
    JOIN idempotency i ON i.source = j.source AND i.key = j.key";

pub(super) async fn head(connection: &mut PgConnection) -> Result<StoredHead, StorageError> {
    let row = sqlx::query("SELECT pos, last_recorded_at, epoch FROM ledger_head")
        .fetch_optional(connection)
        .await?;
    head_row(row.as_ref())
}

/// The head out of its row.
pub(super) fn head_row(row: Option<&PgRow>) -> Result<StoredHead, StorageError> {
    let row = row.ok_or_else(|| StorageError::Corrupt("its head is missing".to_owned()))?;
    Ok(StoredHead {
        position: unsigned(row.try_get(0)?),
        recorded_us: row.try_get(1)?,
        epoch: row.try_get(2)?,
    })
}

/// Which server this is, such as `PostgreSQL 17.2`; what a distribution adds is left out.
pub(super) async fn software(connection: &mut PgConnection) -> Result<String, StorageError> {
    let query = sqlx::query_scalar("SELECT current_setting('server_version')");
    let version: String = query.fetch_one(connection).await?;
    Ok(format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default()))
}

pub(super) async fn secret(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<Vec<u8>>, StorageError> {
    let query = sqlx::query_scalar("SELECT value FROM ledger_secret WHERE name = $1").bind(name);
    Ok(query.fetch_optional(connection).await?)
}

/// Entries by position; and whether all of the range were taken.
pub(super) async fn entries(
    connection: &mut PgConnection,
    after: Position,
    until: Position,
) -> Result<(Vec<Decoded>, bool), StorageError> {
    gather(connection, sqlx::query(ENTRIES).bind(signed(after)).bind(signed(until))).await
}

pub(super) async fn stream_after(
    connection: &mut PgConnection,
    stream: Stream,
    after: Version,
    limit: u64,
) -> Result<(Vec<Decoded>, bool), StorageError> {
    let query = sqlx::query(STREAM_AFTER).bind(stream.to_string());
    gather(connection, query.bind(signed(after)).bind(signed(limit))).await
}

pub(super) async fn stream_before(
    connection: &mut PgConnection,
    stream: Stream,
    before: Version,
    limit: u64,
) -> Result<(Vec<Decoded>, bool), StorageError> {
    let query = sqlx::query(STREAM_BEFORE).bind(stream.to_string());
    gather(connection, query.bind(signed(before)).bind(signed(limit))).await
}

/// Takes rows until there are none or their bytes run over what a read may hold; and whether there
/// were none left: if not, more is under way on the connection. Each is decoded where the driver
/// has it, while the server sends the next ones.
async fn gather(
    connection: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
) -> Result<(Vec<Decoded>, bool), StorageError> {
    let mut rows = query.fetch(connection);
    let mut found = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.try_next().await? {
        if bytes >= READ_BYTES {
            return Ok((found, false));
        }
        let record = record(&row)?;
        bytes += record.payload.len();
        found.push(codec::decode(&record));
    }
    Ok((found, true))
}

pub(super) async fn by_ids(
    connection: &mut PgConnection,
    ids: &[EntryId],
) -> Result<Vec<Decoded>, StorageError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query(BY_IDS).bind(ids).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(codec::decode(&record(row)?))).collect()
}

fn record(row: &PgRow) -> Result<Record<'_>, StorageError> {
    Ok(Record {
        position: unsigned(row.try_get(0)?),
        id: EntryId(row.try_get(1)?),
        stream: codec::stream(row.try_get(2)?),
        version: unsigned(row.try_get(3)?),
        name: row.try_get(4)?,
        schema_version: schema_version(row.try_get(5)?)?,
        occurred_us: row.try_get(6)?,
        recorded_us: row.try_get(7)?,
        correlation: row.try_get(8)?,
        actor: row.try_get(9)?,
        payload: row.try_get(10)?,
    })
}

fn schema_version(stored: i64) -> Result<u32, StorageError> {
    u32::try_from(stored)
        .map_err(|_| StorageError::Corrupt("a schema version is out of range".to_owned()))
}

/// Entries column by column; and whether all of the range were taken.
pub(super) async fn stored_range(
    connection: &mut PgConnection,
    after: Position,
    until: Position,
    limit: u64,
) -> Result<(Vec<Stored>, bool), StorageError> {
    let query = sqlx::query(STORED_RANGE).bind(signed(after)).bind(signed(until));
    let mut rows = query.bind(signed(limit)).fetch(connection);
    let mut found = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.try_next().await? {
        if bytes >= READ_BYTES {
            return Ok((found, false));
        }
        let stored = stored_row(&row)?;
        bytes += stored.payload.len();
        found.push(stored);
    }
    Ok((found, true))
}

fn stored_row(row: &PgRow) -> Result<Stored, StorageError> {
    Ok(Stored {
        position: unsigned(row.try_get(0)?),
        id: EntryId(row.try_get(1)?),
        stream: row.try_get(2)?,
        version: unsigned(row.try_get(3)?),
        name: row.try_get(4)?,
        schema_version: schema_version(row.try_get(5)?)?,
        occurred_us: row.try_get(6)?,
        recorded_us: row.try_get(7)?,
        batch: unsigned(row.try_get(8)?),
        correlation: row.try_get(9)?,
        causation: row.try_get::<Option<Uuid>, _>(10)?.map(EntryId),
        actor: row.try_get(11)?,
        payload: row.try_get(12)?,
        leaf_hash: hash(row.try_get(13)?)?,
    })
}

pub(super) async fn position_at(
    connection: &mut PgConnection,
    known_us: i64,
) -> Result<Position, StorageError> {
    let position: i64 =
        sqlx::query_scalar(POSITION_AT).bind(known_us).fetch_one(connection).await?;
    Ok(unsigned(position))
}

pub(super) async fn streams(
    connection: &mut PgConnection,
    streams: &[Stream],
) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError> {
    let names: Vec<String> = streams.iter().map(Stream::to_string).collect();
    let rows = sqlx::query(STREAMS).bind(names).fetch_all(connection).await?;
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
    connection: &mut PgConnection,
    people: &[Uuid],
) -> Result<Vec<StoredKey>, StorageError> {
    let rows = sqlx::query(
        "SELECT k.person, k.key, k.commitment
         FROM unnest($1::uuid[]) AS j (person) JOIN vault_key k ON k.person = j.person",
    )
    .bind(people)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(StoredKey {
                person: row.try_get(0)?,
                key: row.try_get::<Option<&[u8]>, _>(1)?.map(hash).transpose()?,
                commitment: hash(row.try_get(2)?)?,
            })
        })
        .collect()
}

pub(super) async fn remembered(
    connection: &mut PgConnection,
    keys: &[&IdempotencyKey],
) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError> {
    let sources: Vec<&str> = keys.iter().map(|key| key.source.as_str()).collect();
    let names: Vec<&str> = keys.iter().map(|key| key.key.as_str()).collect();
    let rows = sqlx::query(REMEMBERED).bind(sources).bind(names).fetch_all(connection).await?;
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
