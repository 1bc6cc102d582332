//! The desk itself: every service in one process, each by the ledger and the feed alone.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use eyre::{Context, bail};
use linchpin_bus::{Runner, Service};
use linchpin_classifier::Classifier;
use linchpin_ingest::http;
use linchpin_ledger::{Ledger, LedgerUrl};
use linchpin_notifier::Notifier;
use linchpin_query::ReadModel;
use tokio::net::TcpListener;
use tokio::task::{JoinError, JoinHandle, JoinSet};

use crate::cli;
use crate::place;

/// How long a stop waits for what is under way.
const DRAIN: Duration = Duration::from_secs(10);

/// `linchpin serve`
pub(crate) async fn run(url: &str, args: cli::Serve) -> eyre::Result<ExitCode> {
    let listener = listen(args.listen).await?;
    let ledger = place::write_or_found(url, &args.founding, None).await?;
    desk(ledger, place::url(url)?, listener).await
}

/// Takes the address, loopback only: until there is access control, whoever can reach the desk
/// can read and change everything.
pub(crate) async fn listen(address: SocketAddr) -> eyre::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "--listen {address}: the desk listens on loopback only (127.0.0.1 or [::1]), because it \
             has no access control yet and whoever reaches it can read and change everything; to \
             use it from another machine, forward the port with ssh"
        );
    }
    TcpListener::bind(address).await.wrap_err_with(|| {
        format!("--listen {address}: the address cannot be taken; another desk may be running there, choose another port")
    })
}

/// Runs the desk until it is told to stop or a part of it fails.
pub(crate) async fn desk(
    ledger: Ledger,
    place: LedgerUrl,
    listener: TcpListener,
) -> eyre::Result<ExitCode> {
    let address = listener.local_addr()?;
    place::hold(&place);
    let model = ReadModel::start(ledger.clone());
    let mut services: JoinSet<eyre::Result<()>> = JoinSet::new();
    services.spawn(work("classifier", ledger.clone(), Classifier::default()));
    services.spawn(work("notifier", ledger.clone(), Notifier::default()));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut serving = tokio::spawn(serve(listener, routes(&model, &ledger), stopped));
    crate::say::line(format!("The desk is open: http://{address}/"));
    crate::say::line("Stop it with Ctrl-C.");
    let failed = tokio::select! {
        () = told_to_stop() => None,
        part = services.join_next() => Some(why(part)),
        part = &mut serving => Some(why(Some(part))),
    };
    let _ = stop.send(true);
    model.stop();
    if !serving.is_finished() {
        drain(&mut serving).await;
    }
    // The services end with the process: what they have concluded is stored, and what they have
    // not they conclude when they start again.
    services.abort_all();
    ledger.close().await;
    match failed {
        None => Ok(ExitCode::SUCCESS),
        Some(report) => Err(report),
    }
}

/// Lets answers that are under way go out; streams that never end are cut.
async fn drain(serving: &mut JoinHandle<eyre::Result<()>>) {
    if tokio::time::timeout(DRAIN, &mut *serving).await.is_err() {
        serving.abort();
    }
}

/// The reason for which a part stopped that never should.
fn why(part: Option<Result<eyre::Result<()>, JoinError>>) -> eyre::Report {
    match part {
        Some(Ok(Err(report))) => report,
        Some(Err(panicked)) => eyre::eyre!("a part of the desk broke: {panicked}"),
        Some(Ok(Ok(()))) | None => eyre::eyre!("a part of the desk ended by itself"),
    }
}

async fn work<S: Service + 'static>(name: &str, ledger: Ledger, service: S) -> eyre::Result<()> {
    Runner::new(ledger, service).run().await.wrap_err_with(|| format!("the {name} stopped"))
}

fn routes(model: &ReadModel, ledger: &Ledger) -> Router {
    let app = linchpin_query::router(model.clone(), vec![http::openapi()])
        .merge(http::router(ledger.clone()))
        .merge(linchpin_web::router(model.clone()));
    linchpin_web::secure_headers(linchpin_web::html_errors(app)).layer(from_fn(http::local_only))
}

async fn serve(
    listener: TcpListener,
    app: Router,
    mut stopped: tokio::sync::watch::Receiver<bool>,
) -> eyre::Result<()> {
    let stop = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await
        .wrap_err("the desk stopped listening")
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(interrupt.await),
    }
}
