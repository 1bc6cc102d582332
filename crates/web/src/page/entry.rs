//! One entry of the ledger, as stored.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::{Path, State};
use linchpin_domain::entry::{Body, Entry, Stream};
use linchpin_domain::private::Private;
use linchpin_ledger::Stored;
use linchpin_query::view::{self, HistoryItem};

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
    item: HistoryItem,
    payload: String,
    private: Vec<(&'static str, String)>,
    occurred: String,
    recorded: String,
    schema: u32,
    stream: String,
    version: u64,
    stream_before: Option<u64>,
    stream_after: Option<u64>,
    leaf: String,
    intact: bool,
}

/// The entry at a position.
pub(crate) async fn entry(State(web): State<Web>, Path(text): Path<String>, visit: Visit) -> Page {
    visit.allow(&[])?;
    let position: u64 = text.parse().map_err(|_| {
        PageError::Bad("An entry has a number, such as 48213, counted from 1.".to_owned())
    })?;
    let now = web.now().await?;
    let read = web.ledger.entry(position).await.map_err(PageError::from_query)?;
    let stored = web.ledger.stored(position).await.map_err(PageError::from_query)?;
    let (Some(entry), Some(stored)) = (read, stored) else {
        let last = show::place(&now.desk.position());
        let words = format!("There is no entry {}. The newest is {last}.", show::place(&position));
        return Err(PageError::NotFound(words));
    };
    let (before, after) = neighbours(&web, &entry).await?;
    let frame = Frame::now(
        &format!("Entry {}", show::place(&position)),
        Section::Other,
        &visit,
        &web,
        &now.portfolio,
    );
    let zone = now.desk.firm().zone();
    let account = match entry.stream {
        Stream::Firm => None,
        Stream::Account(id) => {
            let name = now.desk.account(id).map(|account| account.name_on(now.clocks.as_of));
            name.map(|name| (id.to_string(), name))
        }
    };
    let page = EntryPage {
        item: view::history_item(&now.desk, &entry),
        payload: pretty(&stored.payload),
        private: opened(&entry),
        occurred: show::moment(entry.occurred_at, zone),
        recorded: show::moment(entry.recorded_at, zone),
        schema: stored.schema_version,
        stream: account.as_ref().map_or_else(|| "The firm".to_owned(), |(_, name)| name.clone()),
        version: entry.version,
        stream_before: before,
        stream_after: after,
        leaf: hex(&stored.leaf_hash),
        intact: Stored::is_intact(&stored),
        account,
        frame,
    };
    render(&page)
}

/// The entries before and after in the same stream.
async fn neighbours(web: &Web, entry: &Entry) -> Result<(Option<u64>, Option<u64>), PageError> {
    let back = web.ledger.read_stream_back(entry.stream, entry.version, 1).await;
    let on = web.ledger.read_stream(entry.stream, entry.version, 1).await;
    let first = |read: &[Entry]| read.first().map(|entry| entry.position);
    let back = back.map_err(PageError::from_query)?;
    let on = on.map_err(PageError::from_query)?;
    Ok((first(&back), first(&on)))
}

/// The stored text set out on lines; as it is where it is no JSON.
fn pretty(payload: &str) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(payload).ok();
    read.and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| payload.to_owned())
}

/// What identifies a person, as far as it may still be read.
fn opened(entry: &Entry) -> Vec<(&'static str, String)> {
    let Body::Fact(fact) = &entry.body else { return Vec::new() };
    let mut fact = fact.clone();
    let Some((_, private)) = fact.private() else { return Vec::new() };
    let Private { name, email, phone, note, .. } = private;
    let fields = [("Name", name), ("Mail", email), ("Telephone", phone), ("Note", note)];
    let told: Vec<(&'static str, String)> =
        fields.into_iter().filter_map(|(label, value)| Some((label, value.take()?))).collect();
    if told.is_empty() && !entry.body.name().is_empty() {
        return vec![("Person", "Nothing can be read: none was told, or it was erased.".to_owned())];
    }
    told
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
