//! Moving a ledger from one engine to the other, and bringing its tables up to date.

use std::process::ExitCode;

use clap::Subcommand;
use linchpin_ledger::{CopyStep, Ledger};

use crate::{place, progress, say};

/// What is done with a ledger as a whole.
#[derive(Debug, Subcommand)]
pub(crate) enum Moving {
    /// Copy a ledger to a place where nothing stands, compare both sides, and say their sum. Let
    /// nothing write to the old one meanwhile. A password may come from PGPASSWORD or ~/.pgpass
    Copy {
        /// The ledger: sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME
        from: String,
        /// Where the copy is to stand
        to: String,
    },
}

/// Copies a ledger and says what was compared.
pub(crate) async fn run(what: Moving) -> eyre::Result<ExitCode> {
    let Moving::Copy { from, to } = what;
    let (from, to) = (place::url(&from)?, place::url(&to)?);
    if place::in_use(&from) {
        eyre::bail!("a desk is running on {from}: stop it first, then copy");
    }
    let mut bar = progress::bar(0, "entries written");
    let mut comparing = false;
    let copied = Ledger::copy(&from, &to, |step| {
        let (CopyStep::Written(done, total) | CopyStep::Compared(done, total)) = step;
        if !comparing && matches!(step, CopyStep::Compared(..)) {
            comparing = true;
            bar.finish_and_clear();
            bar = progress::bar(total, "entries compared");
        }
        bar.set_length(total);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    let copied = copied?;
    let sum: String = copied.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    say::line(format!(
        "copied {} entries and {} rows beside them from {from} to {to}\n\
         both sides were read again and are the same\n\
         sha256 of both: {sum}",
        copied.entries, copied.beside
    ));
    say::note("the old ledger stands as it was: let nothing write to it any more");
    Ok(ExitCode::SUCCESS)
}

/// Brings a ledger's tables up to date and says what was done.
pub(crate) async fn migrate(url: &str) -> eyre::Result<ExitCode> {
    let url = place::url(url)?;
    let done = Ledger::migrate(&url).await?;
    say::line(if done.from == done.to {
        format!("{url} has schema {}: nothing was to be done", done.to)
    } else {
        format!("{url} was brought from schema {} to {}", done.from, done.to)
    });
    Ok(ExitCode::SUCCESS)
}
