//! The rules in force, as prose: when a client is a key account, and what is watched.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use linchpin_domain::policy::Status;
use linchpin_query::view::{self, ApprovalGiven, PolicyView, VersionView};

use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyPage {
    frame: Frame,
    policy: Option<PolicyView>,
    approved: String,
    figures: Vec<(&'static str, String, String)>,
    earlier: Vec<VersionView>,
}

/// The policy and the watch rules in force today.
pub(crate) async fn policy(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&[])?;
    let now = web.now().await?;
    let frame = Frame::now("Policy", Section::Policy, &visit, &web, &now.portfolio);
    let (desk, clocks) = (Arc::clone(&now.desk), now.clocks.clone());
    let policy = working(move || view::policy_view(&desk, clocks)).await?;
    let count =
        |status: Status| now.portfolio.accounts.iter().filter(|row| row.status == status).count();
    let counts = Status::ALL.map(|status| (status, count(status)));
    let in_force = |policy: &PolicyView| {
        let version = policy.versions.iter().find(|version| version.in_force);
        version.map_or_else(String::new, |version| approved_by(&version.approvals))
    };
    render(&PolicyPage {
        frame,
        approved: policy.as_ref().map_or_else(String::new, in_force),
        figures: policy.as_ref().map_or_else(Vec::new, |policy| in_short(policy, &counts)),
        earlier: policy.as_ref().map_or_else(Vec::new, |policy| policy.versions.clone()),
        policy,
    })
}

/// A version of the policy as it was adopted, the one in force where none is named.
pub(crate) async fn policy_toml(
    State(web): State<Web>,
    visit: Visit,
) -> Result<Response, PageError> {
    visit.allow(&["version"])?;
    let now = web.now().await?;
    let firm = now.desk.firm();
    let wanted = match visit.get("version") {
        Some(text) => text.parse::<u32>().map_err(|_| {
            PageError::Bad(format!("`version` is `{text}`. It takes a number, such as 1."))
        })?,
        None => firm.policy_on(now.clocks.as_of).map_or(0, |(version, _)| version),
    };
    let none = || PageError::NotFound(format!("There is no version {wanted} of the policy."));
    let found = firm.adoptions().find(|(version, ..)| *version == wanted);
    let position = found.map(|(_, source, _)| source.position).ok_or_else(none)?;
    let entry = web.model.entry(position).await.map_err(PageError::from_model)?;
    let payload = entry.map(|entry| entry.payload).unwrap_or_default();
    let document = payload["document"].as_str().ok_or_else(none)?.to_owned();
    let named = format!("attachment; filename=\"policy-{wanted}.toml\"");
    let headers = [
        (header::CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, named),
    ];
    Ok((headers, document).into_response())
}

/// `approved by Kari Nordmann and Jan Modaal`; empty where nobody was asked.
pub(crate) fn approved_by(approvals: &[ApprovalGiven]) -> String {
    if approvals.is_empty() {
        return String::new();
    }
    let names: Vec<String> = approvals.iter().map(|it| it.by.name.clone()).collect();
    format!("approved by {}", linchpin_query::words::list(&names))
}

/// The headline figures: name, figure, one line of context.
fn in_short(
    policy: &PolicyView,
    counts: &[(Status, usize)],
) -> Vec<(&'static str, String, String)> {
    let points = |points: u32| show::count(points as usize, "point", "points");
    let asked = policy.approval.as_ref();
    let says = |asks: bool, otherwise: &str| match asked.filter(|_| asks) {
        Some(approval) => format!("the {} approves", approval.role),
        None => otherwise.to_owned(),
    };
    let enters = says(asked.is_some_and(|it| it.to_enter), "by its points alone");
    let grace = match policy.grace_days {
        0 => "no grace below it".to_owned(),
        days => format!("{} of grace below it", days_words(days)),
    };
    let release = says(asked.is_some_and(|it| it.to_release), "");
    let stays = if release.is_empty() { grace } else { format!("{grace}, then {release} release") };
    let trial = match policy.trial_days {
        0 => ("None".to_owned(), "a key account at once".to_owned()),
        days => (days_words(days), "then a key account for good".to_owned()),
    };
    let confirmed = match policy.reassess_every_days {
        None => ("Never".to_owned(), "no status lapses by time".to_owned()),
        Some(days) => (format!("Every {}", days_words(days)), "or the status lapses".to_owned()),
    };
    let of = |wanted: Status| counts.iter().find(|(it, _)| *it == wanted).map_or(0, |(_, n)| *n);
    let beside: Vec<String> = [Status::Trial, Status::UnderReview, Status::Nominated]
        .into_iter()
        .filter(|status| of(*status) > 0)
        .map(|status| {
            let words = match status {
                Status::Trial => "on trial",
                other => other.words(),
            };
            format!("{} {words}", show::number_words(of(status)))
        })
        .collect();
    let beside = match beside.is_empty() {
        true => "none on trial or under review".to_owned(),
        false => format!("and {}", linchpin_query::words::list(&beside)),
    };
    vec![
        ("Enters at", points(policy.enters_at), format!("of {}, {enters}", policy.out_of)),
        ("Stays from", points(policy.stays_from), stays),
        ("Trial", trial.0, trial.1),
        ("Confirmed", confirmed.0, confirmed.1),
        ("Key accounts today", show::number_words(of(Status::Key)), beside),
    ]
}

/// A number of days as people say it: `12 months` for a year, else in days.
fn days_words(days: i32) -> String {
    match days {
        365 | 366 => "12 months".to_owned(),
        days => show::count(usize::try_from(days).unwrap_or(0), "day", "days"),
    }
}
