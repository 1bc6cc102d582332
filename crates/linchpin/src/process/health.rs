//! Whether a process lives, and whether it can do its work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, extract};
use linchpin_bus::nats::{Nats, State};
use linchpin_bus::{Progress, Relay};
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;
use linchpin_query::ReadModel;
use metrics::gauge;
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use utoipa::{OpenApi, ToSchema};

use super::measure;

/// How long the database may take to say where it stands.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer is good for whoever asks next: anybody may ask, and each look asks the
/// database.
const KEPT: Duration = Duration::from_secs(1);
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
    /// The connection to NATS, where one is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    nats: Option<NatsHealth>,
    /// The relay, where this process runs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    relay: Option<RelayHealth>,
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
struct Fold {
    /// What it is, such as `classifier`.
    name: &'static str,
    /// The newest entry that it took in.
    position: u64,
    /// How many entries it is behind.
    behind: u64,
    /// Whether that is near enough.
    ready: bool,
    /// What hinders it, while something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The connection to NATS. Without one the desk still works: feeds ask the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct NatsHealth {
    /// `connected`, `away`, or `too-old`.
    state: &'static str,
    /// The server and its version, or for how long there has been none.
    detail: String,
}

/// The relay.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct RelayHealth {
    /// `leader`, or `standby` where another one leads or none can.
    role: &'static str,
    /// The last entry that the stream is known to hold; 0 on standby.
    position: u64,
    /// How many entries the stream lacks; 0 on standby.
    behind: u64,
    /// Why it gets nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// What is looked at besides the ledger.
pub(super) struct Looked {
    pub(super) model: Option<ReadModel>,
    pub(super) folds: Vec<Progress>,
    pub(super) nats: Option<Nats>,
    pub(super) relay: Option<Relay>,
}

/// A process under watch. Clones are the same.
#[derive(Clone)]
pub(super) struct Watched(Arc<Inner>);

struct Inner {
    ledger: Ledger,
    looked: Looked,
    max_lag: u64,
    draining: AtomicBool,
    figures: PrometheusHandle,
    /// What was seen last, and when; held while somebody looks.
    seen: Mutex<Option<(Instant, Health)>>,
}

