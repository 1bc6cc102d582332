//! The file doors: import, sync, and feeding again.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;

use eyre::{Context, bail};
use indicatif::ProgressBar;
use jiff::Timestamp;
use linchpin_domain::policy::DocumentError;
use linchpin_ingest::door;
use linchpin_ingest::import::{self, ImportOptions, Progress, Stage, StepError, Stepper, Summary};
use linchpin_ingest::map::Map;
use linchpin_ingest::sync::{self, Changed, ContactsMap, Person, SyncOptions, SyncReport};
use linchpin_ledger::Ledger;

use super::{print_json, settle};
use crate::cli;
use crate::{place, progress};

/// A story's services, as an import drives them.
struct Days(settle::Desk);

impl Stepper for Days {
    fn until<'a>(
        &'a mut self,
        at: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>> {
        Box::pin(async move { self.0.until(at).await.map_err(Into::into) })
    }
}

/// `linchpin import`
pub(crate) async fn import(url: &str, args: cli::Import) -> eyre::Result<ExitCode> {
    let map = document(&args.map, Map::parse)?;
    must_exist(&args.file)?;
    let fed = place::Fed::open(url, &args.founding, map.currency(), args.dry_run).await?;
    let ledger = fed.ledger.clone();
    tell_currency(&ledger, &map);
    let options =
        ImportOptions { dry_run: args.dry_run, correct: args.correct, ..ImportOptions::default() };
    let lived_through = ledger.genesis().simulated && !args.dry_run;
    let mut days = lived_through.then(|| Days(settle::conductor(&ledger)));
    let step = days.as_mut().map(|days| days as &mut dyn Stepper);
    let started = stopwatch();
    let before = ledger.refresh().await?.position;
    let mut shown = Shown::default();
    let imported =
        import::import(&ledger, &args.file, &map, &options, step, &mut |p| shown.show(p)).await;
    shown.clear();
    let failed = || format!("{} was not imported", args.file.display());
    let (fed, summary) = fed.or_give_up(imported, failed).await?;
    let took = started();
    let decisions = if args.dry_run { 0 } else { settle::once(&ledger, before).await? };
    if args.json {
        print_json(&summary)?;
    } else {
        crate::say::out(summary_text(&summary, decisions, took));
    }
    fed.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Amounts in a currency without a rate cannot be summed, so that is said at once.
fn tell_currency(ledger: &Ledger, map: &Map) {
    let ours = ledger.genesis().currency;
    if let Some(theirs) = map.currency().filter(|theirs| *theirs != ours) {
        crate::say::note(format!(
            "note: the ledger counts in {}, this file in {}; its amounts count once an event \
             linchpin.exchange_rate.set gives the rate (see the README)",
            ours.code(),
            theirs.code()
        ));
    }
}

/// The time since now, in seconds, when asked.
fn stopwatch() -> impl Fn() -> f64 {
    let started = std::time::Instant::now();
    move || started.elapsed().as_secs_f64()
}

fn must_exist(file: &Path) -> eyre::Result<()> {
    std::fs::metadata(file).wrap_err_with(|| format!("{} cannot be read", file.display()))?;
    Ok(())
}

/// Reads a mapping document; what is wrong with it is said with its file, line and column.
fn document<T>(file: &Path, parse: fn(&str) -> Result<T, DocumentError>) -> eyre::Result<T> {
    let text = std::fs::read_to_string(file)
        .wrap_err_with(|| format!("--map {} cannot be read", file.display()))?;
    parse(&text).map_err(|error| {
        eyre::eyre!("{}:{}:{}: {}", file.display(), error.line, error.column, error.message)
    })
}

/// The bar of the stage that is under way.
#[derive(Default)]
struct Shown(Option<(Stage, ProgressBar)>);

impl Shown {
    fn show(&mut self, now: Progress) {
        if self.0.as_ref().is_none_or(|(stage, _)| *stage != now.stage) {
            self.clear();
            let what = match now.stage {
                Stage::Reading => "reading",
                Stage::Grouping => "bringing lines together",
                Stage::Storing => "storing",
            };
            let bar =
                now.total.map_or_else(|| progress::count(what), |total| progress::bar(total, what));
            self.0 = Some((now.stage, bar));
        }
        if let Some((_, bar)) = &self.0 {
            bar.set_position(now.done);
        }
    }

    fn clear(&mut self) {
        if let Some((_, bar)) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

fn summary_text(summary: &Summary, decisions: usize, took: f64) -> String {
    let facts = &summary.facts;
    let rate = summary.lines as f64 / took.max(0.001);
    let mut text = format!(
        "{}: {} lines read in {took:.1} s ({rate:.0} a second)\n",
        summary.file, summary.lines
    );
    let mut line = |number: u64, what: &str| {
        if number > 0 {
            let _ = writeln!(text, "{number:>10}  {what}");
        }
    };
    let would = if summary.dry_run { "facts would be new" } else { "facts new" };
    line(facts.new, would);
    line(facts.links, "links from outside ids to accounts new");
    line(facts.known, "facts known already");
    line(facts.corrected, "facts corrected");
    line(facts.kept_first, "facts told once before and otherwise; the first telling is kept");
    line(facts.conflicting, "facts known otherwise and not taken (--correct takes them)");
    line(summary.ignored, "lines that the map has no use for");
    line(summary.without_account.lines, "lines without an account, which belong to nobody");
    line(summary.unreadable.rows, "lines that could not be read");
    if !summary.dry_run {
        line(decisions as u64, "decisions followed");
    }
    if facts.new + facts.corrected == 0 {
        text.push_str("Nothing was added.\n");
    }
    if let Some(amount) = summary.without_account.amount {
        let _ = writeln!(text, "The lines without an account sum to {amount}.");
    }
    for conflict in summary.conflicts.iter().take(10) {
        let _ = writeln!(
            text,
            "Known otherwise: {} {}{}",
            conflict.kind,
            conflict.key,
            amounts(conflict)
        );
    }
    for kept in summary.kept_first.iter().take(10) {
        let _ = writeln!(text, "First telling kept: {} {}", kept.kind, kept.key);
    }
    for trouble in summary.unreadable.first.iter().take(10) {
        let _ = writeln!(text, "{}: {}: {}", summary.file, trouble.place, trouble.reason);
    }
    if summary.unreadable.rows > 0 && !summary.dry_run {
        text.push_str("What could not be read is kept: `linchpin quarantine list`.\n");
    }
    text
}

fn amounts(conflict: &import::Conflict) -> String {
    match (conflict.old_amount, conflict.new_amount) {
        (Some(old), Some(new)) if old != new => format!(": was {old}, comes as {new}"),
        (Some(old), _) => format!(": {old}, with other lines"),
        _ => String::new(),
    }
}

/// `linchpin sync contacts`
pub(crate) async fn sync(url: &str, args: cli::SyncContacts) -> eyre::Result<ExitCode> {
    let map = document(&args.map, ContactsMap::parse)?;
    must_exist(&args.file)?;
    let fed = place::Fed::open(url, &args.founding, None, args.dry_run).await?;
    let ledger = fed.ledger.clone();
    let options = SyncOptions {
        on: args.on,
        confirm: args.confirm,
        dry_run: args.dry_run,
        ..SyncOptions::default()
    };
    let mut shown = Shown::default();
    let synced =
        sync::sync_contacts(&ledger, &args.file, &map, &options, &mut |p| shown.show(p)).await;
    shown.clear();
    let failed = || format!("{} was not compared", args.file.display());
    let (fed, report) = fed.or_give_up(synced, failed).await?;
    if !args.dry_run && report.held.is_none() {
        settle::once(&ledger, ledger.head().position).await?;
    }
    if args.json {
        print_json(&report)?;
    } else {
        crate::say::out(report_text(&report));
    }
    fed.close().await;
    // Whoever syncs by night must notice without reading.
    Ok(if report.held.is_some() { ExitCode::from(HELD) } else { ExitCode::SUCCESS })
}

/// How a sync ends whose list was held.
const HELD: u8 = 2;

/// `linchpin quarantine retry`
pub(crate) async fn retry(
    url: &str,
    id: u64,
    with: Option<PathBuf>,
    map: Option<PathBuf>,
) -> eyre::Result<ExitCode> {
    let map = map.map(|file| document(&file, Map::parse)).transpose()?;
    let mended = match &with {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .wrap_err_with(|| format!("--with {} cannot be read", file.display()))?,
        ),
        None => None,
    };
    let ledger = place::write(url).await?;
    let item = super::quarantine::get(&ledger, id).await?;
    let before = ledger.refresh().await?.position;
    if item.source.starts_with("import:") {
        let options = ImportOptions::default();
        let summary =
            import::feed_again(&ledger, item.id, mended.as_deref(), map.as_ref(), &options).await?;
        crate::say::out(summary_text(&summary, settle::once(&ledger, before).await?, 0.0));
    } else if item.source.starts_with(sync::QUARANTINED) {
        bail!(
            "{id} is a row of a full list of contacts: mend the list and sync it again; once all \
             of a list can be read, what waits of its source is settled"
        );
    } else {
        event_again(&ledger, &item, mended.as_deref()).await?;
    }
    crate::say::line(format!("{id} is settled."));
    ledger.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn event_again(
    ledger: &Ledger,
    item: &linchpin_ledger::Quarantined,
    mended: Option<&str>,
) -> eyre::Result<()> {
    let Some(event) = mended.or(item.original.as_deref()) else {
        bail!("{} was settled already", item.id)
    };
    match door::take_again(ledger, event).await {
        Ok(receipt) => crate::say::line(format!("The event stands at #{}.", receipt.position)),
        Err(problem) => bail!("{} still cannot be taken: {}", item.id, problem.detail),
    }
    ledger.quarantine().settle(item.id).await?;
    settle::once(ledger, ledger.head().position).await?;
    Ok(())
}

/// Differences listed on the terminal; `--json` gives all.
const LISTED: usize = 20;

fn report_text(report: &SyncReport) -> String {
    let mut text = format!(
        "{}, list of {}: {} rows, {} contacts; {} were known.\n",
        report.file, report.on, report.rows, report.listed, report.known
    );
    if let Some(held) = &report.held {
        let _ = writeln!(text, "Held, nothing was changed: {}.", held.reason);
        text.push_str("If the list is right, run the same command with --confirm.\n");
        return text;
    }
    people(&mut text, "joined", &report.joined);
    people(&mut text, "left", &report.left);
    changes(&mut text, "changed title", &report.title_changed);
    changes(&mut text, "changed name", &report.renamed);
    people(&mut text, "changed otherwise", &report.otherwise_changed);
    if report.confirmed > 0 {
        let _ = writeln!(text, "{} known from others are on the list too.", report.confirmed);
    }
    if report.settled > 0 {
        let _ = writeln!(
            text,
            "{} rows of earlier lists could not be read and are settled: all of this one can be.",
            report.settled
        );
    }
    if report.departures_held > 0 {
        let _ = writeln!(
            text,
            "{} are not on the list, but rows that cannot be read may be theirs: mend these first.",
            report.departures_held
        );
    }
    for trouble in report.unreadable.first.iter().take(LISTED) {
        let _ = writeln!(text, "{}: {}: {}", report.file, trouble.place, trouble.reason);
    }
    if report.appended == 0 {
        text.push_str("Nothing was added.\n");
    }
    text
}

fn name(person: &Person) -> String {
    let who = person.name.clone().or_else(|| person.contact.clone());
    let who = who.unwrap_or_else(|| person.contact_id.to_string());
    format!("{who}, {}", person.account.clone().unwrap_or_else(|| person.account_id.to_string()))
}

fn people(text: &mut String, what: &str, people: &[Person]) {
    listed(text, what, people, name);
}

fn changes(text: &mut String, what: &str, changes: &[Changed]) {
    listed(text, what, changes, |changed| {
        format!("{}: “{}” became “{}”", name(&changed.person), changed.before, changed.after)
    });
}

fn listed<T>(text: &mut String, what: &str, items: &[T], line: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(text, "{} {what}:", items.len());
    for item in items.iter().take(LISTED) {
        let _ = writeln!(text, "  {}", line(item));
    }
    if items.len() > LISTED {
        let _ = writeln!(text, "  … and {} more (--json lists all)", items.len() - LISTED);
    }
}
