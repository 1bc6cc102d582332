//! Histories of accounts, read from the ledger.

use std::collections::VecDeque;

use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Entry, Position, Stream, Version};
use linchpin_domain::id::AccountId;
use linchpin_ledger::{Ledger, ReadError};
use serde::Serialize;

use crate::view::{self, Clocks, HistoryItem};

/// Entries read from the ledger for one page at most, so that a filter that lets nothing through
/// ends.
const MAX_SCANNED: usize = 4_096;

/// A page of an account's history, newest first.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HistoryPage {
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The entries, newest first.
    pub items: Vec<HistoryItem>,
    /// What to give as `before` for older entries, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_before: Option<Position>,
}

/// Entries that concern an account, below a position (`None` from the newest on), newest first:
/// those that stand behind `desk` and were true by the day of `clocks`. Facts told in another
/// account's stream, such as that of the client from which a contact came, stand among them in
/// order of position. `None` where there is no such account.
///
/// A page may be short of `limit` and yet have older ones after it: who wants them all asks on
/// until `next_before` is absent.
///
/// # Errors
/// Where the ledger cannot be read.
pub async fn history_page(
    ledger: &Ledger,
    desk: &Desk,
    id: AccountId,
    clocks: Clocks,
    before: Option<Position>,
    limit: usize,
) -> Result<Option<HistoryPage>, ReadError> {
    if desk.account(id).is_none() {
        return Ok(None);
    }
    let mut lines = Backwards::below(ledger, desk, id, before).await?;
    // Of the past, only some of what is read is shown.
    lines.chunk = if clocks.past { MAX_SCANNED / 8 } else { limit };
    let mut items = Vec::new();
    let mut last = None;
    for _ in 0..MAX_SCANNED {
        if items.len() == limit {
            break;
        }
        let Some(entry) = lines.next().await? else { break };
        last = Some(entry.position);
        if !clocks.past || desk.day_of(entry.occurred_at) <= clocks.as_of {
            items.push(view::item_of(desk, &entry, id));
        }
    }
    let next_before = last.filter(|_| !lines.at_end());
    let name = view::account_name(desk, id, clocks.as_of);
    Ok(Some(HistoryPage { clocks, id, name, items, next_before }))
}

/// The entries of an account's stream and those elsewhere that concern it, newest first.
struct Backwards<'a> {
    ledger: &'a Ledger,
    stream: Stream,
    /// Those of the stream below this version have not been read yet.
    version: Version,
    read: VecDeque<Entry>,
    elsewhere: &'a [Position],
    chunk: usize,
}

impl<'a> Backwards<'a> {
    async fn below(
        ledger: &'a Ledger,
        desk: &'a Desk,
        id: AccountId,
        before: Option<Position>,
    ) -> Result<Self, ReadError> {
        let newest = desk.version(id) + 1;
        let before = before.filter(|before| *before <= desk.position());
        let stream = Stream::Account(id);
        let version = match before {
            Some(before) => first_from(ledger, stream, before, newest).await?,
            None => newest,
        };
        let elsewhere = desk.elsewhere(id);
        let known = before.map_or(elsewhere.len(), |before| {
            elsewhere.partition_point(|position| *position < before)
        });
        let elsewhere = &elsewhere[..known];
        Ok(Self { ledger, stream, version, read: VecDeque::new(), elsewhere, chunk: 1 })
    }

    async fn next(&mut self) -> Result<Option<Entry>, ReadError> {
        if self.read.is_empty() && self.version > 1 {
            let read = self.ledger.read_stream_back(self.stream, self.version, self.chunk).await?;
            self.version = read.last().map_or(1, |oldest| oldest.version);
            self.read = read.into();
        }
        let own = self.read.front().map(|entry| entry.position);
        match self.elsewhere.split_last() {
            Some((position, older)) if own.is_none_or(|own| *position > own) => {
                self.elsewhere = older;
                self.ledger.entry(*position).await
            }
            _ => Ok(self.read.pop_front()),
        }
    }

    fn at_end(&self) -> bool {
        self.read.is_empty() && self.version <= 1 && self.elsewhere.is_empty()
    }
}

/// The version of the first entry of a stream at or after a position; `end` where there is none
/// below that version.
async fn first_from(
    ledger: &Ledger,
    stream: Stream,
    position: Position,
    end: Version,
) -> Result<Version, ReadError> {
    // Pages mostly end at an entry of the stream itself.
    if let Some(entry) = ledger.entry(position).await?.filter(|entry| entry.stream == stream) {
        return Ok(entry.version.min(end));
    }
    let (mut low, mut high) = (1, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = ledger.read_stream_back(stream, middle + 1, 1).await?;
        match found.first() {
            Some(entry) if entry.position < position => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}