impl Watched {
    pub(super) fn new(
        ledger: Ledger,
        looked: Looked,
        max_lag: u64,
        figures: PrometheusHandle,
    ) -> Self {
        let draining = AtomicBool::new(false);
        let seen = Mutex::default();
        Self(Arc::new(Inner { ledger, looked, max_lag, draining, figures, seen }))
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

    /// What was seen within the last second; one at a time looks.
    async fn health(&self) -> Health {
        let mut seen = self.0.seen.lock().await;
        if let Some((at, health)) = seen.as_ref()
            && at.elapsed() < KEPT
        {
            return health.clone();
        }
        let health = self.look().await;
        tell_change(seen.as_ref().map(|(_, before)| before), &health);
        *seen = Some((Instant::now(), health.clone()));
        health
    }

    async fn look(&self) -> Health {
        let ledger = &self.0.ledger;
        let database = match tokio::time::timeout(PATIENCE, ledger.refresh()).await {
            Ok(Ok(_)) => Database { reachable: true, reason: None },
            Ok(Err(error)) => Database { reachable: false, reason: Some(error.to_string()) },
            Err(_) => {
                let reason = format!("the ledger has not answered for {} s", PATIENCE.as_secs());
                Database { reachable: false, reason: Some(reason) }
            }
        };
        let position = ledger.head().position;
        let folds = self.folds(position);
        let nats = self.0.looked.nats.as_ref().map(nats);
        let relay = self.0.looked.relay.as_ref().map(relay);
        let well = nats.as_ref().is_none_or(|nats| nats.state == "connected")
            && relay.as_ref().is_none_or(|relay| relay.trouble.is_none());
        let status = match database.reachable && folds.iter().all(|fold| fold.ready) {
            true if well => "ok",
            true => "degraded",
            false => "unready",
        };
        Health { status, position, database, folds, nats, relay }
    }

    fn folds(&self, head: u64) -> Vec<Fold> {
        let Looked { model, folds, .. } = &self.0.looked;
        let fold = |name, position, able, reason| {
            let behind = head.saturating_sub(position);
            Fold { name, position, behind, ready: able && behind <= self.0.max_lag, reason }
        };
        let model = model.as_ref().map(|model| {
            let able = model.caught_up() && model.present().is_ok();
            fold("query", model.position(), able, model.lag().error)
        });
        let folds = folds.iter().map(|progress| {
            let lag = progress.lag();
            fold(progress.service(), lag.position, lag.error.is_none(), lag.error)
        });
        folds.chain(model).collect()
    }
}

fn nats(nats: &Nats) -> NatsHealth {
    let (state, detail) = match nats.state() {
        State::Connected { server, version } => ("connected", format!("{server} {version}")),
        State::Away { lasting } => ("away", format!("for {} s", lasting.as_secs())),
        State::TooOld { server, version } => ("too-old", format!("{server} {version}")),
    };
    NatsHealth { state, detail }
}

fn relay(relay: &Relay) -> RelayHealth {
    let status = relay.status();
    let role = if status.leads { "leader" } else { "standby" };
    RelayHealth { role, position: status.position, behind: status.lag, trouble: status.trouble }
}

/// Tells the log once when a process is no longer ready, and when it is again. Each look would be
/// too often: probes come every few seconds.
fn tell_change(before: Option<&Health>, now: &Health) {
    let Some(before) = before else { return };
    match (before.status == "unready", now.status == "unready") {
        (false, true) => tracing::warn!(reason = unready(now), "not ready"),
        (true, false) => tracing::info!("ready again"),
        _ => {}
    }
}

/// What keeps a process from being ready, in words.
fn unready(health: &Health) -> String {
    if let Some(reason) = &health.database.reason {
        return reason.clone();
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
async fn readyz(extract::State(watched): extract::State<Watched>) -> Response {
    let health = watched.health().await;
    if watched.0.draining.load(Ordering::Relaxed) {
        let detail = "the process is stopping: ask another one";
        return Problem::later(AGAIN, detail).with("health", &health).quietly().into_response();
    }
    if health.status == "unready" {
        let detail = unready(&health);
        return Problem::later(AGAIN, detail).with("health", &health).quietly().into_response();
    }
    Json(health).into_response()
}

/// The figures of the process, for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "service",
    responses((status = 200, description = "Prometheus text", content_type = "text/plain"))
)]
async fn page(extract::State(watched): extract::State<Watched>) -> Response {
    let head = watched.0.ledger.head().position;
    gauge!("linchpin_ledger_position").set(figure(head));
    if let Some(nats) = &watched.0.looked.nats {
        let connected = matches!(nats.state(), State::Connected { .. });
        gauge!("linchpin_nats_connected").set(if connected { 1.0 } else { 0.0 });
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

#[cfg(test)]
mod tests {
    use linchpin_domain::genesis::Genesis;
    use linchpin_domain::money::Currency;
    use linchpin_ledger::LedgerUrl;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[tokio::test]
    async fn a_look_is_good_for_a_second_and_no_longer() {
        let dir = tempfile::tempdir().unwrap();
        let genesis = Genesis {
            firm: "Firm".to_owned(),
            currency: Currency::EUR,
            time_zone: "UTC".to_owned(),
            simulated: false,
        };
        let place = LedgerUrl::sqlite(dir.path().join("a.db"));
        let ledger = Ledger::create(&place, genesis, crate::place::clock()).await.unwrap();
        let looked = Looked { model: None, folds: Vec::new(), nats: None, relay: None };
        let figures = PrometheusBuilder::new().build_recorder().handle();
        let watched = Watched::new(ledger.clone(), looked, 9, figures);
        let first = watched.health().await;
        assert!(first.database.reachable);
        ledger.close().await;
        for _ in 0..99 {
            assert!(watched.health().await.database.reachable, "somebody looked again");
        }
        let seen = watched.0.seen.lock().await.take();
        let (at, health) = seen.unwrap();
        *watched.0.seen.lock().await = at.checked_sub(KEPT).map(|at| (at, health));
        let late = watched.health().await;
        assert!(!late.database.reachable && late.status == "unready", "{late:?}");
        assert_eq!(unready(&late), "the ledger is closed");
        let once = " WARN not ready reason=\"the ledger is closed\"\n";
        assert_eq!(told(|| tell_change(Some(&first), &late)), once);
        assert_eq!(told(|| tell_change(Some(&late), &late)), "");
        assert_eq!(told(|| tell_change(Some(&late), &first)), " INFO ready again\n");
    }
    /// What the log tells of some work.
    fn told(work: impl FnOnce()) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines = tracing_subscriber::fmt().without_time().with_target(false).with_ansi(false);
        let lines = lines.with_writer(std::sync::Arc::new(file.reopen().unwrap())).finish();
        tracing::subscriber::with_default(lines, work);
        std::fs::read_to_string(file.path()).unwrap()
    }
}
