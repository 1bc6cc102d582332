//! Audits: recompute, compare.

use std::process::ExitCode;

use linchpin_bus::Service;
use linchpin_classifier::Classifier;
use linchpin_domain::audit::Audit;
use linchpin_domain::entry::Entry;
use linchpin_domain::genesis::day_of;
use linchpin_ledger::Ledger;
use linchpin_notifier::Notifier;
use linchpin_query::view;

use super::print_json;
use crate::cli;
use crate::{place, progress};

/// `linchpin audit …`
pub(crate) async fn run(url: &str, what: cli::Audit) -> eyre::Result<ExitCode> {
    match what {
        cli::Audit::Replay { json } => replay(url, json).await,
        cli::Audit::State { clocks } => state(url, clocks).await,
    }
}

/// What `audit replay --json` prints.
#[derive(serde::Serialize)]
struct Report {
    entries: u64,
    decisions_recomputed: u64,
    decisions_by_people: u64,
    not_yet_decided: usize,
    differences: Vec<Line>,
}

#[derive(serde::Serialize)]
struct Line {
    position: u64,
    kind: &'static str,
    what: String,
}

/// Recomputes every decision in two passes over the ledger. Ends with 1 where one differs.
async fn replay(url: &str, json: bool) -> eyre::Result<ExitCode> {
    let ledger = place::read(url).await?;
    let mut audit = Audit::default();
    each(&ledger, "reading decisions", &mut |entry| audit.note(entry)).await?;
    let (mut classifier, mut notifier) = (Classifier::default(), Notifier::default());
    each(&ledger, "recomputing", &mut |entry| {
        audit.recompute(entry);
        classifier.absorb(entry);
        notifier.absorb(entry);
    })
    .await?;
    // What the facts call for and nobody has recorded.
    let today = day_of(ledger.now(), &ledger.genesis().zone());
    let not_yet_decided = classifier.decide(today).len() + notifier.decide(today).len();
    let differences = audit.differences().iter();
    let report = Report {
        entries: ledger.head().position,
        decisions_recomputed: audit.checked(),
        decisions_by_people: audit.by_people(),
        not_yet_decided,
        differences: differences
            .map(|d| Line { position: d.position, kind: d.kind, what: d.what.clone() })
            .collect(),
    };
    if json {
        print_json(&report)?;
    } else {
        crate::say::out(report_text(&report));
    }
    Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report_text(report: &Report) -> String {
    let mut text = format!(
        "{} entries read, {} decisions recomputed, {} made by people (alerts taken in hand or put \
         off).\n",
        report.entries, report.decisions_recomputed, report.decisions_by_people
    );
    for line in &report.differences {
        text.push_str(&format!("#{} {}: {}\n", line.position, line.kind, line.what));
    }
    text.push_str(&match report.differences.len() {
        0 => "No difference: every decision follows from the facts before it.\n".to_owned(),
        n => format!("{n} decisions differ.\n"),
    });
    if report.not_yet_decided > 0 {
        text.push_str(&format!(
            "{} decisions are due that nobody has recorded yet: start the desk (`linchpin serve`).\n",
            report.not_yet_decided
        ));
    }
    text
}

async fn each(
    ledger: &Ledger,
    what: &'static str,
    visit: &mut dyn FnMut(&Entry),
) -> eyre::Result<()> {
    let head = ledger.head().position;
    let bar = progress::bar(head, what);
    let mut replay = ledger.replay(0, head);
    loop {
        let entries = replay.next().await?;
        let Some(last) = entries.last() else { break };
        entries.iter().for_each(&mut *visit);
        bar.set_position(last.position);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Prints every account as it is seen under two clocks, without what hangs on the order of
/// arrival (positions, moments of recording): two ledgers that know the same print the same.
async fn state(url: &str, clocks: cli::Clocks) -> eyre::Result<ExitCode> {
    let asked = super::ask::fold(url, clocks).await?;
    let portfolio = view::portfolio(&asked.desk, asked.clocks);
    let mut accounts = Vec::new();
    for account in asked.desk.accounts() {
        let Some(seen) = view::account_view(&asked.desk, account.id, &portfolio) else {
            continue;
        };
        let mut value = serde_json::to_value(seen)?;
        strip(&mut value);
        accounts.push(value);
    }
    let state = serde_json::json!({ "as_of": portfolio.as_of, "accounts": accounts });
    print_json(&state)?;
    Ok(ExitCode::SUCCESS)
}

/// What hangs on the order of arrival.
const ARRIVAL: [&str; 5] = ["position", "clocks", "known_at", "raised_at", "decision"];

/// What of an alert hangs on when it was raised: how often it was before, on an incomplete
/// picture, the facts that were known by then, and who was told on that picture.
const RAISED: [&str; 3] = ["id", "evidence", "passed_on"];

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(alerts) = fields.get_mut("alerts").and_then(serde_json::Value::as_array_mut)
            {
                alerts.iter_mut().filter_map(|alert| alert.as_object_mut()).for_each(|alert| {
                    alert.retain(|name, _| !RAISED.contains(&name.as_str()));
                });
            }
            fields.retain(|name, _| !ARRIVAL.contains(&name.as_str()));
            fields.values_mut().for_each(strip);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
