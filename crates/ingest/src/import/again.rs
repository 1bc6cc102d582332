//! Feeds a quarantined part of an import again, as it is or mended.

use linchpin_domain::policy::DocumentError;
use linchpin_ledger::{Ledger, QuarantineError, QuarantinedId};

use super::error::ImportError;
use super::held::Held;
use super::open::Opened;
use super::summary::Summary;
use super::trouble::Troubles;
use super::{ImportOptions, run};
use crate::map::{Format, Map};

/// Why a part was not fed again. It stays in the quarantine.
#[derive(Debug, thiserror::Error)]
pub enum FeedAgainError {
    /// There is no such item.
    #[error("no item {0} in the quarantine: list it to see the numbers")]
    Missing(QuarantinedId),
    /// It was mended or dismissed before.
    #[error("item {0} of the quarantine was settled already")]
    Settled(QuarantinedId),
    /// It did not come from an import.
    #[error(
        "item {id} came from `{source_name}`, not from an import: mend it there and send it again"
    )]
    NotImported {
        /// The item.
        id: QuarantinedId,
        /// Where it came from.
        source_name: String,
    },
    /// Its map cannot be read any more.
    #[error("the map kept with item {id} cannot be read ({source}): give the map")]
    Map {
        /// The item.
        id: QuarantinedId,
        /// What is wrong with the map.
        source: DocumentError,
    },
    /// It still cannot be read.
    #[error("item {id} still cannot be read: {place}: {reason}")]
    StillUnreadable {
        /// The item.
        id: QuarantinedId,
        /// Where in the mended text.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// It can be read, but differs from what is known.
    #[error(
        "item {id} tells {count} facts that differ from what is known (first: {kind} {key}): feed it again as a correction"
    )]
    Conflicting {
        /// The item.
        id: QuarantinedId,
        /// How many facts differ.
        count: u64,
        /// The kind of the first.
        kind: String,
        /// The key of the first.
        key: String,
    },
    /// The import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The quarantine cannot be read or written.
    #[error("the quarantine failed: {0}")]
    Quarantine(#[from] QuarantineError),
}

/// Feeds an item of the quarantine again, mended where a text is given: its rows, with the header
/// above them. Without a map given, the one that was kept with it reads it. Once all of it is
/// taken, the item is settled.
///
/// # Errors
/// Where it still cannot be read or differs from what is known, or the ledger refuses.
pub async fn feed_again(
    ledger: &Ledger,
    id: QuarantinedId,
    mended: Option<&str>,
    map: Option<&Map>,
    options: &ImportOptions,
) -> Result<Summary, FeedAgainError> {
    let item = ledger.quarantine().get(id).await?.ok_or(FeedAgainError::Missing(id))?;
    let original =
        item.original.filter(|_| item.settled_at.is_none()).ok_or(FeedAgainError::Settled(id))?;
    let not_imported = || FeedAgainError::NotImported { id, source_name: item.source.clone() };
    let file = item.source.strip_prefix("import:").ok_or_else(not_imported)?;
    let kept = Held::read(&original).ok_or_else(not_imported)?;
    let read;
    let map = match map {
        Some(map) => map,
        None => {
            read = Map::parse(&kept.map).map_err(|source| FeedAgainError::Map { id, source })?;
            &read
        }
    };
    let sheet = match mended {
        Some(mended) => Held::read(mended).map_or_else(|| mended.to_owned(), |held| held.sheet),
        None => kept.sheet,
    };
    // What cannot be read is told at once, before anything is stored.
    let tried = ImportOptions { dry_run: true, ..options.clone() };
    let summary = fed(ledger, &sheet, kept.format, file, map, &tried).await?;
    if let Some(first) = summary.unreadable.first.first().cloned() {
        return Err(FeedAgainError::StillUnreadable {
            id,
            place: first.place,
            reason: first.reason,
        });
    }
    if let Some(first) = summary.conflicts.first().cloned() {
        let (count, kind, key) = (summary.facts.conflicting, first.kind, first.key);
        return Err(FeedAgainError::Conflicting { id, count, kind, key });
    }
    if options.dry_run {
        return Ok(summary);
    }
    let summary = fed(ledger, &sheet, kept.format, file, map, options).await?;
    ledger.quarantine().settle(id).await?;
    Ok(summary)
}

async fn fed(
    ledger: &Ledger,
    sheet: &str,
    format: Format,
    file: &str,
    map: &Map,
    options: &ImportOptions,
) -> Result<Summary, ImportError> {
    let opened = Opened::text(sheet.to_owned(), format);
    let troubles = Troubles::new(ledger, format!("import:{file}"), false);
    run(ledger, opened, file, map, options, troubles, None, &mut |_| {}).await
}
