//! Leases and tokens.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::engine::TOUCH_US;
use crate::error::StorageError;
use crate::token::{NewToken, TokenRow};

const TOKENS: &str =
    "SELECT name, role, created_at, last_used_at, revoked_at FROM api_token ORDER BY name";
const TOKEN_BY_HASH: &str =
    "SELECT name, role, created_at, last_used_at, revoked_at FROM api_token WHERE hash = ?1";

pub(super) fn take_lease(
    connection: &Connection,
    name: &str,
    holder: Uuid,
    ttl_us: i64,
    now_us: i64,
) -> Result<bool, StorageError> {
    let mut take = connection.prepare_cached(
        "INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
         WHERE lease.holder = excluded.holder OR lease.until <= ?4",
    )?;
    let until = now_us.saturating_add(ttl_us);
    Ok(take.execute(params![name, holder.as_bytes(), until, now_us])? > 0)
}

pub(super) fn release_lease(
    connection: &Connection,
    name: &str,
    holder: Uuid,
) -> Result<(), StorageError> {
    let mut release =
        connection.prepare_cached("DELETE FROM lease WHERE name = ?1 AND holder = ?2")?;
    release.execute(params![name, holder.as_bytes()])?;
    Ok(())
}

pub(super) fn token_add(
    connection: &Connection,
    token: &NewToken,
    now_us: i64,
) -> Result<bool, StorageError> {
    let mut add = connection.prepare_cached(
        "INSERT INTO api_token (name, role, hash, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO NOTHING",
    )?;
    Ok(add.execute(params![token.name, token.role, token.hash, now_us])? > 0)
}

/// All tokens by name, or those with a hash.
pub(super) fn tokens(
    connection: &Connection,
    hash: Option<[u8; 32]>,
) -> Result<Vec<TokenRow>, StorageError> {
    match hash {
        Some(hash) => {
            connection.prepare_cached(TOKEN_BY_HASH)?.query_and_then([hash], token)?.collect()
        }
        None => connection.prepare_cached(TOKENS)?.query_and_then([], token)?.collect(),
    }
}

pub(super) fn token_revoke(
    connection: &Connection,
    name: &str,
    now_us: i64,
) -> Result<bool, StorageError> {
    let mut revoke = connection.prepare_cached(
        "UPDATE api_token SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL",
    )?;
    Ok(revoke.execute(params![name, now_us])? > 0)
}

/// Whether a token's last use lies so long ago that a new one is worth writing.
pub(super) fn token_is_stale(
    connection: &Connection,
    name: &str,
    now_us: i64,
) -> Result<bool, StorageError> {
    let mut find = connection.prepare_cached(
        "SELECT count(*) FROM api_token
         WHERE name = ?1 AND (last_used_at IS NULL OR last_used_at <= ?2)",
    )?;
    let found: i64 = find.query_one(params![name, now_us - TOUCH_US], |row| row.get(0))?;
    Ok(found > 0)
}

pub(super) fn token_touch(
    connection: &Connection,
    name: &str,
    now_us: i64,
) -> Result<(), StorageError> {
    let mut touch = connection.prepare_cached(
        "UPDATE api_token SET last_used_at = ?2
         WHERE name = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)",
    )?;
    touch.execute(params![name, now_us])?;
    Ok(())
}

fn token(row: &Row<'_>) -> Result<TokenRow, StorageError> {
    let moment = |us: i64| {
        Timestamp::from_microsecond(us)
            .map_err(|_| StorageError::Corrupt("a time of a token".to_owned()))
    };
    Ok(TokenRow {
        name: row.get(0)?,
        role: row.get(1)?,
        created_at: moment(row.get(2)?)?,
        last_used_at: row.get::<_, Option<i64>>(3)?.map(moment).transpose()?,
        revoked_at: row.get::<_, Option<i64>>(4)?.map(moment).transpose()?,
    })
}
