//! What the pages read from.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_query::ReadModel;
use linchpin_query::view::{Clocks, Portfolio};

use crate::error::PageError;
use crate::visit::Visit;

/// What the pages read from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) model: ReadModel,
}

/// The desk at a pair of clocks, with its portfolio.
pub(crate) struct Seen {
    pub(crate) desk: Arc<Desk>,
    pub(crate) clocks: Clocks,
    pub(crate) portfolio: Arc<Portfolio>,
}

impl Web {
    /// The desk as it stands; until the ledger has been read, a page that says how far it is.
    pub(crate) async fn now(&self) -> Result<Seen, PageError> {
        if !self.model.caught_up() {
            let progress = self.model.progress();
            return Err(PageError::Loading { read: progress.done, head: progress.of });
        }
        self.seen(None, None).await
    }

    /// The desk at the clocks that were asked for, with its portfolio.
    pub(crate) async fn at(&self, visit: &Visit) -> Result<Seen, PageError> {
        let (as_of, known_at) = self.asked(visit)?;
        self.seen(as_of, known_at).await
    }

    /// The desk at the clocks that were asked for.
    pub(crate) async fn desk_at(&self, visit: &Visit) -> Result<(Arc<Desk>, Clocks), PageError> {
        let (as_of, known_at) = self.asked(visit)?;
        self.model.at(as_of, known_at).await.map_err(PageError::from_model)
    }

    /// How much waits in the quarantine; `None` where the ledger does not answer. It is a line
    /// beside a page, and the page does without.
    pub(crate) async fn unread(&self) -> Option<u64> {
        self.model.quarantined().await.map_err(PageError::from_model).ok()
    }

    /// All accounts at a desk and its clocks.
    pub(crate) async fn portfolio_of(
        &self,
        desk: &Arc<Desk>,
        clocks: &Clocks,
    ) -> Result<Arc<Portfolio>, PageError> {
        self.model.portfolio_of(desk, clocks).await.map_err(PageError::from_model)
    }

    async fn seen(
        &self,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Result<Seen, PageError> {
        let (desk, clocks) = self.model.at(as_of, known_at).await.map_err(PageError::from_model)?;
        let portfolio = self.portfolio_of(&desk, &clocks).await?;
        Ok(Seen { desk, clocks, portfolio })
    }

    fn asked(&self, visit: &Visit) -> Result<(Option<Date>, Option<Timestamp>), PageError> {
        let as_of = visit.clocks.day()?;
        if as_of.is_some_and(|day| day > self.model.today()) {
            let words = "`as_of` has not come yet. Choose today or an earlier day.";
            return Err(PageError::Bad(words.to_owned()));
        }
        Ok((as_of, visit.clocks.moment(&self.model.genesis().zone())?))
    }
}

/// Runs what takes long away from the threads that answer requests.
pub(crate) async fn working<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PageError> {
    tokio::task::spawn_blocking(work).await.map_err(|broken| {
        tracing::error!(error = %broken, "a page's figures could not be made");
        PageError::Broken
    })
}
