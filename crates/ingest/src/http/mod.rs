//! Facts and commands over HTTP.
//!
//! `POST /v1/events` takes CloudEvents 1.0 in structured, binary and batched mode, and as NDJSON
//! in bulk. The other routes are the commands of the pages: plain forms or JSON. Every error is a
//! problem by RFC 9457.

mod body;
mod bulk;
mod commands;
mod events;
mod form;
mod media;
mod openapi;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;

pub use bulk::MAX_LINE;
pub use events::{BatchAnswer, BatchItem, MAX_BATCH_BYTES, MAX_EVENT_BYTES, RefusedLine, Summary};
pub use openapi::openapi;

use crate::door::Door;

/// The routes by which the desk is told facts. Who may use them, and from where, is up to the gate
/// around the whole desk.
pub fn facts(ledger: Ledger) -> Router {
    over(Router::new().route("/v1/events", post(events::post_events)), ledger)
}

/// The routes by which people act: plain forms of the pages, or JSON.
pub fn commands(ledger: Ledger) -> Router {
    let commands = Router::new()
        .route("/v1/alerts/{id}/acknowledge", post(commands::acknowledge))
        .route("/v1/alerts/{id}/snooze", post(commands::snooze))
        .route("/v1/contracts/{id}/talks-started", post(commands::talks_started))
        .route("/v1/facts/{id}/retract", post(commands::retract_fact));
    over(commands, ledger)
}

fn over(routes: Router<Door>, ledger: Ledger) -> Router {
    routes.method_not_allowed_fallback(only_post).with_state(Door::new(ledger, "http"))
}

async fn only_post(State(_): State<Door>) -> Problem {
    let (kind, title) = ("urn:linchpin:problem:method", "the method is not taken");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, kind, title, "this address takes POST only")
}
