//! The entries of a simulated ledger are its clock, also for a service that hears of them before
//! its own ledger is told how far it has come.

use std::time::{Duration, Instant};

use linchpin_bus::nats::{Nats, Settings};
use linchpin_bus::{Bus, Relay, Runner};
use linchpin_domain::entry::Body;
use linchpin_ledger::{Append, Ledger, Mode, NewEntry};
use linchpin_testkit::{NatsServer, TempLedger, at};
use tokio::sync::watch;

use crate::tally::{Tally, entries, registered, renamed};

async fn append(ledger: &Ledger, day: &str, entry: NewEntry) {
    let clock = Some(at(&format!("{day}T10:00:00Z")));
    ledger.append(Append { clock, ..Append::of(vec![entry]) }).await.unwrap();
}

/// Waits until so many decisions stand in the ledger.
async fn decided(ledger: &Ledger, wanted: usize) {
    let begun = Instant::now();
    loop {
        let all = entries(ledger).await;
        let found = all.iter().filter(|it| matches!(it.body, Body::Decision(_))).count();
        if found == wanted {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{found} decisions, not {wanted}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_begins_with_an_entry_that_is_heard_over_nats() {
    let Some(server) = NatsServer::single() else { return };
    let settings = Settings { servers: vec![server.url()], ..Settings::default() };
    let nats = Nats::connect(settings).await.unwrap();
    let temp = TempLedger::simulated().await;
    let told = temp.ledger();
    let (stop, stopped) = watch::channel(false);
    let relay = Relay::new(told.clone(), nats.clone());
    let relaying = tokio::spawn({
        let stopped = stopped.clone();
        async move { relay.run(stopped).await }
    });
    // A ledger of another process: it looks for what is new every other second.
    let other = temp.second(Mode::ReadWrite).await;
    let runner = Runner::new(Bus::over_nats(other, nats), Tally::default());
    let working = tokio::spawn(runner.run(stopped));
    for (decisions, day) in (1..).zip(["2026-01-01", "2026-01-02", "2026-01-03"]) {
        append(told, day, renamed(day)).await;
        decided(told, decisions).await;
    }
    // Each is due on the day after, which begins with the next.
    append(told, "2026-02-01", registered("one")).await;
    for (decisions, day) in (4..).zip(["2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05"]) {
        append(told, day, registered(day)).await;
        decided(told, decisions).await;
    }
    stop.send_replace(true);
    working.await.unwrap().unwrap();
    relaying.await.unwrap();
}
