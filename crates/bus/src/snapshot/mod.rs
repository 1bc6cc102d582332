//! Snapshots of folds: a cache, so that a restart does not read the whole history.
//!
//! A snapshot is believed only by the code that wrote it, on the ledger it is of, as long as
//! nobody was erased since. Whatever else it may be, it is discarded, and history is read.

mod code;
mod file;
mod sealed;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use linchpin_domain::entry::Position;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{Ledger, ReadError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;

use crate::nats::hex;
use file::{Header, Place};

/// Entries taken in between two snapshots at least. So many are folded in a moment, so that less
/// would not be worth a file.
const EVERY: Position = 50_000;

/// Entries taken in since the last snapshot from which on one is written at the end: fewer are
/// read again sooner than a snapshot is written.
const AT_END: Position = 1_000;

/// After a snapshot, none is begun for so many times as long as it took: writing them never costs
/// more than a tenth of a processor, however large the fold.
const REST: u32 = 10;

/// Between attempts to read a ledger that is away.
const RETRY: Duration = Duration::from_secs(1);

/// Why a snapshot is of no use.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    /// It is of something else.
    #[error("it is of another {0}")]
    Other(&'static str),
    /// Someone was erased since, or another key of the vault changed.
    #[error("the ledger's keys have changed since")]
    Epoch,
    /// The ledger does not reach so far: an older one stands in its place.
    #[error("the ledger ends before it, at {0}")]
    Ahead(Position),
    /// The bytes are not what they must be.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// The file is there and cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(io::Error),
    /// The ledger could not be asked.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

/// Why a snapshot was not written.
#[derive(Debug, thiserror::Error)]
enum Unwritten {
    #[error("the ledger could not be asked: {0}")]
    Ledger(#[from] ReadError),
    #[error("the file could not be written: {0}")]
    File(#[from] io::Error),
    #[error("writing broke off")]
    Broken,
    #[error("someone was erased since the fold began, and it is not made anew yet")]
    Erased,
}

/// The snapshots of one fold. Where none are kept, everything here does nothing.
pub struct Snapshots {
    kept: Option<Kept>,
    /// The position of the newest one.
    last: Position,
    rest_until: Instant,
    writing: Option<JoinHandle<Duration>>,
}

#[derive(Clone)]
struct Kept {
    place: Place,
    ledger: Ledger,
    service: &'static str,
    code: &'static str,
    genesis: EntryId,
    /// The ledger's epoch when the fold began, or when that began from which it goes on.
    epoch: i64,
}

impl Snapshots {
    /// None are kept.
    pub fn none() -> Self {
        Self { kept: None, last: 0, rest_until: Instant::now(), writing: None }
    }

    /// Those of a fold in a folder, which is made when the first is written. To be called before
    /// the fold reads its first entry. A ledger that is away is waited for.
    pub async fn open(ledger: &Ledger, dir: PathBuf, service: &'static str) -> Self {
        let Ok(Some(code)) = spawn_blocking(code::version).await else {
            tracing::info!(service, "no snapshots: the running program cannot be read");
            return Self::none();
        };
        loop {
            match Kept::new(ledger, &dir, service, code).await {
                Ok(kept) => return Self { kept: Some(kept), ..Self::none() },
                Err(error) if error.is_passing() => {
                    tracing::warn!(service, %error, "the ledger is waited for");
                    tokio::time::sleep(RETRY).await;
                }
                Err(error) => {
                    tracing::warn!(service, %error, "no snapshots: the ledger cannot be read");
                    return Self::none();
                }
            }
        }
    }

    /// The fold as last kept, and the last entry it took in. One that cannot be used is removed,
    /// for it holds what was known of people, under a key that lives on.
    pub async fn load<T: DeserializeOwned + Send + 'static>(&mut self) -> Option<(Position, T)> {
        let kept = self.kept.clone()?;
        let service = kept.service;
        match kept.load().await {
            Ok(Some((position, fold))) => {
                tracing::info!(service, position, "it goes on from its snapshot");
                self.last = position;
                Some((position, fold))
            }
            Ok(None) => None,
            Err(why @ (Unusable::Unreadable(_) | Unusable::Ledger(_))) => {
                tracing::warn!(service, %why, "its snapshot is not used");
                None
            }
            Err(why) => {
                tracing::info!(service, %why, "its snapshot is discarded");
                // Where this fails to run, the next snapshot replaces it.
                let _ = spawn_blocking(move || kept.place.remove()).await;
                None
            }
        }
    }

    /// Whether it is time for the next one, now that a fold has come to a position.
    pub async fn due(&mut self, position: Position) -> bool {
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            self.settle().await;
        }
        self.kept.is_some()
            && self.writing.is_none()
            && position >= self.last.saturating_add(EVERY)
            && Instant::now() >= self.rest_until
    }

    /// Begins to write one, away from the thread that folds.
    pub fn begin<T: Serialize + Send + 'static>(&mut self, position: Position, fold: T) {
        let Some(kept) = self.kept.clone() else { return };
        self.last = position;
        let began = Instant::now();
        self.writing = Some(tokio::spawn(async move {
            kept.store(position, fold).await;
            began.elapsed()
        }));
    }

    /// Waits for the one that is being written, and writes the last one where it is worth it.
    pub async fn finish<T: Serialize + Send + 'static>(&mut self, position: Position, fold: T) {
        self.settle().await;
        if position >= self.last.saturating_add(AT_END) {
            self.begin(position, fold);
            self.settle().await;
        }
    }

