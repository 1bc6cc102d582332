//! The quarantine's rows.

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::unsigned;
use crate::error::StorageError;
use crate::quarantine::{NewQuarantined, Quarantined, QuarantinedId};

/// What is kept already stays as it is, settled or not; its number comes back all the same.
const ADD: &str = "
    WITH told AS (
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
            WITH ORDINALITY AS t (source, place, reason, original, hash, nth)
    ), added AS (
        INSERT INTO quarantine (source, place, reason, original, original_hash, created_at)
        SELECT source, place, reason, original, hash, $6
        FROM (SELECT DISTINCT ON (hash, source) * FROM told ORDER BY hash, source, nth) AS once
        ORDER BY nth
        ON CONFLICT (original_hash, md5(source)) DO UPDATE SET source = quarantine.source
        RETURNING id, source, original_hash
    )
    SELECT a.id FROM told t
    JOIN added a ON a.original_hash = t.hash AND a.source = t.source ORDER BY t.nth";

pub(super) async fn add(
    connection: &mut PgConnection,
    items: &[(NewQuarantined, [u8; 32])],
    now_us: i64,
) -> Result<Vec<QuarantinedId>, StorageError> {
    let texts = |of: fn(&NewQuarantined) -> &String| -> Vec<String> {
        items.iter().map(|(item, _)| of(item).clone()).collect()
    };
    let hashes: Vec<&[u8]> = items.iter().map(|(_, hash)| hash.as_slice()).collect();
    let ids = sqlx::query_scalar(ADD)
        .bind(texts(|item| &item.source))
        .bind(texts(|item| &item.place))
        .bind(texts(|item| &item.reason))
        .bind(texts(|item| &item.original))
        .bind(hashes)
        .bind(now_us);
    Ok(ids.fetch_all(connection).await?)
}

pub(super) async fn list(
    connection: &mut PgConnection,
    after: QuarantinedId,
    limit: u64,
) -> Result<Vec<Quarantined>, StorageError> {
    let rows = sqlx::query(
        "SELECT id, source, place, reason, original, created_at, settled_at FROM quarantine
         WHERE settled_at IS NULL AND id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after)
    .bind(super::signed(limit))
    .fetch_all(connection)
    .await?;
    rows.iter().map(quarantined).collect()
}

pub(super) async fn get(
    connection: &mut PgConnection,
    id: QuarantinedId,
) -> Result<Option<Quarantined>, StorageError> {
    let row = sqlx::query(
        "SELECT id, source, place, reason, original, created_at, settled_at FROM quarantine
         WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(quarantined).transpose()
}

pub(super) async fn settle(
    connection: &mut PgConnection,
    id: QuarantinedId,
    now_us: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "UPDATE quarantine SET settled_at = $2, original = NULL, reason = ''
         WHERE id = $1 AND settled_at IS NULL",
    );
    Ok(done.bind(id).bind(now_us).execute(connection).await?.rows_affected() > 0)
}

pub(super) async fn settle_from(
    connection: &mut PgConnection,
    source: &str,
    now_us: i64,
) -> Result<u64, StorageError> {
    let done = sqlx::query(
        "UPDATE quarantine SET settled_at = $2, original = NULL, reason = ''
         WHERE settled_at IS NULL AND starts_with(source, $1)",
    );
    Ok(done.bind(source).bind(now_us).execute(connection).await?.rows_affected())
}

pub(super) async fn count(connection: &mut PgConnection) -> Result<u64, StorageError> {
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM quarantine WHERE settled_at IS NULL")
        .fetch_one(connection)
        .await?;
    Ok(unsigned(open))
}

fn quarantined(row: &PgRow) -> Result<Quarantined, StorageError> {
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
