//! Moving a ledger from one engine to the other, and bringing its tables up to date.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use eyre::{WrapErr, eyre};
use linchpin_ledger::{CopyStep, Ledger, LedgerUrl};

use crate::config::{careless, secret, tells_password};
use crate::{place, progress, say};

/// What is done with a ledger as a whole.
#[derive(Debug, Subcommand)]
pub(crate) enum Moving {
    /// Copy a ledger to a place where nothing stands, compare both sides, and say their sum. Let
    /// nothing write to the old one meanwhile. A password may come from PGPASSWORD or ~/.pgpass
    Copy {
        /// The ledger: sqlite:PATH, postgres://USER@HOST:PORT/DATABASE?schema=NAME, or @FILE with
        /// the address in a file
        from: String,
        /// Where the copy is to stand; told like the ledger
        to: String,
    },
}

/// Copies a ledger and says what was compared.
pub(crate) async fn run(what: Moving) -> eyre::Result<ExitCode> {
    let Moving::Copy { from, to } = what;
    let (from, to) = (told("FROM", &from)?, told("TO", &to)?);
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

/// Where a ledger stands, as the command line tells it or a file that it names.
fn told(name: &str, text: &str) -> eyre::Result<LedgerUrl> {
    let Some(file) = text.strip_prefix('@') else {
        if tells_password(text) {
            let said = careless(name, "put the address into a file and write @FILE");
            say::note(format!("warning: {said}"));
        }
        return text.parse().wrap_err_with(|| name.to_owned());
    };
    let address = secret(Path::new(file)).map_err(|reason| eyre!("{name}: {file}: {reason}"))?;
    address.parse().wrap_err_with(|| format!("{name}: {file}"))
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

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn an_address_may_stand_in_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("url");
        let named = format!("@{}", file.display());
        let missing = told("TO", &named).unwrap_err().to_string();
        assert!(missing.starts_with("TO: ") && missing.contains("No such file"), "{missing}");
        std::fs::write(&file, "postgres://desk:s3cret@127.0.0.1/firm\n").unwrap();
        let url = told("TO", &named).unwrap();
        assert_eq!(url, "postgres://desk:s3cret@127.0.0.1/firm".parse().unwrap());
        std::fs::write(&file, "postgres://desk:s3cret@127.0.0.1\n").unwrap();
        let wrong = format!("{:#}", told("TO", &named).unwrap_err());
        assert!(wrong.contains("names no database") && !wrong.contains("s3cret"), "{wrong}");
        assert_eq!(told("FROM", "sqlite:a.db").unwrap().to_string(), "sqlite:a.db");
    }
}
