//! Forced interleavings of commits: one writer stands still between its statements while others
//! write and read. No reader skips an entry, or sees one that is not committed.

use std::time::Duration;

use linchpin_ledger::{AppendError, Ledger, Mode};

use crate::place::{Held, Place, append, client, outcomes};

/// Long enough that whoever does not wait would be done; short of every patience.
const A_WHILE: Duration = Duration::from_millis(700);

pub(crate) async fn a_writer_that_waits_holds_up_the_next_and_readers_see_neither(
    place: &impl Place,
) {
    let ledger = place.create(false).await;
    let reader = place.open(Mode::ReadOnly).await;
    let held = place.hold().await;
    let next = tokio::spawn({
        let ledger = ledger.clone();
        async move { append(&ledger, vec![client("next")]).await }
    });
    tokio::time::sleep(A_WHILE).await;
    assert!(!next.is_finished(), "it came before what stands before it");
    for ledger in [&ledger, &reader] {
        assert_eq!(ledger.refresh().await.unwrap().position, 1);
        assert_eq!(ledger.read(0, u64::MAX).await.unwrap().len(), 1);
        assert_eq!(ledger.find(&[client("next").id]).await.unwrap(), [None]);
    }
    held.commit().await;
    let appended = next.await.unwrap().unwrap();
    assert_eq!(outcomes(&appended), [(3, true)]);
    let entries = reader.read(0, u64::MAX).await.unwrap();
    assert!(entries.iter().map(|entry| entry.position).eq(1..=3));
    assert_eq!(entries[1].body.name(), "moon.landed");
}

/// Follows the ledger without pause until it has seen all, asking for what comes after the last
/// seen. `read` itself refuses a gap; what was seen once must stand there for good.
async fn follow(ledger: Ledger, until: u64) -> Vec<linchpin_domain::id::EntryId> {
    let mut seen = Vec::new();
    while (seen.len() as u64) < until {
        let more = ledger.read(seen.len() as u64, u64::MAX).await.unwrap();
        let head = ledger.refresh().await.unwrap().position;
        assert!(seen.len() + more.len() <= head as usize, "seen before it was committed");
        seen.extend(more.into_iter().map(|entry| entry.id));
        tokio::task::yield_now().await;
    }
    seen
}

pub(crate) async fn a_follower_never_skips_and_never_sees_what_is_undone(place: &impl Place) {
    const ROUNDS: u64 = 6;
    let ledgers = [place.create(false).await, place.open(Mode::ReadWrite).await];
    let total = 1 + ROUNDS + 2 * ROUNDS * 4;
    let reader = place.open(Mode::ReadOnly).await;
    let follower = tokio::spawn(follow(reader, total));
    for round in 0..ROUNDS {
        // One stands in the middle of its append; two others queue behind it.
        let held = place.hold().await;
        let mut writers = tokio::task::JoinSet::new();
        for (writer, ledger) in ledgers.iter().cloned().enumerate() {
            writers.spawn(async move {
                for n in 0..4 {
                    let name = format!("{round}.{writer}.{n}");
                    append(&ledger, vec![client(&name)]).await.unwrap();
                }
            });
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
        held.commit().await;
        // And one that will never be, in between.
        place.hold().await.vanish().await;
        writers.join_all().await;
    }
    let seen = tokio::time::timeout(Duration::from_secs(60), follower).await.unwrap().unwrap();
    let mut stored = Vec::new();
    while (stored.len() as u64) < total {
        let more = ledgers[0].read(stored.len() as u64, u64::MAX).await.unwrap();
        stored.extend(more.into_iter().map(|entry| entry.id));
    }
    assert_eq!(seen, stored);
    assert_eq!(ledgers[0].refresh().await.unwrap().position, total);
}

pub(crate) async fn one_that_goes_away_in_the_middle_leaves_no_trace(place: &impl Place) {
    let ledger = place.create(false).await;
    let held = place.hold().await;
    let next = tokio::spawn({
        let ledger = ledger.clone();
        async move { append(&ledger, vec![client("next")]).await }
    });
    tokio::time::sleep(A_WHILE).await;
    held.vanish().await;
    let appended = next.await.unwrap().unwrap();
    assert_eq!(outcomes(&appended), [(2, true)]);
    // One that stays for too long is not waited for: the caller is told to come again.
    let held = place.hold().await;
    let late = append(&ledger, vec![client("late")]).await;
    assert!(matches!(late, Err(AppendError::Locked)), "{late:?}");
    held.vanish().await;
    let again = append(&ledger, vec![client("late")]).await.unwrap();
    assert_eq!(outcomes(&again), [(3, true)]);
}
