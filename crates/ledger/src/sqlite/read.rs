//! Finding rows. The functions take a connection, so that the writer sees its own transaction and
//! a reader only what is committed.

use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row, params};
use uuid::Uuid;

use super::connection::{Reader, Streams};
use super::{hash, signed, unsigned, uuid};
use crate::codec::{self, Decoded};
use crate::engine::{READ_BYTES, Record, Remembered, StoredHead, StoredKey, StreamNumber};
use crate::error::StorageError;
use crate::request::IdempotencyKey;
use crate::stored::Stored;

/// What [`record`] takes of an entry `e`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.pos, e.id, e.stream, e.version, e.type, e.schema_version, e.occurred_at,
                    e.recorded_at, e.correlation_id, e.actor, e.payload ",
            $rest
        )
    };
}

const ENTRIES: &str = select!("FROM entry e WHERE e.pos > ?1 AND e.pos <= ?2 ORDER BY e.pos");

const STREAM_AFTER: &str = select!(
    "FROM entry e WHERE e.stream = (SELECT id FROM stream WHERE name = ?1) AND e.version > ?2
     ORDER BY e.version LIMIT ?3"
);

const STREAM_BEFORE: &str = select!(
    "FROM entry e WHERE e.stream = (SELECT id FROM stream WHERE name = ?1) AND e.version < ?2
     ORDER BY e.version DESC LIMIT ?3"
);

const BY_ID: &str = select!("FROM entry e WHERE e.id = ?1");

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

pub(super) fn head(connection: &Connection) -> Result<StoredHead, StorageError> {
    let mut select =
        connection.prepare_cached("SELECT pos, last_recorded_at, epoch FROM ledger_head")?;
    let head = select.query_one([], |row| {
        let position = unsigned(row.get(0)?);
        Ok(StoredHead { position, recorded_us: row.get(1)?, epoch: row.get(2)? })
    });
    head.optional()?.ok_or_else(|| StorageError::Corrupt("its head is missing".to_owned()))
}

/// Which SQLite this is, such as `SQLite 3.51.3`.
pub(super) fn software() -> String {
    format!("SQLite {}", rusqlite::version())
}

pub(super) fn secret(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
    let mut select =
        connection.prepare_cached("SELECT value FROM ledger_secret WHERE name = ?1")?;
    Ok(select.query_one([name], |row| row.get(0)).optional()?)
}

pub(super) fn entries(
    reader: &mut Reader,
    after: Position,
    until: Position,
) -> Result<Vec<Decoded>, StorageError> {
    gather(reader, ENTRIES, params![signed(after), signed(until)])
}

pub(super) fn stream_after(
    reader: &mut Reader,
    stream: Stream,
    after: Version,
    limit: u64,
) -> Result<Vec<Decoded>, StorageError> {
    gather(reader, STREAM_AFTER, params![stream.to_string(), signed(after), signed(limit)])
}

pub(super) fn stream_before(
    reader: &mut Reader,
    stream: Stream,
    before: Version,
    limit: u64,
) -> Result<Vec<Decoded>, StorageError> {
    gather(reader, STREAM_BEFORE, params![stream.to_string(), signed(before), signed(limit)])
}

/// Takes rows until there are none or their bytes run over what a read may hold. Each is decoded
/// where SQLite has it, so that nothing is copied twice.
fn gather(
    reader: &mut Reader,
    sql: &'static str,
    parameters: impl Params,
) -> Result<Vec<Decoded>, StorageError> {
    let mut select = reader.connection.prepare_cached(sql)?;
    let mut rows = select.query(parameters)?;
    let mut found = Vec::new();
    let mut bytes = 0;
    while bytes < READ_BYTES
        && let Some(row) = rows.next()?
    {
        let record = record(row, &reader.connection, &mut reader.streams)?;
        bytes += record.payload.len();
        found.push(codec::decode(&record));
    }
    Ok(found)
}

pub(super) fn by_ids(
    connection: &Connection,
    streams: &mut Streams,
    ids: &[EntryId],
) -> Result<Vec<Decoded>, StorageError> {
    let mut select = connection.prepare_cached(BY_ID)?;
    let mut found = Vec::new();
    for id in ids {
        if let Some(row) = select.query([id.0.as_bytes().as_slice()])?.next()? {
            found.push(codec::decode(&record(row, connection, streams)?));
        }
    }
    Ok(found)
}

fn record<'r>(
    row: &'r Row<'_>,
    connection: &Connection,
    streams: &mut Streams,
) -> Result<Record<'r>, StorageError> {
    let number = |column| -> Result<i64, StorageError> { Ok(row.get_ref(column)?.as_i64()?) };
    let text = |column| -> Result<&'r str, StorageError> { Ok(row.get_ref(column)?.as_str()?) };
    let stream = number(2)?;
    let stream = match streams.get(stream) {
        Some(known) => known,
        None => {
            let found = stream_named(connection, stream)?;
            streams.put(stream, found);
            found
        }
    };
    Ok(Record {
        position: unsigned(number(0)?),
        id: EntryId(uuid(row.get_ref(1)?.as_blob()?)?),
        stream,
        version: unsigned(number(3)?),
        name: text(4)?,
        schema_version: u32::try_from(number(5)?).unwrap_or(u32::MAX),
        occurred_us: number(6)?,
        recorded_us: number(7)?,
        correlation: optional(row.get_ref(8)?)?,
        actor: text(9)?,
        payload: text(10)?,
    })
}

