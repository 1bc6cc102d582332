//! `linchpin policy try`: what another policy would have said. Nothing is adopted by it.

use std::path::Path;
use std::sync::Arc;

use eyre::{Context, bail};
use linchpin_domain::policy::Policy;
use linchpin_domain::trial::{SweepError, Sweeping, sweep};
use linchpin_query::view::{self, SweepView, TrialClient, TrialView};
use linchpin_query::words;

use super::{document, plot};
use crate::cli::{Clocks, TryPolicy};
use crate::command::ask::{Asked, fold};
use crate::command::print_json;
use crate::progress;
use crate::table::{Align, Table};

/// Most rows of each table: all of them are in the JSON.
const MOST_ROWS: usize = 40;

/// Most ends of months in the table of shares.
const MOST_MONTHS: usize = 13;

pub(super) async fn run(url: &str, args: TryPolicy) -> eyre::Result<()> {
    let (policy, text) = document::read(&args.file, Policy::draft)?;
    let asked = fold(url, Clocks { as_of: args.to, known_at: None }).await?;
    let last = asked.clocks.as_of;
    if args.from.is_some_and(|from| from > last) {
        bail!("--from: it is after {last}, the last day that is compared");
    }
    let Some(what) = args.sweep else {
        let bar = progress::bar(asked.desk.accounts().len() as u64, "following clients");
        let tell = |done: usize| bar.set_position(done as u64);
        let policy = if args.assume_yes { policy.with_every_yes() } else { policy };
        let made = view::trial(&asked.desk, &Arc::new(policy), args.from, asked.clocks, &tell);
        bar.finish_and_clear();
        if args.json {
            return print_json(&made);
        }
        crate::say::out(trial_text(&made));
        return Ok(());
    };
    let made = swept(&args.file, &text, &what, asked)?;
    if let Some(file) = &args.plot {
        std::fs::write(file, plot::sweep(&made))
            .wrap_err_with(|| format!("{} cannot be written", file.display()))?;
        crate::say::note(format!("drawn into {}", file.display()));
    }
    if args.json {
        return print_json(&made);
    }
    crate::say::out(sweep_text(&made));
    Ok(())
}

fn swept(file: &Path, text: &str, what: &Sweeping, asked: Asked) -> eyre::Result<SweepView> {
    let bar = progress::bar(asked.desk.accounts().len() as u64, "following clients");
    let tell = |done: usize| bar.set_position(done as u64);
    let made = sweep(&asked.desk, text, what, asked.clocks.as_of, &view::hands(&tell));
    bar.finish_and_clear();
    match made {
        Ok(made) => Ok(view::sweep_view(&made, asked.clocks)),
        Err(error @ (SweepError::NoField { .. } | SweepError::Value { .. })) => {
            bail!("{}: {error}", file.display())
        }
        Err(error) => Err(error.into()),
    }
}

fn trial_text(made: &TrialView) -> String {
    let mut text = format!(
        "{}\n{} followed; compared from {} to {}. Nothing was adopted.\n",
        made.sentence,
        words::count(made.followed as u64, "client", "clients"),
        words::full_date(made.from),
        words::full_date(made.to),
    );
    if let Some(wanting) = &made.for_want_of_a_yes {
        text.push_str(&format!("{wanting} With --assume-yes they stay.\n"));
    }
    let changed = |it: &&TrialClient| it.now.status != it.draft.status;
    section(&mut text, "Who would change", made.clients.iter().filter(changed));
    let before = |it: &&TrialClient| it.now.status == it.draft.status && !it.stretches.is_empty();
    section(
        &mut text,
        "Who would have been otherwise on earlier days",
        made.clients.iter().filter(before),
    );
    let same = |it: &&TrialClient| {
        it.outcome == "stayed" && it.now.status == it.draft.status && it.stretches.is_empty()
    };
    section(&mut text, "Who would stay as they are", made.clients.iter().filter(same));
    if made.left_out > 0 {
        text.push_str(&format!("\n{} more are not listed.\n", made.left_out));
    }
    text.push_str(&format!("\nThe effect on the firm\n{}", effect(made)));
    text.push_str(&format!("\nShare of the revenue of a year\n{}", shares(made)));
    if !made.loads.is_empty() {
        text.push_str(&format!("\nKey accounts per account manager\n{}", loads(made)));
    }
    text
}

