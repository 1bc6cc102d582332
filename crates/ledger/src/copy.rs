//! Copies a ledger from one place to another, whatever the engines, byte for byte.

use std::sync::Arc;

use async_trait::async_trait;
use linchpin_domain::entry::Position;
use sha2::{Digest, Sha256};

use crate::engine::{Engine, READ_BYTES};
use crate::error::{OpenError, StorageError};
use crate::ledger::{CHUNK, Ledger};
use crate::stored::Stored;
use crate::url::{LedgerUrl, Mode};
use crate::{postgres, sqlite};

/// Most rows of a table read or written at once.
const ROWS: u64 = 1_000;

/// What a column holds, so that each engine keeps it in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
    Bytes,
    /// Sixteen bytes.
    Id,
}

/// A table beside the entries.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// How many of the first columns tell its rows apart and give their order, by bytes.
    pub(crate) key: usize,
    pub(crate) columns: &'static [(&'static str, Kind)],
}

/// The value of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Number(_) => 8,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

/// All tables that a copy takes along. Leases stay behind: who holds one holds it where it was.
pub(crate) const BESIDE: &[Table] = &[
    Table {
        name: "ledger_secret",
        key: 1,
        columns: &[("name", Kind::Text), ("value", Kind::Bytes)],
    },
    Table {
        name: "vault_key",
        key: 1,
        columns: &[("person", Kind::Id), ("key", Kind::Bytes), ("commitment", Kind::Bytes)],
    },
    Table {
        name: "idempotency",
        key: 2,
        columns: &[
            ("source", Kind::Text),
            ("key", Kind::Text),
            ("first_pos", Kind::Number),
            ("last_pos", Kind::Number),
            ("request_hash", Kind::Bytes),
        ],
    },
    Table {
        name: "quarantine",
        key: 1,
        columns: &[
            ("id", Kind::Number),
            ("source", Kind::Text),
            ("place", Kind::Text),
            ("reason", Kind::Text),
            ("original", Kind::Text),
            ("original_hash", Kind::Bytes),
            ("created_at", Kind::Number),
            ("settled_at", Kind::Number),
        ],
    },
    Table {
        name: "api_token",
        key: 1,
        columns: &[
            ("name", Kind::Text),
            ("role", Kind::Text),
            ("hash", Kind::Bytes),
            ("created_at", Kind::Number),
            ("last_used_at", Kind::Number),
            ("revoked_at", Kind::Number),
        ],
    },
];

impl Table {
    /// The statement that reads a page: columns, in the order of the key, and where there is a row
    /// to go on from, those after it. Parameters are the limit and then the key of that row.
    pub(crate) fn select(&self, after: bool, parameter: char, collation: &str) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let key = self.columns[..self.key].iter().map(|(name, kind)| match kind {
            Kind::Text => format!("{name} {collation}"),
            _ => (*name).to_owned(),
        });
        let key = key.collect::<Vec<_>>().join(", ");
        let given: Vec<String> = (2..self.key + 2).map(|n| format!("{parameter}{n}")).collect();
        let beyond =
            if after { format!("WHERE ({key}) > ({})", given.join(", ")) } else { String::new() };
        let (columns, name) = (columns.join(", "), self.name);
        format!("SELECT {columns} FROM {name} {beyond} ORDER BY {key} LIMIT {parameter}1")
    }
}

/// A ledger that is being made as a copy. It does not open as one before it is finished.
#[async_trait]
pub(crate) trait Target: Send {
    /// Stores the next entries as they are.
    async fn entries(&mut self, entries: Vec<Stored>) -> Result<(), StorageError>;
    /// Stores rows of a table.
    async fn rows(
        &mut self,
        table: &'static Table,
        rows: Vec<Vec<Cell>>,
    ) -> Result<(), StorageError>;
    /// Takes over the epoch.
    async fn epoch(&mut self, epoch: i64) -> Result<(), StorageError>;
    /// Makes it a ledger.
    async fn finish(self: Box<Self>) -> Result<(), StorageError>;
    /// Its rows, to be read.
    async fn reader(&self) -> Result<Arc<dyn Engine>, StorageError>;
}

/// What a copy came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many entries there are on both sides.
    pub entries: u64,
    /// How many rows stand beside them on both sides.
    pub beside: u64,
    /// SHA-256 over all columns of all of them, read from both sides.
    pub sha256: [u8; 32],
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyStep {
    /// Entries written, of so many.
    Written(u64, u64),
    /// Entries read again and compared, of so many.
    Compared(u64, u64),
}

