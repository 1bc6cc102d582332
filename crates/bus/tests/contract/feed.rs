//! What every feed promises.

use std::time::Duration;

use linchpin_bus::{Bus, Feed};
use linchpin_domain::fact::AccountRenamed;
use linchpin_domain::id::AccountId;
use linchpin_ledger::{Append, Ledger, Mode, NewEntry};
use linchpin_testkit::{TempLedger, told};

/// A way on which entries come.
pub(crate) trait Way: Sized + Send + Sync + 'static {
    /// The way for a ledger; `None` where what it needs is not on this machine.
    async fn of(ledger: &Ledger) -> Option<Self>;
    /// The bus that goes this way.
    fn bus(&self) -> &Bus;
}

fn renamed(name: &str) -> NewEntry {
    let account = AccountId::named("crm:acme");
    told(name, "2024-05-01", AccountRenamed { account, name: name.to_owned() })
}

async fn take(feed: &mut Feed, from: u64, count: usize) {
    let mut taken = Vec::new();
    while taken.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(20), feed.next()).await;
        let next = next.expect("more entries").unwrap();
        assert!(!next.is_empty());
        taken.extend(next.iter().map(|entry| entry.position));
    }
    assert!(taken.into_iter().eq(from..from + count as u64));
}

pub(crate) async fn everything_comes_once_and_in_order<W: Way>() {
    let temp = TempLedger::real().await;
    // More than one read gives.
    for part in 0..3 {
        temp.append((0..2_000).map(|n| renamed(&format!("{part}.{n}"))).collect()).await;
    }
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feed = way.bus().feed(0);
    take(&mut feed, 1, 6_001).await;
    temp.append(vec![renamed("live")]).await;
    take(&mut feed, 6_002, 1).await;
}

pub(crate) async fn it_begins_after_a_position<W: Way>() {
    let temp = TempLedger::real().await;
    temp.append((0..10).map(|n| renamed(&format!("{n}"))).collect()).await;
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feed = way.bus().feed(4);
    take(&mut feed, 5, 7).await;
}

pub(crate) async fn it_waits_for_what_is_not_there_yet<W: Way>() {
    let temp = TempLedger::real().await;
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feed = way.bus().feed(1);
    let waiting = tokio::spawn(async move { feed.next().await.unwrap() });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    temp.append(vec![renamed("a")]).await;
    assert_eq!(waiting.await.unwrap()[0].position, 2);
}

pub(crate) async fn it_gives_nothing_when_caught_up<W: Way>() {
    let temp = TempLedger::real().await;
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feed = way.bus().feed(0);
    assert_eq!(feed.try_next().await.unwrap().len(), 1);
    assert!(feed.try_next().await.unwrap().is_empty());
    temp.append(vec![renamed("a")]).await;
    assert_eq!(feed.try_next().await.unwrap().len(), 1);
    assert!(feed.try_next().await.unwrap().is_empty());
}

pub(crate) async fn who_stops_waiting_loses_nothing<W: Way>() {
    let temp = TempLedger::real().await;
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feed = way.bus().feed(1);
    let mut next = 2;
    for n in 0..200_u64 {
        let ledger = temp.ledger().clone();
        let append = tokio::spawn(async move {
            ledger.append(Append::of(vec![renamed(&format!("{n}"))])).await.unwrap();
        });
        // Given up at all sorts of moments, now and then in the middle of a read.
        let waited = tokio::time::timeout(Duration::from_micros(n * 20), feed.next()).await;
        if let Ok(entries) = waited {
            let entries = entries.unwrap();
            assert_eq!(entries[0].position, next);
            next += entries.len() as u64;
        }
        append.await.unwrap();
    }
    let left = usize::try_from(202 - next).unwrap();
    take(&mut feed, next, left).await;
}

pub(crate) async fn many_feeds_see_the_same_while_many_append<W: Way>() {
    let temp = TempLedger::real().await;
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feeds = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let mut feed = way.bus().feed(0);
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

pub(crate) async fn entries_of_another_process_come_too<W: Way>() {
    let temp = TempLedger::real().await;
    let Some(way) = W::of(temp.ledger()).await else { return };
    let mut feed = way.bus().feed(1);
    let other = temp.second(Mode::ReadWrite).await;
    other.append(Append::of(vec![renamed("a"), renamed("b")])).await.unwrap();
    take(&mut feed, 2, 2).await;
}
