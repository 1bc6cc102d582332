//! The quarantine's rows.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::unsigned;
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};

pub(super) async fn add(
    connection: &mut SqliteConnection,
    items: &[(NewQuarantined, [u8; 32])],
    now_us: i64,
) -> Result<Vec<QuarantinedId>, StorageError> {
    let mut ids = Vec::with_capacity(items.len());
    for (item, hash) in items {
        // What is kept already stays as it is, settled or not.
        let id = sqlx::query_scalar(
            "INSERT INTO quarantine (source, place, reason, original, original_hash, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (source, original_hash) DO UPDATE SET source = source
             RETURNING id",
        )
        .bind(&item.source)
        .bind(&item.place)
        .bind(&item.reason)
        .bind(&item.original)
        .bind(hash.as_slice())
        .bind(now_us)
        .fetch_one(&mut *connection)
        .await?;
        ids.push(id);
    }
    Ok(ids)
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    after: QuarantinedId,
    limit: u64,
) -> Result<Vec<Quarantined>, StorageError> {
    let rows = sqlx::query(
        "SELECT id, source, place, reason, original, created_at, settled_at FROM quarantine
         WHERE settled_at IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
    )
    .bind(after)
    .bind(super::signed(limit))
    .fetch_all(connection)
    .await?;
    rows.iter().map(quarantined).collect()
}

pub(super) async fn get(
    connection: &mut SqliteConnection,
    id: QuarantinedId,
) -> Result<Option<Quarantined>, StorageError> {
    let row = sqlx::query(
        "SELECT id, source, place, reason, original, created_at, settled_at FROM quarantine
         WHERE id = ?1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(quarantined).transpose()
}

pub(super) async fn settle(
    connection: &mut SqliteConnection,
    id: QuarantinedId,
    now_us: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE quarantine SET settled_at = ?2, original = NULL, reason = ''
         WHERE id = ?1 AND settled_at IS NULL",
    )
    .bind(id)
    .bind(now_us)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn settle_from(
    connection: &mut SqliteConnection,
    source: &str,
    now_us: i64,
) -> Result<u64, StorageError> {
    let done = sqlx::query(
        "UPDATE quarantine SET settled_at = ?2, original = NULL, reason = ''
         WHERE settled_at IS NULL AND substr(source, 1, length(?1)) = ?1",
    )
    .bind(source)
    .bind(now_us)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(super) async fn count(connection: &mut SqliteConnection) -> Result<u64, StorageError> {
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM quarantine WHERE settled_at IS NULL")
        .fetch_one(connection)
        .await?;
    Ok(unsigned(open))
}

fn quarantined(row: &SqliteRow) -> Result<Quarantined, StorageError> {
    let moment = |us: i64| {
        Timestamp::from_microsecond(us)
            .map_err(|_| StorageError::Corrupt("a time in the quarantine".to_owned()))
    };
    Ok(Quarantined {
        id: row.try_get(0)?,
        source: row.try_get(1)?,
        place: row.try_get(2)?,
        reason: row.try_get(3)?,
        original: row.try_get(4)?,
        created_at: moment(row.try_get(5)?)?,
        settled_at: row.try_get::<Option<i64>, _>(6)?.map(moment).transpose()?,
    })
}
