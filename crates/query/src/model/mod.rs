//! The read model: the desk in memory, kept up to date from the feed, and what it looked like at
//! other moments.

mod fold;
mod history;
mod past;
mod reads;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_bus::{Bus, Feed};
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

use crate::view::{self, Clocks, Portfolio};

/// News kept for live readers. Who falls further behind reads the ledger.
const NEWS: usize = 1024;

/// Portfolios kept ready.
const PORTFOLIOS: usize = 8;

/// How long to wait before the feed is tried again.
const RETRY: Duration = Duration::from_secs(1);

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
    /// Other moments of the past are being computed, as many as at one time may be.
    #[error("other moments of the past are being computed: try again in a few seconds")]
    Busy,
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
    failing: AtomicBool,
    position: AtomicU64,
    news: broadcast::Sender<News>,
    stopping: watch::Sender<bool>,
    past: past::Past,
    portfolios: Mutex<VecDeque<Arc<Portfolio>>>,
}

impl ReadModel {
    /// Begins to follow a ledger from its first entry. Must be called within a tokio runtime.
    pub fn start(bus: impl Into<Bus>) -> Self {
        let bus = bus.into();
        let ledger = bus.ledger().clone();
        let shared = Arc::new(Shared {
            goal: ledger.head().position,
            desk: RwLock::default(),
            failing: AtomicBool::new(false),
            position: AtomicU64::new(0),
            news: broadcast::Sender::new(NEWS),
            stopping: watch::Sender::new(false),
            past: past::Past::default(),
            portfolios: Mutex::default(),
            ledger,
        });
        let task = tokio::spawn(follow(Arc::clone(&shared), bus.feed(0)));
        Self(Arc::new(Following { shared, task }))
    }

    /// The desk as it stands.
    pub fn desk(&self) -> Arc<Desk> {
        self.0.shared.desk()
    }

    /// Whether it has taken in all that stood in the ledger when it began, and can still read.
    pub fn caught_up(&self) -> bool {
        let shared = &self.0.shared;
        self.position() >= shared.goal && !shared.failing.load(Ordering::Relaxed)
    }

    /// How far it is on its way to being caught up.
    pub fn progress(&self) -> Progress {
        Progress { done: self.position(), of: self.0.shared.ledger.head().position }
    }

    /// The newest entry taken in.
    pub fn position(&self) -> Position {
        self.0.shared.position.load(Ordering::Acquire)
    }

    /// Waits until everything up to a position is taken in.
    pub async fn reached(&self, position: Position) {
        let mut news = self.news();
        while self.position() < position {
            if let Err(broadcast::error::RecvError::Closed) = news.recv().await {
                return;
            }
        }
    }

    /// How the ledger was made.
    pub fn genesis(&self) -> &Genesis {
        self.0.shared.ledger.genesis()
    }

    /// The present moment by the ledger's clock.
    pub fn now(&self) -> Timestamp {
        self.0.shared.ledger.now()
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
    /// Where the ledger cannot be read, or too many other moments are being computed.
    pub async fn at(
        &self,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
    ) -> Result<(Arc<Desk>, Clocks), ModelError> {
        let present = self.desk();
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
        let kept = |portfolios: &VecDeque<Arc<Portfolio>>| {
            portfolios.iter().find(|portfolio| portfolio.clocks == *clocks).cloned()
        };
        if let Some(found) = kept(&lock(&shared.portfolios)) {
            return Ok(found);
        }
        let (desk, wanted) = (Arc::clone(desk), clocks.clone());
        let made = working(move || Arc::new(view::portfolio(&desk, wanted))).await?;
        let mut portfolios = lock(&shared.portfolios);
        if let Some(found) = kept(&portfolios) {
            return Ok(found);
        }
        if portfolios.len() == PORTFOLIOS {
            portfolios.pop_front();
        }
        portfolios.push_back(Arc::clone(&made));
        Ok(made)
    }
}

impl Clocks {
    /// The clocks of a read of a desk: as of a day, else of the day of `known_at`, else of today.
    pub fn of(
        desk: &Desk,
        as_of: Option<Date>,
        known_at: Option<Timestamp>,
        now: Timestamp,
        zone: &jiff::tz::TimeZone,
    ) -> Self {
        let today = day_of(now, zone);
        let as_of =
            as_of.or_else(|| known_at.map(|at| day_of(at, zone).min(today))).unwrap_or(today);
        let past = as_of != today || known_at.is_some();
        Self { as_of, known_at, position: desk.position(), past }
    }
}

impl Shared {
    fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes in entries and tells live readers. The desk is copied only while a reader holds it.
    fn take(&self, entries: &[Entry]) {
        {
            let mut desk = self.desk.write().unwrap_or_else(PoisonError::into_inner);
            let desk = Arc::make_mut(&mut desk);
            for entry in entries {
                desk.apply(entry);
            }
            self.position.store(desk.position(), Ordering::Release);
        }
        if self.news.receiver_count() > 0 {
            for entry in entries {
                // It fails only where the last reader has just gone.
                let _ = self.news.send(News::of(entry));
            }
        }
    }
}

async fn follow(shared: Arc<Shared>, mut feed: Feed) {
    loop {
        match feed.next().await {
            Ok(entries) => {
                shared.take(&entries);
                shared.failing.store(false, Ordering::Relaxed);
            }
            Err(error) => {
                shared.failing.store(true, Ordering::Relaxed);
                tracing::warn!(%error, "the read model cannot read the ledger; it tries again");
                tokio::time::sleep(RETRY).await;
            }
        }
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
