//! The HTTP door: what it takes, what it refuses, and how it says so.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod acts;
mod batch;
mod bounds;
mod bulk;
mod commands;
mod conformance;
mod description;
mod dismiss;
mod handed;
mod keys;
mod members;
mod naming;
mod outside;
mod refusals;
mod rules;
mod single;
mod taken_back;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Extensions, HeaderMap, Request, StatusCode};
use linchpin_domain::entry::{Body as Said, Entry};
use linchpin_domain::fact::Fact;
use linchpin_testkit::TempLedger;
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) const STRUCTURED: &str = "application/cloudevents+json";
pub(crate) const BATCH: &str = "application/cloudevents-batch+json";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";

/// A desk's door over a ledger of its own.
pub(crate) struct Site {
    pub(crate) temp: TempLedger,
    pub(crate) app: Router,
}

/// What it answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Extensions,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem's detail, after checking that it is a problem of this status.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:linchpin:problem:"));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        problem["detail"].as_str().unwrap().to_owned()
    }
}

impl Site {
    pub(crate) async fn new() -> Self {
        let temp = TempLedger::real().await;
        let present = || Some(linchpin_ingest::command::Present::default());
        let app = linchpin_ingest::http::facts(temp.ledger().clone())
            .merge(linchpin_ingest::http::commands(temp.ledger().clone(), present));
        Self { temp, app }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, extensions: parts.extensions, text }
    }

    pub(crate) async fn post(&self, path: &str, media: &str, body: impl Into<Body>) -> Answer {
        self.post_with(path, &[("content-type", media)], body).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Everything stored behind the first entry, links to other systems left out.
    pub(crate) async fn told(&self) -> Vec<Entry> {
        let ledger = self.temp.ledger();
        let entries = ledger.read(1, ledger.head().position).await.unwrap();
        let link = |entry: &Entry| matches!(entry.body, Said::Fact(Fact::ExternalRefLinked(_)));
        entries.into_iter().filter(|entry| !link(entry)).collect()
    }
}

/// An event that an account is on the books.
pub(crate) fn registered(id: &str, account: &str, name: &str) -> Value {
    event(id, "account.registered", json!({"account": account, "name": name}))
}

pub(crate) fn event(id: &str, fact: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": "/crm",
        "type": format!("linchpin.{fact}"),
        "time": "2024-05-01T10:00:00Z",
        "data": data,
    })
}
