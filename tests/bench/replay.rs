//! Replay of the ledger into the fold, against decoding the same rows from memory.

use std::time::Instant;

use jiff::Timestamp;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Entry, Stream};
use linchpin_domain::wire;
use linchpin_ledger::{Ledger, LedgerUrl, Stored};

use crate::run::Run;
use crate::{Size, postgres, world};

/// Entries that are decoded from memory again and again, to see how fast that goes.
const SAMPLE: u64 = 50_000;

pub(crate) async fn sqlite(size: &Size) -> Vec<Run> {
    let folder = tempfile::tempdir_in(&size.folder).unwrap();
    let url = LedgerUrl::sqlite(folder.path().join("ledger.db"));
    vec![of("sqlite", size, world::filled(&url, size.entries).await.0).await]
}

pub(crate) async fn postgres(size: &Size) -> Vec<Run> {
    let Some(server) = postgres::server() else { return Vec::new() };
    let url = server.url(&server.fresh_schema());
    vec![of("postgres", size, world::filled(&url, size.entries).await.0).await]
}

async fn of(engine: &str, size: &Size, ledger: Ledger) -> Run {
    let head = ledger.head().position;
    let started = Instant::now();
    let mut desk = Desk::default();
    let mut replay = ledger.replay(0, head);
    while desk.position() < head {
        for entry in replay.next().await.unwrap() {
            desk.apply(&entry);
        }
    }
    let ours = head as f64 / started.elapsed().as_secs_f64();
    assert_eq!(desk.accounts().len() as u64, world::clients(size.entries));
    drop(desk);
    let limit = Sample::of(&ledger).await.rate;
    ledger.close().await;
    Run::new(format!("replay.{engine}{}", size.count), "1/s", ours, limit)
}

/// What the entries of a ledger are like.
pub(crate) struct Sample {
    /// Rows decoded a second, one after the other, out of memory: numbers and ids are ready to
    /// use, so that what is left is the JSON.
    pub(crate) rate: f64,
    /// Bytes of JSON an entry.
    pub(crate) payload: f64,
}

impl Sample {
    /// Of the newest entries.
    pub(crate) async fn of(ledger: &Ledger) -> Self {
        let mut rows: Vec<Stored> = Vec::new();
        let head = ledger.head().position;
        let mut after = head.saturating_sub(SAMPLE);
        while after < head {
            rows.extend(ledger.stored_range(after, head).await.unwrap());
            after = rows.last().unwrap().position;
        }
        let streams: Vec<Stream> = rows.iter().map(|row| row.stream.parse().unwrap()).collect();
        let mut best = f64::MAX;
        for _ in 0..5 {
            let started = Instant::now();
            for (row, stream) in rows.iter().zip(&streams) {
                std::hint::black_box(entry(row, *stream));
            }
            best = best.min(started.elapsed().as_secs_f64());
        }
        let bytes: usize = rows.iter().map(|row| row.payload.len()).sum();
        Self { rate: rows.len() as f64 / best, payload: bytes as f64 / rows.len() as f64 }
    }
}

fn entry(row: &Stored, stream: Stream) -> Entry {
    Entry {
        position: row.position,
        id: row.id,
        stream,
        version: row.version,
        occurred_at: Timestamp::from_microsecond(row.occurred_us).unwrap(),
        recorded_at: Timestamp::from_microsecond(row.recorded_us).unwrap(),
        actor: row.actor.clone(),
        correlation: row.correlation,
        body: wire::decode(&row.name, row.schema_version, &row.payload).unwrap(),
    }
}
