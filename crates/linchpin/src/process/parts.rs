//! What a process is made of, and how it is put together.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use eyre::{Context, bail};
use linchpin_access::Gate;
use linchpin_bus::nats::Nats;
use linchpin_bus::{Bus, Relay, Runner, Service};
use linchpin_classifier::Classifier;
use linchpin_ingest::command::Present;
use linchpin_ingest::http;
use linchpin_ingest::nats::answer_requests;
use linchpin_ledger::{Ledger, LedgerUrl};
use linchpin_notifier::Notifier;
use linchpin_problem::Problem;
use linchpin_query::ReadModel;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::health::{Looked, Watched};
use super::nats::take_from_inbox;
use super::stop::Stop;
use super::{DRAIN, Process, described, listen, measure, trace};
use crate::config::Config;

/// How long an act waits to be shown.
const SEEN: Duration = Duration::from_secs(2);

/// What a process runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) ingest: bool,
    pub(crate) classifier: bool,
    pub(crate) notifier: bool,
    pub(crate) query: bool,
    pub(crate) relay: bool,
}

/// What a process is put together from.
pub(super) struct Plan<'a> {
    pub(super) process: Process,
    pub(super) ledger: Ledger,
    pub(super) place: LedgerUrl,
    pub(super) nats: Option<Nats>,
    pub(super) config: &'a Config,
    pub(super) figures: PrometheusHandle,
    pub(super) gate: Gate,
    pub(super) stop: &'a Stop,
}

/// The parts at work.
pub(super) struct Desk {
    app: Router,
    watched: Watched,
    model: Option<ReadModel>,
    /// What takes something in, and ends first.
    doors: JoinSet<eyre::Result<()>>,
    doors_stop: watch::Receiver<bool>,
    /// What concludes and hands on, and ends when nothing more comes in.
    work: JoinSet<eyre::Result<()>>,
}

/// Puts a process together and starts what works in it; its doors open with [`Desk::serve`].
///
/// # Errors
/// Where a part cannot work as configured.
pub(super) fn build(plan: Plan<'_>) -> eyre::Result<Desk> {
    let Plan { process, ledger, place, nats, config, figures, gate, stop } = plan;
    let parts = process.parts();
    let bus = match nats.clone() {
        Some(nats) => Bus::over_nats(ledger.clone(), nats),
        None => Bus::local(ledger.clone()),
    };
    let snapshots = config.snapshots(&place);
    let (mut doors, mut work) = (JoinSet::new(), JoinSet::new());
    let mut folds = Vec::new();
    if parts.classifier {
        let runner = Runner::new(bus.clone(), Classifier::default());
        let runner = runner.with_snapshots(snapshots.clone());
        folds.push(runner.progress());
        work.spawn(run("classifier", runner, stop.work()));
    }
    if parts.notifier {
        let runner = Runner::new(bus.clone(), Notifier::default());
        let runner = runner.with_snapshots(snapshots.clone());
        folds.push(runner.progress());
        work.spawn(run("notifier", runner, stop.work()));
    }
    let model = parts.query.then(|| ReadModel::with_snapshots(bus.clone(), snapshots));
    if let (true, Some(nats)) = (parts.ingest, nats.clone()) {
        let subject = nats.ingest_subject().to_owned();
        let (taker, client, told) = (ledger.clone(), nats.client(), stop.doors());
        doors.spawn(async move {
            answer_requests(taker, client, subject, told).await;
            Ok(())
        });
        doors.spawn(take_from_inbox(ledger.clone(), nats, stop.doors()));
    }
    let relay = match (parts.relay, nats.clone()) {
        (true, Some(nats)) => Some(Relay::new(ledger.clone(), nats)),
        (true, None) if process == Process::Relay => {
            bail!("the relay mirrors the ledger to NATS: say where that is with --nats")
        }
        _ => None,
    };
    if let Some(relay) = relay.clone() {
        let told = stop.work();
        work.spawn(async move {
            relay.run(told).await;
            Ok(())
        });
    }
    let looked = Looked { model: model.clone(), folds, nats, relay };
    let watched = Watched::new(ledger.clone(), looked, config.number("max_lag"), figures);
    let app = routes(parts, &ledger, model.as_ref(), &watched, &gate, config);
    let doors_stop = stop.doors();
    Ok(Desk { app, watched, model, doors, doors_stop, work })
}

