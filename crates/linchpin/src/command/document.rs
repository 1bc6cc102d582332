//! The written rules: what is the same for every kind of document, and the watchlist.

use std::path::Path;
use std::process::ExitCode;

use eyre::{Context, bail, eyre};
use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::entry::{Body, Stream};
use linchpin_domain::fact::Fact;
use linchpin_domain::policy::DocumentError;
use linchpin_domain::watch::Watchlist;
use linchpin_ingest::command::{Adopted, adopt_watchlist};
use linchpin_ledger::Ledger;
use linchpin_query::words;

use crate::cli::Document;
use crate::place;
use crate::table::{Align, Table};

/// Under which name a document is adopted from here.
pub(super) const ACTOR: &str = "cli";

/// `linchpin watchlist …`
pub(crate) async fn watchlist(url: &str, what: Document) -> eyre::Result<ExitCode> {
    match what {
        Document::Check { file } => {
            let (list, _) = read(&file, Watchlist::parse)?;
            crate::say::line(format!("{}: a sound watchlist, “{}”", file.display(), list.name));
        }
        Document::Adopt { file, from } => {
            let (list, text) = read(&file, Watchlist::parse)?;
            let ledger = place::write(url).await?;
            let begins = begins(&ledger, from)?;
            let adopted = adopt_watchlist(&ledger, &text, begins, ACTOR).await?;
            tell(&ledger, &list.name, &adopted, from).await?;
            ledger.close().await;
        }
        Document::Show => {
            let ledger = place::read(url).await?;
            match adopted(&ledger).await?.pop() {
                Some(version) => crate::say::out(version.text),
                None => bail!("no watchlist has been adopted"),
            }
        }
        Document::List => {
            let ledger = place::read(url).await?;
            list(&adopted(&ledger).await?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a document and checks it; also gives its text.
pub(super) fn read<T>(
    file: &Path,
    parse: fn(&str) -> Result<T, DocumentError>,
) -> eyre::Result<(T, String)> {
    let text = std::fs::read_to_string(file)
        .wrap_err_with(|| format!("{} cannot be read", file.display()))?;
    let document = parse(&text).map_err(|error| {
        eyre!("{}:{}:{}: {}", file.display(), error.line, error.column, error.message)
    })?;
    Ok((document, text))
}

/// The moment at which a day of `--from` begins.
pub(super) fn begins(ledger: &Ledger, from: Option<Date>) -> eyre::Result<Option<Timestamp>> {
    let begins = from.map(|day| day.to_zoned(ledger.genesis().zone())).transpose()?;
    let begins = begins.map(|begins| begins.timestamp());
    if begins.is_some_and(|begins| begins > ledger.now()) {
        bail!("--from: a document is adopted for today or a past day, not for a day to come");
    }
    Ok(begins)
}

/// Says what an adoption came to, after concluding what follows from it.
pub(super) async fn tell(
    ledger: &Ledger,
    name: &str,
    adopted: &Adopted,
    from: Option<Date>,
) -> eyre::Result<()> {
    if !adopted.fresh {
        crate::say::line(format!("“{name}” is in force already, word for word; nothing was added"));
        return Ok(());
    }
    let decisions = super::settle::once(ledger, adopted.position).await?;
    let since = from.map_or_else(|| "now on".to_owned(), |day| day.to_string());
    let until = adopted.until.map_or_else(String::new, |(version, at)| {
        let day = ledger.genesis().zone().to_datetime(at).date();
        format!(" until version {version} takes its place on {day}")
    });
    let followed = match decisions {
        0 => "nothing follows from it today".to_owned(),
        n => format!("{} followed", words::count(n as u64, "decision", "decisions")),
    };
    let version = adopted.version;
    crate::say::line(format!(
        "“{name}” is in force from {since}{until}, as version {version}; {followed}"
    ));
    if from.is_none() {
        crate::say::line(
            "Past days are judged by what was in force then; --from DAY reaches back.",
        );
    }
    Ok(())
}

/// A version of the watchlist.
struct Version {
    at: Timestamp,
    id: linchpin_domain::id::EntryId,
    position: u64,
    text: String,
    name: String,
    day: String,
}

async fn adopted(ledger: &Ledger) -> eyre::Result<Vec<Version>> {
    const PAGE: usize = 500;
    let zone = ledger.genesis().zone();
    let mut versions = Vec::new();
    let mut after = 0;
    loop {
        let entries = ledger.read_stream(Stream::Firm, after, PAGE).await?;
        let Some(last) = entries.last() else { break };
        after = last.version;
        versions.extend(entries.iter().filter_map(|entry| {
            let Body::Fact(Fact::WatchlistAdopted(adopted)) = &entry.body else { return None };
            let text = adopted.document.clone();
            let read = Watchlist::parse(&text).map(|list| list.name);
            let name = read.unwrap_or_else(|_| "unreadable here".to_owned());
            let day = zone.to_datetime(entry.occurred_at).date().to_string();
            let (at, id, position) = (entry.occurred_at, entry.id, entry.position);
            Some(Version { at, id, position, text, name, day })
        }));
    }
    versions.sort_by_key(|version| (version.at, version.id));
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
