//! What the tests stand on: a ledger, a connection, relays that run, and a close look at the
//! stream.

use std::time::Duration;

use async_nats::jetstream::{self, Context};
use linchpin_bus::nats::{Nats, Settings};
use linchpin_bus::{Feed, Relay, RelayStatus, Source};
use linchpin_domain::fact::AccountRenamed;
use linchpin_domain::id::AccountId;
use linchpin_ledger::{Append, Ledger, NewEntry};
use linchpin_testkit::{TempLedger, told};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How long anything may take to heal.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) async fn connect(servers: Vec<String>, replicas: usize) -> Nats {
    Nats::connect(Settings { servers, replicas, ..Settings::default() }).await.unwrap()
}

/// JetStream as an administrator uses it.
pub(crate) fn admin(nats: &Nats) -> Context {
    jetstream::new(nats.client())
}

pub(crate) fn renamed(name: &str) -> NewEntry {
    let account = AccountId::named("crm:acme");
    told(name, "2024-05-01", AccountRenamed { account, name: name.to_owned() })
}

/// Appends so many entries, ten at a time; the names begin with a word.
pub(crate) async fn append(ledger: &Ledger, word: &str, count: usize) {
    let names: Vec<String> = (0..count).map(|n| format!("{word}.{n}")).collect();
    for some in names.chunks(10) {
        let entries = some.iter().map(|name| renamed(name)).collect();
        ledger.append(Append::of(entries)).await.unwrap();
    }
}

/// A relay that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) relay: Relay,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn new(ledger: &Ledger, nats: &Nats) -> Self {
        Self::of(&Relay::new(ledger.clone(), nats.clone()))
    }

    /// One that has run before, perhaps.
    pub(crate) fn of(relay: &Relay) -> Self {
        let relay = relay.clone();
        let (stop, stopped) = watch::channel(false);
        let run = relay.clone();
        let task = tokio::spawn(async move { run.run(stopped).await });
        Self { relay, stop, task }
    }

    /// Ends it in good order.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        (&mut self.task).await.unwrap();
    }

    /// Ends it once the stream ends where the ledger does.
    pub(crate) async fn stop_when_mirrored(self, nats: &Nats, ledger: &Ledger) {
        mirrored(nats, ledger).await;
        self.stop().await;
    }

    /// Ends it wherever it is, as `kill -9` does: the lease stays behind.
    pub(crate) async fn kill(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// Waits until its status is as it should be.
    pub(crate) async fn becomes(&self, what: &str, is: impl Fn(&RelayStatus) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is(&self.relay.status()) {
            assert!(Instant::now() < until, "never became {what}: {:?}", self.relay.status());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until it says what troubles it, and gives that.
    pub(crate) async fn trouble(&self, word: &str) -> String {
        let says = |s: &RelayStatus| s.trouble.as_ref().is_some_and(|t| t.contains(word));
        self.becomes(word, says).await;
        self.relay.status().trouble.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) async fn eventually(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is().await {
        assert!(Instant::now() < until, "never came about: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the stream ends where the ledger does.
pub(crate) async fn mirrored(nats: &Nats, ledger: &Ledger) {
    let admin = admin(nats);
    let head = ledger.refresh().await.unwrap().position;
    eventually(&format!("a stream that ends at {head}"), async || {
        let stream = admin.get_stream(nats.stream_name()).await;
        stream.is_ok_and(|stream| stream.cached_info().state.last_sequence == head)
    })
    .await;
}

/// Waits for the mirror, then compares each message from a position on with the ledger's entry.
pub(crate) async fn exact_from(nats: &Nats, ledger: &Ledger, from: u64) {
    mirrored(nats, ledger).await;
    let stream = admin(nats).get_stream(nats.stream_name()).await.unwrap();
    let state = &stream.cached_info().state;
    assert_eq!((state.first_sequence, state.deleted_count.unwrap_or(0)), (from, 0));
    let mut position = from;
    while position <= state.last_sequence {
        for entry in ledger.stored_range(position - 1, state.last_sequence).await.unwrap() {
            let message = stream.get_raw_message(position).await.unwrap();
            let header = |name| message.headers.get(name).unwrap().as_str().to_owned();
            assert_eq!(entry.position, position);
            assert_eq!(header("ce-id"), entry.id.0.to_string());
            assert_eq!(header("ce-position"), position.to_string());
            assert_eq!(message.payload, entry.payload.as_bytes());
            position += 1;
        }
    }
}

/// Waits for the mirror, then compares each message with the ledger's entry.
pub(crate) async fn exact(nats: &Nats, ledger: &Ledger) {
    exact_from(nats, ledger, 1).await;
}

/// Takes entries up to a position and checks that each comes once and in order.
pub(crate) async fn take_to(feed: &mut Feed, head: u64) {
    while feed.position() < head {
        let next = feed.position() + 1;
        let entries = tokio::time::timeout(PATIENCE, feed.next()).await.expect("more entries");
        let positions = entries.unwrap().into_iter().map(|entry| entry.position);
        assert!(positions.eq(next..=feed.position()));
    }
}

/// Appends one entry after another until the feed has one from NATS again.
pub(crate) async fn goes_live(feed: &mut Feed, temp: &TempLedger, word: &str) {
    let mut round = 0;
    eventually("a feed that is live", async || {
        append(temp.ledger(), &format!("{word}.{round}"), 1).await;
        round += 1;
        take_to(feed, temp.ledger().head().position).await;
        feed.source() == Source::Nats
    })
    .await;
}
