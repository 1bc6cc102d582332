//! One client: where it stands and why, what would change it, who is there, and its whole story.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::desk::Firm;
use linchpin_domain::entry::Position;
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::Status;
use linchpin_query::HistoryPage;
use linchpin_query::view::{self, AccountView, Clocks, HistoryItem, QuietView, TrendPoint};

use super::account_acts::{Offered, offered};
use super::account_parts::{
    CoverageMap, about, coverage, fall, figures, lapsing, months_words, split_change,
};
use super::{Alikes, Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::marks::Markup;
use crate::plot::{self, Month};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Entries of a page of the history.
const HISTORY: usize = 25;
/// Duplicates named at most.
const MERGED: usize = 10;
/// Most stops of the trend in its table, and most quiet findings told.
const STOPS: usize = 100;

/// One line of the history.
struct Line {
    item: HistoryItem,
    datetime: String,
    day: String,
}

/// An account that was merged into this one, and who said so.
struct MergedNote {
    id: AccountId,
    name: String,
    day: Date,
    actor: String,
    position: Position,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    watch: String,
    today: Date,
    fall: Option<String>,
    about: String,
    figures: Vec<(&'static str, String, String)>,
    why_heading: String,
    decision: Option<u64>,
    changes: Vec<(String, String)>,
    since_last: Vec<(String, String)>,
    verdict: String,
    offered: Offered,
    merged: Vec<MergedNote>,
    lapsing: BTreeMap<String, String>,
    quiet_shown: Vec<QuietView>,
    contacts_note: String,
    map: CoverageMap,
    contracts_plot: Option<Markup>,
    trend_stops: Vec<TrendPoint>,
    months: Vec<Month>,
    months_words: String,
    history: Vec<Line>,
    older: Option<String>,
    newest: Option<String>,
    older_than_first: bool,
    alikes: Option<Alikes>,
    view: AccountView,
}

/// One client, by its UUID or by its id in another system (`crm:12583`).
pub(crate) async fn account(
    State(web): State<Web>,
    Path(text): Path<String>,
    visit: Visit,
) -> Page {
    visit.allow(&["before"])?;
    let parsed: AccountId = text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?;
    let before = match visit.get("before") {
        None => None,
        Some(text) => Some(text.parse::<Position>().map_err(|_| {
            PageError::Bad(format!("`before` is `{text}`. It takes a place in the history."))
        })?),
    };
    let now = web.now().await?;
    let (desk, clocks) = web.desk_at(&visit).await?;
    let id = desk.survivor(web.model.account_id(&text).unwrap_or(parsed));
    let present = format!("/accounts/{id}");
    let portfolio = web.portfolio_of(&desk, &clocks).await?;
    let seen = Arc::clone(&desk);
    let look = move || {
        let view = view::account_view(&seen, id, &portfolio)?;
        Some((offered(&seen, &view), view))
    };
    let Some((offered, view)) = working(look).await? else {
        return Err(not_there(&web, &text, &clocks));
    };
    let history = web.model.history(id, &desk, clocks.clone(), before, HISTORY).await;
    let Some(history) = history.map_err(PageError::from_model)? else {
        return Err(not_there(&web, &text, &clocks));
    };
    let frame = Frame::now(&view.row.name, Section::Portfolio, &visit, &web, &now.portfolio)
        .at(&clocks, &web, &visit, &present);
    let frame = if before.is_none() { frame.live() } else { frame };
    let merged = merged(&web, &view).await?;
    let alikes = Alikes::of(&web, &desk, id, clocks.past).await;
    let page = compose(frame, &visit, view, history, before.is_some(), desk.firm());
    render(&AccountPage { offered, merged, alikes, ..page })
}

/// Who said of each duplicate that it is one: that stands in its entry.
async fn merged(web: &Web, view: &AccountView) -> Result<Vec<MergedNote>, PageError> {
    let mut notes = Vec::new();
    for it in view.merged.iter().take(MERGED) {
        let position = it.entry.position.unwrap_or(0);
        let entry = web.model.entry(position).await.map_err(PageError::from_model)?;
        let actor = entry.map_or_else(String::new, |entry| entry.item.actor);
        notes.push(MergedNote { id: it.id, name: it.name.clone(), day: it.day, actor, position });
    }
    Ok(notes)
}

fn not_there(web: &Web, text: &str, clocks: &Clocks) -> PageError {
    let known = text.parse().ok().is_some_and(|id| web.model.desk().account(id).is_some());
    PageError::NotFound(if known && clocks.past {
        let day = show::day_long(&clocks.as_of);
        format!("Nothing was known of this account on {day}. Choose a later day.")
    } else {
        "There is no such account. Search for it by name.".to_owned()
    })
}

fn compose(
    frame: Frame,
    visit: &Visit,
    view: AccountView,
    history: HistoryPage,
    paged: bool,
    firm: &Firm,
) -> AccountPage {
    let zone = firm.zone();
    let path = format!("/accounts/{}", view.row.id);
    let months = plot::last_months(&view.row.months, view.clocks.as_of);
    let mut trend_stops: Vec<TrendPoint> = view.trend.iter().rev().take(STOPS).cloned().collect();
    trend_stops.dedup_by(|a, b| a.points == b.points && a.status == b.status && a.from == b.from);
    let status = match view.row.status {
        Status::Key => "Why it is a key account",
        Status::UnderReview => "Why it is under review",
        Status::Trial => "Why it is a key account on trial",
        Status::Nominated => "Why it is nominated",
        Status::Standard | Status::Released => "Why it is not a key account",
    };
    AccountPage {
        watch: view.row.id.to_string(),
        today: view.clocks.as_of,
        fall: fall(&view),
        about: about(&view),
        figures: figures(&view),
        why_heading: status.to_owned(),
        decision: view.why.decision.as_ref().and_then(|decision| decision.position),
        changes: view.why.would_change.iter().map(|words| split_change(words)).collect(),
        since_last: since_last(&view),
        verdict: verdict(&view),
        offered: Offered::default(),
        merged: Vec::new(),
        lapsing: lapsing(&view, firm.policy_on(view.clocks.as_of).map(|(_, policy)| &**policy)),
        quiet_shown: view.why.quiet.iter().take(STOPS).cloned().collect(),
        contacts_note: contacts_note(&view),
        map: coverage(&view),
        contracts_plot: plot::contracts(&view),
        trend_stops,
        months_words: months_words(&months, &view.currency),
        months,
        older: history.next_before.map(|position| {
            format!("{}#history", visit.with(&path, &[("before", &position.to_string())]))
        }),
        newest: paged.then(|| format!("{}#history", visit.with(&path, &[("before", "")]))),
        older_than_first: paged,
        alikes: None,
        history: history
            .items
            .into_iter()
            .map(|item| line(item, view.clocks.as_of, zone))
            .collect(),
        frame,
        view,
    }
}

/// What stands behind the first sentence; a reason in quotes ends its sentence.
fn verdict(view: &AccountView) -> String {
    let said: Vec<String> = view.why.verdict.iter().map(|words| show::sentence(words)).collect();
    said.join(" ")
}

fn since_last(view: &AccountView) -> Vec<(String, String)> {
    let said = view.why.since_last.iter().flat_map(|it| &it.sentences);
    said.map(|words| split_change(words)).collect()
}

fn contacts_note(view: &AccountView) -> String {
    let active = view.contacts.iter().filter(|contact| contact.active).count();
    let newest = view.contacts.iter().map(|contact| contact.confirmed).max();
    match newest {
        Some(day) => {
            let people = show::count(active, "person", "people");
            format!("{people}, last told of on {}", show::day_words(&day, &view.clocks.as_of))
        }
        None => String::new(),
    }
}

fn line(item: HistoryItem, as_of: Date, zone: &TimeZone) -> Line {
    let occurred = zone.to_datetime(item.listed_at());
    Line {
        datetime: occurred.strftime("%Y-%m-%dT%H:%M").to_string(),
        day: show::day_near(&occurred.date(), &as_of),
        item,
    }
}
