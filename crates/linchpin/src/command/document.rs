//! The written rules: policy and watchlist.

use std::path::Path;
use std::process::ExitCode;

use eyre::{Context, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::entry::{Body, Stream};
use linchpin_domain::fact::Fact;
use linchpin_domain::policy::{DocumentError, Policy};
use linchpin_domain::watch::Watchlist;
use linchpin_ledger::Ledger;
use linchpin_query::words;

use crate::cli::Document;
use crate::place;
use crate::table::{Align, Table};

/// Under which name a document is adopted from here.
const ACTOR: &str = "cli";

/// `linchpin policy …`
pub(crate) async fn policy(url: &str, what: Document) -> eyre::Result<ExitCode> {
    let check = |text: &str| Policy::parse(text).map(|policy| policy.name);
    run(url, what, Kind { word: "policy", check, text: policy_text }).await
}

/// `linchpin watchlist …`
pub(crate) async fn watchlist(url: &str, what: Document) -> eyre::Result<ExitCode> {
    let check = |text: &str| Watchlist::parse(text).map(|list| list.name);
    run(url, what, Kind { word: "watchlist", check, text: watchlist_text }).await
}

/// One of the two kinds of document.
struct Kind {
    word: &'static str,
    check: fn(&str) -> Result<String, DocumentError>,
    text: fn(&Body) -> Option<&str>,
}

fn policy_text(body: &Body) -> Option<&str> {
    match body {
        Body::Fact(Fact::PolicyAdopted(adopted)) => Some(&adopted.document),
        _ => None,
    }
}

fn watchlist_text(body: &Body) -> Option<&str> {
    match body {
        Body::Fact(Fact::WatchlistAdopted(adopted)) => Some(&adopted.document),
        _ => None,
    }
}

async fn run(url: &str, what: Document, kind: Kind) -> eyre::Result<ExitCode> {
    match what {
        Document::Check { file } => {
            let (name, _) = read(&file, &kind)?;
            crate::say::line(format!("{}: a sound {}, “{name}”", file.display(), kind.word));
        }
        Document::Adopt { file, from } => {
            let (name, text) = read(&file, &kind)?;
            let ledger = place::write(url).await?;
            adopt(&ledger, &kind, &name, text, from).await?;
            ledger.close().await;
        }
        Document::Show => {
            let ledger = place::read(url).await?;
            match adopted(&ledger, &kind).await?.pop() {
                Some(version) => crate::say::out(version.text),
                None => bail!("no {} has been adopted", kind.word),
            }
        }
        Document::List => {
            let ledger = place::read(url).await?;
            list(&adopted(&ledger, &kind).await?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path, kind: &Kind) -> eyre::Result<(String, String)> {
    let text = std::fs::read_to_string(file)
        .wrap_err_with(|| format!("{} cannot be read", file.display()))?;
    let name = (kind.check)(&text).map_err(|error| {
        eyre::eyre!("{}:{}:{}: {}", file.display(), error.line, error.column, error.message)
    })?;
    Ok((name, text))
}

async fn adopt(
    ledger: &Ledger,
    kind: &Kind,
    name: &str,
    text: String,
    from: Option<Date>,
) -> eyre::Result<()> {
    let begins = from.map(|day| day.to_zoned(ledger.genesis().zone())).transpose()?;
    let begins = begins.map(|begins| begins.timestamp());
    if begins.is_some_and(|begins| begins > ledger.now()) {
        bail!("--from: a document is adopted for today or a past day, not for a day to come");
    }
    let adoption = match kind.word {
        "policy" => linchpin_ingest::command::adopt_policy(ledger, &text, begins, ACTOR).await?,
        _ => linchpin_ingest::command::adopt_watchlist(ledger, &text, begins, ACTOR).await?,
    };
    if !adoption.fresh {
        crate::say::line(format!("“{name}” is in force already, word for word; nothing was added"));
        return Ok(());
    }
    let decisions = super::settle::once(ledger).await?;
    let since = from.map_or_else(|| "now on".to_owned(), |day| day.to_string());
    let followed = match decisions {
        0 => "nothing follows from it today".to_owned(),
        n => format!("{} followed", words::count(n as u64, "decision", "decisions")),
    };
    crate::say::line(format!("“{name}” is in force from {since}; {followed}"));
    if from.is_none() {
        crate::say::line(
            "Past days are judged by what was in force then; --from DAY reaches back.",
        );
    }
    Ok(())
}

/// A version of a document.
struct Version {
    at: jiff::Timestamp,
    position: u64,
    text: String,
    name: String,
    day: String,
}

async fn adopted(ledger: &Ledger, kind: &Kind) -> eyre::Result<Vec<Version>> {
    const PAGE: usize = 500;
    let zone: TimeZone = ledger.genesis().zone();
    let mut versions = Vec::new();
    let mut after = 0;
    loop {
        let entries = ledger.read_stream(Stream::Firm, after, PAGE).await?;
        let Some(last) = entries.last() else { break };
        after = last.version;
        versions.extend(entries.iter().filter_map(|entry| {
            let text = (kind.text)(&entry.body)?.to_owned();
            let name = (kind.check)(&text).unwrap_or_else(|_| "unreadable here".to_owned());
            let day = zone.to_datetime(entry.occurred_at).date().to_string();
            Some(Version { at: entry.occurred_at, position: entry.position, text, name, day })
        }));
    }
    versions.sort_by_key(|version| (version.at, version.position));
    Ok(versions)
}

fn list(versions: &[Version]) {
    let mut table = Table::new(&[
        ("version", Align::Right),
        ("in force from", Align::Left),
        ("entry", Align::Right),
        ("name", Align::Left),
    ]);
    for (version, number) in versions.iter().zip(1..) {
        let cells = [number.to_string(), version.day.clone(), format!("#{}", version.position)];
        table.row(cells.into_iter().chain([version.name.clone()]));
    }
    crate::say::out(&table);
}
