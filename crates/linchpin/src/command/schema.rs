//! What the desk speaks, as machines read it.

use std::process::ExitCode;

use crate::cli;
use crate::config::Config;
use crate::process::described;

/// `linchpin schema`
pub(crate) fn run(what: cli::Schema, config: &Config) -> eyre::Result<ExitCode> {
    match what {
        cli::Schema::Openapi => super::print_json(&described::openapi())?,
        cli::Schema::Asyncapi => super::print_json(&described::asyncapi(config))?,
    }
    Ok(ExitCode::SUCCESS)
}
