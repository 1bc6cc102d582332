//! Whether a process lives, and whether it can do its work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::measure;

/// How long the database may take to say where it stands.
const PATIENCE: Duration = Duration::from_secs(2);
/// Seconds after which to ask again.
const AGAIN: u32 = 2;

/// How a process is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok`; `degraded` where it works, but by a detour; `unready` where it does not.
    status: &'static str,
    /// The newest entry that this process knows of.
    position: u64,
    /// Where the ledger is kept.
    database: Database,
    /// What follows the ledger in this process.
    folds: Vec<Fold>,
}

/// Where the ledger is kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Database {
    /// Whether it answered.
    reachable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Something that follows the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Fold {
    /// What it is, such as `classifier`.
    pub(super) name: &'static str,
    /// The newest entry that it took in.
    pub(super) position: u64,
    /// How many entries it is behind.
    pub(super) behind: u64,
    /// Whether that is near enough.
    pub(super) ready: bool,
}

/// Tells how far a fold is; whether that is near enough is judged here.
pub(super) type Look = Box<dyn Fn() -> (u64, bool) + Send + Sync>;

/// What is looked at. Clones are the same.
#[derive(Clone)]
pub(super) struct Watched(Arc<Inner>);

struct Inner {
    ledger: Ledger,
    folds: Vec<(&'static str, Look)>,
    max_lag: u64,
    draining: AtomicBool,
    figures: PrometheusHandle,
}

impl Watched {
    pub(super) fn new(
        ledger: Ledger,
        folds: Vec<(&'static str, Look)>,
        max_lag: u64,
        figures: PrometheusHandle,
    ) -> Self {
        let draining = AtomicBool::new(false);
        Self(Arc::new(Inner { ledger, folds, max_lag, draining, figures }))
    }

    /// From now on it is not ready, so that nobody sends it anything more.
    pub(super) fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// The routes by which a process is watched.
    pub(super) fn routes(&self) -> Router {
        Router::new()
            .route("/livez", get(livez))
            .route("/readyz", get(readyz))
            .route("/metrics", get(page))
            .with_state(self.clone())
    }

    async fn look(&self) -> Health {
        let ledger = &self.0.ledger;
        let database = match tokio::time::timeout(PATIENCE, ledger.refresh()).await {
            Ok(Ok(_)) => Database { reachable: true, reason: None },
            Ok(Err(error)) => Database { reachable: false, reason: Some(error.to_string()) },
            Err(_) => {
                let reason = format!("it has not answered for {} s", PATIENCE.as_secs());
                Database { reachable: false, reason: Some(reason) }
            }
        };
        let head = ledger.head().position;
        let folds: Vec<Fold> = self.folds(head).collect();
        let ready = database.reachable && folds.iter().all(|fold| fold.ready);
        let status = if ready { "ok" } else { "unready" };
        Health { status, position: head, database, folds }
    }

    fn folds(&self, head: u64) -> impl Iterator<Item = Fold> {
        self.0.folds.iter().map(move |(name, look)| {
            let (position, able) = look();
            let behind = head.saturating_sub(position);
            Fold { name, position, behind, ready: able && behind <= self.0.max_lag }
        })
    }
}

/// What keeps a process from being ready, in words.
fn unready(health: &Health) -> String {
    if let Some(reason) = &health.database.reason {
        return format!("the ledger cannot be reached: {reason}");
    }
    let behind: Vec<String> = health
        .folds
        .iter()
        .filter(|fold| !fold.ready)
        .map(|fold| {
            format!("the {} has read {} of {} entries", fold.name, fold.position, health.position)
        })
        .collect();
    format!("the desk is still reading its ledger ({}): ask again in a moment", behind.join(", "))
}

/// Whether the process answers at all.
#[utoipa::path(
    get, path = "/livez", tag = "service",
    responses((status = 200, description = "It does", content_type = "text/plain"))
)]
async fn livez() -> &'static str {
    "ok\n"
}

/// Whether the process can do its work, and how each part of it is.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "Not now: try again; `health` says how each part is", body = Problem, content_type = "application/problem+json")
    )
)]
async fn readyz(State(watched): State<Watched>) -> Response {
    let health = watched.look().await;
    if watched.0.draining.load(Ordering::Relaxed) {
        let detail = "the process is stopping: ask another one";
        return Problem::later(AGAIN, detail).with("health", &health).into_response();
    }
    if health.status == "unready" {
        let detail = unready(&health);
        return Problem::later(AGAIN, detail).with("health", &health).into_response();
    }
    Json(health).into_response()
}

/// The figures of the process, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    responses((status = 200, description = "Prometheus text", content_type = "text/plain"))
)]
async fn page(State(watched): State<Watched>) -> Response {
    let head = watched.0.ledger.head().position;
    gauge!("linchpin_ledger_position").set(figure(head));
    for fold in watched.folds(head) {
        gauge!("linchpin_feed_position", "service" => fold.name).set(figure(fold.position));
        gauge!("linchpin_feed_lag_entries", "service" => fold.name).set(figure(fold.behind));
    }
    measure::page(&watched.0.figures)
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at; exact below 2^53")]
fn figure(count: u64) -> f64 {
    count as f64
}

#[derive(OpenApi)]
#[openapi(paths(livez, readyz, page), components(schemas(Problem)))]
struct Routes;

/// The description of these routes.
pub(super) fn openapi() -> utoipa::openapi::OpenApi {
    Routes::openapi()
}
