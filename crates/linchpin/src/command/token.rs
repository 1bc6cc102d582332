//! Tokens: made, listed, taken out of force.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use eyre::{Context, bail};
use jiff::Timestamp;
use linchpin_access::{Role, Token, issue};
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
        cli::Token::New { name, role, to, if_missing } => {
            new(&tokens, &name, role, to, if_missing).await
        }
        cli::Token::List { json } => list(&tokens, json).await,
        cli::Token::Revoke { name } => revoke(&tokens, &name).await,
    };
    ledger.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn new(
    tokens: &Tokens,
    name: &str,
    role: Role,
    to: Option<PathBuf>,
    if_missing: bool,
) -> eyre::Result<()> {
    if if_missing && there(tokens, name, role).await? {
        say::note(format!("the token {name} is there already"));
        return Ok(());
    }
    // The file comes first: a token that could not be handed over must not be in force.
    let file = to.as_deref().map(create).transpose()?;
    let token = match issue(tokens, name, role).await {
        Ok(token) => token,
        Err(error) => {
            if let Some(path) = &to {
                let _ = std::fs::remove_file(path);
            }
            return Err(error.into());
        }
    };
    let Some(((mut file, path), token)) = file.zip(to).map(|both| (both, &token)) else {
        return print(&token, name, role);
    };
    let written = write(&mut file, token);
    if written.is_err() {
        tokens.revoke(name).await?;
    }
    written.wrap_err_with(|| format!("{} could not be written", path.display()))?;
    say::note(format!("the token {name} ({role}) stands in {}", path.display()));
    Ok(())
}

fn print(token: &Token, name: &str, role: Role) -> eyre::Result<()> {
    say::line(token.reveal());
    say::note(format!(
        "the token {name} ({role}): keep it now, it is not shown again; take it out of force with \
         `linchpin token revoke {name}`"
    ));
    Ok(())
}

/// Whether a token of this name is in force. One with another role or a revoked one is in the way.
async fn there(tokens: &Tokens, name: &str, role: Role) -> eyre::Result<bool> {
    let all = tokens.list().await?;
    match all.iter().find(|token| token.name == name) {
        None => Ok(false),
        Some(token) if token.revoked_at.is_some() => {
            bail!("the token {name} was revoked: choose another name")
        }
        Some(token) if token.role != role.name() => {
            bail!("the token {name} is there already as a {}: choose another name", token.role)
        }
        Some(_) => Ok(true),
    }
}

fn create(path: &Path) -> eyre::Result<std::fs::File> {
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.wrap_err_with(|| format!("--to {}: a new file cannot be made there", path.display()))
}

fn write(file: &mut std::fs::File, token: &Token) -> std::io::Result<()> {
    file.write_all(token.reveal().as_bytes())?;
    file.sync_all()
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
