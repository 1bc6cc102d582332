//! The live stream: in order, each entry once, from any place on.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Request;
use futures::StreamExt;
use linchpin_domain::fact::InteractionHeld;
use linchpin_domain::fact::InteractionKind;
use linchpin_domain::private::Private;
use linchpin_ledger::NewEntry;
use linchpin_testkit::told;
use serde_json::Value;

use super::served::Served;
use super::story::account;

struct Listener {
    stream: BodyDataStream,
    text: String,
}

impl Listener {
    async fn open(served: &Served, path: &str, last: Option<u64>) -> Self {
        let mut request = Request::get(path);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        let response = served.respond(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { stream: response.into_body().into_data_stream(), text: String::new() }
    }

    /// The next entry: its id and its data.
    async fn next(&mut self) -> (u64, Value) {
        let (kind, id, data) = self.event().await;
        assert_eq!(kind, "entry");
        (id, data)
    }

    /// The next event: its kind, its id and its data.
    async fn event(&mut self) -> (String, u64, Value) {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
                };
                if let (Some(id), Some(data)) = (field("id"), field("data")) {
                    let kind = field("event").unwrap().to_owned();
                    return (kind, id.parse().unwrap(), serde_json::from_str(data).unwrap());
                }
            }
            let wait = Duration::from_secs(10);
            let chunk = tokio::time::timeout(wait, self.stream.next()).await.unwrap().unwrap();
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        }
    }

    async fn positions(&mut self, many: usize) -> Vec<u64> {
        let mut positions = Vec::new();
        for _ in 0..many {
            positions.push(self.next().await.0);
        }
        positions
    }
}

fn calls(range: std::ops::Range<usize>) -> Vec<NewEntry> {
    let call = |_| InteractionHeld {
        account: account("Alder"),
        kind: InteractionKind::Call,
        contact: None,
        by: None,
        person: Private::default(),
    };
    range.map(|at| told(&format!("call {at}"), "2024-05-01", call(at))).collect()
}

#[tokio::test]
async fn a_new_listener_hears_what_comes_next() {
    let served = Served::new().await;
    let mut listener = Listener::open(&served, "/v1/stream", None).await;
    let head = served.append(calls(0..3)).await;
    let (position, data) = listener.next().await;
    assert_eq!(position, head - 2);
    assert_eq!(data["position"], head - 2);
    assert_eq!(data["account"], account("Alder").to_string());
    assert_eq!(
        (data["kind"].as_str(), data["class"].as_str()),
        (Some("interaction.held"), Some("fact"))
    );
    assert_eq!(listener.positions(2).await, [head - 1, head]);
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_hears_nothing_twice() {
    let served = Served::new().await;
    let mut listener = Listener::open(&served, "/v1/stream?after=0", None).await;
    assert_eq!(listener.positions(3).await, [1, 2, 3]);
    drop(listener);
    served.append(calls(0..5)).await;
    let mut again = Listener::open(&served, "/v1/stream?after=0", Some(3)).await;
    assert_eq!(again.positions(5).await, [4, 5, 6, 7, 8]);
    served.append(calls(5..7)).await;
    assert_eq!(again.positions(2).await, [9, 10]);
}

#[tokio::test]
async fn who_is_ahead_of_the_ledger_is_told_to_read_anew_and_then_hears_what_comes() {
    let served = Served::new().await;
    let head = served.append(calls(0..2)).await;
    for (path, last) in [("/v1/stream", Some(head + 7)), ("/v1/stream?after=999", None)] {
        let mut listener = Listener::open(&served, path, last).await;
        let now = served.ledger.ledger().head().position;
        let (kind, id, data) = listener.event().await;
        assert_eq!((kind.as_str(), id), ("reset", now));
        assert_eq!(data, serde_json::json!({ "position": now }));
        let number = usize::try_from(now).unwrap();
        served.append(calls(number..number + 1)).await;
        assert_eq!(listener.positions(1).await, [now + 1]);
    }
    // Who is level with it is not.
    let now = served.ledger.ledger().head().position;
    let mut level = Listener::open(&served, "/v1/stream", Some(now)).await;
    served.append(calls(90..91)).await;
    assert_eq!(level.positions(1).await, [now + 1]);
}

#[tokio::test]
async fn a_slow_listener_is_caught_up_from_the_ledger() {
    let served = Served::new().await;
    let mut listener = Listener::open(&served, "/v1/stream", None).await;
    for start in (0..3_000).step_by(500) {
        served.append(calls(start..start + 500)).await;
    }
    let positions = listener.positions(3_000).await;
    assert!(positions.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert_eq!(positions[0], 4);
}

#[tokio::test]
async fn streams_end_when_the_desk_stops() {
    let served = Served::new().await;
    let mut listener = Listener::open(&served, "/v1/stream", None).await;
    served.model.stop();
    let rest = async { while listener.stream.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), rest).await.unwrap();
}

#[tokio::test]
async fn a_bad_place_is_refused() {
    let served = Served::new().await;
    let request = Request::get("/v1/stream").header("Last-Event-ID", "soon").body(Body::empty());
    let response = served.respond(request.unwrap()).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
}
