//! From the durable inbox: off it only once the ledger has it.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::{self, consumer::pull};
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_ingest::door::take_again;
use linchpin_ingest::nats::{Inbox, TAKERS, empty_inbox};
use linchpin_ledger::{Ledger, Mode};
use tokio::sync::watch;

use crate::{DATA, PATIENCE, Running, STRUCTURED, Site, binary, headers, registered, until};

/// Empties a stream that nobody deletes.
async fn emptied(ledger: Ledger, inbox: Inbox, stop: watch::Receiver<bool>) {
    empty_inbox(ledger, inbox, stop).await.unwrap();
}

impl Site {
    async fn emptying(&self, ledger: Ledger) -> Running {
        let inbox = Inbox::new(self.client.clone(), self.stream().await);
        self.start(|stop| emptied(ledger, inbox, stop))
    }

    /// The same, but what a dead process held is soon offered again.
    async fn emptying_in_haste(&self) -> Running {
        let inbox = Inbox::new(self.client.clone(), self.stream().await);
        let (ledger, inbox) = (self.ledger(), inbox.offered_again_after(Duration::from_secs(1)));
        self.start(|stop| emptied(ledger, inbox, stop))
    }

    async fn put(&self, headers: HeaderMap, body: impl Into<Vec<u8>>) {
        self.stream().await;
        let body = body.into().into();
        let jetstream = jetstream::new(self.client.clone());
        let put = jetstream.publish_with_headers("linchpin.inbox", headers, body);
        put.await.unwrap().await.unwrap();
    }

    async fn is_empty(&self) {
        let stream = self.stream().await;
        until("the inbox is empty", async || stream.get_info().await.unwrap().state.messages == 0)
            .await;
    }
}

