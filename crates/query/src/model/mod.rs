//! The read model: the desk in memory, kept up to date from the feed, and what it looked like at
//! other moments.

mod clients;
mod fold;
mod follow;
mod history;
mod kept;
mod names;
mod past;
mod reads;
mod trial;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_bus::{Bus, Lag, Progress as FeedProgress};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Position, Stream};
use linchpin_domain::genesis::{Genesis, day_of};
use linchpin_domain::id::AccountId;
use linchpin_ledger::{Ledger, QuarantineError, ReadError};
use serde::Serialize;
use tokio::sync::{broadcast, watch};

pub use fold::{Progress, fold, moment};
pub use history::{HistoryPage, history_page};
pub use reads::{EntryDetail, QuarantineItem, QuarantinePage};

use crate::view::{self, Clocks, Movement, Portfolio};

/// News kept for live readers. Who falls further behind reads the ledger.
const NEWS: usize = 1024;

/// Portfolios kept ready, and so many answers on who moved.
const PORTFOLIOS: usize = 8;

/// For how long the present is told although the ledger cannot be reached. A database that is
/// restarted or fails over is back within it; and nobody acts on what they read so soon that
/// what came in meanwhile would have changed it. After it, an answer is not to be relied on.
pub const STALE: Duration = Duration::from_secs(10);

/// An entry came in. What live readers are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct News {
    /// Where it stands in the ledger.
    pub position: Position,
    /// The account it belongs to; absent where it concerns the firm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The type's name on the wire.
    pub kind: String,
    /// `fact` or `decision`.
    pub class: &'static str,
}

impl News {
    /// What live readers are told of an entry.
    pub fn of(entry: &Entry) -> Self {
        let account = match entry.stream {
            Stream::Account(id) => Some(id),
            Stream::Firm => None,
        };
        let class = if matches!(entry.body, Body::Decision(_)) { "decision" } else { "fact" };
        Self { position: entry.position, account, kind: entry.body.name().to_owned(), class }
    }
}

/// Why the read model gave no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ModelError {
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The quarantine could not be read.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// The ledger cannot be reached, so that nobody knows whether what is known is the present.
    #[error(
        "the ledger has not been reached for {seconds} s, and what is known up to entry {position} may be out of date: ask again in a few seconds, or give `known_at` for what was known earlier"
    )]
    Stale {
        /// For how long.
        seconds: u64,
        /// The last entry taken in.
        position: Position,
    },
    /// Other moments of the past are being computed, as many as at one time may be.
    #[error("other moments of the past are being computed: try again in a few seconds")]
    Busy,
    /// Another policy is being tried, and one at a time may be.
    #[error("another policy is being tried: try again in a few seconds")]
    Trying,
    /// A computation broke off.
    #[error("the answer could not be computed: try again, and report it where it happens again")]
    Broken,
}

/// The desk in memory, up to date with the ledger. Cheap to clone; it stops following when the
/// last clone is dropped.
#[derive(Clone)]
pub struct ReadModel(Arc<Following>);

struct Following {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    ledger: Ledger,
    desk: RwLock<Arc<Desk>>,
    /// The newest entry when it began: from there on it counts as caught up.
    goal: Position,
    progress: FeedProgress,
    position: watch::Sender<Position>,
    news: broadcast::Sender<News>,
    stopping: watch::Sender<bool>,
    closing: watch::Sender<bool>,
    closed: watch::Sender<bool>,
    past: past::Past,
    names: names::Names,
    trials: trial::Trials,
    clients: clients::Clients,
    portfolios: Mutex<VecDeque<Arc<Portfolio>>>,
    movements: Mutex<VecDeque<Arc<Movement>>>,
}

impl ReadModel {
    /// Begins to follow a ledger from its first entry. Must be called within a tokio runtime.
    pub fn start(bus: impl Into<Bus>) -> Self {
        Self::with_snapshots(bus, None)
    }

    /// The same with snapshots in a folder, from the newest of which it goes on.
    pub fn with_snapshots(bus: impl Into<Bus>, dir: Option<PathBuf>) -> Self {
        let bus = bus.into();
        let ledger = bus.ledger().clone();
        let shared = Arc::new(Shared {
            goal: ledger.head().position,
            desk: RwLock::default(),
            progress: FeedProgress::new("query"),
            position: watch::Sender::new(0),
            news: broadcast::Sender::new(NEWS),
            stopping: watch::Sender::new(false),
            closing: watch::Sender::new(false),
            closed: watch::Sender::new(false),
            past: past::Past::default(),
            names: names::Names::default(),
            trials: trial::Trials::default(),
            clients: clients::Clients::default(),
            portfolios: Mutex::default(),
            movements: Mutex::default(),
            ledger,
        });
        let closing = shared.closing.subscribe();
        let task = tokio::spawn(follow::follow(Arc::clone(&shared), bus, dir, closing));
        Self(Arc::new(Following { shared, task }))
    }

    /// The desk as it stands.
    pub fn desk(&self) -> Arc<Desk> {
        self.0.shared.desk()
    }

    /// Whether it has taken in all that stood in the ledger when it began.
    pub fn caught_up(&self) -> bool {
        self.position() >= self.0.shared.goal
    }

    /// How far it is on its way to being caught up.
    pub fn progress(&self) -> Progress {
        Progress { done: self.position(), of: self.0.shared.ledger.head().position }
    }

    /// How far it is behind the ledger, and for how long that has not been reached.
    pub fn lag(&self) -> Lag {
        self.0.shared.progress.lag()
    }

