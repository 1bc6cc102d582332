//! What is read from the ledger itself: single entries, their neighbours, the quarantine.

use jiff::Timestamp;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::AccountId;
use linchpin_ledger::Quarantined;
use serde::Serialize;

use super::history::{HistoryPage, history_page};
use super::{ModelError, News, ReadModel};
use crate::view::{self, Clocks, HistoryItem};

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
    /// The piece of work it belongs to, from the request to the alert: a W3C trace id.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub correlation: Option<String>,
    /// The id of the entry that led to it.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub causation: Option<uuid::Uuid>,
    /// Where the entry that led to it stands.
    pub caused_by: Option<Position>,
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
        let cause = match stored.causation {
            Some(id) => ledger.find(&[id]).await?.pop().flatten(),
            None => None,
        };
        Ok(Some(EntryDetail {
            item: view::history_item(&self.desk(), &entry),
            account,
            version: entry.version,
            schema_version: stored.schema_version,
            batch: stored.batch,
            correlation: stored.correlation.map(|id| id.simple().to_string()),
            causation: stored.causation.map(|id| id.0),
            caused_by: cause.map(|cause| cause.position),
            payload: serde_json::from_str(&stored.payload).unwrap_or_default(),
            leaf_hash: stored.leaf_hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            intact: stored.is_intact(),
            stream: stored.stream,
            payload_text: stored.payload,
        }))
    }

    /// A page of an account's history as [`history_page`] reads it, at the desk and the clocks
    /// that [`ReadModel::at`] gave. `None` where there is no such account.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn history(
        &self,
        id: AccountId,
        desk: &Desk,
        clocks: Clocks,
        before: Option<Position>,
        limit: usize,
    ) -> Result<Option<HistoryPage>, ModelError> {
        Ok(history_page(&self.0.shared.ledger, desk, id, clocks, before, limit).await?)
    }

    /// Where the entries before and after one stand in the same account's stream.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn neighbours(
        &self,
        account: AccountId,
        version: Version,
    ) -> Result<(Option<Position>, Option<Position>), ModelError> {
        let stream = Stream::Account(account);
        let ledger = &self.0.shared.ledger;
        let around = ledger.read_stream_back(stream, version.saturating_add(2), 3).await?;
        let at = |wanted: Option<Version>| {
            let found = around.iter().find(|entry| Some(entry.version) == wanted);
            found.map(|entry| entry.position)
        };
        Ok((at(version.checked_sub(1)), at(version.checked_add(1))))
    }

    /// Whether the ledger holds so many entries, taken in or not.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub(crate) async fn holds(&self, position: Position) -> Result<bool, ModelError> {
        let ledger = &self.0.shared.ledger;
        Ok(position <= ledger.head().position || position <= ledger.refresh().await?.position)
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
