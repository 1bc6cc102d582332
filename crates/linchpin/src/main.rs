//! Linchpin: an event-sourced key-account desk.
//!
//! One binary: the desk itself (`serve`, or its parts as processes of their own), the file doors (`import`, `sync`), the questions
//! (`status`, `explain`, `history`, `alerts`), the rules (`policy`, `watchlist`), the audit, and a
//! demo. Every command works on one ledger, chosen by `--ledger`.

mod cli;
mod command;
mod config;
mod demo;
mod log;
mod place;
mod process;
mod progress;
mod say;
mod table;

use std::collections::HashMap;
use std::process::ExitCode;

use clap::Parser;

use config::{Config, World};

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let env: HashMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let file = config::named(cli.config.clone(), std::env::var_os("LINCHPIN_CONFIG"));
    let world = World { file: file.as_deref(), env: &env };
    let flags: Vec<_> =
        [Some(&cli.everywhere.0), cli.command.flags()].into_iter().flatten().collect();
    let config = Config::gather(&flags, &world);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&eyre::eyre!("no runtime could be started: {error}")),
    };
    let level = match &cli.command {
        _ if cli.verbose => log::Level::Verbose,
        command if command.is_process() => log::Level::Work,
        _ => log::Level::Quiet,
    };
    let log = log::start(level, &config);
    let ended = runtime.block_on(command::run(cli.command, config));
    log.end();
    match ended {
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
