//! Appends acknowledged, one entry a request, against the barest code that stores the very same
//! rows in the same table: one transaction for as many rows as there are callers, and nothing else.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use linchpin_ledger::{Append, Ledger, LedgerUrl, Stored};
use rusqlite::{Connection, params};

use crate::run::{Run, Spread, spreads};
use crate::world::{self, World};
use crate::{Size, postgres};

/// How many callers at once, each with one request after the other.
const CALLERS: [usize; 3] = [1, 64, 512];

/// What a measurement gives: entries a second, and how long each took.
pub(crate) struct Measured {
    pub(crate) rate: f64,
    pub(crate) spread: Spread,
}

/// On SQLite: into a ledger that holds so many entries, and into a copy of the same file.
pub(crate) async fn sqlite(size: &Size) -> Vec<Run> {
    let folder = tempfile::tempdir_in(&size.folder).unwrap();
    let base = folder.path().join("base.db");
    let (ledger, mut world) = world::filled(&LedgerUrl::sqlite(&base), size.entries).await;
    ledger.close().await;
    let mut runs = Vec::new();
    for callers in CALLERS {
        let (ours_at, bare_at) = (folder.path().join("ours.db"), folder.path().join("bare.db"));
        for copy in [&ours_at, &bare_at] {
            std::fs::copy(&base, copy).unwrap();
        }
        let ledger = world::opened(&LedgerUrl::sqlite(&ours_at)).await;
        let (ours, rows) = ours(ledger, &mut world, callers, size).await;
        let limit = bare(&bare_at, &rows, callers);
        runs.extend(figures("sqlite", callers, size, &ours, &limit));
        for file in [ours_at, bare_at] {
            for more in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{more}", file.display()));
            }
        }
    }
    runs
}

/// On PostgreSQL: into a schema that holds so many entries, and into another such.
pub(crate) async fn postgres(size: &Size) -> Vec<Run> {
    let Some(server) = postgres::server() else { return Vec::new() };
    let mut runs = Vec::new();
    for callers in CALLERS {
        let (ledger, mut world) =
            world::filled(&server.url(&format!("ours_{callers}")), size.entries).await;
        let (ours, rows) = ours(ledger, &mut world, callers, size).await;
        let schema = format!("bare_{callers}");
        world::filled(&server.url(&schema), size.entries).await.0.close().await;
        let limit = postgres::bare(&server, &schema, &rows, callers).await;
        runs.extend(figures("postgres", callers, size, &ours, &limit));
    }
    runs
}

fn figures(
    engine: &str,
    callers: usize,
    size: &Size,
    ours: &Measured,
    limit: &Measured,
) -> Vec<Run> {
    let name = format!("append.{engine}.{callers}{}", size.suffix);
    let mut runs = vec![Run::new(&name, "1/s", ours.rate, limit.rate)];
    runs.extend(spreads(&name, &ours.spread, &limit.spread));
    runs
}

/// Appends the next entries of a story; also gives the rows that were stored.
async fn ours(
    ledger: Ledger,
    world: &mut World,
    callers: usize,
    size: &Size,
) -> (Measured, Vec<Stored>) {
    let head = ledger.head().position;
    let each = size.appends / callers.max(8);
    let work: Vec<Vec<_>> = (0..callers).map(|_| world.take(each).collect()).collect();
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for entries in work {
        let ledger = ledger.clone();
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(entries.len());
            for entry in entries {
                let asked = Instant::now();
                ledger.append(Append::of(vec![entry])).await.unwrap();
                times.push(asked.elapsed());
            }
            times
        });
    }
    let times: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let rate = times.len() as f64 / started.elapsed().as_secs_f64();
    let mut rows = Vec::new();
    let mut after = head;
    while let Some(last) = ledger.stored_range(after, u64::MAX).await.unwrap().pop_all(&mut rows) {
        after = last;
    }
    assert_eq!(rows.len(), times.len());
    ledger.close().await;
    (Measured { rate, spread: Spread::of(times) }, rows)
}

/// Moves a chunk to the end of others; the last position in it.
trait PopAll {
    fn pop_all(self, rows: &mut Vec<Stored>) -> Option<u64>;
}

impl PopAll for Vec<Stored> {
    fn pop_all(self, rows: &mut Vec<Stored>) -> Option<u64> {
        let last = self.last().map(|row| row.position);
        rows.extend(self);
        last
    }
}

/// The settings under which SQLite does the same: durable at each commit, with the same room in
/// memory and in the WAL.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; \
                        PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8192;";

fn bare(file: &Path, rows: &[Stored], callers: usize) -> Measured {
    let connection = Connection::open(file).unwrap();
    connection.execute_batch(SETTINGS).unwrap();
    let mut names = connection.prepare("SELECT name, id FROM stream").unwrap();
    let streams: HashMap<String, i64> = names
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let streams: Vec<i64> = rows.iter().map(|row| streams[&row.stream]).collect();
    let mut insert = connection
        .prepare(
            "INSERT INTO entry (pos, id, stream, version, type, schema_version, occurred_at,
                                recorded_at, batch, correlation_id, causation_id, actor, payload,
                                leaf_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, ?10, ?11, ?12)",
        )
        .unwrap();
    let mut times = Vec::new();
    let started = Instant::now();
    for (group, streams) in rows.chunks(callers).zip(streams.chunks(callers)) {
        let began = Instant::now();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (row, stream) in group.iter().zip(streams) {
            let columns = params![
                row.position as i64,
                row.id.0.as_bytes(),
                stream,
                row.version as i64,
                row.name,
                row.schema_version,
                row.occurred_us,
                row.recorded_us,
                row.batch as i64,
                row.actor,
                row.payload,
                row.leaf_hash,
            ];
            insert.execute(columns).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        times.extend(std::iter::repeat_n(began.elapsed(), group.len()));
    }
    let rate = rows.len() as f64 / started.elapsed().as_secs_f64();
    Measured { rate, spread: Spread::of(times) }
}
