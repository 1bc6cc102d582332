//! What a command is judged against, where one client's own stream is not enough: a policy, a
//! group, all that somebody looks after.

use std::sync::Arc;

use jiff::Timestamp;
use linchpin_domain::desk::Desk;
use linchpin_ledger::{Ledger, ReadError};

/// The desk as far as it was folded, to go on from. Cheap to make from a fold that is kept up to
/// date: then there is next to nothing to catch up with.
#[derive(Debug, Clone, Default)]
pub struct Present {
    desk: Arc<Desk>,
}

impl From<Arc<Desk>> for Present {
    fn from(desk: Arc<Desk>) -> Self {
        Self { desk }
    }
}

impl Present {
    /// The desk.
    pub fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }

    /// Takes in what the ledger holds by now, and says what time it is.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn catch_up(&mut self, ledger: &Ledger) -> Result<Timestamp, ReadError> {
        let head = ledger.refresh().await?.position;
        if self.desk.position() < head {
            let mut replay = ledger.replay(self.desk.position(), head);
            let desk = Arc::make_mut(&mut self.desk);
            while desk.position() < head {
                let entries = replay.next().await?;
                if entries.is_empty() {
                    break;
                }
                entries.iter().for_each(|entry| drop(desk.apply(entry)));
            }
        }
        Ok(ledger.now().max(self.desk.recorded_at()))
    }
}
