//! What the pages read from, and the portfolios they share.

use std::collections::VecDeque;
use std::sync::Arc;

use linchpin_domain::desk::Desk;
use linchpin_ledger::Ledger;
use linchpin_query::ReadModel;
use linchpin_query::view::{self, Clocks, Portfolio};
use tokio::sync::Mutex;

use crate::error::PageError;
use crate::visit::Visit;

/// Most portfolios kept, of the present and of the past each.
const KEPT: usize = 4;

/// What the pages read from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    pub(crate) model: ReadModel,
    pub(crate) ledger: Ledger,
    present: Arc<Mutex<Kept>>,
    past: Arc<Mutex<Kept>>,
}

type Kept = VecDeque<Arc<Portfolio>>;

/// The desk at a pair of clocks, with its portfolio.
pub(crate) struct Seen {
    pub(crate) desk: Arc<Desk>,
    pub(crate) clocks: Clocks,
    pub(crate) portfolio: Arc<Portfolio>,
}

impl Web {
    pub(crate) fn new(model: ReadModel, ledger: Ledger) -> Self {
        Self { model, ledger, present: Arc::default(), past: Arc::default() }
    }

    /// The desk as it stands; until the ledger has been read, a page that says how far it is.
    pub(crate) async fn now(&self) -> Result<Seen, PageError> {
        if !self.model.caught_up() {
            let (read, head) = (self.model.desk().position(), self.ledger.head().position);
            return Err(PageError::Loading { read, head });
        }
        let (desk, clocks) = self.model.at(None, None).await.map_err(PageError::from_query)?;
        let portfolio = shared(&self.present, &desk, &clocks).await?;
        Ok(Seen { desk, clocks, portfolio })
    }

    /// The desk at the clocks that were asked for, with its portfolio.
    pub(crate) async fn at(&self, visit: &Visit) -> Result<Seen, PageError> {
        let (desk, clocks) = self.desk_at(visit).await?;
        let kept = if clocks.past { &self.past } else { &self.present };
        let portfolio = shared(kept, &desk, &clocks).await?;
        Ok(Seen { desk, clocks, portfolio })
    }

    /// The desk at the clocks that were asked for.
    pub(crate) async fn desk_at(&self, visit: &Visit) -> Result<(Arc<Desk>, Clocks), PageError> {
        let as_of = visit.clocks.day()?;
        let known_at = visit.clocks.moment(&self.ledger.genesis().zone())?;
        self.model.at(as_of, known_at).await.map_err(PageError::from_query)
    }
}

/// The portfolio of a desk, made once however many ask for it.
async fn shared(
    kept: &Mutex<Kept>,
    desk: &Arc<Desk>,
    clocks: &Clocks,
) -> Result<Arc<Portfolio>, PageError> {
    let mut kept = kept.lock().await;
    if let Some(found) = kept.iter().find(|portfolio| portfolio.clocks == *clocks) {
        return Ok(Arc::clone(found));
    }
    let (desk, clocks) = (Arc::clone(desk), clocks.clone());
    let made = working(move || Arc::new(view::portfolio(&desk, clocks))).await?;
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(Arc::clone(&made));
    Ok(made)
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
