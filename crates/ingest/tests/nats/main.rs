//! The NATS doors against a real server: what they take, what they refuse, and that nothing is
//! lost and nothing is twice. Where there is no nats-server the tests say so.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod described;
mod inbox;
mod requests;

use std::future::Future;
use std::time::Duration;

use async_nats::jetstream::stream::{Config, RetentionPolicy, Stream};
use async_nats::{Client, HeaderMap, Message, jetstream};
use linchpin_domain::entry::{Body as Said, Entry};
use linchpin_domain::fact::Fact;
use linchpin_ledger::{Ledger, Quarantined};
use linchpin_testkit::{NatsServer, TempLedger};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const STRUCTURED: &str = "application/cloudevents+json";
pub(crate) const DATA: &str = "{\n  \"account\": \"crm:1\", \"name\": \"Hello World!\"\n}";
/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A ledger, a server that takes messages larger than an event may be, and a client.
pub(crate) struct Site {
    pub(crate) temp: TempLedger,
    pub(crate) client: Client,
    pub(crate) server: NatsServer,
}

/// Something that runs until it is told to stop.
pub(crate) struct Running {
    pub(crate) task: JoinHandle<()>,
    stop: watch::Sender<bool>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(PATIENCE, self.task).await.expect("it stops").unwrap();
    }
}

impl Site {
    pub(crate) async fn new() -> Option<Self> {
        let server = NatsServer::with("max_payload: 4MB\n")?;
        let client = connect(&server).await;
        Some(Self { temp: TempLedger::real().await, client, server })
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.temp.ledger().clone()
    }

    pub(crate) fn start<F>(&self, door: impl FnOnce(watch::Receiver<bool>) -> F) -> Running
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        Running { task: tokio::spawn(door(stopped)), stop }
    }

    /// The stream behind the inbox, as the desk makes it.
    pub(crate) async fn stream(&self) -> Stream {
        let config = Config {
            name: "LINCHPIN_INBOX".to_owned(),
            subjects: vec!["linchpin.inbox".to_owned()],
            retention: RetentionPolicy::WorkQueue,
            duplicate_window: Duration::from_secs(120),
            ..Config::default()
        };
        jetstream::new(self.client.clone()).get_or_create_stream(config).await.unwrap()
    }

    /// Everything stored behind the first entry, links to other systems left out.
    pub(crate) async fn told(&self) -> Vec<Entry> {
        let ledger = self.temp.ledger();
        let mut entries = Vec::new();
        let mut after = 1;
        while after < ledger.head().position {
            entries.extend(ledger.read(after, ledger.head().position).await.unwrap());
            after = entries.last().unwrap().position;
        }
        let link = |entry: &Entry| matches!(entry.body, Said::Fact(Fact::ExternalRefLinked(_)));
        entries.into_iter().filter(|entry| !link(entry)).collect()
    }

    pub(crate) async fn quarantined(&self) -> Vec<Quarantined> {
        self.temp.ledger().quarantine().list(0, 1_000).await.unwrap()
    }
}

pub(crate) async fn connect(server: &NatsServer) -> Client {
    async_nats::connect(server.url()).await.unwrap()
}

/// Waits until something holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, *value);
    }
    headers
}

/// The headers of the same event in binary mode.
pub(crate) fn binary(id: &str) -> HeaderMap {
    headers(&[
        ("ce-specversion", "1.0"),
        ("ce-type", "linchpin.account.registered"),
        ("ce-time", "2018-04-05T03:56:24Z"),
        ("ce-id", id),
        ("ce-source", "/mycontext/subcontext"),
        ("ce-datacontenttype", "application/json"),
    ])
}

/// An event in structured mode that a client is on the books.
pub(crate) fn registered(id: &str, name: &str) -> String {
    let event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "/mycontext/subcontext",
        "type": "linchpin.account.registered",
        "time": "2018-04-05T03:56:24Z",
        "data": {"account": format!("crm:{id}"), "name": name},
    });
    event.to_string()
}

/// What an answer says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) retry_after: Option<String>,
    pub(crate) trace: String,
    pub(crate) body: Value,
}

impl From<Message> for Answer {
    fn from(message: Message) -> Self {
        let headers = message.headers.unwrap_or_default();
        let header = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        Self {
            status: header("Linchpin-Status").unwrap().parse().unwrap(),
            kind: header("Content-Type").unwrap(),
            retry_after: header("Retry-After"),
            trace: header("traceparent").unwrap(),
            body: serde_json::from_slice(&message.payload).unwrap(),
        }
    }
}

impl Answer {
    /// The problem's detail, after checking that it is a problem of this status.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.kind, "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["type"].as_str().unwrap().starts_with("urn:linchpin:problem:"));
        self.body["detail"].as_str().unwrap()
    }
}
