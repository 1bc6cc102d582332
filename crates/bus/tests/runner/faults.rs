//! The store fails, or its answer is lost.

use std::path::Path;
use std::task::Poll;
use std::time::Duration;

use linchpin_bus::{Progress, Runner, ServiceError};
use linchpin_ledger::{AppendError, Ledger, Mode};
use linchpin_testkit::TempLedger;
use rusqlite::Connection;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::tally::{Tally, each_was_decided_once, renamed};

/// Long enough for anything here, also on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

type Running = JoinHandle<Result<(), ServiceError>>;

fn run(ledger: &Ledger) -> (Running, Progress, watch::Sender<bool>) {
    let (stop, stopped) = watch::channel(false);
    let runner = Runner::new(ledger.clone(), Tally::default());
    let progress = runner.progress();
    (tokio::spawn(runner.run(stopped)), progress, stop)
}

/// Another process that writes and does not end.
fn lock(temp: &TempLedger) -> Connection {
    let file: &Path = temp.url().file().unwrap();
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to hold");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_locked_ledger_does_not_take_is_stored_later_and_once() {
    let temp = TempLedger::real().await;
    temp.append((0..7).map(|n| renamed(&n.to_string())).collect()).await;
    let locked = lock(&temp);
    let (running, progress, stop) = run(temp.ledger());
    until(async || progress.lag().error.is_some()).await;
    let reason = progress.lag().error.unwrap();
    assert!(reason.contains("could not be stored"), "{reason}");
    assert_eq!(temp.ledger().refresh().await.unwrap().position, 8, "nothing went past the lock");
    assert!(progress.lag().silent < Duration::from_secs(30), "reading is not hindered");
    locked.execute_batch("COMMIT").unwrap();
    until(async || temp.ledger().refresh().await.unwrap().position == 15).await;
    until(async || progress.lag().error.is_none() && progress.lag().entries() == 0).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    each_was_decided_once(temp.ledger(), 7).await;
}

/// The ledger is locked again and again, each time for another while, as facts come in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_comes_and_goes_loses_and_repeats_nothing() {
    let temp = TempLedger::real().await;
    let (running, _progress, stop) = run(temp.ledger());
    for round in 0..8_u64 {
        temp.append((0..5).map(|n| renamed(&format!("{round}.{n}"))).collect()).await;
        let locked = lock(&temp);
        tokio::time::sleep(Duration::from_millis(40 * round)).await;
        locked.execute_batch("ROLLBACK").unwrap();
    }
    until(async || temp.ledger().refresh().await.unwrap().position == 1 + 80).await;
    stop.send(true).unwrap();
    running.await.unwrap().unwrap();
    each_was_decided_once(temp.ledger(), 40).await;
}

/// Whoever gives up waiting does not know whether it was stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_makes_nothing_twice() {
    let temp = TempLedger::real().await;
    let mut runner = Runner::new(temp.ledger().clone(), Tally::default());
    let mut given_up = 0;
    for round in 0..60_u64 {
        temp.append((0..3).map(|n| renamed(&format!("{round}.{n}"))).collect()).await;
        // A settling asks for at least one thing that is not there at once.
        let steps = 1 + round % 20;
        given_up += u32::from(in_steps(steps, runner.settle(None)).await.is_none());
    }
    assert!(given_up > 0, "none was given up");
    runner.settle(None).await.unwrap();
    each_was_decided_once(temp.ledger(), 180).await;
    let mut second = Runner::new(temp.ledger().clone(), Tally::default());
    assert_eq!(second.settle(None).await.unwrap(), 0, "also not by another one");
}

/// What comes of some work, or nothing where it takes more steps than these: then it is dropped
/// wherever it stands. Counted and not timed, for a machine may be fast.
async fn in_steps<T>(steps: u64, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut left) = (std::pin::pin!(work), steps);
    std::future::poll_fn(move |context| {
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// As `kill -9` would, at all sorts of moments; each time another one starts over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_killed_is_replaced_without_loss() {
    let temp = TempLedger::real().await;
    for round in 0..20_u64 {
        let (running, _, _stop) = run(temp.ledger());
        temp.append((0..3).map(|n| renamed(&format!("{round}.{n}"))).collect()).await;
        tokio::time::sleep(Duration::from_micros(round * 150)).await;
        running.abort();
        let _ = running.await;
    }
    Runner::new(temp.ledger().clone(), Tally::default()).settle(None).await.unwrap();
    each_was_decided_once(temp.ledger(), 60).await;
}

#[tokio::test]
async fn a_refusal_for_good_ends_it_with_the_reason() {
    let temp = TempLedger::real().await;
    temp.append(vec![renamed("a")]).await;
    let reader = temp.second(Mode::ReadOnly).await;
    let (running, _, _stop) = run(&reader);
    let ended = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    assert!(matches!(ended, Err(ServiceError::Append(AppendError::ReadOnly))), "{ended:?}");
}
