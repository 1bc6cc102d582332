//! Input that could not be read, kept beside the ledger until someone mends it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::StorageError;
use crate::vault::Secret;

/// Largest original kept, in bytes.
pub const MAX_ORIGINAL: usize = 1 << 20;
/// Longest source, place or reason, in bytes.
const MAX_NOTE: usize = 4_000;
/// Most items added or listed at once.
const MAX_ITEMS: usize = 1_000;

/// Its number, growing with each that is added.
pub type QuarantinedId = i64;

/// Something to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuarantined {
    /// Where it came from, such as `import:orders.csv`.
    pub source: String,
    /// Where in there, such as `line 40000, column 3`.
    pub place: String,
    /// Why it could not be read.
    pub reason: String,
    /// Exactly what came; a NUL is kept as its sign, U+2400.
    pub original: String,
}

impl NewQuarantined {
    /// PostgreSQL keeps no NUL in a text; its sign stands for it, on both engines alike.
    fn without_nul(self) -> Self {
        let shown = |text: String| match text.contains('\0') {
            true => text.replace('\0', "\u{2400}"),
            false => text,
        };
        Self {
            source: shown(self.source),
            place: shown(self.place),
            reason: shown(self.reason),
            original: shown(self.original),
        }
    }
}

/// Something kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its number.
    pub id: QuarantinedId,
    /// Where it came from.
    pub source: String,
    /// Where in there.
    pub place: String,
    /// Why it could not be read; empty once settled, for it may quote what came.
    pub reason: String,
    /// Exactly what came; gone once settled, for it may hold personal data.
    pub original: Option<String>,
    /// When it was first kept.
    pub created_at: Timestamp,
    /// When it was mended or dismissed.
    pub settled_at: Option<Timestamp>,
}

/// The original may hold personal data, so it never reaches a log.
impl std::fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quarantined({} from {}, {})", self.id, self.source, self.place)
    }
}

/// Why something was not kept, found or settled.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QuarantineError {
    /// Larger than is kept.
    #[error("{what} has {found} bytes, at most {limit} are kept: cut it down at its source")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: usize,
        /// How large it may be.
        limit: usize,
    },
    /// More than one call may add.
    #[error("{0} items at once, at most {MAX_ITEMS} are taken: add fewer at a time")]
    TooMany(usize),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The quarantine of a ledger.
#[derive(Clone)]
pub struct Quarantine {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) secret: Arc<Secret>,
    pub(crate) clock: Clock,
}

impl Quarantine {
    /// Keeps one original. The same original of the same source is kept once, and once settled it
    /// stays settled.
    ///
    /// # Errors
    /// Where it is too large, or the storage fails.
    pub async fn add(
        &self,
        source: &str,
        place: &str,
        reason: &str,
        original: &str,
    ) -> Result<QuarantinedId, QuarantineError> {
        let item = NewQuarantined {
            source: source.to_owned(),
            place: place.to_owned(),
            reason: reason.to_owned(),
            original: original.to_owned(),
        };
        let ids = self.add_all(vec![item]).await?;
        ids.first().copied().ok_or_else(|| StorageError::Other("no id came back".to_owned()).into())
    }

    /// Keeps many originals in one go, all or none; answers their ids in order.
    ///
    /// # Errors
    /// Where one is too large, there are too many, or the storage fails.
    pub async fn add_all(
        &self,
        items: Vec<NewQuarantined>,
    ) -> Result<Vec<QuarantinedId>, QuarantineError> {
        if items.len() > MAX_ITEMS {
            return Err(QuarantineError::TooMany(items.len()));
        }
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let mut hashed = Vec::with_capacity(items.len());
        for item in items {
            bounded("the source", &item.source, MAX_NOTE)?;
            bounded("the place", &item.place, MAX_NOTE)?;
            bounded("the reason", &item.reason, MAX_NOTE)?;
            bounded("the original", &item.original, MAX_ORIGINAL)?;
            let item = item.without_nul();
            let hash = self.secret.hash(&[item.original.as_bytes()]);
            hashed.push((item, hash));
        }
        let now = self.clock.now().as_microsecond();
        Ok(self.engine.quarantine_add(&hashed, now).await?)
    }

    /// The open ones with an id above `after`, in order, at most 1,000 at once.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn list(
        &self,
        after: QuarantinedId,
        limit: usize,
    ) -> Result<Vec<Quarantined>, QuarantineError> {
        Ok(self.engine.quarantine_list(after, limit.min(MAX_ITEMS) as u64).await?)
    }

    /// One of them, open or settled.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn get(&self, id: QuarantinedId) -> Result<Option<Quarantined>, QuarantineError> {
        Ok(self.engine.quarantine_get(id).await?)
    }

    /// Marks one as mended or dismissed, and forgets what came of it: the original, and the reason,
    /// which may quote it. Whether it was open.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn settle(&self, id: QuarantinedId) -> Result<bool, QuarantineError> {
        Ok(self.engine.quarantine_settle(id, self.clock.now().as_microsecond()).await?)
    }

    /// Settles all open ones whose source begins with a text; answers how many they were.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn settle_from(&self, source: &str) -> Result<u64, QuarantineError> {
        Ok(self.engine.quarantine_settle_from(source, self.clock.now().as_microsecond()).await?)
    }

    /// How many are open.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn count_open(&self) -> Result<u64, QuarantineError> {
        Ok(self.engine.quarantine_count().await?)
    }
}

fn bounded(what: &'static str, text: &str, limit: usize) -> Result<(), QuarantineError> {
    if text.len() > limit {
        return Err(QuarantineError::TooLarge { what, found: text.len(), limit });
    }
    Ok(())
}