fn section<'v>(text: &mut String, title: &str, clients: impl Iterator<Item = &'v TrialClient>) {
    let mut table = Table::new(&[
        ("account", Align::Left),
        ("now", Align::Left),
        ("draft", Align::Left),
        ("points", Align::Right),
        ("they part on", Align::Left),
        ("why", Align::Left),
    ]);
    let mut listed = 0;
    for it in clients {
        listed += 1;
        if listed > MOST_ROWS {
            continue;
        }
        table.row([
            it.name.clone(),
            it.now.status.words().to_owned(),
            it.draft.status.words().to_owned(),
            format!("{} → {}", it.now.points, it.draft.points),
            parted(it),
            it.why.clone(),
        ]);
    }
    if listed == 0 {
        return;
    }
    text.push_str(&format!("\n{title} ({listed})\n{table}"));
    if listed > MOST_ROWS {
        text.push_str(&format!("{} more: see --json\n", listed - MOST_ROWS));
    }
}

/// Since when the two say different things; of a client of whom they say the same on the last day,
/// the last days on which they did not.
fn parted(it: &TrialClient) -> String {
    let days = it.stretches.last().filter(|_| it.now.status == it.draft.status);
    match (days, it.when) {
        (Some(days), _) => {
            let key = if days.gained { "key" } else { "not key" };
            format!("{key} {} to {}", days.from, days.until)
        }
        (None, Some(day)) => day.to_string(),
        (None, None) => String::new(),
    }
}

fn effect(made: &TrialView) -> Table {
    let columns = [("", Align::Left), ("now", Align::Right), ("draft", Align::Right)];
    let mut table = Table::new(&columns);
    let mut line =
        |what: &str, now: String, draft: String| table.row([what.to_owned(), now, draft]);
    let (was, would) = (made.moves_now, made.moves_draft);
    let counts = made.counts;
    line("key accounts", counts.now.to_string(), counts.draft.to_string());
    if let Some(last) = made.covered.last() {
        line("share of revenue", words::percent(last.now), words::percent(last.draft));
    }
    for (what, was, would) in [
        ("became key since", was.entered, would.entered),
        ("nominations since", was.nominated, would.nominated),
        ("reviews begun since", was.reviews, would.reviews),
        ("ceased to be key since", was.left, would.left),
    ] {
        line(what, was.to_string(), would.to_string());
    }
    table
}

fn shares(made: &TrialView) -> Table {
    let mut table =
        Table::new(&[("up to", Align::Left), ("now", Align::Right), ("draft", Align::Right)]);
    let dropped = made.covered.len().saturating_sub(MOST_MONTHS);
    for share in &made.covered[dropped..] {
        table.row([share.day.to_string(), words::percent(share.now), words::percent(share.draft)]);
    }
    table
}

fn loads(made: &TrialView) -> Table {
    let columns =
        [("account manager", Align::Left), ("now", Align::Right), ("draft", Align::Right)];
    let mut table = Table::new(&columns);
    for load in made.loads.iter().take(MOST_ROWS) {
        let name = load.manager.as_ref().map_or("nobody yet", |it| it.name.as_str());
        table.row([name.to_owned(), load.now.to_string(), load.draft.to_string()]);
    }
    table
}

fn sweep_text(made: &SweepView) -> String {
    let own = made.own.as_ref().map(|own| format!("; the document has {own}")).unwrap_or_default();
    let mut table = Table::new(&[
        ("value", Align::Right),
        ("key accounts", Align::Right),
        ("share of revenue", Align::Right),
        ("would become", Align::Right),
        ("would cease", Align::Right),
    ]);
    for step in &made.steps {
        table.row([
            words::grouped(&step.value),
            step.key.to_string(),
            words::percent(step.share),
            step.became.to_string(),
            step.ceased.to_string(),
        ]);
    }
    format!(
        "Key accounts on {} by {}{own}. Now there are {}, with {} of revenue. Nothing was adopted.\n\n{table}",
        words::full_date(made.clocks.as_of),
        made.field,
        made.key_now,
        words::percent(made.share_now),
    )
}
