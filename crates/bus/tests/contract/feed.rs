//! What every feed promises.

use std::time::Duration;

use linchpin_domain::entry::Entry;
use linchpin_domain::fact::AccountRenamed;
use linchpin_domain::id::AccountId;
use linchpin_ledger::{Append, Ledger, Mode, NewEntry};
use linchpin_testkit::{TempLedger, told};

/// A way to follow a ledger.
pub(crate) trait Bus: Sized + Send + 'static {
    /// A feed of what comes after a position.
    async fn after(ledger: &Ledger, position: u64) -> Self;
    /// The next entries, at least one.
    fn next(&mut self) -> impl Future<Output = Vec<Entry>> + Send;
    /// The next entries that are there.
    fn try_next(&mut self) -> impl Future<Output = Vec<Entry>> + Send;
}

fn renamed(name: &str) -> NewEntry {
    let account = AccountId::named("crm:acme");
    told(name, "2024-05-01", AccountRenamed { account, name: name.to_owned() })
}

async fn take<B: Bus>(feed: &mut B, from: u64, count: usize) {
    let mut taken = Vec::new();
    while taken.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(20), feed.next()).await;
        let next = next.expect("more entries");
        assert!(!next.is_empty());
        taken.extend(next.iter().map(|entry| entry.position));
    }
    assert!(taken.into_iter().eq(from..from + count as u64));
}

pub(crate) async fn everything_comes_once_and_in_order<B: Bus>() {
    let temp = TempLedger::real().await;
    // More than one read gives.
    for part in 0..3 {
        temp.append((0..2_000).map(|n| renamed(&format!("{part}.{n}"))).collect()).await;
    }
    let mut feed = B::after(temp.ledger(), 0).await;
    take(&mut feed, 1, 6_001).await;
    temp.append(vec![renamed("live")]).await;
    take(&mut feed, 6_002, 1).await;
}

pub(crate) async fn it_begins_after_a_position<B: Bus>() {
    let temp = TempLedger::real().await;
    temp.append((0..10).map(|n| renamed(&format!("{n}"))).collect()).await;
    let mut feed = B::after(temp.ledger(), 4).await;
    take(&mut feed, 5, 7).await;
}

pub(crate) async fn it_waits_for_what_is_not_there_yet<B: Bus>() {
    let temp = TempLedger::real().await;
    let mut feed = B::after(temp.ledger(), 1).await;
    let waiting = tokio::spawn(async move { feed.next().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    temp.append(vec![renamed("a")]).await;
    assert_eq!(waiting.await.unwrap()[0].position, 2);
}

pub(crate) async fn it_gives_nothing_when_caught_up<B: Bus>() {
    let temp = TempLedger::real().await;
    let mut feed = B::after(temp.ledger(), 0).await;
    assert_eq!(feed.try_next().await.len(), 1);
    assert!(feed.try_next().await.is_empty());
    temp.append(vec![renamed("a")]).await;
    assert_eq!(feed.try_next().await.len(), 1);
    assert!(feed.try_next().await.is_empty());
}

pub(crate) async fn who_stops_waiting_loses_nothing<B: Bus>() {
    let temp = TempLedger::real().await;
    let mut feed = B::after(temp.ledger(), 1).await;
    let mut next = 2;
    for n in 0..200_u64 {
        let ledger = temp.ledger().clone();
        let append = tokio::spawn(async move {
            ledger.append(Append::of(vec![renamed(&format!("{n}"))])).await.unwrap();
        });
        // Given up at all sorts of moments, now and then in the middle of a read.
        if let Ok(entries) = tokio::time::timeout(Duration::from_micros(n * 20), feed.next()).await
        {
            assert_eq!(entries[0].position, next);
            next += entries.len() as u64;
        }
        append.await.unwrap();
    }
    let left = usize::try_from(202 - next).unwrap();
    take(&mut feed, next, left).await;
}

pub(crate) async fn many_feeds_see_the_same_while_many_append<B: Bus>() {
    let temp = TempLedger::real().await;
    let mut feeds = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let mut feed = B::after(temp.ledger(), 0).await;
        feeds.spawn(async move { take(&mut feed, 1, 1 + 8 * 100).await });
    }
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..8 {
        let ledger = temp.ledger().clone();
        callers.spawn(async move {
            for n in 0..100 {
                ledger.append(Append::of(vec![renamed(&format!("{caller}.{n}"))])).await.unwrap();
            }
        });
    }
    callers.join_all().await;
    feeds.join_all().await;
}

pub(crate) async fn entries_of_another_process_come_too<B: Bus>() {
    let temp = TempLedger::real().await;
    let mut feed = B::after(temp.ledger(), 1).await;
    let other = temp.second(Mode::ReadWrite).await;
    other.append(Append::of(vec![renamed("a"), renamed("b")])).await.unwrap();
    take(&mut feed, 2, 2).await;
}