impl Desk {
    /// Opens the doors.
    pub(super) fn serve(&mut self, listener: TcpListener) {
        let app = std::mem::take(&mut self.app);
        self.doors.spawn(listen::serve(listener, app, self.doors_stop.clone()));
    }

    /// Waits until a part ends that never should, and says why.
    pub(super) async fn broken(&mut self) -> eyre::Report {
        tokio::select! {
            Some(part) = self.doors.join_next() => why(part),
            Some(part) = self.work.join_next() => why(part),
            else => eyre::eyre!("nothing is left to do"),
        }
    }

    /// Ends in order: first nobody is sent here any more, then what is under way is answered,
    /// then what was concluded is stored.
    pub(super) async fn drain(mut self, stop: Stop, delay: Duration) {
        self.watched.drain();
        tokio::time::sleep(delay).await;
        stop.close_doors();
        if let Some(model) = &self.model {
            model.stop();
        }
        finish("an answer under way", &mut self.doors).await;
        stop.end_work();
        if let Some(model) = self.model.take() {
            self.work.spawn(async move {
                model.close().await;
                Ok(())
            });
        }
        finish("a part", &mut self.work).await;
    }
}

/// Lets tasks end by themselves for a while; what is left then is cut.
async fn finish(what: &str, tasks: &mut JoinSet<eyre::Result<()>>) {
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            if let Ok(Err(report)) = ended {
                tracing::warn!(%report, "{what} did not end well");
            }
        }
    };
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        tracing::warn!("{what} took longer than {} s and was cut", DRAIN.as_secs());
        tasks.abort_all();
    }
}

/// The reason for which a part stopped that never should.
fn why(part: Result<eyre::Result<()>, JoinError>) -> eyre::Report {
    match part {
        Ok(Err(report)) => report,
        Err(panicked) => eyre::eyre!("a part of the desk broke: {panicked}"),
        Ok(Ok(())) => eyre::eyre!("a part of the desk ended by itself"),
    }
}

async fn run<S: Service>(
    name: &'static str,
    runner: Runner<S>,
    stop: watch::Receiver<bool>,
) -> eyre::Result<()> {
    runner.run(stop).await.wrap_err_with(|| format!("the {name} stopped"))
}

/// The addresses of a process: those of its parts, and those by which it is watched.
fn routes(
    parts: Parts,
    ledger: &Ledger,
    model: Option<&ReadModel>,
    watched: &Watched,
    gate: &Gate,
    config: &Config,
) -> Router {
    let mut app = watched.routes();
    if parts.ingest {
        app = app.merge(http::facts(ledger.clone()));
    }
    app = match model {
        Some(model) => app
            .merge(linchpin_query::router(model.clone(), described::others()))
            .merge(described::routes(config))
            .merge(commands(ledger, model))
            .merge(linchpin_web::router(model.clone())),
        None => app.fallback(nowhere),
    };
    linchpin_web::secure_headers(linchpin_web::html_errors(gate.guard(app)))
        .layer(from_fn(measure::measured))
        .layer(from_fn(trace::traced))
}

/// The commands, judged against what the read model knows already; none while it still reads what
/// was there when it began.
fn commands(ledger: &Ledger, model: &ReadModel) -> Router {
    let known = model.clone();
    let present = move || known.caught_up().then(|| Present::from(known.desk()));
    http::commands(ledger.clone(), present)
        .layer(map_response(typed))
        .layer(from_fn_with_state((ledger.clone(), model.clone()), seen))
}

/// Hands a form that was refused on to the pages, which know nothing of the doors.
async fn typed(mut response: Response) -> Response {
    if let Some(sent) = response.extensions_mut().remove::<http::SentForm>() {
        let http::SentForm { action, back, fields } = sent;
        response.extensions_mut().insert(linchpin_web::SentForm { action, back, fields });
    }
    response
}

/// Answers an act only once the pages of this process show it, so that whoever acted does not find
/// undone on the next page what they did; after [`SEEN`] it is answered in any case.
async fn seen(
    State((ledger, model)): State<(Ledger, ReadModel)>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() {
        // What was appended here is known here.
        let head = ledger.head().position;
        let _ = tokio::time::timeout(SEEN, model.reached(head)).await;
    }
    response
}

async fn nowhere() -> Problem {
    Problem::not_found("this process serves nothing at this address; others may")
}
