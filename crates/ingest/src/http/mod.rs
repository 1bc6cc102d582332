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
use axum::http::StatusCode;
use axum::routing::post;
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;

pub use bulk::MAX_LINE;
pub use events::{BatchAnswer, BatchItem, MAX_BATCH_BYTES, MAX_EVENT_BYTES, RefusedLine, Summary};
pub use form::SentForm;
pub use openapi::openapi;

use self::commands::{Acting, acts, members, naming};
use crate::command::Present;
use crate::door::Door;

/// The routes by which the desk is told facts. Who may use them, and from where, is up to the gate
/// around the whole desk.
pub fn facts(ledger: Ledger) -> Router {
    Router::new()
        .route("/v1/events", post(events::post_events))
        .method_not_allowed_fallback(only_post)
        .with_state(Door::new(ledger, "http"))
}

/// The routes by which people act: plain forms of the pages, or JSON. `present` is the desk as far
/// as it is folded already, from which a command goes on; `None` while that is not far enough.
pub fn commands(
    ledger: Ledger,
    present: impl Fn() -> Option<Present> + Send + Sync + 'static,
) -> Router {
    let acting = Acting::new(Door::new(ledger, "http"), present);
    let commands = Router::new()
        .route("/v1/alerts/{id}/acknowledge", post(commands::acknowledge))
        .route("/v1/alerts/{id}/snooze", post(commands::snooze))
        .route("/v1/contracts/{id}/talks-started", post(commands::talks_started))
        .route("/v1/facts/{id}/retract", post(commands::retract_fact))
        .route("/v1/members", post(naming::name))
        .route("/v1/members/{id}/leave", post(members::leave))
        .route("/v1/members/{id}/hand-over", post(members::hand_over_all));
    acts_on(commands).method_not_allowed_fallback(only_post).with_state(acting)
}

fn acts_on(routes: Router<Acting>) -> Router<Acting> {
    routes
        .route("/v1/accounts/{id}/nominate", post(acts::nominate))
        .route("/v1/accounts/{id}/approve", post(acts::approve))
        .route("/v1/accounts/{id}/veto", post(acts::veto))
        .route("/v1/accounts/{id}/confirm", post(acts::confirm))
        .route("/v1/accounts/{id}/override", post(acts::override_status))
        .route("/v1/accounts/{id}/end-override", post(acts::end_override))
        .route("/v1/accounts/{id}/assign", post(acts::assign))
        .route("/v1/accounts/{id}/claim", post(acts::claim))
        .route("/v1/accounts/{id}/rule", post(acts::rule))
        .route("/v1/accounts/{id}/hand-over", post(acts::hand_over))
        .route("/v1/accounts/{id}/parent", post(acts::parent))
        .route("/v1/accounts/{id}/merge", post(acts::merge))
        .route("/v1/accounts/{id}/unmerge", post(acts::unmerge))
        .route("/v1/accounts/{id}/dismiss", post(acts::dismiss))
        .route("/v1/accounts/{id}/judge", post(acts::judge))
        .route("/v1/accounts/{id}/review", post(acts::review))
        .route("/v1/accounts/{id}/plan", post(acts::plan))
}

async fn only_post() -> Problem {
    let (kind, title) = ("urn:linchpin:problem:method", "the method is not taken");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, kind, title, "this address takes POST only")
}
