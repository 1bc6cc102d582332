//! Tokens: made, listed, taken out of force.

use std::process::ExitCode;

use eyre::bail;
use jiff::Timestamp;
use linchpin_access::{Role, issue};
use linchpin_ledger::{TokenRow, Tokens};
use serde::Serialize;

use crate::cli;
use crate::place;
use crate::say;
use crate::table::{Align, Table};

/// `linchpin token`
pub(crate) async fn run(url: &str, what: cli::Token) -> eyre::Result<ExitCode> {
    let ledger = match what {
        cli::Token::List { .. } => place::read(url).await?,
        cli::Token::New { .. } | cli::Token::Revoke { .. } => place::write(url).await?,
    };
    let tokens = ledger.tokens();
    let done = match what {
        cli::Token::New { name, role } => new(&tokens, &name, role).await,
        cli::Token::List { json } => list(&tokens, json).await,
        cli::Token::Revoke { name } => revoke(&tokens, &name).await,
    };
    ledger.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

/// Only the token goes to the output, so that it can be led into a file that nobody else reads.
async fn new(tokens: &Tokens, name: &str, role: Role) -> eyre::Result<()> {
    let token = issue(tokens, name, role).await?;
    say::line(token.reveal());
    say::note(format!(
        "the token {name} ({role}): keep it now, it is not shown again; take it out of force with \
         `linchpin token revoke {name}`"
    ));
    Ok(())
}

async fn list(tokens: &Tokens, json: bool) -> eyre::Result<()> {
    let all = tokens.list().await?;
    if json {
        return super::print_json(&all.iter().map(Listed::of).collect::<Vec<_>>());
    }
    if all.is_empty() {
        say::note("no token was made yet: `linchpin token new --role operator --name NAME`");
        return Ok(());
    }
    let columns = ["name", "role", "created (UTC)", "last used", "revoked"];
    let mut table = Table::new(&columns.map(|column| (column, Align::Left)));
    for token in &all {
        let day = |at: Option<Timestamp>, else_: &str| {
            at.map_or_else(|| else_.to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
        };
        table.row([
            token.name.clone(),
            token.role.clone(),
            day(Some(token.created_at), ""),
            day(token.last_used_at, "never"),
            day(token.revoked_at, ""),
        ]);
    }
    say::out(table);
    Ok(())
}

/// A token in JSON.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    role: &'a str,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl<'a> Listed<'a> {
    fn of(token: &'a TokenRow) -> Self {
        Self {
            name: &token.name,
            role: &token.role,
            created_at: token.created_at,
            last_used_at: token.last_used_at,
            revoked_at: token.revoked_at,
        }
    }
}

async fn revoke(tokens: &Tokens, name: &str) -> eyre::Result<()> {
    if tokens.revoke(name).await? {
        say::note(format!("the token {name} opens nothing any more"));
        return Ok(());
    }
    let known = tokens.list().await?.iter().any(|token| token.name == name);
    if known {
        say::note(format!("the token {name} was revoked before"));
        return Ok(());
    }
    bail!("there is no token {name}: `linchpin token list` shows those there are")
}
