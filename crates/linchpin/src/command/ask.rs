//! Questions: status, explain, history, alerts.

use std::process::ExitCode;

use eyre::{bail, eyre};
use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::AccountId;
use linchpin_ledger::Ledger;
use linchpin_query::view::{self, AlertView, Clocks, Explanation, HistoryItem, Portfolio};
use linchpin_query::{history_page, words};

use super::print_json;
use crate::cli;
use crate::table::{Align, Table};
use crate::{place, progress};

/// A fold of the ledger, and the clocks under which it is asked.
pub(crate) struct Asked {
    pub(crate) ledger: Ledger,
    pub(crate) desk: Desk,
    pub(crate) clocks: Clocks,
}

/// Folds a ledger up to what was known at a moment.
pub(crate) async fn fold(url: &str, asked: cli::Clocks) -> eyre::Result<Asked> {
    let ledger = place::read(url).await?;
    let zone = ledger.genesis().zone();
    let known_at = asked.known_at.as_deref().map(|text| moment(text, &zone)).transpose()?;
    let bar = progress::bar(ledger.head().position, "reading");
    let desk =
        linchpin_query::fold(&ledger, known_at, |progress| bar.set_position(progress.done)).await?;
    bar.finish_and_clear();
    let clocks = Clocks::of(&desk, asked.as_of, known_at, ledger.now(), &zone);
    Ok(Asked { ledger, desk, clocks })
}

fn moment(text: &str, zone: &jiff::tz::TimeZone) -> eyre::Result<Timestamp> {
    linchpin_query::moment(text, zone).ok_or_else(|| {
        eyre!(
            "--known-at {text}: write a day (2021-05-01, for all that was known by its end) or a \
             moment with its offset (2021-05-01T12:00:00Z)"
        )
    })
}