/// Why a ledger was not copied. What stands at the new place is no ledger and never opens as one.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One of the two was not opened or made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The storage of one of the two failed.
    #[error("{side}: {source}; remove what was copied so far, then copy again")]
    Storage {
        /// Which of the two.
        side: &'static str,
        /// What failed.
        source: StorageError,
    },
    /// An entry that does not give the hash stored beside it.
    #[error(
        "entry {0} of the old ledger is damaged: run an audit and restore a backup before you copy"
    )]
    Damaged(Position),
    /// Somebody wrote to it meanwhile.
    #[error(
        "the old ledger was written to meanwhile: stop what writes to it, remove what was copied so far, then copy again"
    )]
    Moved,
    /// What was written does not read the same.
    #[error(
        "the copy differs from the old ledger ({0}): remove it, then copy again with nothing writing to the old one"
    )]
    Differs(String),
}

/// A side of the copy that is read.
struct Side {
    name: &'static str,
    engine: Arc<dyn Engine>,
}

impl Side {
    fn failed(&self) -> impl Fn(StorageError) -> CopyError + use<> {
        let side = self.name;
        move |source| CopyError::Storage { side, source }
    }

    async fn head(&self) -> Result<(Position, i64, i64), CopyError> {
        let head = self.engine.head().await.map_err(self.failed())?;
        Ok((head.position, head.recorded_us, head.epoch))
    }

    async fn entries(&self, after: Position, until: Position) -> Result<Vec<Stored>, CopyError> {
        self.engine.stored_range(after, until, CHUNK as u64).await.map_err(self.failed())
    }

    async fn rows(
        &self,
        table: &'static Table,
        after: Option<&Vec<Cell>>,
    ) -> Result<Vec<Vec<Cell>>, CopyError> {
        let after = after.map(|row| row[..table.key].to_vec());
        let mut rows = self.engine.rows(table, after, ROWS).await.map_err(self.failed())?;
        let mut bytes = 0;
        let fitting = rows.iter().take_while(|row| {
            let fits = bytes < READ_BYTES;
            bytes += row.iter().map(Cell::bytes).sum::<usize>();
            fits
        });
        let fitting = fitting.count();
        rows.truncate(fitting);
        Ok(rows)
    }
}

impl Ledger {
    /// Copies a ledger to a place where nothing stands: every entry with all its columns, and what
    /// stands beside them (keys, idempotency, quarantine, tokens, the secret). Both sides are then
    /// read once more and compared; only after that is the copy a ledger. Cut short, it never
    /// opens as one. Nothing may write to the old one meanwhile; if something does, it is noticed.
    ///
    /// # Errors
    /// Where one of the two is not what it must be, where an entry is damaged, where the old one
    /// was written to meanwhile, or where a storage fails.
    pub async fn copy(
        from: &LedgerUrl,
        to: &LedgerUrl,
        mut progress: impl FnMut(CopyStep),
    ) -> Result<Copied, CopyError> {
        let old = Side { name: "the old ledger", engine: open(from).await? };
        let mut target: Box<dyn Target> = match to.file() {
            Some(_) => sqlite::target(to).await?,
            None => postgres::target(to).await?,
        };
        let failed = |source| CopyError::Storage { side: "the new ledger", source };
        let (head, recorded_us, epoch) = old.head().await?;
        write_entries(&old, target.as_mut(), head, &mut progress).await?;
        for table in BESIDE {
            let mut rows = old.rows(table, None).await?;
            while let Some(last) = rows.last().cloned() {
                target.rows(table, rows).await.map_err(failed)?;
                rows = old.rows(table, Some(&last)).await?;
            }
        }
        target.epoch(epoch).await.map_err(failed)?;
        let new = Side { name: "the new ledger", engine: target.reader().await.map_err(failed)? };
        let (copied, compared) = compare(&old, &new, head, &mut progress).await?;
        if new.head().await? != (head, recorded_us, epoch) {
            return Err(CopyError::Differs("its head".to_owned()));
        }
        // What stands beside the entries changes without moving the head.
        progress(CopyStep::Compared(head, head));
        if old.head().await? != (head, recorded_us, epoch)
            || beside(&old).await?.sums != compared.sums
        {
            return Err(CopyError::Moved);
        }
        new.engine.close().await;
        old.engine.close().await;
        target.finish().await.map_err(failed)?;
        Ok(copied)
    }
}

