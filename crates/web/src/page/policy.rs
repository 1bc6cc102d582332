//! The rules in force, as prose: when a client is a key account, and what is watched.

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use linchpin_domain::policy::Status;
use linchpin_query::view::{self, PolicyView};

use super::{Page, render};
use crate::frame::{Frame, Section};
use crate::state::Web;
use crate::visit::Visit;

/// Most versions listed.
const VERSIONS: usize = 50;

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
    policy: Option<PolicyView>,
    keys: usize,
    reviewed: usize,
    versions: Vec<VersionLine>,
}

/// The policy and the watch rules in force today.
pub(crate) async fn policy(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&[])?;
    let now = web.now().await?;
    let frame = Frame::now("Policy", Section::Policy, &visit, &web, &now.portfolio);
    let policy = view::policy_view(&now.desk, now.clocks.clone());
    let version = policy.as_ref().map_or(0, |policy| policy.version as usize);
    let adopted = now.desk.firm().policies().enumerate();
    let mut versions: Vec<VersionLine> = adopted
        .map(|(index, (source, policy))| VersionLine {
            number: index + 1,
            day: source.day,
            name: policy.name.clone(),
            position: source.position,
            in_force: index + 1 == version,
        })
        .collect();
    versions.reverse();
    versions.truncate(VERSIONS);
    let count = |status| now.portfolio.accounts.iter().filter(|row| row.status == status).count();
    let (keys, reviewed) = (count(Status::Key), count(Status::UnderReview));
    render(&PolicyPage { frame, policy, keys, reviewed, versions })
}
