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
    let mut back = Backwards::below(ledger, desk, id, before).await?;
    // Of the past, only some of what is read is shown.
    back.chunk = if clocks.past { MAX_SCANNED / 8 } else { limit };
    let mut items = Vec::new();
    let mut last = None;
    for _ in 0..MAX_SCANNED {
        if items.len() == limit {
            break;
        }
        let Some(entry) = back.next().await? else { break };
        last = Some(entry.position);
        if !clocks.past || desk.day_of(entry.occurred_at) <= clocks.as_of {
            items.push(view::item_of(desk, &entry, id));
        }
    }
    let next_before = last.filter(|_| !back.at_end());
    let name = view::account_name(desk, id, clocks.as_of);
    Ok(Some(HistoryPage { clocks, id, name, items, next_before }))
}

/// The entries of an account's streams (its own, and those of duplicates that were merged into it)
/// and those elsewhere that concern it, newest first.
struct Backwards<'a> {
    ledger: &'a Ledger,
    lines: Vec<Line>,
    elsewhere: Vec<Position>,
    chunk: usize,
}

/// One stream on its way back.
struct Line {
    stream: Stream,
    /// Those of the stream below this version have not been read yet.
    version: Version,
    read: VecDeque<Entry>,
}

impl<'a> Backwards<'a> {
    async fn below(
        ledger: &'a Ledger,
        desk: &Desk,
        id: AccountId,
        before: Option<Position>,
    ) -> Result<Self, ReadError> {
        let before = before.filter(|before| *before <= desk.position());
        let stays = desk.survivor(id);
        let accounts = std::iter::once(stays).chain(desk.duplicates_of(stays));
        let (mut lines, mut elsewhere) = (Vec::new(), Vec::new());
        for account in accounts {
            let newest = desk.version(account) + 1;
            let stream = Stream::Account(account);
            let version = match before {
                Some(before) => first_from(ledger, stream, before, newest).await?,
                None => newest,
            };
            lines.push(Line { stream, version, read: VecDeque::new() });
            let known = desk.elsewhere(account).iter().copied();
            elsewhere.extend(known.filter(|at| before.is_none_or(|before| *at < before)));
        }
        elsewhere.sort_unstable();
        elsewhere.dedup();
        Ok(Self { ledger, lines, elsewhere, chunk: 1 })
    }

    async fn next(&mut self) -> Result<Option<Entry>, ReadError> {
        let mut newest = self.elsewhere.last().copied();
        for line in &mut self.lines {
            if line.read.is_empty() && line.version > 1 {
                let read =
                    self.ledger.read_stream_back(line.stream, line.version, self.chunk).await?;
                line.version = read.last().map_or(1, |oldest| oldest.version);
                line.read = read.into();
            }
            newest = newest.max(line.front());
        }
        // A fact about both of two that were merged stands in one stream and elsewhere.
        self.elsewhere.pop_if(|at| Some(*at) == newest);
        match self.lines.iter_mut().find(|line| newest.is_some() && line.front() == newest) {
            Some(line) => Ok(line.read.pop_front()),
            None => match newest {
                Some(position) => self.ledger.entry(position).await,
                None => Ok(None),
            },
        }
    }

    fn at_end(&self) -> bool {
        let over = |line: &Line| line.read.is_empty() && line.version <= 1;
        self.lines.iter().all(over) && self.elsewhere.is_empty()
    }
}

impl Line {
    fn front(&self) -> Option<Position> {
        self.read.front().map(|entry| entry.position)
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
