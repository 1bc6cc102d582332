//! Replay of the ledger into the fold, against decoding the same bytes from memory.

use std::time::Instant;

use linchpin_domain::desk::Desk;
use linchpin_domain::wire;
use linchpin_ledger::Append;

use crate::{Run, world};

/// So many entries of a thousand accounts.
pub(crate) async fn of(entries: u64) -> Run {
    let (_dir, ledger) = world::ledger().await;
    for first in (0..entries).step_by(2000) {
        let batch = (first..(first + 2000).min(entries)).map(world::invoice).collect();
        ledger.append(Append::of(batch)).await.unwrap();
    }
    let head = ledger.head().position;
    let started = Instant::now();
    let mut desk = Desk::default();
    while desk.position() < head {
        for entry in ledger.read(desk.position(), head).await.unwrap() {
            desk.apply(&entry);
        }
    }
    let ours = head as f64 / started.elapsed().as_secs_f64();
    assert_eq!(desk.accounts().len() as u64, entries.min(1000));

    let payloads: Vec<String> =
        (0..entries).map(|n| wire::encode(&world::invoice(n).body).unwrap().1).collect();
    let started = Instant::now();
    for payload in &payloads {
        std::hint::black_box(wire::decode("invoice.issued", 1, payload).unwrap());
    }
    let limit = entries as f64 / started.elapsed().as_secs_f64();
    Run { name: format!("replay.sqlite.{entries}"), unit: "1/s", ours, limit }
}
