//! The server goes away and comes back.

use std::time::{Duration, Instant};

use linchpin_domain::entry::Position;
use linchpin_ledger::{AppendError, Ledger, Mode, ReadError, StorageError};

use super::Database;
use crate::place::{Place, append, client, outcomes};

/// Nobody waits for longer than this to be told that the server is away.
const SOON: Duration = Duration::from_millis(6_500);

fn is_away<T: std::fmt::Debug>(answer: &Result<T, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Storage(StorageError::Away(_))))
}

/// Asks again for as long as the answer is that it may go well later.
async fn insistently(ledger: &Ledger, name: &str) -> Position {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match append(ledger, vec![client(name)]).await {
            Ok(appended) => return appended.outcomes[0].position,
            Err(error) if error.is_passing() && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_is_away_and_then_back() {
    let Some(mut place) = Database::new().await else { return };
    let ledger = place.create(false).await;
    append(&ledger, vec![client("before")]).await.unwrap();
    let mut watch = ledger.watch();
    place.server.stop();
    let begun = Instant::now();
    let refused = append(&ledger, vec![client("a")]).await;
    assert!(is_away(&refused), "{refused:?}");
    let read = ledger.read(0, 9).await;
    assert!(matches!(read, Err(ReadError::Storage(StorageError::Away(_)))), "{read:?}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    assert_eq!(ledger.head().position, 2);
    let opened = Ledger::open(&place.url, Mode::ReadOnly, place.clock.clock()).await;
    let said = opened.unwrap_err().to_string();
    assert!(said.contains("cannot be reached") && !said.contains("for-tests"), "{said}");

    place.server.start();
    assert_eq!(ledger.read(0, 9).await.unwrap().len(), 2);
    let appended = append(&ledger, vec![client("a"), client("before")]).await.unwrap();
    assert_eq!(outcomes(&appended), [(3, true), (2, false)]);
    // Others are heard again too.
    let other = place.open(Mode::ReadWrite).await;
    append(&other, vec![client("b")]).await.unwrap();
    let heard = async {
        while *watch.borrow_and_update() < 4 {
            watch.changed().await.unwrap()
        }
    };
    tokio::time::timeout(Duration::from_secs(10), heard).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let Some(place) = Database::new().await else { return };
    let ledger = place.create(false).await;
    place.server.pause();
    let begun = Instant::now();
    let (refused, read) = tokio::join!(append(&ledger, vec![client("a")]), ledger.read(0, 9));
    let opened = Ledger::open(&place.url, Mode::ReadOnly, place.clock.clock()).await;
    let took = begun.elapsed();
    place.server.resume();
    // Pausing the server leaves its processes that serve us running: those may still answer.
    for passing in [refused.err().map(|e| e.is_passing()), read.err().map(|e| e.is_passing())] {
        assert_ne!(passing, Some(false));
    }
    assert!(opened.is_err());
    assert!(took < SOON * 2, "{took:?}");
    assert_eq!(insistently(&ledger, "a").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_there_once_however_often_the_server_is_killed() {
    const WRITERS: usize = 4;
    const EACH: usize = 60;
    let Some(mut place) = Database::new().await else { return };
    let ledgers = [place.create(false).await, place.open(Mode::ReadWrite).await];
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let ledger = ledgers[writer % 2].clone();
        writers.spawn(async move {
            let mut answered = Vec::new();
            for n in 0..EACH {
                let name = format!("{writer}.{n}");
                answered.push((insistently(&ledger, &name).await, name));
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
            answered
        });
    }
    for round in 0..3 {
        tokio::time::sleep(Duration::from_millis(350)).await;
        if round == 1 {
            place.server.stop();
        } else {
            place.server.kill();
        }
        place.server.start();
    }
    let answered: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    assert_eq!(answered.len(), WRITERS * EACH);
    let entries = ledgers[0].read(0, u64::MAX).await.unwrap();
    assert_eq!(entries.len(), 1 + WRITERS * EACH);
    for (position, name) in answered {
        assert_eq!(entries[position as usize - 1].id, client(&name).id, "{position}");
    }
    for stored in ledgers[1].stored_range(0, u64::MAX).await.unwrap() {
        assert!(stored.is_intact());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_is_heard_at_once() {
    let Some(place) = Database::new().await else { return };
    let here = place.create(false).await;
    let there = place.open(Mode::ReadWrite).await;
    let reader = place.open(Mode::ReadOnly).await;
    // Once the first look is over.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for n in 2..12 {
        let mut watch = reader.watch();
        watch.mark_unchanged();
        append(&there, vec![client(&format!("{n}"))]).await.unwrap();
        let heard = async {
            while *watch.borrow_and_update() < n {
                watch.changed().await.unwrap()
            }
        };
        tokio::time::timeout(Duration::from_millis(800), heard).await.unwrap();
    }
    assert_eq!(here.refresh().await.unwrap().position, 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_heard_is_seen() {
    let Some(place) = Database::new().await else { return };
    let ledger = place.create(false).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    // Stored past the ledger, with no word said.
    let held = place.hold().await;
    crate::place::Held::commit(held).await;
    let mut watch = ledger.watch();
    let seen = async {
        while *watch.borrow_and_update() < 2 {
            watch.changed().await.unwrap()
        }
    };
    tokio::time::timeout(Duration::from_secs(5), seen).await.unwrap();
}
