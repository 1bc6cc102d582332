//! The rules in force, as prose: when a client is a key account, and what is watched.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use linchpin_domain::decision::Severity;
use linchpin_domain::fact::ContractKind;
use linchpin_domain::policy::{Criterion, Grade, Measure, Missing, Policy, Status};
use linchpin_domain::watch::{Kind, Rule};

use super::{Page, contract_kind, render};
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::Web;
use crate::visit::Visit;

/// Most versions listed.
const VERSIONS: usize = 50;

struct Clause {
    id: String,
    title: String,
    rule: String,
    why: String,
    missing: &'static str,
    points: u32,
}

struct RuleWords {
    id: String,
    title: &'static str,
    words: String,
    to: &'static str,
    severity: Severity,
}

struct VersionLine {
    number: usize,
    day: Date,
    name: String,
    position: u64,
    in_force: bool,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyPage {
    frame: Frame,
    policy: Option<Arc<Policy>>,
    version: u32,
    adopted: Option<String>,
    keys: usize,
    reviewed: usize,
    clauses: Vec<Clause>,
    watch_note: String,
    rules: Vec<RuleWords>,
    versions: Vec<VersionLine>,
}

/// The policy and the watch rules in force today.
pub(crate) async fn policy(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&[])?;
    let now = web.now().await?;
    let frame = Frame::now("Policy", Section::Policy, &visit, &web, &now.portfolio);
    let (firm, today) = (now.desk.firm(), now.clocks.as_of);
    let in_force = firm.policy_on(today);
    let version = in_force.map_or(0, |(version, _)| version);
    let policy = in_force.map(|(_, policy)| Arc::clone(policy));
    let versions: Vec<VersionLine> = firm
        .policies()
        .enumerate()
        .map(|(index, (source, policy))| VersionLine {
            number: index + 1,
            day: source.day,
            name: policy.name.clone(),
            position: source.position,
            in_force: u32::try_from(index + 1).is_ok_and(|number| number == version),
        })
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .take(VERSIONS)
        .collect();
    let adopted = versions.iter().find(|line| line.in_force);
    let adopted = adopted.map(|line| format!("In force since {}.", show::day_long(&line.day)));
    let watchlist = firm.watchlist_on(today);
    let count = |status| now.portfolio.accounts.iter().filter(|row| row.status == status).count();
    let currency = firm.currency().code();
    let page = PolicyPage {
        version,
        adopted,
        keys: count(Status::Key),
        reviewed: count(Status::UnderReview),
        clauses: policy
            .iter()
            .flat_map(|policy| &policy.criteria)
            .map(|criterion| clause(criterion, currency))
            .collect(),
        watch_note: watchlist.map_or_else(String::new, |(version, list)| {
            format!("{}, version {version}. Each finding is raised once.", list.name)
        }),
        rules: watchlist.iter().flat_map(|(_, list)| &list.rules).map(rule).collect(),
        versions,
        policy,
        frame,
    };
    render(&page)
}

fn clause(criterion: &Criterion, currency: &str) -> Clause {
    let figure = |amount: linchpin_domain::money::Decimal| {
        let text = amount.normalize().to_string();
        if criterion.measure.is_money() { show::money(&text, currency) } else { text }
    };
    let measured = measured(criterion);
    let rule = match criterion.grade {
        Grade::AtLeast(least) => {
            format!("{measured}. All points from {} on, none below.", figure(least))
        }
        Grade::Range { from, to } => {
            format!("{measured}. Points rise evenly from none at {} to all at {}.", figure(from), figure(to))
        }
    };
    Clause {
        id: criterion.id.clone(),
        title: criterion.title.clone(),
        rule,
        why: criterion.why.clone(),
        missing: match criterion.missing {
            Missing::NoPoints => "Nothing on record gives no points.",
            Missing::HalfThePoints => "Nothing on record gives half the points.",
        },
        points: criterion.points,
    }
}

fn measured(criterion: &Criterion) -> String {
    let window = match criterion.window_days {
        0 => String::new(),
        365 => " in the last 12 months".to_owned(),
        730 => " in the last 24 months".to_owned(),
        days => format!(" in the last {days} days"),
    };
    let what = match criterion.measure {
        Measure::Revenue => "Revenue, invoices less credit notes,",
        Measure::Profit => "Revenue less cost",
        Measure::Engagements => "Engagements begun",
        Measure::Interactions => "Meetings, calls and mails",
        Measure::Referrals => "Clients who came to us through them",
        Measure::Feedback => "Mean feedback of 0 to 10",
        Measure::Judgement => "A judgement of 0 to 5, with a reason, until it lapses",
        Measure::Contracts => {
            let kind = criterion.contract.as_ref().map_or("contract", kind_in_force);
            return format!("{} in force", show::capital(kind));
        }
        Measure::ActiveContacts => "People we know there",
        Measure::LevelsReached => "Levels where we know someone: executive, director, manager, specialist",
        Measure::DecisionMakers => "Decision makers we know",
        Measure::TenureYears => "Whole years since the first work",
    };
    match what.strip_suffix(',') {
        Some(bare) if window.is_empty() => bare.to_owned(),
        _ => format!("{what}{window}"),
    }
}

fn kind_in_force(kind: &ContractKind) -> &'static str {
    contract_kind(kind)
}

fn rule(rule: &Rule) -> RuleWords {
    let leads: Vec<String> = rule.lead_days.iter().map(u16::to_string).collect();
    let leads = match leads.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    };
    let urgent = match rule.now_within_days {
        0 => String::new(),
        days => format!(" From {days} days on it cannot wait."),
    };
    let news = show::count(usize::from(rule.news_days), "day", "days");
    let (title, words) = match rule.kind {
        Kind::ContactJoined => ("A contact joined", format!("Told for {news}.")),
        Kind::ContactLeft => ("A contact left", format!("Told for {news}.")),
        Kind::ContactChanged => {
            ("A contact changed", format!("Another title, level or buying role. Told for {news}."))
        }
        Kind::DecisionMakerLost => (
            "The last decision maker is lost",
            "There was one we knew, and there is none any more. It stands until there is one again."
                .to_owned(),
        ),
        Kind::ContractNotice => (
            "The last day for notice nears",
            format!("Told {leads} days before it, once each, until talks have started.{urgent}"),
        ),
        Kind::ContractEnd => (
            "A contract ends and nothing follows",
            format!("Told {leads} days before it, once each, until talks have started.{urgent}"),
        ),
        Kind::OwnershipDisputed => (
            "Colleagues claim the same account",
            "It stands until it is ruled on or only one claim is left.".to_owned(),
        ),
    };
    RuleWords {
        id: rule.id.clone(),
        title,
        words,
        to: rule.to.words(),
        severity: rule.severity,
    }
}