    async fn settle(&mut self) {
        if let Some(writing) = self.writing.take() {
            let took = writing.await.unwrap_or_default();
            self.rest_until = Instant::now() + took * REST;
        }
    }
}

impl Kept {
    async fn new(
        ledger: &Ledger,
        dir: &std::path::Path,
        service: &'static str,
        code: &'static str,
    ) -> Result<Self, ReadError> {
        ledger.refresh().await?;
        let epoch = ledger.epoch();
        let first = ledger.stored(1).await?;
        let missing = || ReadError::Damaged { position: 1, reason: "it is missing".to_owned() };
        let genesis = first.ok_or_else(missing)?.id;
        // Several ledgers may share a folder.
        let name = format!("{}-{service}", genesis.0.simple());
        let key = ledger.secret_for("snapshot");
        let place = Place { dir: dir.to_owned(), name, key };
        Ok(Self { place, ledger: ledger.clone(), service, code, genesis, epoch })
    }

    async fn load<T: DeserializeOwned + Send + 'static>(
        &self,
    ) -> Result<Option<(Position, T)>, Unusable> {
        let broken = |_| Unusable::Damaged("reading it broke off");
        let place = self.place.clone();
        let header = spawn_blocking(move || place.header()).await.map_err(broken)??;
        let Some(header) = header else { return Ok(None) };
        self.check(&header).await?;
        let (place, position) = (self.place.clone(), header.position);
        let fold = spawn_blocking(move || place.read(&header)).await.map_err(broken)??;
        Ok(Some((position, fold)))
    }

    /// Whether a snapshot may be believed.
    async fn check(&self, header: &Header) -> Result<(), Unusable> {
        if header.code != self.code {
            return Err(Unusable::Other("version of the program"));
        }
        if header.service != self.service {
            return Err(Unusable::Other("service"));
        }
        if header.ledger != self.genesis {
            return Err(Unusable::Other("ledger"));
        }
        if header.epoch != self.epoch {
            return Err(Unusable::Epoch);
        }
        let ahead = || Unusable::Ahead(self.ledger.head().position);
        let leaf = self.leaf(header.position).await?.ok_or_else(ahead)?;
        if leaf == header.leaf { Ok(()) } else { Err(Unusable::Other("history")) }
    }

    async fn leaf(&self, position: Position) -> Result<Option<String>, ReadError> {
        let stored = self.ledger.stored(position).await?;
        Ok(stored.map(|stored| hex(&stored.leaf_hash)))
    }

    async fn store<T: Serialize + Send + 'static>(self, position: Position, fold: T) {
        let service = self.service;
        match self.written(position, fold).await {
            Ok(true) => tracing::debug!(service, position, "a snapshot was written"),
            Ok(false) => tracing::debug!(service, "another process writes a snapshot"),
            Err(why) => tracing::warn!(service, %why, "no snapshot was written"),
        }
    }

    async fn written<T: Serialize + Send + 'static>(
        &self,
        position: Position,
        fold: T,
    ) -> Result<bool, Unwritten> {
        self.ledger.refresh().await?;
        if self.ledger.epoch() != self.epoch {
            let place = self.place.clone();
            // Where this fails to run, the next start discards it.
            let _ = spawn_blocking(move || place.remove()).await;
            return Err(Unwritten::Erased);
        }
        let missing = || ReadError::Damaged { position, reason: "it is missing".to_owned() };
        let leaf = self.leaf(position).await?.ok_or_else(missing)?;
        let of = (self.genesis, self.epoch);
        let header = Header::new(self.code, self.service, of, (position, leaf));
        let place = self.place.clone();
        let written = spawn_blocking(move || place.write(&header, &fold));
        Ok(written.await.map_err(|_| Unwritten::Broken)??)
    }
}
