//! The bus of the embedded desk: the ledger itself.

use linchpin_bus::{Bus, Feed, FeedError};
use linchpin_ledger::Ledger;

use crate::feed::Way;

pub(crate) struct Embedded(Bus);

impl Way for Embedded {
    async fn of(ledger: &Ledger) -> Option<Self> {
        Some(Self(Bus::local(ledger.clone())))
    }

    fn bus(&self) -> &Bus {
        &self.0
    }
}

#[tokio::test]
async fn a_closed_ledger_ends_the_feed_with_an_error() {
    let temp = linchpin_testkit::TempLedger::real().await;
    let mut feed = Feed::new(temp.ledger().clone(), 1);
    let waiting = tokio::spawn(async move { feed.next().await });
    temp.ledger().clone().close().await;
    assert!(matches!(waiting.await.unwrap(), Err(FeedError::Read { after: 1, .. })));
}
