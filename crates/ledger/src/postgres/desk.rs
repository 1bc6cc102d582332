//! Leases and tokens. A lease goes by the server's clock, which all its holders share.

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::engine::TOUCH_US;
use crate::error::StorageError;
use crate::token::{NewToken, TokenRow};

const TAKE_LEASE: &str = "
    WITH now (us) AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    INSERT INTO lease (name, holder, until) SELECT $1, $2, us + $3 FROM now
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE lease.holder = excluded.holder OR lease.until <= excluded.until - $3";
const TOKENS: &str =
    "SELECT name, role, created_at, last_used_at, revoked_at FROM api_token ORDER BY name";
const TOKEN_BY_HASH: &str =
    "SELECT name, role, created_at, last_used_at, revoked_at FROM api_token WHERE hash = $1";

pub(super) async fn take_lease(
    connection: &mut PgConnection,
    name: &str,
    holder: Uuid,
    ttl_us: i64,
) -> Result<bool, StorageError> {
    let taken = sqlx::query(TAKE_LEASE).bind(name).bind(holder).bind(ttl_us);
    Ok(taken.execute(connection).await?.rows_affected() > 0)
}

pub(super) async fn release_lease(
    connection: &mut PgConnection,
    name: &str,
    holder: Uuid,
) -> Result<(), StorageError> {
    let given_up = sqlx::query("DELETE FROM lease WHERE name = $1 AND holder = $2");
    given_up.bind(name).bind(holder).execute(connection).await?;
    Ok(())
}

pub(super) async fn token_add(
    connection: &mut PgConnection,
    token: &NewToken,
    now_us: i64,
) -> Result<bool, StorageError> {
    let done = sqlx::query(
        "INSERT INTO api_token (name, role, hash, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(&token.name)
    .bind(&token.role)
    .bind(token.hash.as_slice())
    .bind(now_us)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// All tokens by name, or the one with a hash.
pub(super) async fn tokens(
    connection: &mut PgConnection,
    hash: Option<[u8; 32]>,
) -> Result<Vec<TokenRow>, StorageError> {
    let rows = match hash {
        Some(hash) => {
            let query = sqlx::query(TOKEN_BY_HASH).bind(hash.to_vec());
            query.fetch_all(connection).await?
        }
        None => sqlx::query(TOKENS).fetch_all(connection).await?,
    };
    rows.iter().map(token).collect()
}

pub(super) async fn token_revoke(
    connection: &mut PgConnection,
    name: &str,
    now_us: i64,
) -> Result<bool, StorageError> {
    let done =
        sqlx::query("UPDATE api_token SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL");
    Ok(done.bind(name).bind(now_us).execute(connection).await?.rows_affected() > 0)
}

pub(super) async fn token_touch(
    connection: &mut PgConnection,
    name: &str,
    now_us: i64,
) -> Result<(), StorageError> {
    let touched = sqlx::query(
        "UPDATE api_token SET last_used_at = $2
         WHERE name = $1 AND (last_used_at IS NULL OR last_used_at <= $3)",
    );
    touched.bind(name).bind(now_us).bind(now_us - TOUCH_US).execute(connection).await?;
    Ok(())
}

fn token(row: &PgRow) -> Result<TokenRow, StorageError> {
    let moment = |us: i64| {
        Timestamp::from_microsecond(us)
            .map_err(|_| StorageError::Corrupt("a time of a token".to_owned()))
    };
    Ok(TokenRow {
        name: row.try_get(0)?,
        role: row.try_get(1)?,
        created_at: moment(row.try_get(2)?)?,
        last_used_at: row.try_get::<Option<i64>, _>(3)?.map(moment).transpose()?,
        revoked_at: row.try_get::<Option<i64>, _>(4)?.map(moment).transpose()?,
    })
}
