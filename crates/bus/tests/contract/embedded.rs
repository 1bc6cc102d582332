//! The bus of the embedded desk: the ledger itself.

use linchpin_bus::{Feed, FeedError};
use linchpin_domain::entry::Entry;
use linchpin_ledger::Ledger;

use crate::feed::Bus;

pub(crate) struct Embedded(Feed);

impl Bus for Embedded {
    async fn after(ledger: &Ledger, position: u64) -> Self {
        Self(Feed::new(ledger.clone(), position))
    }

    async fn next(&mut self) -> Vec<Entry> {
        self.0.next().await.unwrap()
    }

    async fn try_next(&mut self) -> Vec<Entry> {
        self.0.try_next().await.unwrap()
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