#[tokio::test]
async fn what_lies_in_the_inbox_is_taken_in_both_modes() {
    let Some(site) = Site::new().await else { return };
    site.put(binary("1"), DATA).await;
    site.put(headers(&[("Content-Type", STRUCTURED)]), registered("2", "Two")).await;
    let running = site.emptying(site.ledger()).await;
    site.is_empty().await;
    site.put(HeaderMap::new(), registered("3", "Three")).await;
    site.is_empty().await;
    assert_eq!(site.told().await.len(), 3);
    assert!(site.quarantined().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn what_is_put_in_twice_is_told_once() {
    let Some(site) = Site::new().await else { return };
    let running = site.emptying(site.ledger()).await;
    for _ in 0..3 {
        let named = headers(&[("Nats-Msg-Id", "m-1"), ("Content-Type", STRUCTURED)]);
        site.put(named, registered("1", "One")).await;
        site.put(HeaderMap::new(), registered("2", "Two")).await;
    }
    site.is_empty().await;
    assert_eq!(site.told().await.len(), 2);
    assert_eq!(site.stream().await.get_info().await.unwrap().state.last_sequence, 4);
    assert!(site.quarantined().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn what_can_never_be_taken_is_kept_whole_and_can_be_mended() {
    let Some(site) = Site::new().await else { return };
    site.put(HeaderMap::new(), "no event at all").await;
    let mut wrong = binary("2");
    wrong.insert("ce-source", "Euro%20%E2%82%AC");
    site.put(wrong, "{\"account\": \"crm:2\",  \"nom\": \"Two\"}").await;
    site.put(binary("3"), [b'{', 0xff, b'}']).await;
    site.put(HeaderMap::new(), registered("4", &"x".repeat(2 << 20))).await;
    let running = site.emptying(site.ledger()).await;
    site.is_empty().await;
    assert!(site.told().await.is_empty());

    let mut kept = site.quarantined().await;
    kept.sort_by(|one, other| one.source.cmp(&other.source));
    let sources: Vec<&str> = kept.iter().map(|item| item.source.as_str()).collect();
    assert_eq!(sources, ["nats:inbox:1", "nats:inbox:2", "nats:inbox:3", "nats:inbox:4"]);
    assert_eq!(kept[0].original.as_deref(), Some("no event at all"));
    assert!(kept[1].reason.contains("`nom`"), "{}", kept[1].reason);
    assert!(kept[2].reason.contains("UTF-8"), "{}", kept[2].reason);
    assert!(kept[3].reason.contains("larger than"), "{}", kept[3].reason);

    // An event in binary mode is kept as structured mode has it: mended, it is fed again.
    let original = kept[1].original.clone().unwrap();
    assert!(original.contains("\"source\":\"Euro \u{20ac}\""), "{original}");
    assert!(
        original.contains("\"data\":{\"account\": \"crm:2\",  \"nom\": \"Two\"}"),
        "{original}"
    );
    take_again(site.temp.ledger(), &original.replace("\"nom\"", "\"name\"")).await.unwrap();
    let entry = site.told().await.pop().unwrap();
    let Body::Fact(Fact::AccountRegistered(it)) = entry.body else { panic!("{:?}", entry.body) };
    assert_eq!(it.name, "Two");
    running.stop().await;
}

#[tokio::test]
async fn killed_in_the_middle_loses_nothing_and_repeats_nothing() {
    const EVENTS: usize = 1_500;
    let Some(site) = Site::new().await else { return };
    site.stream().await;
    let jetstream = jetstream::new(site.client.clone());
    let mut puts = Vec::new();
    for n in 0..EVENTS {
        let event = registered(&format!("e{n}"), &format!("Client {n}"));
        puts.push(jetstream.publish("linchpin.inbox", event.into()).await.unwrap());
    }
    for put in puts {
        put.await.unwrap();
    }
    // Killed again and again, each time with some in hand: acknowledged, stored or neither.
    let mut before = 0;
    for _ in 0..4 {
        let doomed = site.emptying_in_haste().await;
        until("some more are stored", async || site.ledger().head().position > before + 50).await;
        doomed.task.abort();
        assert!(doomed.task.await.unwrap_err().is_cancelled());
        before = site.ledger().head().position;
    }
    assert!(site.stream().await.get_info().await.unwrap().state.messages > 0, "all done too soon");
    let running = site.emptying_in_haste().await;
    site.is_empty().await;
    let told = site.told().await;
    let names: BTreeSet<String> = told
        .iter()
        .map(|entry| match &entry.body {
            Body::Fact(Fact::AccountRegistered(it)) => it.name.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!((told.len(), names.len()), (EVENTS, EVENTS));
    assert!(site.quarantined().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn what_a_locked_ledger_does_not_take_is_taken_later() {
    let Some(site) = Site::new().await else { return };
    let file = site.temp.dir().join("ledger.db");
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let running = site.emptying(site.ledger()).await;
    site.put(HeaderMap::new(), registered("1", "One")).await;
    let stream = site.stream().await;
    // The ledger waits five seconds before it says that it is locked; then the message is put off
    // for five, and offered again long before it would be to the heir of a dead process.
    until("it was offered a second time", async || {
        let consumer = stream.get_consumer::<pull::Config>(TAKERS).await;
        let Ok(mut consumer) = consumer else { return false };
        consumer.info().await.is_ok_and(|info| info.num_redelivered > 0)
    })
    .await;
    assert!(site.told().await.is_empty());
    assert_eq!(stream.get_info().await.unwrap().state.messages, 1);
    other.execute_batch("ROLLBACK").unwrap();
    site.is_empty().await;
    assert_eq!(site.told().await.len(), 1);
    assert!(site.quarantined().await.is_empty());
    running.stop().await;
}

#[tokio::test]
async fn what_a_ledger_for_reading_does_not_take_stays_in_the_inbox() {
    let Some(site) = Site::new().await else { return };
    site.put(HeaderMap::new(), registered("1", "One")).await;
    site.put(HeaderMap::new(), "garbage").await;
    let running = site.emptying(site.temp.second(Mode::ReadOnly).await).await;
    let stream = site.stream().await;
    until("both were offered", async || {
        let consumer = stream.get_consumer::<pull::Config>(TAKERS).await;
        consumer.is_ok_and(|consumer| consumer.cached_info().num_pending == 0)
    })
    .await;
    running.stop().await;
    assert_eq!(stream.get_info().await.unwrap().state.messages, 2);
}

#[tokio::test]
async fn the_inbox_goes_on_when_the_server_came_back_or_lost_the_consumer() {
    let Some(mut site) = Site::new().await else { return };
    let running = site.emptying(site.ledger()).await;
    site.put(HeaderMap::new(), registered("1", "One")).await;
    site.is_empty().await;
    site.stream().await.delete_consumer(TAKERS).await.unwrap();
    site.put(HeaderMap::new(), registered("2", "Two")).await;
    site.is_empty().await;
    site.server.kill();
    site.server.start();
    site.client.force_reconnect().await.unwrap();
    until("the client is back", async || site.client.flush().await.is_ok()).await;
    site.put(HeaderMap::new(), registered("3", "Three")).await;
    site.is_empty().await;
    assert_eq!(site.told().await.len(), 3);
    running.stop().await;
}

/// Whoever knows how the stream has to be set makes it anew, not whoever empties it.
#[tokio::test]
async fn an_inbox_that_was_deleted_is_told_of_and_not_made_anew() {
    let Some(site) = Site::new().await else { return };
    let inbox = Inbox::new(site.client.clone(), site.stream().await);
    let (_stop, stopped) = watch::channel(false);
    let emptying = tokio::spawn(empty_inbox(site.ledger(), inbox, stopped));
    site.put(HeaderMap::new(), registered("1", "One")).await;
    site.is_empty().await;
    let jetstream = jetstream::new(site.client.clone());
    jetstream.delete_stream("LINCHPIN_INBOX").await.unwrap();
    let ended = tokio::time::timeout(PATIENCE, emptying).await.expect("it ends").unwrap();
    let told = ended.unwrap_err().to_string();
    assert!(told.contains("LINCHPIN_INBOX was deleted"), "{told}");
    assert!(jetstream.get_stream("LINCHPIN_INBOX").await.is_err());
}
