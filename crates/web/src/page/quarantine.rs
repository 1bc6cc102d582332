//! Rows that could not be read, each with its place and the reason.

use askama::Template;
use axum::extract::State;

use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::Web;
use crate::visit::Visit;

/// Rows of a page, and bytes shown of each.
const PAGE: usize = 25;
const SHOWN: usize = 4_000;

struct Item {
    id: i64,
    source: String,
    place: String,
    reason: String,
    original: String,
    cut: bool,
    day: String,
    hour: String,
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct QuarantinePage {
    frame: Frame,
    lede: String,
    items: Vec<Item>,
    open: usize,
    next: Option<i64>,
}

/// What waits to be mended.
pub(crate) async fn quarantine(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&["after"])?;
    let after = match visit.get("after") {
        None => 0,
        Some(text) => text.parse::<i64>().map_err(|_| {
            PageError::Bad(format!("`after` is `{text}`. It takes the number of a row."))
        })?,
    };
    let now = web.now().await?;
    let frame = Frame::now("Quarantine", Section::Other, &visit, &web, &now.portfolio);
    let kept = web.model.quarantine(after, PAGE).await.map_err(PageError::from_model)?;
    let open = usize::try_from(kept.open).unwrap_or(usize::MAX);
    let next = kept.next_after;
    let (zone, today) = (now.desk.firm().zone(), now.clocks.as_of);
    let items = kept.items.into_iter().map(|row| {
        let original = row.original.unwrap_or_default();
        let mut end = original.len().min(SHOWN);
        while !original.is_char_boundary(end) {
            end -= 1;
        }
        Item {
            id: row.id,
            source: row.source,
            place: row.place,
            reason: show::capital(&row.reason),
            cut: end < original.len(),
            original: original[..end].to_owned(),
            day: show::day_near(&now.desk.day_of(row.created_at), &today),
            hour: show::hour(row.created_at, zone),
        }
    });
    let lede = match open {
        0 => "Nothing is in quarantine.".to_owned(),
        1 => "One row could not be read.".to_owned(),
        n => format!("{} rows could not be read.", show::spelled(n)),
    };
    let items = items.collect();
    render(&QuarantinePage { frame, lede, items, open, next })
}