/// `linchpin status`
pub(crate) async fn status(url: &str, args: cli::Status) -> eyre::Result<ExitCode> {
    let asked = fold(url, args.clocks).await?;
    let portfolio = view::portfolio(&asked.desk, asked.clocks);
    if args.json {
        print_json(&portfolio)?;
    } else {
        crate::say::out(status_text(&portfolio, args.top));
        crate::say::out(hint(&asked.desk, &portfolio).unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}

/// What to try where an answer is empty because the business is of another time.
fn hint(desk: &Desk, portfolio: &Portfolio) -> Option<String> {
    let none =
        |row: &view::AccountRow| row.engagements == 0 && row.revenue.as_deref() == Some("0.00");
    if !portfolio.accounts.iter().all(none) {
        return None;
    }
    if desk.accounts().len() == 0 {
        let known = portfolio.clocks.known_at.is_some();
        return known.then(|| "Nothing had been recorded by then (--known-at).\n".to_owned());
    }
    let newest = desk
        .accounts()
        .filter_map(|account| account.invoiced().iter().next_back().map(|(source, _)| source.day));
    let newest = newest.max()?;
    Some(format!("The newest invoice is of {newest}: try --as-of {newest}.\n"))
}

fn status_text(portfolio: &Portfolio, top: usize) -> String {
    let mut table = Table::new(&[
        ("#", Align::Right),
        ("account", Align::Left),
        ("status", Align::Left),
        ("points", Align::Right),
        ("revenue", Align::Right),
        ("share", Align::Right),
        ("engagements", Align::Right),
        ("outside id", Align::Left),
    ]);
    let shown = if top == 0 { portfolio.accounts.len() } else { top };
    for row in portfolio.accounts.iter().take(shown) {
        let mut outside =
            row.external_source.iter().zip(&row.external_id).map(|(s, id)| format!("{s}:{id}"));
        table.row([
            row.rank.to_string(),
            row.name.clone(),
            row.status.words().to_owned(),
            format!("{} of {}", row.points, row.out_of),
            row.revenue.clone().unwrap_or_else(|| "no rate".to_owned()),
            words::percent(row.share),
            row.engagements.to_string(),
            outside.next().unwrap_or_default(),
        ]);
    }
    let counts: Vec<String> =
        portfolio.counts.iter().map(|c| format!("{} {}", c.accounts, c.status.words())).collect();
    let total = portfolio.total_revenue.as_ref().map(|sum| format!("{} {sum}", portfolio.currency));
    let mut text = format!(
        "{} accounts on {}: {}. Revenue of {} days: {}.\n\n{table}",
        portfolio.accounts.len(),
        words::full_date(portfolio.as_of),
        counts.join(", "),
        portfolio.window_days,
        total.unwrap_or_else(|| "too large to sum".to_owned()),
    );
    if portfolio.accounts.len() > shown {
        text.push_str(&format!(
            "… and {} more (--top 0 for all)\n",
            portfolio.accounts.len() - shown
        ));
    }
    text
}

/// Finds an account by its id, its outside id, or its name.
pub(super) fn find(desk: &Desk, text: &str, day: Date) -> eyre::Result<AccountId> {
    if let Ok(id) = text.parse::<AccountId>() {
        return match desk.account(desk.meant(id)) {
            Some(account) => Ok(account.id),
            None => Err(eyre!("no account {text} is known; `linchpin status` lists them")),
        };
    }
    let wanted = text.to_lowercase();
    let named: Vec<(AccountId, String)> = desk
        .accounts()
        .map(|account| (account.id, account.name_on(day)))
        .filter(|(_, name)| name.to_lowercase().contains(&wanted))
        .collect();
    match named.iter().filter(|(_, name)| name.to_lowercase() == wanted).count() {
        1 => Ok(named
            .iter()
            .find(|(_, name)| name.to_lowercase() == wanted)
            .map_or(named[0].0, |n| n.0)),
        _ => match named.as_slice() {
            [(id, _)] => Ok(*id),
            [] => merged(desk, text, day, |name| name.contains(&wanted)).ok_or_else(|| {
                eyre!("no account is called “{text}”; `linchpin status` lists them")
            }),
            several => {
                let names: Vec<String> =
                    several.iter().take(8).map(|(_, name)| name.clone()).collect();
                let more = several.len() - names.len();
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                bail!("“{text}” could be {} accounts: {}{more}", several.len(), names.join(", "))
            }
        },
    }
}

/// The client as which a duplicate is read whose name fits, where that is one client; it is noted,
/// for its own name is another.
pub(super) fn merged(
    desk: &Desk,
    text: &str,
    day: Date,
    fits: impl Fn(&str) -> bool,
) -> Option<AccountId> {
    let duplicates = desk.accounts().flat_map(|it| desk.duplicates_of(it.id));
    let mut found = duplicates.filter_map(|id| {
        let told = desk.told_account(id)?;
        fits(&told.name_on(day).to_lowercase()).then(|| (desk.survivor(id), told))
    });
    let (stays, told) = found.next()?;
    if found.any(|(other, _)| other != stays) {
        return None;
    }
    let name = desk.account(stays)?.name_on(day);
    let since = told.merged_into().map_or_else(String::new, |(source, _)| {
        format!(" on {} (entry #{})", words::full_date(source.day), source.position)
    });
    crate::say::note(format!(
        "“{text}” is a duplicate, merged into {name}{since}: {name} is meant"
    ));
    Some(stays)
}

/// `linchpin explain`
pub(crate) async fn explain(url: &str, args: cli::Explain) -> eyre::Result<ExitCode> {
    let asked = fold(url, args.clocks).await?;
    let id = find(&asked.desk, &args.account, asked.clocks.as_of)?;
    let as_of = asked.clocks.as_of;
    let why = view::explain(&asked.desk, id, asked.clocks)
        .ok_or_else(|| eyre!("nothing is known of {} on {as_of}", args.account))?;
    if args.json {
        print_json(&why)?;
    } else {
        crate::say::out(explanation_text(&why));
    }
    Ok(ExitCode::SUCCESS)
}

/// Quiet rules listed on the terminal.
const QUIET: usize = 12;

fn explanation_text(why: &Explanation) -> String {
    let mut table = Table::new(&[
        ("criterion", Align::Left),
        ("rule", Align::Left),
        ("figure", Align::Left),
        ("points", Align::Right),
        ("evidence", Align::Left),
    ]);
    for criterion in &why.criteria {
        let newest: Vec<String> = criterion
            .evidence
            .iter()
            .take(3)
            .filter_map(|e| Some(format!("#{}", e.position?)))
            .collect();
        let more = criterion.evidence_count.saturating_sub(newest.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        table.row([
            criterion.title.clone(),
            criterion.rule.clone(),
            criterion.figure.clone(),
            format!("{} of {}", criterion.points, criterion.out_of),
            format!("{}{more}", newest.join(" ")),
        ]);
    }
    let mut text = format!("{}\n{}\n", why.name, why.sentence);
    why.verdict.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text.push_str(&format!("\n{table}"));
    let since = why.since_last.iter().flat_map(|it| &it.sentences);
    let nearest = why.nearest.iter().map(|turn| &turn.sentence);
    listed(&mut text, "What would change it", nearest);
    listed(&mut text, "What would change its points", &why.would_change);
    listed(&mut text, "Since last time", since);
    if !why.quiet.is_empty() {
        text.push_str("\nWatch rules that stay quiet, and why:\n");
        why.quiet.iter().take(QUIET).for_each(|quiet| {
            text.push_str(&format!("  {}, {}: {}\n", quiet.rule, quiet.subject, quiet.reason));
        });
    }
    if why.quiet.len() > QUIET {
        text.push_str(&format!("  … and {} more (--json lists all)\n", why.quiet.len() - QUIET));
    }
    text.push_str(&format!(
        "\nPolicy “{}”, version {}; true on {}, from entries up to #{}.\n",
        why.policy, why.policy_version, why.clocks.as_of, why.clocks.position
    ));
    text
}

/// Lines below a heading, where there are any.
fn listed<'a>(text: &mut String, heading: &str, lines: impl IntoIterator<Item = &'a String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_some() {
        text.push_str(&format!("\n{heading}:\n"));
        lines.for_each(|line| text.push_str(&format!("  {line}\n")));
    }
}

/// `linchpin history`
pub(crate) async fn history(url: &str, args: cli::History) -> eyre::Result<ExitCode> {
    let asked = fold(url, args.clocks).await?;
    let id = find(&asked.desk, &args.account, asked.clocks.as_of)?;
    let zone = asked.ledger.genesis().zone();
    let limit = usize::from(args.limit);
    let mut items: Vec<HistoryItem> = Vec::new();
    let mut before = None;
    loop {
        let (clocks, wanted) = (asked.clocks.clone(), limit - items.len());
        let page = history_page(&asked.ledger, &asked.desk, id, clocks, before, wanted).await?;
        let Some(page) = page else { break };
        items.extend(page.items);
        before = page.next_before;
        if before.is_none() || items.len() == limit {
            break;
        }
    }
    if args.json {
        print_json(&items)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(&[
        ("entry", Align::Right),
        ("true on", Align::Left),
        ("known on", Align::Left),
        ("", Align::Left),
        ("what", Align::Left),
    ]);
    for item in &items {
        let taken_back = if item.retracted { " (taken back)" } else { "" };
        table.row([
            format!("#{}", item.position),
            day_of(item.listed_at(), &zone).to_string(),
            day_of(item.recorded_at, &zone).to_string(),
            if item.class == "fact" { "•".to_owned() } else { "◆".to_owned() },
            format!("{}{taken_back}", item.sentence),
        ]);
    }
    crate::say::out(&table);
    Ok(ExitCode::SUCCESS)
}

/// `linchpin alerts`
pub(crate) async fn alerts(url: &str, args: cli::Alerts) -> eyre::Result<ExitCode> {
    let asked = fold(url, args.clocks).await?;
    let as_of = asked.clocks.as_of;
    let mut alerts = view::alert_list(&asked.desk, asked.clocks.clone());
    if !args.all {
        alerts.retain(|alert| alert.state == "open");
    }
    if args.json {
        print_json(&Answer { as_of, clocks: asked.clocks, alerts })?;
        return Ok(ExitCode::SUCCESS);
    }
    crate::say::out(alerts_text(&alerts, as_of));
    Ok(ExitCode::SUCCESS)
}

/// What `alerts --json` prints.
#[derive(serde::Serialize)]
struct Answer {
    as_of: Date,
    clocks: Clocks,
    alerts: Vec<AlertView>,
}

fn alerts_text(alerts: &[AlertView], as_of: Date) -> String {
    if alerts.is_empty() {
        return format!("Nothing needs anyone on {}.\n", words::full_date(as_of));
    }
    let mut table = Table::new(&[
        ("", Align::Left),
        ("when", Align::Left),
        ("account", Align::Left),
        ("what", Align::Left),
        ("told", Align::Left),
        ("state", Align::Left),
    ]);
    for alert in alerts {
        let mark = match alert.severity {
            linchpin_domain::decision::Severity::Now => "cannot wait",
            linchpin_domain::decision::Severity::Soon => "soon",
            linchpin_domain::decision::Severity::Know => "to know",
        };
        let cells = [mark.to_owned(), alert.day.to_string(), alert.account_name.clone()];
        let rest = [alert.title.clone(), alert.to.clone(), alert.state.clone()];
        table.row(cells.into_iter().chain(rest));
    }
    format!(
        "{} on {}:\n\n{table}",
        words::count(alerts.len() as u64, "alert", "alerts"),
        words::full_date(as_of)
    )
}
