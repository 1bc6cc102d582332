//! The feed of the embedded desk.

use std::time::Duration;

use linchpin_domain::entry::{Entry, Position};
use linchpin_ledger::{Ledger, ReadError};
use tokio::sync::watch;

use crate::Bus;

/// How often to look for entries that another process has written.
const POLL: Duration = Duration::from_millis(500);

/// Why a feed gives nothing more.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FeedError {
    /// The ledger could not be read.
    #[error("the feed stopped after position {after}: {source}")]
    Read {
        /// The last position that was given out.
        after: Position,
        /// What went wrong.
        source: ReadError,
    },
}

/// Entries in the order of their positions, each once, none left out.
#[derive(Debug)]
pub struct Feed {
    ledger: Ledger,
    head: watch::Receiver<Position>,
    after: Position,
}

impl Feed {
    /// A feed of what comes after a position; 0 for everything.
    pub fn new(bus: impl Into<Bus>, after: Position) -> Self {
        let ledger = bus.into().ledger().clone();
        let head = ledger.watch();
        Self { ledger, head, after }
    }

    /// The last position that was given out, or where the feed began.
    pub fn position(&self) -> Position {
        self.after
    }

    /// The next entries, at least one; waits for it. Whoever stops waiting loses nothing: the
    /// same entries come with the next call.
    ///
    /// # Errors
    /// Where the ledger cannot be read. The feed stays where it is, so it may be asked again.
    pub async fn next(&mut self) -> Result<Vec<Entry>, FeedError> {
        loop {
            let entries = self.try_next().await?;
            if !entries.is_empty() {
                return Ok(entries);
            }
            tokio::select! {
                // It never ends, for this feed itself holds the ledger that sends.
                _ = self.head.changed() => {}
                () = tokio::time::sleep(POLL) => {
                    self.ledger.refresh().await.map_err(|source| self.failed(source))?;
                }
            }
        }
    }

    /// The next entries that are there by now; none where the feed has caught up with all that
    /// this process knows of.
    ///
    /// # Errors
    /// Where the ledger cannot be read. The feed stays where it is, so it may be asked again.
    pub async fn try_next(&mut self) -> Result<Vec<Entry>, FeedError> {
        let head = *self.head.borrow_and_update();
        if head <= self.after {
            return Ok(Vec::new());
        }
        let entries =
            self.ledger.read(self.after, head).await.map_err(|source| self.failed(source))?;
        if let Some(last) = entries.last() {
            self.after = last.position;
        }
        Ok(entries)
    }

    fn failed(&self, source: ReadError) -> FeedError {
        FeedError::Read { after: self.after, source }
    }
}
