//! The quarantine's rows.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{signed, unsigned};
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};

pub(super) fn add(
    connection: &Connection,
    items: &[(NewQuarantined, [u8; 32])],
    now_us: i64,
) -> Result<Vec<QuarantinedId>, StorageError> {
    // What is kept already stays as it is, settled or not.
    let mut insert = connection.prepare_cached(
        "INSERT INTO quarantine (source, place, reason, original, original_hash, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (source, original_hash) DO UPDATE SET source = source
         RETURNING id",
    )?;
    let mut ids = Vec::with_capacity(items.len());
    for (item, hash) in items {
        let row = params![item.source, item.place, item.reason, item.original, hash, now_us];
        ids.push(insert.query_one(row, |row| row.get(0))?);
    }
    Ok(ids)
}

pub(super) fn list(
    connection: &Connection,
    after: QuarantinedId,
    limit: u64,
) -> Result<Vec<Quarantined>, StorageError> {
    let mut select = connection.prepare_cached(
        "SELECT id, source, place, reason, original, created_at, settled_at FROM quarantine
         WHERE settled_at IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    select.query_and_then(params![after, signed(limit)], quarantined)?.collect()
}

pub(super) fn get(
    connection: &Connection,
    id: QuarantinedId,
) -> Result<Option<Quarantined>, StorageError> {
    let mut select = connection.prepare_cached(
        "SELECT id, source, place, reason, original, created_at, settled_at FROM quarantine
         WHERE id = ?1",
    )?;
    select.query_one([id], |row| Ok(quarantined(row))).optional()?.transpose()
}

pub(super) fn settle(
    connection: &Connection,
    id: QuarantinedId,
    now_us: i64,
) -> Result<bool, StorageError> {
    let mut update = connection.prepare_cached(
        "UPDATE quarantine SET settled_at = ?2, original = NULL, reason = ''
         WHERE id = ?1 AND settled_at IS NULL",
    )?;
    Ok(update.execute(params![id, now_us])? > 0)
}

pub(super) fn settle_from(
    connection: &Connection,
    source: &str,
    now_us: i64,
) -> Result<u64, StorageError> {
    let mut update = connection.prepare_cached(
        "UPDATE quarantine SET settled_at = ?2, original = NULL, reason = ''
         WHERE settled_at IS NULL AND substr(source, 1, length(?1)) = ?1",
    )?;
    Ok(update.execute(params![source, now_us])? as u64)
}

pub(super) fn count(connection: &Connection) -> Result<u64, StorageError> {
    let mut select =
        connection.prepare_cached("SELECT count(*) FROM quarantine WHERE settled_at IS NULL")?;
    Ok(unsigned(select.query_one([], |row| row.get(0))?))
}

fn quarantined(row: &Row<'_>) -> Result<Quarantined, StorageError> {
    let moment = |us: i64| {
        Timestamp::from_microsecond(us)
            .map_err(|_| StorageError::Corrupt("a time in the quarantine".to_owned()))
    };
    Ok(Quarantined {
        id: row.get(0)?,
        source: row.get(1)?,
        place: row.get(2)?,
        reason: row.get(3)?,
        original: row.get(4)?,
        created_at: moment(row.get(5)?)?,
        settled_at: row.get::<_, Option<i64>>(6)?.map(moment).transpose()?,
    })
}