async fn open(url: &LedgerUrl) -> Result<Arc<dyn Engine>, OpenError> {
    Ok(match url.file() {
        Some(_) => Arc::new(sqlite::Sqlite::open(url, Mode::ReadOnly).await?),
        None => Arc::new(postgres::Postgres::open(url, Mode::ReadOnly).await?),
    })
}

async fn write_entries(
    old: &Side,
    target: &mut dyn Target,
    head: Position,
    progress: &mut impl FnMut(CopyStep),
) -> Result<(), CopyError> {
    let mut done = 0;
    while done < head {
        let entries = old.entries(done, head).await?;
        for (entry, position) in entries.iter().zip(done + 1..) {
            if entry.position != position || !entry.is_intact() {
                return Err(CopyError::Damaged(position));
            }
        }
        if entries.is_empty() {
            return Err(CopyError::Damaged(done + 1));
        }
        done += entries.len() as u64;
        let failed = |source| CopyError::Storage { side: "the new ledger", source };
        target.entries(entries).await.map_err(failed)?;
        progress(CopyStep::Written(done, head));
    }
    Ok(())
}

/// Reads both sides side by side.
async fn compare(
    old: &Side,
    new: &Side,
    head: Position,
    progress: &mut impl FnMut(CopyStep),
) -> Result<(Copied, Beside), CopyError> {
    let mut sums = [Sha256::new(), Sha256::new()];
    let mut done = 0;
    while done < head {
        let told = old.entries(done, head).await?;
        let until = done + told.len() as u64;
        let mut read = Vec::with_capacity(told.len());
        while done + (read.len() as u64) < until {
            let more = new.entries(done + read.len() as u64, until).await?;
            if more.is_empty() {
                return Err(CopyError::Differs(format!("entry {}", done + read.len() as u64 + 1)));
            }
            read.extend(more);
        }
        for (told, read) in told.iter().zip(&read) {
            if told != read || !told.is_intact() {
                return Err(CopyError::Differs(format!("entry {}", told.position)));
            }
            sums[0].update(told.leaf());
            sums[1].update(read.leaf());
        }
        if until == done {
            return Err(CopyError::Damaged(done + 1));
        }
        done = until;
        progress(CopyStep::Compared(done, head));
    }
    let (told, read) = (beside(old).await?, beside(new).await?);
    for (table, (told, read)) in BESIDE.iter().zip(told.sums.iter().zip(&read.sums)) {
        if told != read {
            return Err(CopyError::Differs(format!("table {}", table.name)));
        }
    }
    for (sum, side) in sums.iter_mut().zip([&told, &read]) {
        side.sums.iter().for_each(|table| sum.update(table));
    }
    let [one, other] = sums.map(|sum| <[u8; 32]>::from(sum.finalize()));
    if one != other {
        return Err(CopyError::Differs("the sum of all rows".to_owned()));
    }
    Ok((Copied { entries: head, beside: told.rows, sha256: one }, told))
}

/// What stands beside the entries on one side.
struct Beside {
    rows: u64,
    /// A sum a table, over all its rows in their order.
    sums: Vec<[u8; 32]>,
}

async fn beside(side: &Side) -> Result<Beside, CopyError> {
    let mut found = Beside { rows: 0, sums: Vec::new() };
    for table in BESIDE {
        let mut sum = Sha256::new();
        let mut rows = side.rows(table, None).await?;
        while let Some(last) = rows.last() {
            found.rows += rows.len() as u64;
            rows.iter().flatten().for_each(|cell| add(&mut sum, cell));
            rows = side.rows(table, Some(last)).await?;
        }
        found.sums.push(sum.finalize().into());
    }
    Ok(found)
}

/// Adds a value to a sum, behind its kind and length.
fn add(sum: &mut Sha256, cell: &Cell) {
    let (kind, bytes) = match cell {
        Cell::Null => (0, Vec::new()),
        Cell::Number(number) => (1, number.to_be_bytes().to_vec()),
        Cell::Text(text) => (2, text.as_bytes().to_vec()),
        Cell::Bytes(bytes) => (3, bytes.clone()),
    };
    sum.update([kind]);
    sum.update((bytes.len() as u64).to_be_bytes());
    sum.update(bytes);
}
