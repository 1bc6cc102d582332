//! Figures for Prometheus: of every process the same page at `/metrics`.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use eyre::Context;
use metrics::{Unit, counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::Process;

/// Seconds, from what a read from memory takes to what nobody waits for any longer.
const SECONDS: [f64; 15] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0,
];
/// Counts, such as of requests in one commit.
const COUNTS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 10_000.0];
/// How often figures that nobody fetched are put together, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Takes up the figures of this process and keeps them until they are fetched.
pub(super) fn install(process: Process) -> eyre::Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|it| it.set_buckets_for_metric(Matcher::Suffix("_entries".to_owned()), &COUNTS))
        .and_then(|it| it.set_buckets_for_metric(Matcher::Suffix("_requests".to_owned()), &COUNTS))
        .and_then(PrometheusBuilder::install_recorder)
        .wrap_err("figures cannot be taken")?;
    describe_gauge!("linchpin_build_info", "Which Linchpin this is; always 1");
    describe_gauge!("linchpin_ledger_position", "The newest entry that this process knows of");
    describe_histogram!(
        "linchpin_http_request_seconds",
        Unit::Seconds,
        "Time to the head of the answer, by route"
    );
    describe_gauge!("linchpin_http_open_requests", "Requests whose answer has not begun yet");
    let labels = [("version", env!("CARGO_PKG_VERSION")), ("process", process.name())];
    gauge!("linchpin_build_info", &labels).set(1.0);
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    Ok(handle)
}

/// The page that Prometheus fetches.
pub(super) fn page(figures: &PrometheusHandle) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, figures.render()).into_response()
}

/// Measures each request under the route it took, never under the address itself: that holds ids.
pub(super) async fn measured(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = method_of(request.method());
    let under_way = UnderWay::begin();
    let begun = Instant::now();
    let answer = next.run(request).await;
    drop(under_way);
    let status = answer.status().as_u16().to_string();
    let labels = [("method", method.to_owned()), ("route", route), ("status", status)];
    histogram!("linchpin_http_request_seconds", &labels).record(begun.elapsed());
    if answer.status().is_server_error() {
        counter!("linchpin_http_failures_total", &labels).increment(1);
    }
    answer
}

/// Anything but the usual methods counts as one, for a stranger may invent as many as he likes.
pub(super) fn method_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A request that has no answer yet; also one whose asker went away stops being counted.
struct UnderWay;

impl UnderWay {
    fn begin() -> Self {
        gauge!("linchpin_http_open_requests").increment(1.0);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        gauge!("linchpin_http_open_requests").decrement(1.0);
    }
}
