//! Reading entries, opened and as they are stored.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use linchpin_domain::entry::{Entry, Position, Stream, Version};
use linchpin_domain::id::EntryId;
use uuid::Uuid;

use super::{CHUNK, Ledger};
use crate::codec::{self, Decoded};
use crate::error::{ReadError, StorageError};
use crate::stored::Stored;

/// Reads of fewer entries are not worth a second thread.
const ONE_PIECE: u64 = 512;
/// Most ids looked up in one statement.
const IDS_AT_ONCE: usize = 1_000;

impl Ledger {
    /// The next entries with `after < position <= until`, in order, at most [`CHUNK`] of them and
    /// fewer where they are large; none only where there are none.
    ///
    /// # Errors
    /// Where an entry is damaged, or the storage fails.
    pub async fn read(&self, after: Position, until: Position) -> Result<Vec<Entry>, ReadError> {
        if until <= after {
            return Ok(Vec::new());
        }
        let until = until.min(after.saturating_add(CHUNK as u64));
        let entries = self.open_all(self.halves(after, until).await?).await?;
        for (entry, position) in entries.iter().zip(after + 1..) {
            if entry.position != position {
                return Err(ReadError::Damaged { position, reason: "it is missing".to_owned() });
            }
        }
        Ok(entries)
    }

    /// The next entries of a stream above a version, at most `limit` and [`CHUNK`], fewer where
    /// they are large; none only where there are none.
    ///
    /// # Errors
    /// Where an entry is damaged, or the storage fails.
    pub async fn read_stream(
        &self,
        stream: Stream,
        after: Version,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let limit = limit.min(CHUNK) as u64;
        self.open_all(self.0.engine.stream_after(stream, after, limit).await?).await
    }

    /// The entries of a stream below a version, newest first, bounded like [`Self::read_stream`].
    /// `Version::MAX` starts at the end.
    ///
    /// # Errors
    /// Where an entry is damaged, or the storage fails.
    pub async fn read_stream_back(
        &self,
        stream: Stream,
        before: Version,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let limit = limit.min(CHUNK) as u64;
        self.open_all(self.0.engine.stream_before(stream, before, limit).await?).await
    }

    /// The entries of some ids, in the order of the ids; `None` where there is none.
    ///
    /// # Errors
    /// Where an entry is damaged, or the storage fails.
    pub async fn find(&self, ids: &[EntryId]) -> Result<Vec<Option<Entry>>, ReadError> {
        let mut found: HashMap<EntryId, Entry> = HashMap::new();
        for ids in ids.chunks(IDS_AT_ONCE) {
            let entries = self.open_all(self.0.engine.by_ids(ids).await?).await?;
            found.extend(entries.into_iter().map(|entry| (entry.id, entry)));
        }
        Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    /// The entry at a position.
    ///
    /// # Errors
    /// Where it is damaged, or the storage fails.
    pub async fn entry(&self, position: Position) -> Result<Option<Entry>, ReadError> {
        let Some(after) = position.checked_sub(1) else { return Ok(None) };
        Ok(self.read(after, position).await?.pop())
    }

    /// The last position that was recorded at or before a moment; 0 where there is none.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn position_at(&self, known_at: Timestamp) -> Result<Position, ReadError> {
        Ok(self.0.engine.position_at(known_at.as_microsecond()).await?)
    }

    /// Where a stream stands; 0 where it has no entry.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn stream_version(&self, stream: Stream) -> Result<Version, ReadError> {
        Ok(self.0.engine.stream_version(stream).await?)
    }

    /// The entry at a position exactly as it is stored; [`Stored::leaf`] recomputes its hash.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn stored(&self, position: Position) -> Result<Option<Stored>, ReadError> {
        Ok(self.0.engine.stored(position).await?)
    }

    /// The entries `after < position <= until` exactly as they are stored, in order, bounded like
    /// [`Self::read`].
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn stored_range(
        &self,
        after: Position,
        until: Position,
    ) -> Result<Vec<Stored>, ReadError> {
        if until <= after {
            return Ok(Vec::new());
        }
        Ok(self.0.engine.stored_range(after, until, CHUNK as u64).await?)
    }

    /// Decodes stored entries that came by another way than the engine, and opens what is sealed
    /// in them.
    ///
    /// # Errors
    /// Where an entry is damaged, or the storage fails.
    pub async fn unseal(&self, stored: Vec<Stored>) -> Result<Vec<Entry>, ReadError> {
        self.open_all(stored.iter().map(codec::decode_stored).collect()).await
    }

    /// Entries by position. What is long is read and decoded in two halves at once.
    async fn halves(&self, after: Position, until: Position) -> Result<Vec<Decoded>, StorageError> {
        if until - after < ONE_PIECE {
            return self.0.engine.entries(after, until).await;
        }
        let middle = after + (until - after) / 2;
        let engine = &self.0.engine;
        let (mut found, rest) =
            tokio::try_join!(engine.entries(after, middle), engine.entries(middle, until))?;
        // The first half stops short where its entries are large.
        if found.len() as u64 == middle - after {
            found.extend(rest);
        }
        Ok(found)
    }

    /// Opens what is sealed in entries.
    async fn open_all(&self, found: Vec<Decoded>) -> Result<Vec<Entry>, ReadError> {
        let mut entries = found.into_iter().collect::<Result<Vec<Entry>, _>>()?;
        let people: HashSet<Uuid> = entries.iter_mut().filter_map(codec::person).collect();
        if !people.is_empty() {
            let (mut keys, missing) = self.0.shared.held_keys(people);
            for people in missing.chunks(IDS_AT_ONCE) {
                keys.extend(self.0.shared.hold_keys(&self.0.engine.keys(people).await?)?);
            }
            for entry in &mut entries {
                codec::open(entry, &keys)?;
            }
        }
        Ok(entries)
    }
}
