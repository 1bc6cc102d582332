//! What is read from the ledger itself: single entries, histories, the quarantine.

use jiff::Timestamp;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::AccountId;
use linchpin_ledger::Quarantined;
use serde::Serialize;

use super::{ModelError, News, ReadModel};
use crate::view::{self, Clocks, HistoryItem};

/// Entries read from the ledger for one page at most, so that a filter that lets nothing through
/// ends.
const MAX_SCANNED: usize = 4_096;

/// One entry with everything that is stored of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct EntryDetail {
    /// What it says.
    pub item: HistoryItem,
    /// The stream it belongs to: `firm`, or `account:` and the account's id.
    pub stream: String,
    /// The account, where the stream is one's.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub account: Option<AccountId>,
    /// Where it stands in its stream.
    pub version: Version,
    /// The schema version of the payload.
    pub schema_version: u32,
    /// Position of the first entry stored by the same request.
    pub batch: Position,
    /// The piece of work it belongs to.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub correlation: Option<uuid::Uuid>,
    /// The entry that led to it.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub causation: Option<uuid::Uuid>,
    /// The payload as stored. Personal data in it stays sealed.
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
    /// The exact text of the payload, over which the hash runs.
    pub payload_text: String,
    /// The leaf hash in hexadecimal digits.
    pub leaf_hash: String,
    /// Whether what is stored still gives that hash.
    pub intact: bool,
}

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
    pub next_before: Option<Version>,
}

/// Something that could not be read, and waits to be mended.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuarantineItem {
    /// Its number.
    pub id: i64,
    /// Where it came from.
    pub source: String,
    /// Where it stood there: line and column.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
    /// The original, as long as it is open.
    pub original: Option<String>,
    /// When it was put aside.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was mended or dismissed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub settled_at: Option<Timestamp>,
}

/// A page of the quarantine, oldest first.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuarantinePage {
    /// How many are open in all.
    pub open: u64,
    /// The open ones.
    pub items: Vec<QuarantineItem>,
    /// What to give as `after` for newer ones, where there may be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_after: Option<i64>,
}

impl ReadModel {
    /// The account a text means: a UUID, or SOURCE:ID as any other system told it.
    pub fn account_id(&self, text: &str) -> Option<AccountId> {
        let desk = self.desk();
        let named: Option<AccountId> = text.parse().ok();
        named.filter(|id| desk.account(*id).is_some()).or_else(|| {
            let (source, id) = text.split_once(':')?;
            let known = |refs: (&str, &str)| refs == (source, id);
            desk.accounts().find(|it| it.external_refs().any(known)).map(|it| it.id)
        })
    }

    /// The entry at a position, with everything stored of it; `None` where there is none.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn entry(&self, position: Position) -> Result<Option<EntryDetail>, ModelError> {
        let ledger = &self.0.shared.ledger;
        let Some(entry) = ledger.entry(position).await? else { return Ok(None) };
        let Some(stored) = ledger.stored(position).await? else { return Ok(None) };
        let account = match entry.stream {
            Stream::Account(id) => Some(id),
            Stream::Firm => None,
        };
        Ok(Some(EntryDetail {
            item: view::history_item(&self.desk(), &entry),
            account,
            version: entry.version,
            schema_version: stored.schema_version,
            batch: stored.batch,
            correlation: stored.correlation,
            causation: stored.causation.map(|id| id.0),
            payload: serde_json::from_str(&stored.payload).unwrap_or_default(),
            leaf_hash: stored.leaf_hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            intact: stored.is_intact(),
            stream: stored.stream,
            payload_text: stored.payload,
        }))
    }

    /// Entries of an account below a version of its stream (`None` from the newest on), newest
    /// first: those that stand behind `desk` and were true by the day of `clocks`, both as
    /// [`ReadModel::at`] gave them. `None` where there is no such account.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn history(
        &self,
        id: AccountId,
        desk: &Desk,
        clocks: Clocks,
        before: Option<Version>,
        limit: usize,
    ) -> Result<Option<HistoryPage>, ModelError> {
        if desk.account(id).is_none() {
            return Ok(None);
        }
        let stream = Stream::Account(id);
        let mut before = before.unwrap_or(Version::MAX);
        let mut items = Vec::new();
        let mut scanned = 0;
        let mut more = true;
        while items.len() < limit && more && scanned < MAX_SCANNED {
            let want = if clocks.past { MAX_SCANNED / 8 } else { limit - items.len() };
            let entries = self.0.shared.ledger.read_stream_back(stream, before, want).await?;
            more = !entries.is_empty();
            for entry in entries {
                if items.len() == limit {
                    break;
                }
                scanned += 1;
                before = entry.version;
                let known = entry.position <= clocks.position;
                if known && (!clocks.past || desk.day_of(entry.occurred_at) <= clocks.as_of) {
                    items.push(view::history_item(desk, &entry));
                }
            }
        }
        let next_before = (more && before > 1).then_some(before);
        let name = view::account_name(desk, id, clocks.as_of);
        Ok(Some(HistoryPage { clocks, id, name, items, next_before }))
    }

    /// What live readers are told of the next entries after a position that are taken in already:
    /// one chunk of the ledger.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn read_news(&self, after: Position) -> Result<Vec<News>, ModelError> {
        let entries = self.0.shared.ledger.read(after, self.position()).await?;
        Ok(entries.iter().map(News::of).collect())
    }

    /// What could not be read and waits to be mended, after a number, oldest first.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn quarantine(&self, after: i64, limit: usize) -> Result<QuarantinePage, ModelError> {
        let quarantine = self.0.shared.ledger.quarantine();
        let found = quarantine.list(after, limit).await?;
        let next_after = found.last().filter(|_| found.len() == limit).map(|last| last.id);
        let items = found.into_iter().map(QuarantineItem::from).collect();
        Ok(QuarantinePage { open: quarantine.count_open().await?, items, next_after })
    }

    /// How many things wait in the quarantine.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub async fn quarantined(&self) -> Result<u64, ModelError> {
        Ok(self.0.shared.ledger.quarantine().count_open().await?)
    }
}

impl From<Quarantined> for QuarantineItem {
    fn from(item: Quarantined) -> Self {
        Self {
            id: item.id,
            source: item.source,
            place: item.place,
            reason: item.reason,
            original: item.original,
            created_at: item.created_at,
            settled_at: item.settled_at,
        }
    }
}