    /// Whether the present can be told.
    ///
    /// # Errors
    /// [`ModelError::Stale`] where the ledger has been out of reach for longer than [`STALE`].
    pub fn present(&self) -> Result<(), ModelError> {
        let Lag { silent, position, .. } = self.lag();
        if silent <= STALE {
            return Ok(());
        }
        Err(ModelError::Stale { seconds: silent.as_secs(), position })
    }

    /// The newest entry taken in.
    pub fn position(&self) -> Position {
        *self.0.shared.position.borrow()
    }

    /// Waits until everything up to a position is taken in.
    pub async fn reached(&self, position: Position) {
        let mut reached = self.0.shared.position.subscribe();
        // It fails only where the sender is gone, and this model holds it.
        let _ = reached.wait_for(|reached| *reached >= position).await;
    }

    /// How the ledger was made.
    pub fn genesis(&self) -> &Genesis {
        self.0.shared.ledger.genesis()
    }

    /// The present moment by the ledger's clock; never before what was taken in was recorded.
    pub fn now(&self) -> Timestamp {
        self.0.shared.ledger.now().max(self.desk().recorded_at())
    }

    /// The present day in the firm's zone.
    pub fn today(&self) -> Date {
        day_of(self.now(), &self.genesis().zone())
    }

    /// Ends every live stream, so that a server can close its connections.
    pub fn stop(&self) {
        self.0.shared.stopping.send_replace(true);
    }

    /// Whether it was told to stop.
    pub fn stopped(&self) -> bool {
        *self.0.shared.stopping.borrow()
    }

    /// Follows the ledger no longer and leaves a snapshot behind, where any are kept. What is
    /// asked afterwards is answered from what was known until then.
    pub async fn close(&self) {
        let shared = &self.0.shared;
        shared.closing.send_replace(true);
        // It fails only where the sender is gone, and this model holds it.
        let _ = shared.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Waits until it is told to stop.
    pub async fn stopping(&self) {
        let mut stopping = self.0.shared.stopping.subscribe();
        // It fails only where the sender is gone, and this model holds it.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }

    /// Every entry from now on. Who falls too far behind is told so and reads the ledger.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.0.shared.news.subscribe()
    }

    /// The desk and the clocks of a read: as of a day (today where none is given), from what was
    /// known at a moment (everything where none is given). Where only the moment is given, the
    /// day is that moment's.
    ///
    /// # Errors
    /// Where the ledger cannot be read, has been out of reach for so long that the present is not
    /// known, or too many other moments are being computed.
    pub async fn at(
        &self,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Result<(Arc<Desk>, Clocks), ModelError> {
        let present = self.desk();
        // What was known before the last entry taken in does not change.
        if known_at.is_none_or(|at| at >= present.recorded_at()) {
            self.present()?;
        }
        let desk = match known_at {
            None => present,
            Some(at) => {
                let ledger = &self.0.shared.ledger;
                let position = ledger.position_at(at).await?;
                if position == present.position() {
                    present
                } else {
                    self.0.shared.past.at(ledger, position).await?
                }
            }
        };
        let clocks = Clocks::of(&desk, as_of, known_at, self.now(), &self.genesis().zone());
        Ok((desk, clocks))
    }

    /// All accounts at two clocks.
    ///
    /// # Errors
    /// As for [`ReadModel::at`].
    pub async fn portfolio(
        &self,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Result<Arc<Portfolio>, ModelError> {
        let (desk, clocks) = self.at(as_of, known_at).await?;
        self.portfolio_of(&desk, &clocks).await
    }

    /// All accounts at a desk and clocks as [`ReadModel::at`] gave them. The last few are kept.
    ///
    /// # Errors
    /// Where the computation broke off.
    pub async fn portfolio_of(
        &self,
        desk: &Arc<Desk>,
        clocks: &Clocks,
    ) -> Result<Arc<Portfolio>, ModelError> {
        let shared = &self.0.shared;
        let same = |portfolio: &Portfolio| portfolio.clocks == *clocks;
        if let Some(found) = find(&shared.portfolios, same) {
            return Ok(found);
        }
        let (desk, wanted) = (Arc::clone(desk), clocks.clone());
        let made = working(move || Arc::new(view::portfolio(&desk, wanted))).await?;
        Ok(keep(&shared.portfolios, made, same))
    }
}

/// The answer that was kept to the same question.
fn find<T>(kept: &Mutex<VecDeque<Arc<T>>>, same: impl Fn(&T) -> bool) -> Option<Arc<T>> {
    lock(kept).iter().find(|it| same(it)).cloned()
}

/// Keeps an answer, unless somebody else has meanwhile; the last few are kept.
fn keep<T>(kept: &Mutex<VecDeque<Arc<T>>>, made: Arc<T>, same: impl Fn(&T) -> bool) -> Arc<T> {
    let mut kept = lock(kept);
    if let Some(found) = kept.iter().find(|it| same(it)) {
        return Arc::clone(found);
    }
    if kept.len() == PORTFOLIOS {
        kept.pop_front();
    }
    kept.push_back(Arc::clone(&made));
    made
}

impl Clocks {
    /// The clocks of a read of a desk: as of a day, else of the day of `known_at`, else of today,
    /// which is never before what the desk knows was recorded.
    pub fn of(
        desk: &Desk,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
        now: Timestamp,
        zone: &jiff::tz::TimeZone,
    ) -> Self {
        let today = day_of(now.max(desk.recorded_at()), zone);
        let as_of =
            as_of.or_else(|| known_at.map(|at| day_of(at, zone).min(today))).unwrap_or(today);
        let past = as_of != today || known_at.is_some();
        Self { as_of, known_at, position: desk.position(), past }
    }
}

/// Runs what takes long away from the threads that answer requests.
pub(crate) async fn working<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ModelError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a view could not be made");
        ModelError::Broken
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
