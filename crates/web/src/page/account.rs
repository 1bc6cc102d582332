//! One client: where it stands and why, what would change it, who is there, and its whole story.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Stream, Version};
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::Status;
use linchpin_query::view::{self, AccountView, Clocks, HistoryItem, QuietView, TrendPoint};

use super::account_parts::{CoverageMap, about, coverage, fall, figures, months_words, split_change};
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::marks::Markup;
use crate::plot::{self, Month};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Entries of a page of the history.
const HISTORY: usize = 25;
/// Most entries looked at for a page of a past history.
const LOOKED_AT: usize = 4_000;
/// Most stops of the trend in its table, and most quiet findings told.
const STOPS: usize = 100;

/// One line of the history.
struct Line {
    item: HistoryItem,
    datetime: String,
    day: String,
}

/// A page of the history, and where the next begins.
struct History {
    lines: Vec<Line>,
    older: Option<Version>,
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
    view: AccountView,
}

/// One client, by its UUID or by its id in another system (`crm:12583`).
pub(crate) async fn account(
    State(web): State<Web>,
    Path(text): Path<String>,
    visit: Visit,
) -> Page {
    visit.allow(&["before"])?;
    let id: AccountId = text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?;
    let before = match visit.get("before") {
        None => None,
        Some(text) => Some(text.parse::<Version>().map_err(|_| {
            PageError::Bad(format!("`before` is `{text}`. It takes a place in the history."))
        })?),
    };
    let now = web.now().await?;
    let (desk, clocks) = web.desk_at(&visit).await?;
    let present = format!("/accounts/{id}");
    let seen = Arc::clone(&desk);
    let at = clocks.clone();
    let Some(view) = working(move || view::account_view(&seen, id, at)).await? else {
        return Err(not_there(&web, &text, &clocks));
    };
    let history = history(&web, &desk, id, &clocks, before).await?;
    let frame = Frame::now(&view.row.name, Section::Portfolio, &visit, &web, &now.portfolio)
        .at(&clocks, &web, &visit, &present);
    let frame = if before.is_none() { frame.live() } else { frame };
    render(&compose(frame, &visit, view, history, before.is_some()))
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
    history: History,
    paged: bool,
) -> AccountPage {
    let path = format!("/accounts/{}", view.row.id);
    let months = plot::last_months(&view.row.months, view.clocks.as_of);
    let mut trend_stops: Vec<TrendPoint> = view.trend.iter().rev().take(STOPS).cloned().collect();
    trend_stops.dedup_by(|a, b| a.points == b.points && a.status == b.status && a.from == b.from);
    let status = match view.row.status {
        Status::Key => "Why it is a key account",
        Status::UnderReview => "Why it is under review",
        Status::Standard => "Why it is not a key account",
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
        quiet_shown: view.why.quiet.iter().take(STOPS).cloned().collect(),
        contacts_note: contacts_note(&view),
        map: coverage(&view),
        contracts_plot: plot::contracts(&view),
        trend_stops,
        months_words: months_words(&months, &view.currency),
        months,
        older: history.older.map(|version| {
            format!("{}#history", visit.with(&path, &[("before", &version.to_string())]))
        }),
        newest: paged.then(|| format!("{}#history", visit.with(&path, &[("before", "")]))),
        older_than_first: paged,
        history: history.lines,
        frame,
        view,
    }
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

/// A page of the history, newest first, of what had happened and was known at the clocks.
async fn history(
    web: &Web,
    desk: &Desk,
    id: AccountId,
    clocks: &Clocks,
    before: Option<Version>,
) -> Result<History, PageError> {
    let stream = Stream::Account(id);
    let zone = desk.firm().zone().clone();
    let mut before = before.unwrap_or(Version::MAX);
    let (mut lines, mut looked_at) = (Vec::new(), 0);
    loop {
        let read = web.ledger.read_stream_back(stream, before, HISTORY * 4).await;
        let read = read.map_err(PageError::from_query)?;
        let Some(last) = read.last().map(|entry| entry.version) else {
            return Ok(History { lines, older: None });
        };
        looked_at += read.len();
        for entry in &read {
            if lines.len() == HISTORY {
                return Ok(History { lines, older: Some(before) });
            }
            before = entry.version;
            let seen = entry.position <= clocks.position
                && (!clocks.past || desk.day_of(entry.occurred_at) <= clocks.as_of);
            if seen {
                let item = view::history_item(desk, entry);
                let day = show::day_near(&desk.day_of(item.occurred_at), &clocks.as_of);
                let datetime = zone.to_datetime(item.occurred_at).strftime("%Y-%m-%dT%H:%M");
                lines.push(Line { datetime: datetime.to_string(), day, item });
            }
        }
        if last <= 1 {
            return Ok(History { lines, older: None });
        }
        if looked_at >= LOOKED_AT {
            return Ok(History { lines, older: Some(before) });
        }
    }
}
