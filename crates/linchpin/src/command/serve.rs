//! The desk itself: every part in one process.

use std::process::ExitCode;

use crate::cli;
use crate::config::Config;
use crate::place;
use crate::process::{self, Opened, Process};

/// `linchpin serve`
pub(crate) async fn run(url: &str, config: &Config, args: cli::Serve) -> eyre::Result<ExitCode> {
    let listener = process::listen(config.listen(Process::Serve)?).await?;
    let place = place::url(url)?;
    let ledger = place::write_or_found(url, &args.founding, None).await?;
    process::run(Process::Serve, Opened { ledger, place }, listener, config).await
}
