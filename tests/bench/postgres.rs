//! A private PostgreSQL server, and the barest way to store rows in it.

use std::collections::HashMap;
use std::time::Instant;

use linchpin_ledger::Stored;
use linchpin_testkit::PostgresServer;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Row};
use uuid::Uuid;

use crate::append::Measured;
use crate::run::Spread;

/// A server with more memory than a test's; `None` where there is no PostgreSQL.
pub(crate) fn server() -> Option<PostgresServer> {
    PostgresServer::with(|_| vec!["shared_buffers=512MB".to_owned(), "max_wal_size=4GB".to_owned()])
}

const INSERT: &str = "
    INSERT INTO entry (pos, stream, version, schema_version, occurred_at, recorded_at, batch, id,
                       leaf_hash, type, actor, payload)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                         $6::bigint[], $7::bigint[], $8::uuid[], $9::bytea[], $10::text[],
                         $11::text[], $12::text[])";

/// One statement a group, which is its own transaction.
pub(crate) async fn bare(
    server: &PostgresServer,
    schema: &str,
    rows: &[Stored],
    callers: usize,
) -> Measured {
    let address = server.address(schema);
    let options: PgConnectOptions = address.split('?').next().unwrap().parse().unwrap();
    let mut connection = options
        .options([("search_path", schema)])
        .disable_statement_logging()
        .connect()
        .await
        .unwrap();
    let names =
        sqlx::query("SELECT name, id FROM stream").fetch_all(&mut connection).await.unwrap();
    let streams: HashMap<String, i64> = names.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut times = Vec::new();
    let started = Instant::now();
    for group in rows.chunks(callers) {
        let began = Instant::now();
        let numbers = |of: fn(&Stored) -> i64| group.iter().map(of).collect::<Vec<i64>>();
        sqlx::query(INSERT)
            .bind(numbers(|row| row.position as i64))
            .bind(group.iter().map(|row| streams[&row.stream]).collect::<Vec<i64>>())
            .bind(numbers(|row| row.version as i64))
            .bind(numbers(|row| i64::from(row.schema_version)))
            .bind(numbers(|row| row.occurred_us))
            .bind(numbers(|row| row.recorded_us))
            .bind(numbers(|row| row.batch as i64))
            .bind(group.iter().map(|row| row.id.0).collect::<Vec<Uuid>>())
            .bind(group.iter().map(|row| row.leaf_hash.as_slice()).collect::<Vec<&[u8]>>())
            .bind(group.iter().map(|row| row.name.as_str()).collect::<Vec<&str>>())
            .bind(group.iter().map(|row| row.actor.as_str()).collect::<Vec<&str>>())
            .bind(group.iter().map(|row| row.payload.as_str()).collect::<Vec<&str>>())
            .execute(&mut connection)
            .await
            .unwrap();
        times.extend(std::iter::repeat_n(began.elapsed(), group.len()));
    }
    let rate = rows.len() as f64 / started.elapsed().as_secs_f64();
    Measured { rate, spread: Spread::of(times) }
}
