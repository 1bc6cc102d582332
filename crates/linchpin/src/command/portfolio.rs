//! `linchpin portfolio`: what the accounts come to, and who is on the move.

use std::process::ExitCode;

use eyre::eyre;
use linchpin_domain::policy::Status;
use linchpin_query::view::{self, Clocks, DriftRow, Figures, Movement, PortfolioView};
use linchpin_query::words;

use super::ask::{Asked, fold};
use super::print_json;
use crate::cli;
use crate::table::{Align, Table};

/// Lines of a list on the terminal.
const SHOWN: usize = 12;

/// Prints the figures, or who moved between two days.
pub(crate) async fn run(url: &str, args: cli::Portfolio) -> eyre::Result<ExitCode> {
    let asked = fold(url, args.clocks).await?;
    match args.movement {
        Some((from, to)) => {
            let Asked { desk, clocks, .. } = asked;
            let past = clocks.past || to != clocks.as_of;
            let found = view::movement(&desk, from, Clocks { as_of: to, past, ..clocks });
            if args.json { print_json(&found)? } else { crate::say::out(movement_text(&found)) }
        }
        None => {
            let portfolio = view::portfolio(&asked.desk, asked.clocks);
            let found = view::portfolio_view(&asked.desk, &portfolio)
                .ok_or_else(|| eyre!("the figures of the portfolio are missing: report this"))?;
            if args.json { print_json(&found)? } else { crate::say::out(figures_text(&found)) }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn figures_text(found: &PortfolioView) -> String {
    let mut text = format!(
        "{} on {}, in {}; revenue and profit of {} days.\n\n",
        words::count(found.accounts.number as u64, "account", "accounts"),
        words::full_date(found.as_of),
        found.currency,
        found.window_days
    );
    text.push_str(&shares("status", "accounts", &found.accounts));
    text.push_str(&format!(
        "\n{}, rolled up by ultimate parent; a group has the highest status in it.\n\n",
        words::count(found.groups.number as u64, "group", "groups")
    ));
    text.push_str(&shares("status", "groups", &found.groups));
    text.push_str(&largest(found));
    let drift = &found.drift;
    let away = format!("Drifting away from key ({}):", drift.away_in_all);
    text.push_str(&drifting(&away, &drift.away, found));
    let towards = format!("Drifting towards key ({}):", drift.towards_in_all);
    text.push_str(&drifting(&towards, &drift.towards, found));
    text
}

fn shares(what: &'static str, number: &'static str, figures: &Figures) -> String {
    let mut table = Table::new(&[
        (what, Align::Left),
        (number, Align::Right),
        ("revenue", Align::Right),
        ("share", Align::Right),
        ("profit", Align::Right),
        ("share", Align::Right),
    ]);
    for it in figures.shares.iter().filter(|it| it.accounts > 0) {
        table.row([
            it.status.words().to_owned(),
            it.accounts.to_string(),
            it.revenue.clone().unwrap_or_else(|| "too large".to_owned()),
            words::percent(it.share),
            it.profit.clone().unwrap_or_else(|| "–".to_owned()),
            it.profit_share.map_or_else(|| "–".to_owned(), words::percent),
        ]);
    }
    table.row([
        "all".to_owned(),
        figures.number.to_string(),
        figures.total_revenue.clone().unwrap_or_else(|| "too large".to_owned()),
        String::new(),
        figures.total_profit.clone().unwrap_or_else(|| "–".to_owned()),
        String::new(),
    ]);
    let of = &figures.concentration;
    let why = figures.profit_unknown.as_ref().map_or_else(String::new, |why| format!("{why}\n"));
    format!(
        "{table}{why}Of the revenue the largest has {}, the five largest {}, the ten largest {}, \
         the key ones {}.\n",
        words::percent(of.top_1),
        words::percent(of.top_5),
        words::percent(of.top_10),
        words::percent(of.key)
    )
}

/// The largest groups of more than one account.
fn largest(found: &PortfolioView) -> String {
    let mut table = Table::new(&[
        ("group", Align::Left),
        ("accounts", Align::Right),
        ("key", Align::Right),
        ("revenue", Align::Right),
        ("share", Align::Right),
    ]);
    let groups = found.largest_groups.iter().filter(|group| group.accounts > 1);
    let mut any = false;
    for group in groups.take(SHOWN) {
        any = true;
        table.row([
            group.name.clone(),
            group.accounts.to_string(),
            group.key_accounts.to_string(),
            group.revenue.clone().unwrap_or_else(|| "no rate".to_owned()),
            words::percent(group.share),
        ]);
    }
    if any { format!("\n{table}") } else { String::new() }
}

fn drifting(heading: &str, rows: &[DriftRow], found: &PortfolioView) -> String {
    if rows.is_empty() {
        return format!("\n{heading} nobody.\n");
    }
    let mut table = Table::new(&[
        ("account", Align::Left),
        ("status", Align::Left),
        ("90 days ago", Align::Right),
        ("now", Align::Right),
        ("threshold", Align::Right),
        ("if nothing is done", Align::Left),
    ]);
    for row in rows.iter().take(SHOWN) {
        let crosses = row.crosses.as_ref().map_or_else(
            || format!("no crossing in {} days", found.drift.ahead_days),
            |crossing| format!("{} on {}", crossing.to.words(), crossing.day),
        );
        table.row([
            row.name.clone(),
            row.status.words().to_owned(),
            row.points_before.to_string(),
            row.points.to_string(),
            row.threshold.to_string(),
            crosses,
        ]);
    }
    let more = rows.len().saturating_sub(SHOWN);
    let more = if more > 0 {
        format!("… and more (--json lists up to {})\n", rows.len())
    } else {
        String::new()
    };
    format!("\n{heading}\n\n{table}{more}")
}

fn movement_text(found: &Movement) -> String {
    let heading = format!(
        "From {} to {}: {}.\n",
        words::full_date(found.from),
        words::full_date(found.to),
        match found.moved {
            0 => "nobody moved".to_owned(),
            moved => format!("{} moved", words::count(moved as u64, "account", "accounts")),
        }
    );
    if found.moves.is_empty() {
        return heading;
    }
    let mut counts =
        Table::new(&[("from", Align::Left), ("to", Align::Left), ("accounts", Align::Right)]);
    for count in &found.table {
        let cells = [from_words(count.from), count.to.words().to_owned()];
        counts.row(cells.into_iter().chain([count.accounts.to_string()]));
    }
    let mut steps = Table::new(&[
        ("day", Align::Left),
        ("account", Align::Left),
        ("from", Align::Left),
        ("to", Align::Left),
        ("moved by", Align::Left),
        ("why", Align::Left),
    ]);
    for moved in &found.moves {
        for step in &moved.steps {
            steps.row([
                step.day.to_string(),
                moved.name.clone(),
                from_words(step.from),
                step.to.words().to_owned(),
                step.criterion.clone().unwrap_or_else(|| step.by.clone()),
                step.sentence.clone(),
            ]);
        }
    }
    let more = found.moved - found.moves.len();
    let more = if more > 0 { format!("… and {more} more\n") } else { String::new() };
    let counts = if found.table.is_empty() { String::new() } else { format!("\n{counts}") };
    format!("{heading}{counts}\n{steps}{more}")
}

fn from_words(status: Option<Status>) -> String {
    status.map_or_else(|| "no client yet".to_owned(), |status| status.words().to_owned())
}
