//! What the desk says of its own work: log lines on the error stream.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::config::Config;

/// The log at work.
pub(crate) struct Log;

impl Log {
    /// Sends what is still held.
    pub(crate) fn end(self) {}
}

/// Starts the log. It goes to the error stream, so that what a command prints can be piped.
/// `RUST_LOG` says what is told of.
pub(crate) fn start(verbose: bool, config: &Config) -> Log {
    let level = if verbose { "linchpin=debug,info" } else { "warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = if config.json_log() {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).boxed()
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    Log
}
