//! What each command does.

mod account;
mod act;
mod ask;
mod audit;
mod config;
mod demo;
mod document;
mod feed;
mod health;
mod ledger;
mod policy;
mod portfolio;
mod quarantine;
mod schema;
mod serve;
mod settle;
mod token;

use std::process::ExitCode;

use crate::cli::{Command, DEFAULT_LEDGER, DEMO_LEDGER, Init};
use crate::config::Config;
use crate::place;
use crate::process::{self, Process};

pub(crate) use ledger::Moving;

/// Runs the command that was asked for.
pub(crate) async fn run(command: Command, config: Config) -> eyre::Result<ExitCode> {
    for careless in &config.careless {
        crate::say::note(format!("warning: {careless}"));
    }
    if let Command::Config(crate::cli::Config::Check { connect, .. }) = command {
        return config::check(&config, connect).await;
    }
    let config = config.or_refuse()?;
    let ledger = config.ledger(match command {
        Command::Demo(_) => DEMO_LEDGER,
        _ => DEFAULT_LEDGER,
    });
    match command {
        Command::Config(_) => Ok(ExitCode::SUCCESS),
        Command::Demo(args) => demo::run(&ledger, &config, args).await,
        Command::Serve(args) => serve::run(&ledger, &config, args).await,
        Command::Ingest(_) => process::alone(Process::Ingest, &config, &ledger).await,
        Command::Classifier(_) => process::alone(Process::Classifier, &config, &ledger).await,
        Command::Notifier(_) => process::alone(Process::Notifier, &config, &ledger).await,
        Command::Query(_) => process::alone(Process::Query, &config, &ledger).await,
        Command::Relay(_) => process::alone(Process::Relay, &config, &ledger).await,
        Command::Health { url } => health::run(&config, url.as_deref()),
        Command::Migrate => ledger::migrate(&ledger).await,
        Command::Ledger(what) => ledger::run(what).await,
        Command::Init(args) => init(&ledger, args).await,
        Command::Import(args) => feed::import(&ledger, args).await,
        Command::Sync(crate::cli::Sync::Contacts(args)) => feed::sync(&ledger, args).await,
        Command::Status(args) => ask::status(&ledger, args).await,
        Command::Portfolio(args) => portfolio::run(&ledger, args).await,
        Command::Member(what) => act::member(&ledger, what).await,
        Command::Account(what) => account::run(&ledger, what).await,
        Command::Explain(args) => ask::explain(&ledger, args).await,
        Command::History(args) => ask::history(&ledger, args).await,
        Command::Alerts(args) => ask::alerts(&ledger, args).await,
        Command::Policy(what) => policy::run(&ledger, what).await,
        Command::Watchlist(what) => document::watchlist(&ledger, what).await,
        Command::Quarantine(what) => quarantine::run(&ledger, what).await,
        Command::Schema(what) => schema::run(what, &config),
        Command::Audit(what) => audit::run(&ledger, what).await,
        Command::Token(what) => token::run(&ledger, what).await,
    }
}

async fn init(url: &str, args: Init) -> eyre::Result<ExitCode> {
    let ledger = if args.if_missing {
        place::write_or_found(url, &args.founding, None).await?
    } else {
        let made = place::found(url, &args.founding, None).await?;
        place::tell_founded(&place::url(url)?, &made);
        made
    };
    ledger.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Prints a value as JSON, one document.
fn print_json(value: &impl serde::Serialize) -> eyre::Result<()> {
    crate::say::line(serde_json::to_string_pretty(value)?);
    Ok(())
}
