//! The lock tried from outside: who gets in where, and how long anyone may take.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod description;
mod gate;
mod refusals;
mod serving;

use std::net::IpAddr;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Router};
use linchpin_access::{Caller, Gate, Lock, Role, issue};
use linchpin_testkit::TempLedger;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
pub(crate) const ANYWHERE: [u8; 4] = [0, 0, 0, 0];

/// Routes behind a gate, over a ledger of their own.
pub(crate) struct Site {
    pub(crate) temp: TempLedger,
    pub(crate) app: Router,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The problem's detail, after checking that it is a problem of this status.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["status"], status);
        problem["detail"].as_str().unwrap().to_owned()
    }
}

/// Tells who it was, and what of the credentials reached it.
async fn who(caller: Option<Extension<Caller>>, headers: HeaderMap) -> String {
    assert!(!headers.contains_key("authorization"), "the token goes no further than the gate");
    match caller {
        Some(Extension(caller)) => format!("{} {}", caller.name(), caller.role()),
        None => "somebody".to_owned(),
    }
}

impl Site {
    pub(crate) async fn at(address: [u8; 4]) -> Self {
        let temp = TempLedger::real().await;
        let unready = || async {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "2")], "position 7").into_response()
        };
        let routes = Router::new()
            .route("/", get(who))
            .route("/livez", get(async || "position 7"))
            .route("/readyz", get(unready))
            .route("/metrics", get(who))
            .route("/openapi.json", get(who))
            .route("/assets/{name}", get(who))
            .route("/theme", post(who))
            .route("/v1/accounts", get(who))
            .route("/v1/events", post(who))
            .route("/v1/alerts/{id}/acknowledge", post(who))
            .fallback(async || (StatusCode::NOT_FOUND, "nowhere"));
        let gate = Gate::new(temp.ledger().tokens(), Lock::of(IpAddr::from(address), false));
        Self { app: gate.guard(routes), temp }
    }

    /// A new token's text.
    pub(crate) async fn token(&self, name: &str, role: Role) -> String {
        let tokens = self.temp.ledger().tokens();
        issue(&tokens, name, role).await.unwrap().reveal().to_owned()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// `GET /path` or `POST /path`, with headers.
    pub(crate) async fn ask(&self, what: &str, headers: &[(&str, &str)]) -> Answer {
        let (method, path) = what.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:7400");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn bearer(&self, what: &str, token: &str) -> Answer {
        self.ask(what, &[("authorization", &format!("Bearer {token}"))]).await
    }
}
