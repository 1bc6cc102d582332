//! What could not be read, mended and fed again.

use std::process::ExitCode;

use eyre::{Context, bail, eyre};
use linchpin_ledger::{Quarantine, Quarantined};

use super::print_json;
use crate::cli;
use crate::place;
use crate::table::{Align, Table};

/// Items listed at once.
const PAGE: usize = 500;

/// `linchpin quarantine …`
pub(crate) async fn run(url: &str, what: cli::Quarantine) -> eyre::Result<ExitCode> {
    match what {
        cli::Quarantine::List { json } => list(url, json).await?,
        cli::Quarantine::Show { id, raw } => show(url, id, raw).await?,
        cli::Quarantine::Retry { id, with, map } => {
            return super::feed::retry(url, id, with, map).await;
        }
        cli::Quarantine::Settle { id } => settle(url, id).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What `quarantine list --json` prints of an item.
#[derive(serde::Serialize)]
struct Item {
    id: i64,
    source: String,
    place: String,
    reason: String,
    since: jiff::Timestamp,
}

async fn list(url: &str, json: bool) -> eyre::Result<()> {
    let ledger = place::read(url).await?;
    let quarantine = ledger.quarantine();
    let items = quarantine.list(0, PAGE).await?;
    if json {
        return print_json(&all(&quarantine, items).await?);
    }
    if items.is_empty() {
        crate::say::line("Nothing waits to be mended.");
        return Ok(());
    }
    let mut table = Table::new(&[
        ("number", Align::Right),
        ("source", Align::Left),
        ("place", Align::Left),
        ("why it could not be read", Align::Left),
    ]);
    for item in &items {
        let cells = [item.source.clone(), item.place.clone(), item.reason.clone()];
        table.row([item.id.to_string()].into_iter().chain(cells));
    }
    crate::say::out(&table);
    let more = quarantine.count_open().await?.saturating_sub(items.len() as u64);
    if more > 0 {
        crate::say::line(format!("and {more} more (--json lists all)"));
    }
    crate::say::line(
        "\nLook at one with `linchpin quarantine show NUMBER`. To mend it: `linchpin quarantine\n\
         show NUMBER --raw > FILE`, change the rows, `linchpin quarantine retry NUMBER --with FILE`.",
    );
    Ok(())
}

/// All items from a first page on, without what came, which may be large.
async fn all(quarantine: &Quarantine, mut page: Vec<Quarantined>) -> eyre::Result<Vec<Item>> {
    let mut items = Vec::new();
    while let Some(last) = page.last().map(|item| item.id) {
        items.extend(page.into_iter().map(item));
        page = quarantine.list(last, PAGE).await?;
    }
    Ok(items)
}

fn item(item: Quarantined) -> Item {
    Item {
        id: item.id,
        source: item.source,
        place: item.place,
        reason: item.reason,
        since: item.created_at,
    }
}

async fn show(url: &str, id: u64, raw: bool) -> eyre::Result<()> {
    let ledger = place::read(url).await?;
    let item = get(&ledger, id).await?;
    if raw {
        match item.original {
            Some(original) => crate::say::out(original),
            None => bail!("{id} was settled, and its original was deleted"),
        }
        return Ok(());
    }
    crate::say::line(format!("number  {}", item.id));
    crate::say::line(format!("source  {}", item.source));
    crate::say::line(format!("place   {}", item.place));
    if !item.reason.is_empty() {
        crate::say::line(format!("reason  {}", item.reason));
    }
    match (item.settled_at, item.original) {
        (Some(at), _) => crate::say::line(format!("settled {at}")),
        (None, Some(original)) => crate::say::line(format!("\n{original}")),
        (None, None) => {}
    }
    Ok(())
}

/// One item, or an error that says how to list them.
pub(crate) async fn get(ledger: &linchpin_ledger::Ledger, id: u64) -> eyre::Result<Quarantined> {
    let id = i64::try_from(id).wrap_err("no such number")?;
    let item = ledger.quarantine().get(id).await?;
    item.ok_or_else(|| {
        eyre!("nothing in quarantine has number {id}; `linchpin quarantine list` shows what has")
    })
}

async fn settle(url: &str, id: u64) -> eyre::Result<()> {
    let ledger = place::write(url).await?;
    let item = get(&ledger, id).await?;
    ledger.quarantine().settle(item.id).await?;
    crate::say::line(format!("{id} is put aside; what came of it was deleted"));
    ledger.close().await;
    Ok(())
}
