//! The desk itself: every part in one process.

use std::process::ExitCode;

use eyre::bail;
use linchpin_access::Lock;

use crate::cli;
use crate::config::{Config, TOKENS};
use crate::place;
use crate::process::{self, Opened, Process};

/// `linchpin serve`
pub(crate) async fn run(url: &str, config: &Config, args: cli::Serve) -> eyre::Result<ExitCode> {
    let listener = process::listen(config.listen(Process::Serve)?).await?;
    let place = place::url(url)?;
    let address = listener.local_addr()?;
    let lock = Lock::of(address.ip(), config.text(TOKENS) == Some("always"));
    // A ledger made here would have no token, so its desk could not open.
    if lock != Lock::Loopback && !place::exists(&place).await? {
        bail!(
            "{address} asks for tokens, and there is no ledger at {place} to hold any: run \
             `linchpin init`, then `linchpin token new`, then start again"
        );
    }
    let ledger = place::write_or_found(url, &args.founding, None).await?;
    process::run(Process::Serve, Opened { ledger, place }, listener, config).await
}
