//! Whether the desk lives, and whether it can answer.

use axum::Json;
use axum::extract::State;
use linchpin_problem::Problem;
use serde::Serialize;

use super::Api;

/// How far the desk is.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct Health {
    /// Always `ok`: otherwise the answer is a problem.
    pub(super) status: &'static str,
    /// The newest entry taken in.
    pub(super) position: u64,
}

/// Whether the process answers at all.
#[utoipa::path(
    get, path = "/livez", tag = "service",
    responses((status = 200, description = "It does", body = Health))
)]
pub(super) async fn livez(State(api): State<Api>) -> Json<Health> {
    Json(Health { status: "ok", position: api.model.position() })
}

/// Whether the desk has read its ledger and can answer questions.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "Not yet: try again", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn readyz(State(api): State<Api>) -> Result<Json<Health>, Problem> {
    if api.model.caught_up() { Ok(livez(State(api)).await) } else { Err(api.still_reading()) }
}
