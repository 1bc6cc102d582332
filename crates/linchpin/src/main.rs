//! Linchpin: an event-sourced key-account desk.
//!
//! One binary: the desk itself (`serve`), the file doors (`import`, `sync`), the questions
//! (`status`, `explain`, `history`, `alerts`), the rules (`policy`, `watchlist`), the audit, and a
//! demo. Every command works on one ledger, chosen by `--ledger`.

mod cli;
mod command;
mod demo;
mod place;
mod progress;
mod say;
mod table;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    start_log(cli.verbose);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&eyre::eyre!("no runtime could be started: {error}")),
    };
    match runtime.block_on(command::run(cli)) {
        Ok(code) => code,
        Err(report) => failed(&report),
    }
}

/// Tells what went wrong, each cause once, on the error stream.
fn failed(report: &eyre::Report) -> ExitCode {
    let mut said = String::new();
    for cause in report.chain() {
        let cause = cause.to_string();
        if !said.contains(&cause) {
            said = if said.is_empty() { cause } else { format!("{said}: {cause}") };
        }
    }
    crate::say::note(format!("error: {said}"));
    ExitCode::FAILURE
}

/// Logs go to the error stream, so that what a command prints can be piped. `RUST_LOG` overrides.
fn start_log(verbose: bool) {
    let level = if verbose { "linchpin=debug,info" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
