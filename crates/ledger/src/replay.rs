//! Reading a long stretch of the ledger.

use linchpin_domain::entry::{Entry, Position};
use tokio::task::JoinHandle;

use crate::error::{ReadError, StorageError};
use crate::ledger::Ledger;

/// A stretch of the ledger in order. The next chunk is read while the last one is taken in.
pub struct Replay {
    ledger: Ledger,
    after: Position,
    until: Position,
    ahead: Option<JoinHandle<Result<Vec<Entry>, ReadError>>>,
}

impl Ledger {
    /// The entries with `after < position <= until`, for whoever takes in all of them.
    pub fn replay(&self, after: Position, until: Position) -> Replay {
        Replay { ledger: self.clone(), after, until, ahead: None }
    }
}

impl Replay {
    /// The next entries, bounded like [`Ledger::read`]; none at the end of the stretch.
    ///
    /// # Errors
    /// Where an entry is damaged, or the storage fails. Asked again, it tries the same ones again.
    pub async fn next(&mut self) -> Result<Vec<Entry>, ReadError> {
        let reading = self.ahead.take().unwrap_or_else(|| self.read());
        let entries =
            reading.await.map_err(|e| StorageError::Other(format!("a read broke off: {e}")))??;
        if let Some(last) = entries.last() {
            self.after = last.position;
            if self.after < self.until {
                self.ahead = Some(self.read());
            }
        }
        Ok(entries)
    }

    fn read(&self) -> JoinHandle<Result<Vec<Entry>, ReadError>> {
        let (ledger, after, until) = (self.ledger.clone(), self.after, self.until);
        tokio::spawn(async move { ledger.read(after, until).await })
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some(ahead) = &self.ahead {
            ahead.abort();
        }
    }
}