fn stream_named(connection: &Connection, number: StreamNumber) -> Result<Stream, StorageError> {
    let mut select = connection.prepare_cached("SELECT name FROM stream WHERE id = ?1")?;
    let name: Option<String> = select.query_one([number], |row| row.get(0)).optional()?;
    let name = name.ok_or_else(|| StorageError::Corrupt(format!("stream {number} is missing")))?;
    Ok(codec::stream(&name))
}

fn optional(value: ValueRef<'_>) -> Result<Option<Uuid>, StorageError> {
    value.as_blob_or_null()?.map(uuid).transpose()
}

pub(super) fn stored_range(
    connection: &Connection,
    after: Position,
    until: Position,
    limit: u64,
) -> Result<Vec<Stored>, StorageError> {
    let mut select = connection.prepare_cached(
        "SELECT e.pos, e.id, s.name, e.version, e.type, e.schema_version, e.occurred_at,
                e.recorded_at, e.batch, e.correlation_id, e.causation_id, e.actor, e.payload,
                e.leaf_hash
         FROM entry e JOIN stream s ON s.id = e.stream
         WHERE e.pos > ?1 AND e.pos <= ?2 ORDER BY e.pos LIMIT ?3",
    )?;
    let mut rows = select.query(params![signed(after), signed(until), signed(limit)])?;
    let mut found = Vec::new();
    let mut bytes = 0;
    while bytes < READ_BYTES
        && let Some(row) = rows.next()?
    {
        let stored = stored_row(row)?;
        bytes += stored.payload.len();
        found.push(stored);
    }
    Ok(found)
}

fn stored_row(row: &Row<'_>) -> Result<Stored, StorageError> {
    Ok(Stored {
        position: unsigned(row.get(0)?),
        id: EntryId(uuid(row.get_ref(1)?.as_blob()?)?),
        stream: row.get(2)?,
        version: unsigned(row.get(3)?),
        name: row.get(4)?,
        schema_version: row.get(5)?,
        occurred_us: row.get(6)?,
        recorded_us: row.get(7)?,
        batch: unsigned(row.get(8)?),
        correlation: optional(row.get_ref(9)?)?,
        causation: optional(row.get_ref(10)?)?.map(EntryId),
        actor: row.get(11)?,
        payload: row.get(12)?,
        leaf_hash: hash(row.get_ref(13)?.as_blob()?)?,
    })
}

pub(super) fn position_at(
    connection: &Connection,
    known_us: i64,
) -> Result<Position, StorageError> {
    let mut select = connection.prepare_cached(POSITION_AT)?;
    Ok(unsigned(select.query_one([known_us], |row| row.get(0))?))
}

pub(super) fn streams(
    connection: &Connection,
    streams: &[Stream],
) -> Result<Vec<(Stream, StreamNumber, Version)>, StorageError> {
    let mut select = connection.prepare_cached(
        "SELECT s.id, (SELECT max(version) FROM entry WHERE stream = s.id)
         FROM stream s WHERE s.name = ?1",
    )?;
    let find = |stream: &Stream| {
        let found = select.query_one([stream.to_string()], |row| {
            let version: Option<i64> = row.get(1)?;
            Ok((*stream, row.get(0)?, unsigned(version.unwrap_or(0))))
        });
        found.optional().transpose()
    };
    Ok(streams.iter().filter_map(find).collect::<Result<_, _>>()?)
}

pub(super) fn keys(
    connection: &Connection,
    people: &[Uuid],
) -> Result<Vec<StoredKey>, StorageError> {
    let mut select = connection
        .prepare_cached("SELECT person, key, commitment FROM vault_key WHERE person = ?1")?;
    let mut found = Vec::new();
    for person in people {
        if let Some(row) = select.query([person.as_bytes().as_slice()])?.next()? {
            found.push(StoredKey {
                person: uuid(row.get_ref(0)?.as_blob()?)?,
                key: row.get_ref(1)?.as_blob_or_null()?.map(hash).transpose()?,
                commitment: hash(row.get_ref(2)?.as_blob()?)?,
            });
        }
    }
    Ok(found)
}

pub(super) fn remembered(
    connection: &Connection,
    keys: &[&IdempotencyKey],
) -> Result<Vec<(IdempotencyKey, Remembered)>, StorageError> {
    let mut select: CachedStatement<'_> = connection.prepare_cached(
        "SELECT first_pos, last_pos, request_hash FROM idempotency WHERE source = ?1 AND key = ?2",
    )?;
    let mut found = Vec::new();
    for key in keys {
        if let Some(row) = select.query([&key.source, &key.key])?.next()? {
            let (first, last): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
            let stored = first.zip(last).map(|(first, last)| (unsigned(first), unsigned(last)));
            let hash = hash(row.get_ref(2)?.as_blob()?)?;
            found.push(((*key).clone(), Remembered { stored, hash }));
        }
    }
    Ok(found)
}
