//! What each command does.

mod ask;
mod audit;
mod demo;
mod document;
mod feed;
mod quarantine;
mod serve;
mod settle;

use std::process::ExitCode;

use crate::cli::{Cli, Command, DEFAULT_LEDGER, DEMO_LEDGER};
use crate::place;

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli) -> eyre::Result<ExitCode> {
    let default = match cli.command {
        Command::Demo(_) => DEMO_LEDGER,
        _ => DEFAULT_LEDGER,
    };
    let ledger = cli.ledger.unwrap_or_else(|| default.to_owned());
    match cli.command {
        Command::Demo(args) => demo::run(&ledger, args).await,
        Command::Serve(args) => serve::run(&ledger, args).await,
        Command::Init(founding) => {
            let made = place::found(&ledger, &founding, None).await?;
            place::tell_founded(&ledger, &made);
            made.close().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::Import(args) => feed::import(&ledger, args).await,
        Command::Sync(crate::cli::Sync::Contacts(args)) => feed::sync(&ledger, args).await,
        Command::Status(args) => ask::status(&ledger, args).await,
        Command::Explain(args) => ask::explain(&ledger, args).await,
        Command::History(args) => ask::history(&ledger, args).await,
        Command::Alerts(args) => ask::alerts(&ledger, args).await,
        Command::Policy(what) => document::policy(&ledger, what).await,
        Command::Watchlist(what) => document::watchlist(&ledger, what).await,
        Command::Quarantine(what) => quarantine::run(&ledger, what).await,
        Command::Audit(what) => audit::run(&ledger, what).await,
    }
}

/// Prints a value as JSON, one document.
fn print_json(value: &impl serde::Serialize) -> eyre::Result<()> {
    crate::say::line(serde_json::to_string_pretty(value)?);
    Ok(())
}
