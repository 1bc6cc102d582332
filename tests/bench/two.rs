//! Two desks, each with a ledger of its own on the same PostgreSQL server: what they take in while
//! both are busy, against what one takes in alone.

use std::time::Instant;

use crate::desk::{BATCH, Desk, MANY, batches, found, posted};
use crate::http::load;
use crate::run::Run;
use crate::{Size, postgres};

/// Connections to each desk, over which facts are handed in in batches.
const SENDERS: usize = 8;

/// Clients whom the facts are about.
const CLIENTS: u64 = 1_000;

/// Facts to one desk while the other rests, to the other while the first does, and to both at
/// once. The limit is what one takes in alone.
pub(crate) async fn postgres(size: &Size) -> Vec<Run> {
    // What a ledger that holds much costs is measured by itself.
    if !size.suffix.is_empty() {
        return Vec::new();
    }
    let Some(server) = postgres::server() else { return Vec::new() };
    let folder = tempfile::tempdir_in(&size.folder).unwrap();
    let start = async |name: &str| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let ledger = server.address(name);
        found(&ledger, &folder);
        Desk::start(&ledger, &folder).await.0
    };
    let (one, other) = (start("one").await, start("other").await);
    let facts = size.appends;
    let send = async |desk: &Desk, round: usize| {
        let batches = batches(round * facts, facts, CLIENTS);
        let requests = posted("/v1/events", MANY, &batches);
        load(&desk.address, SENDERS, requests).await.rate * BATCH as f64
    };
    eprintln!("  one desk, then the other");
    for desk in [&one, &other] {
        send(desk, 0).await;
        desk.settle().await;
    }
    let mut alone = 0.0;
    for desk in [&one, &other] {
        alone += send(desk, 1).await / 2.0;
        desk.settle().await;
    }
    eprintln!("  both at once");
    let started = Instant::now();
    let (first, second) = tokio::join!(send(&one, 2), send(&other, 2));
    let both = 2.0 * facts as f64 / started.elapsed().as_secs_f64();
    vec![
        Run::new("two.ledgers.each", "1/s", (first + second) / 2.0, alone),
        Run::new("two.ledgers.both", "1/s", both, alone),
    ]
}
