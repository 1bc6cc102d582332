//! One entry of the ledger, as stored.

use askama::Template;
use axum::extract::{Path, State};
use linchpin_query::EntryDetail;
use linchpin_query::view;

use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::Web;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    frame: Frame,
    account: Option<(String, String)>,
    entry: EntryDetail,
    payload: String,
    occurred: String,
    recorded: String,
    stream: String,
    stream_before: Option<u64>,
    stream_after: Option<u64>,
}

/// The entry at a position.
pub(crate) async fn entry(State(web): State<Web>, Path(text): Path<String>, visit: Visit) -> Page {
    visit.allow(&[])?;
    let position: u64 = text.parse().map_err(|_| {
        PageError::Bad("An entry has a number, such as 48213, counted from 1.".to_owned())
    })?;
    let now = web.now().await?;
    let found = web.model.entry(position).await.map_err(PageError::from_model)?;
    let Some(entry) = found else {
        let last = show::place(&now.desk.position());
        let words = format!("There is no entry {}. The newest is {last}.", show::place(&position));
        return Err(PageError::NotFound(words));
    };
    let (stream_before, stream_after) = match entry.account {
        Some(account) => {
            let found = web.model.neighbours(account, entry.version).await;
            found.map_err(PageError::from_model)?
        }
        None => (None, None),
    };
    let title = format!("Entry {}", show::place(&position));
    let frame = Frame::now(&title, Section::Other, &visit, &web, &now.portfolio);
    let zone = now.desk.firm().zone();
    let account = entry
        .account
        .map(|id| (id.to_string(), view::account_name(&now.desk, id, now.clocks.as_of)));
    let page = EntryPage {
        payload: pretty(&entry),
        occurred: match entry.item.true_since() {
            Some(moment) => show::moment(moment, zone),
            None => "not told".to_owned(),
        },
        recorded: show::moment(entry.item.recorded_at, zone),
        stream: account.as_ref().map_or_else(|| "The firm".to_owned(), |(_, name)| name.clone()),
        stream_before,
        stream_after,
        entry,
        account,
        frame,
    };
    render(&page)
}

/// The stored text set out on lines; as it is where it is no JSON.
fn pretty(entry: &EntryDetail) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(&entry.payload_text).ok();
    read.and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| entry.payload_text.clone())
}
