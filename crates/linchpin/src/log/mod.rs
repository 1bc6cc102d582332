//! What the desk says of its own work: log lines on the error stream, and traces to a collector.

mod otlp;

use std::io::IsTerminal;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::Config;

/// The log at work.
pub(crate) struct Log {
    traces: Option<SdkTracerProvider>,
}

impl Log {
    /// Sends the traces that are still held; waits for it a few seconds at most.
    pub(crate) fn end(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// How much is told.
pub(crate) enum Level {
    /// What somebody should look into: for commands, whose output is their answer.
    Quiet,
    /// What the desk does, too, each line of a request with its trace: for processes.
    Work,
    /// What might help to find out why.
    Verbose,
}

/// Starts the log. Lines go to the error stream, so that what a command prints can be piped;
/// `RUST_LOG` says what is told of. Traces go where the configuration says, if it does.
pub(crate) fn start(level: Level, config: &Config) -> Log {
    let level = match level {
        Level::Quiet => "warn",
        Level::Work => "warn,linchpin=info",
        Level::Verbose => "info,linchpin=debug",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if config.json_log() {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).boxed()
    };
    let traces = config.text("otlp").map(|collector| {
        SdkTracerProvider::builder().with_batch_exporter(otlp::Collector::new(collector)).build()
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(traces.as_ref().map(collected))
        .init();
    Log { traces }
}

/// The spans of the desk itself, not those of the libraries below it.
fn collected<S>(traces: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("linchpin"))
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target("linchpin", LevelFilter::INFO))
}
