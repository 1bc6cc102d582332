//! Appends acknowledged a second, against the barest group commit of rows of the same size.

use std::time::Instant;

use linchpin_ledger::Append;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use crate::{Run, world};

/// So many callers, each appending one entry after another.
pub(crate) async fn at(callers: u64, each: u64) -> Run {
    let per_caller = (each / callers).max(40);
    let (_dir, ledger) = world::ledger().await;
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for caller in 0..callers {
        let ledger = ledger.clone();
        tasks.spawn(async move {
            for n in 0..per_caller {
                let entry = world::invoice(caller * per_caller + n);
                ledger.append(Append::of(vec![entry])).await.unwrap();
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let total = (callers * per_caller) as f64;
    let ours = total / started.elapsed().as_secs_f64();
    let limit = bare(callers, per_caller).await;
    Run { name: format!("append.sqlite.{callers}"), unit: "1/s", ours, limit }
}

/// Commits groups as large as there are callers, each with one statement, and nothing else.
async fn bare(callers: u64, groups: u64) -> f64 {
    let dir = tempfile::tempdir_in(".").unwrap();
    let options = SqliteConnectOptions::new()
        .filename(dir.path().join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await.unwrap();
    let table = "CREATE TABLE entry (pos INTEGER PRIMARY KEY, id TEXT UNIQUE, stream INTEGER, \
                 version INTEGER, payload TEXT, UNIQUE (stream, version))";
    sqlx::query(table).execute(&mut connection).await.unwrap();
    let payload = "x".repeat(300);
    let started = Instant::now();
    for group in 0..groups {
        let rows: Vec<serde_json::Value> = (0..callers)
            .map(|caller| {
                let n = group * callers + caller;
                let id = linchpin_domain::id::named("bare", &n.to_string()).to_string();
                serde_json::json!([n + 1, id, n % 1000, n / 1000, payload])
            })
            .collect();
        let insert = "INSERT INTO entry SELECT value->>0, value->>1, value->>2, value->>3, value->>4 \
                      FROM json_each(?)";
        let rows = serde_json::to_string(&rows).unwrap();
        sqlx::query(insert).bind(rows).execute(&mut connection).await.unwrap();
    }
    let rate = (callers * groups) as f64 / started.elapsed().as_secs_f64();
    connection.close().await.unwrap();
    rate
}
