//! Whose client it is: what waits for a ruling, how like cases were ruled, and whose clients have
//! nobody any more.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_query::view::{self, Leaver, OpenCase, OpenOwnership, OwnershipView, PrecedentView};

use super::portfolio::carried;
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Rulings of a page of the search.
const RULINGS: usize = 20;

#[derive(Template)]
#[template(path = "ownership.html")]
struct OwnershipPage {
    frame: Frame,
    lede: String,
    as_of: Date,
    one: Option<OwnershipView>,
    cases: Vec<OpenCase>,
    open: usize,
    leavers: Vec<Leaver>,
    left: usize,
    sought: String,
    total: usize,
    rulings: Vec<PrecedentView>,
    next: Option<String>,
    carried: Vec<(&'static str, String)>,
}

/// Open cases, rulings, and the clients of colleagues who left.
pub(crate) async fn ownership(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&["account", "q", "after"])?;
    let bad = |name: &str, it: &str| PageError::Bad(format!("`{name}` is `{it}`, which is no id."));
    let account: Option<AccountId> = match visit.get("account") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| bad("account", text))?),
    };
    let after: Option<EntryId> = match visit.get("after") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| bad("after", text))?),
    };
    let sought = visit.get("q").unwrap_or_default().to_owned();
    let now = web.now().await?;
    let (desk, clocks) = web.desk_at(&visit).await?;
    let rulings = web.model.rulings(&desk).await.map_err(PageError::from_model)?;
    let (seen, at, words) = (Arc::clone(&desk), clocks.clone(), sought.clone());
    let (one, waits, found) = working(move || {
        let one = account.and_then(|id| view::ownership_view(&seen, &rulings, id, at.clone()));
        let waits = view::open_ownership(&seen, &rulings, at.clone());
        (one, waits, view::ruling_list(&seen, &rulings, at, &words, after, RULINGS))
    })
    .await?;
    if account.is_some() && one.is_none() {
        let words = "There is no such account on that day. Search for it by name.";
        return Err(PageError::NotFound(words.to_owned()));
    }
    let (list, next) = found.ok_or_else(|| {
        let words = "`after` names no ruling of this list any more. Begin again without it.";
        PageError::Bad(words.to_owned())
    })?;
    let frame = Frame::now("Ownership", Section::Alerts, &visit, &web, &now.portfolio).at(
        &clocks,
        &web,
        &visit,
        "/ownership",
    );
    render(&OwnershipPage {
        lede: lede(&waits),
        as_of: clocks.as_of,
        one,
        cases: waits.cases,
        open: waits.open,
        leavers: waits.leavers,
        left: waits.left,
        sought,
        total: list.total,
        rulings: list.rulings,
        next: next.map(|next| {
            format!("{}#rulings", visit.with("/ownership", &[("after", &next.to_string())]))
        }),
        carried: carried(&visit, &[]),
        frame,
    })
}

fn lede(waits: &OpenOwnership) -> String {
    let cases = match waits.open {
        0 => "No client is disputed".to_owned(),
        1 => "One client waits for a ruling".to_owned(),
        n => format!("{} clients wait for a ruling", show::spelled(n)),
    };
    match waits.left_accounts {
        0 => format!("{cases}."),
        1 => format!("{cases}, and one belongs to somebody who left."),
        n => format!("{cases}, and {} belong to somebody who left.", show::spelled_within(n)),
    }
}
