//! What a command is judged against, where one client's own stream is not enough: a policy, a
//! group, all that somebody looks after.

use std::sync::Arc;

use jiff::Timestamp;
use linchpin_domain::desk::Desk;
use linchpin_ledger::Ledger;

use super::CommandError;

/// Most entries that a command takes in before it is judged. Whoever follows the ledger is seldom
/// a hundred behind; who is further behind than this is still starting, and reading up for each
/// command would keep it from getting there.
const MAX_BEHIND: u64 = 50_000;

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
    /// Where the ledger cannot be read, or it holds more than 50,000 entries that are not taken in
    /// yet.
    pub async fn catch_up(&mut self, ledger: &Ledger) -> Result<Timestamp, CommandError> {
        let head = ledger.refresh().await?.position;
        let behind = head.saturating_sub(self.desk.position());
        if behind > MAX_BEHIND {
            return Err(CommandError::Behind { entries: behind });
        }
        let mut replay = (behind > 0).then(|| ledger.replay(self.desk.position(), head));
        while let Some(replay) = replay.as_mut().filter(|_| self.desk.position() < head) {
            let entries = replay.next().await?;
            if entries.is_empty() {
                break;
            }
            let mut desk = std::mem::take(&mut self.desk);
            let fold = move || {
                let folded = Arc::make_mut(&mut desk);
                entries.iter().for_each(|entry| drop(folded.apply(entry)));
                desk
            };
            // Away from the threads that answer requests.
            let folded = tokio::task::spawn_blocking(fold).await;
            self.desk = folded.map_err(|_| CommandError::Broken)?;
        }
        Ok(ledger.now().max(self.desk.recorded_at()))
    }
}
