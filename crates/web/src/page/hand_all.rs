//! The form that hands over all that one of us looks after.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::Date;
use linchpin_domain::act::MAX_COLLEAGUES;
use linchpin_domain::id::MemberId;

use super::colleagues::colleagues;
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "hand_all.html")]
struct HandAllPage {
    frame: Frame,
    id: MemberId,
    name: String,
    lede: String,
    clients: usize,
    left: Option<Date>,
    colleagues: Vec<(MemberId, String)>,
    most: usize,
}

/// The form for all clients of one of us, whether they left or stay.
pub(crate) async fn hand_all(
    State(web): State<Web>,
    Path(text): Path<String>,
    visit: Visit,
) -> Page {
    visit.allow(&[])?;
    visit.only_now()?;
    let id: MemberId = text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?;
    let now = web.now().await?;
    let (firm, today) = (now.desk.firm(), now.clocks.as_of);
    if firm.member_on(id, today).is_none() {
        return Err(PageError::NotFound("There is no such colleague.".to_owned()));
    }
    let (name, left) = (firm.member_name(id, today).to_owned(), firm.left_by(id, today));
    let title = format!("Hand over all that {name} has");
    let frame = Frame::now(&title, Section::Alerts, &visit, &web, &now.portfolio);
    let desk = Arc::clone(&now.desk);
    let (clients, colleagues) = working(move || {
        let theirs = desk.accounts();
        let theirs = theirs.filter(|account| account.owner_on(desk.firm(), today) == Some(id));
        let others = colleagues(&desk, None, today).into_iter().filter(|(member, _)| *member != id);
        (theirs.count(), others.collect())
    })
    .await?;
    let theirs = show::count(clients, "client", "clients");
    let lede = match left {
        Some(day) => format!("{name} left on {} and has {theirs}.", show::day_long(&day)),
        None => format!("{name} has {theirs}."),
    };
    let most = MAX_COLLEAGUES;
    render(&HandAllPage { frame, id, name, lede, clients, left, colleagues, most })
}
