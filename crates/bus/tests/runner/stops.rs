//! It is told to stop, and goes on later from what it left behind.

use std::sync::atomic::Ordering;
use std::time::Duration;

use linchpin_bus::Runner;
use linchpin_testkit::TempLedger;
use tokio::sync::watch;

use crate::tally::{ABSORBED, Tally, each_was_decided_once, registered, renamed};

/// Runs a service until it has taken in everything up to a position, its own decisions among it;
/// the entries it absorbed.
async fn until(position: u64, temp: &TempLedger) -> u64 {
    let before = ABSORBED.load(Ordering::SeqCst);
    let (stop, stopped) = watch::channel(false);
    let runner = Runner::new(temp.ledger().clone(), Tally::default());
    let runner = runner.with_snapshots(Some(temp.dir().join("kept")));
    let progress = runner.progress();
    let running = tokio::spawn(runner.run(stopped));
    let reached = async {
        while progress.lag().position < position {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reached).await.expect("it gets there");
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    ABSORBED.load(Ordering::SeqCst) - before
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_reads_only_what_came_since() {
    let temp = TempLedger::real().await;
    temp.append((0..1_500).map(|n| renamed(&n.to_string())).collect()).await;
    assert_eq!(until(3_001, &temp).await, 3_001);
    temp.append((0..5).map(|n| renamed(&format!("more {n}"))).collect()).await;
    assert_eq!(until(3_011, &temp).await, 10, "what was told and what follows from it");
    each_was_decided_once(temp.ledger(), 1_505).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_falls_due_later_is_not_forgotten_with_the_history() {
    let temp = TempLedger::real().await;
    temp.append((0..1_500).map(|n| renamed(&n.to_string())).collect()).await;
    temp.append(vec![registered("tomorrow")]).await;
    until(3_002, &temp).await;
    temp.clock().advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(until(3_003, &temp).await, 1);
    each_was_decided_once(temp.ledger(), 1_501).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_before_it_began_it_ends_well() {
    let temp = TempLedger::real().await;
    let (stop, stopped) = watch::channel(true);
    Runner::new(temp.ledger().clone(), Tally::default()).run(stopped.clone()).await.unwrap();
    drop(stop);
    Runner::new(temp.ledger().clone(), Tally::default()).run(stopped).await.unwrap();
}

/// A stop that comes while decisions wait stores them first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_stores_what_was_decided() {
    for round in 0..15_u64 {
        let temp = TempLedger::real().await;
        temp.append((0..900).map(|n| renamed(&n.to_string())).collect()).await;
        let (stop, stopped) = watch::channel(false);
        let running =
            tokio::spawn(Runner::new(temp.ledger().clone(), Tally::default()).run(stopped));
        tokio::time::sleep(Duration::from_millis(round * 3)).await;
        stop.send(true).unwrap();
        running.await.unwrap().unwrap();
        let decided = temp.ledger().refresh().await.unwrap().position - 901;
        assert!(decided == 0 || decided == 900, "a part only: {decided}");
    }
}
