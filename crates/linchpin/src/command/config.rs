//! `linchpin config check`: what is configured, where it came from, and what is wrong with it.

use std::process::ExitCode;

use linchpin_bus::nats::State;
use linchpin_ledger::LedgerUrl;

use crate::config::{Config, LEDGER, SETTINGS, Setting};
use crate::process::nats;
use crate::table::{Align, Table};

/// What is wrong is told by this status, like a wrong command line.
const WRONG: u8 = 2;

/// Prints the settings, and whether all is well.
pub(crate) async fn check(config: &Config, connect: bool) -> eyre::Result<ExitCode> {
    let left = Align::Left;
    let mut table = Table::new(&[("setting", left), ("value", left), ("from", left)]);
    for setting in SETTINGS {
        let Some(found) = config.found(setting.key) else { continue };
        let origin = found.origin.to_string();
        table.row([setting.key.to_owned(), shown(setting, &found.value), origin]);
    }
    crate::say::out(table);
    for odd in &config.odd {
        crate::say::note(format!("note: {odd}"));
    }
    let mut wrong = config.wrong.clone();
    if connect && wrong.is_empty() {
        wrong.extend(tried(config).await);
    }
    for wrong in &wrong {
        crate::say::note(format!("error: {wrong}"));
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(WRONG) })
}

/// A value as anybody may see it.
fn shown(setting: &Setting, value: &str) -> String {
    match value {
        "" => "-".to_owned(),
        // A ledger's address leaves out its password by itself; one that cannot be read may
        // still hold one.
        value if setting.key == LEDGER => {
            value.parse::<LedgerUrl>().map_or("(unreadable)".to_owned(), |url| url.to_string())
        }
        _ if setting.hides(value) => "(hidden)".to_owned(),
        value => value.to_owned(),
    }
}

/// Tries what the settings name, and says what was found. What went wrong.
async fn tried(config: &Config) -> Vec<String> {
    let mut wrong = Vec::new();
    let url = config.ledger(crate::cli::DEFAULT_LEDGER);
    match crate::place::read(&url).await {
        Ok(ledger) => {
            let (made, head) = (ledger.genesis(), ledger.head().position);
            let software = ledger.software().await.unwrap_or_else(|error| error.to_string());
            crate::say::line(format!("ledger: {}, {head} entries, {software}", made.firm));
            ledger.close().await;
        }
        Err(report) => wrong.push(format!("ledger: {report:#}")),
    }
    match nats::try_out(config).await {
        Ok(Some(nats)) => {
            if let State::Connected { server, version } = nats.state() {
                crate::say::line(format!("NATS: {server}, nats-server {version}"));
            }
        }
        Ok(None) => {}
        Err(report) => wrong.push(format!("{report:#}")),
    }
    wrong
}
