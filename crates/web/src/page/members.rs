//! Our side: who of us is here, in which role and with how many clients, and the forms that name
//! somebody or say that somebody leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::Date;
use linchpin_domain::act::{self, MAX_NAME, vacant_roles};
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::Role;
use linchpin_domain::id::MemberId;

use super::colleagues::colleagues;
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Most bytes of what a browser counts as one letter.
const BYTES_A_LETTER: usize = 3;
/// Colleagues a page.
const SHOWN: usize = 200;

/// One of us.
struct Colleague {
    id: MemberId,
    name: String,
    role: Role,
    clients: usize,
    left: Option<Date>,
}

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    frame: Frame,
    lede: String,
    vacant: Vec<&'static str>,
    /// Those who are here first, each by name.
    shown: Vec<Colleague>,
    total: usize,
    next: Option<MemberId>,
    here: Vec<(MemberId, String)>,
    longest: usize,
}

#[derive(Template)]
#[template(path = "leave.html")]
struct LeavePage {
    frame: Frame,
    id: MemberId,
    name: String,
    lede: String,
    left: Option<Date>,
    sayers: Vec<(MemberId, String)>,
    today: Date,
}

/// The page of all of us.
pub(crate) async fn members(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&["after"])?;
    visit.only_now()?;
    let now = web.now().await?;
    let frame = Frame::now("Colleagues", Section::Other, &visit, &web, &now.portfolio);
    let (desk, today) = (Arc::clone(&now.desk), now.clocks.as_of);
    let after: Option<MemberId> = match visit.get("after") {
        Some(text) => Some(text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?),
        None => None,
    };
    let (all, here, vacant) = working(move || {
        let vacant: Vec<&str> = vacant_roles(&desk, today).iter().map(|it| it.words()).collect();
        (everyone(&desk, today), colleagues(&desk, None, today), vacant)
    })
    .await?;
    let start = match after {
        Some(after) => all.iter().position(|it| it.id == after).map_or(0, |place| place + 1),
        None => 0,
    };
    let (total, lede) = (all.len(), lede(&all));
    let shown: Vec<Colleague> = all.into_iter().skip(start).take(SHOWN).collect();
    let next = shown.last().filter(|_| start + shown.len() < total).map(|it| it.id);
    let longest = MAX_NAME / BYTES_A_LETTER;
    render(&MembersPage { frame, lede, vacant, shown, total, next, here, longest })
}

/// The form that says that one of us leaves.
pub(crate) async fn leave(State(web): State<Web>, Path(text): Path<String>, visit: Visit) -> Page {
    visit.allow(&[])?;
    visit.only_now()?;
    let id: MemberId = text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?;
    let now = web.now().await?;
    let (desk, today) = (&now.desk, now.clocks.as_of);
    let firm = desk.firm();
    let Some(member) = firm.member_on(id, today) else {
        return Err(PageError::NotFound("There is no such colleague.".to_owned()));
    };
    let name = firm.member_name(id, today).to_owned();
    let frame = Frame::now(&format!("{name} leaves"), Section::Other, &visit, &web, &now.portfolio);
    let lede = format!("{name} is here: {}.", member.role.words());
    let mut sayers = colleagues(desk, None, today);
    sayers.retain(|(by, _)| act::leave(desk, id, *by, None, today).is_ok());
    let left = firm.left_by(id, today);
    render(&LeavePage { frame, id, name, lede, left, sayers, today })
}

/// Everyone ever named: those who are here first, each by name.
fn everyone(desk: &Desk, today: Date) -> Vec<Colleague> {
    let firm = desk.firm();
    let mut clients: BTreeMap<MemberId, usize> = BTreeMap::new();
    for owner in desk.accounts().filter_map(|account| account.owner_on(firm, today)) {
        *clients.entry(owner).or_default() += 1;
    }
    let known = firm.members().filter_map(|id| {
        Some(Colleague {
            id,
            name: firm.member_name(id, today).to_owned(),
            role: firm.member_on(id, today)?.role,
            clients: clients.get(&id).copied().unwrap_or(0),
            left: firm.left_by(id, today),
        })
    });
    let mut all: Vec<Colleague> = known.collect();
    all.sort_by(|a, b| {
        let order = |it: &Colleague| (it.left.is_some(), it.name.to_lowercase(), it.id);
        order(a).cmp(&order(b))
    });
    all
}

fn lede(all: &[Colleague]) -> String {
    let here = all.iter().filter(|it| it.left.is_none()).count();
    match (here, all.len() - here) {
        (0, 0) => "Nobody is named yet.".to_owned(),
        (here, 0) => format!("{}.", show::count(here, "colleague is here", "colleagues are here")),
        (here, left) => {
            let here = show::count(here, "colleague is here", "colleagues are here");
            format!("{here}, {left} left.")
        }
    }
}
