//! Gathers what cannot be read and puts it into the quarantine.

use linchpin_ledger::{Ledger, MAX_ORIGINAL, NewQuarantined};

use super::error::ImportError;
use super::summary::{MAX_LISTED, Trouble, Unreadable};
use crate::map::Bad;

/// Most items that one import puts into the quarantine.
const MAX_ITEMS: u64 = 10_000;
/// With so many items and not one row that can be read, the map is the wrong one.
const HOPELESS: u64 = 200;
/// Items and bytes held before they are put away.
const HELD_ITEMS: usize = 200;
const HELD_BYTES: usize = 4 << 20;

/// What cannot be read, on its way to the quarantine.
pub(crate) struct Troubles<'a> {
    ledger: &'a Ledger,
    source: String,
    /// Whether it is put into the quarantine, or only counted.
    keep: bool,
    good: bool,
    held: Vec<NewQuarantined>,
    bytes: usize,
    found: Unreadable,
}

impl<'a> Troubles<'a> {
    pub(crate) fn new(ledger: &'a Ledger, source: String, keep: bool) -> Self {
        Self {
            ledger,
            source,
            keep,
            good: false,
            held: Vec::new(),
            bytes: 0,
            found: Unreadable::default(),
        }
    }

    /// Something could be read, so the map is not the wrong one.
    pub(crate) fn good(&mut self) {
        self.good = true;
    }

    /// Begins another way of reading: what could be read before proves nothing for it.
    pub(crate) fn begin(&mut self) {
        self.good = false;
    }

    /// Takes what cannot be read: so many rows at a place. `original` is cut where it is longer
    /// than the quarantine keeps.
    pub(crate) async fn add(
        &mut self,
        place: String,
        bad: &Bad,
        rows: u64,
        mut original: String,
    ) -> Result<(), ImportError> {
        let place = match &bad.column {
            Some(column) => format!("{place}, column {column}"),
            None => place,
        };
        self.found.rows += rows;
        self.found.items += 1;
        *self.found.reasons.entry(bad.class.clone()).or_default() += rows;
        if self.found.first.len() < MAX_LISTED {
            self.found.first.push(Trouble { place: place.clone(), reason: bad.reason.clone() });
        }
        let first = self.found.first.first().map_or("", |trouble| trouble.reason.as_str());
        let (file, reason) = (self.source.clone(), first.to_owned());
        if !self.good && self.found.items >= HOPELESS {
            return Err(ImportError::NothingReadable { file, rows: self.found.rows, reason });
        }
        if self.found.items > MAX_ITEMS {
            return Err(ImportError::TooManyUnreadable { file, limit: MAX_ITEMS, reason });
        }
        if !self.keep {
            return Ok(());
        }
        if original.len() > MAX_ORIGINAL {
            let end = (0..=MAX_ORIGINAL).rev().find(|end| original.is_char_boundary(*end));
            original.truncate(end.unwrap_or(0));
        }
        self.bytes += original.len();
        let (source, reason) = (self.source.clone(), bad.reason.clone());
        self.held.push(NewQuarantined { source, place, reason, original });
        if self.good && (self.held.len() >= HELD_ITEMS || self.bytes >= HELD_BYTES) {
            self.flush().await?;
        }
        Ok(())
    }

    /// Puts away what is held.
    pub(crate) async fn flush(&mut self) -> Result<(), ImportError> {
        self.bytes = 0;
        if !self.held.is_empty() {
            self.ledger.quarantine().add_all(std::mem::take(&mut self.held)).await?;
        }
        Ok(())
    }

    /// What was found.
    pub(crate) fn into_found(self) -> Unreadable {
        self.found
    }
}
