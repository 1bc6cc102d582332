//! `linchpin account`: looking at one client.

use std::process::ExitCode;

use eyre::eyre;
use linchpin_query::view::{self, Alike, Suggestions};

use super::ask::{find, fold};
use super::print_json;
use crate::cli;
use crate::table::{Align, Table};

/// Runs one of its commands.
pub(crate) async fn run(url: &str, what: cli::Account) -> eyre::Result<ExitCode> {
    match what {
        cli::Account::Alike(args) => alike(url, args).await,
        cli::Account::Act(act) => super::act::account(url, act).await,
    }
}

async fn alike(url: &str, args: cli::Alike) -> eyre::Result<ExitCode> {
    let asked = fold(url, cli::Clocks { as_of: None, known_at: None }).await?;
    let id = find(&asked.desk, &args.account, asked.clocks.as_of)?;
    let names = view::name_index(&asked.desk);
    let found = view::suggestions(&asked.desk, &names, id, asked.clocks)
        .ok_or_else(|| eyre!("nothing is known of {}", args.account))?;
    if args.json {
        print_json(&found)?
    } else {
        crate::say::out(text(&found))
    }
    Ok(ExitCode::SUCCESS)
}

fn text(found: &Suggestions) -> String {
    if found.is_empty() {
        return format!("No client is called anything like {}.\n", found.name);
    }
    let mut table = Table::new(&[
        ("may be", Align::Left),
        ("account", Align::Left),
        ("country", Align::Left),
        ("score", Align::Right),
        ("why", Align::Left),
        ("id", Align::Left),
    ]);
    let kinds: [(&str, &[Alike]); 3] = [
        ("the same client", &found.duplicates),
        ("its parent", &found.parents),
        ("a subsidiary", &found.subsidiaries),
    ];
    for (kind, others) in kinds {
        for it in others {
            table.row([
                kind.to_owned(),
                it.name.clone(),
                it.country.clone().unwrap_or_default(),
                it.score.to_string(),
                it.why.clone(),
                it.id.to_string(),
            ]);
        }
    }
    format!("{}\n\n{table}", found.name)
}
