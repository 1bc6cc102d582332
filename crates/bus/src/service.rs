//! A service: it follows the ledger, concludes, and appends what it concludes.
//!
//! What it concludes is a pure function of the entries and the day, under deterministic ids: so
//! it may run twice, be killed anywhere, and be driven by a clock or by a story alike.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::Changed;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{Append, AppendError, Ledger, NewEntry, Repeat};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::causes::{Cause, Causes};
use crate::{Bus, Feed, FeedError, Progress, Snapshots};

/// Most decisions put into one append.
const MAX_BATCH: usize = 500;

/// Pauses while a store is busy, locked, full or away.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Shortest sleep: a due day that has begun and still decides nothing must not spin.
const SHORTEST: Duration = Duration::from_secs(1);

/// Longest sleep, so that a clock that was set or a laptop that slept is noticed.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long a stop tries to store what was decided. It is decided again by whoever starts next.
const LAST_STORE: Duration = Duration::from_secs(5);

/// The pure part of a service. All of its state can be written down, so that a restart goes on
/// from there: going on must equal starting over.
pub trait Service: Clone + Serialize + DeserializeOwned + Send + 'static {
    /// Under which name it concludes, such as `desk:classifier`.
    const ACTOR: &'static str;

    /// Takes in the next entry, and says what it changed.
    fn absorb(&mut self, entry: &Entry) -> Changed;

    /// What is to be recorded on a day, given all that was taken in. Each decision comes with
    /// its deterministic id. Asked again before its decisions came back, it may say the same.
    fn decide(&mut self, today: Date) -> Vec<(EntryId, Decision)>;

    /// The next day on which it must decide even if nothing comes in.
    fn next_due(&self) -> Option<Date>;
}

/// Why a service stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The feed broke.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// A decision could not be stored.
    #[error("a decision could not be stored: {0}")]
    Append(#[from] AppendError),
}

impl ServiceError {
    /// Whether the same may well succeed a little later.
    fn is_passing(&self) -> bool {
        match self {
            Self::Feed(FeedError::Read { source, .. }) => source.is_passing(),
            Self::Append(error) => error.is_passing(),
        }
    }
}

/// A service at work on a ledger.
pub struct Runner<S> {
    bus: Bus,
    feed: Feed,
    service: S,
    zone: TimeZone,
    progress: Progress,
    snapshots: Snapshots,
    /// Where its snapshots are to be found, until it was looked there.
    dir: Option<PathBuf>,
    causes: Causes,
    /// When the newest entry that was taken in was recorded.
    learnt: Timestamp,
    /// Nothing was decided yet: what was taken in is history.
    beginning: bool,
    /// What was decided and is not stored yet: a service decides a thing once, so what the store
    /// does not take now must not be forgotten.
    unstored: VecDeque<Decided>,
}

struct Decided {
    id: EntryId,
    decision: Decision,
    cause: Option<Cause>,
}

impl<S: Service> Runner<S> {
    /// Puts a service to work from the first entry on.
    pub fn new(bus: impl Into<Bus>, service: S) -> Self {
        let bus = bus.into();
        Self {
            feed: bus.feed(0),
            zone: bus.ledger().genesis().zone(),
            bus,
            service,
            progress: Progress::new(S::ACTOR.strip_prefix("desk:").unwrap_or(S::ACTOR)),
            snapshots: Snapshots::none(),
            dir: None,
            causes: Causes::default(),
            learnt: Timestamp::MIN,
            beginning: true,
            unstored: VecDeque::new(),
        }
    }

    /// The same with snapshots in a folder, from the newest of which [`Runner::run`] goes on;
    /// `None` for a service that reads all of history each time.
    #[must_use]
    pub fn with_snapshots(self, dir: Option<PathBuf>) -> Self {
        Self { dir, ..self }
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Goes on from the newest snapshot, where there is one that holds.
    pub async fn restore(&mut self) {
        let Some(dir) = self.dir.clone() else { return };
        let service = self.progress.service();
        self.snapshots = Snapshots::open(self.ledger(), dir, service).await;
        self.dir = None;
        if let Some((position, service)) = self.snapshots.load().await {
            self.service = service;
            self.feed = self.bus.feed(position);
            self.beginning = false;
            self.progress.taken(position);
        }
    }

    /// Takes in everything that stands in the ledger.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub async fn catch_up(&mut self) -> Result<(), ServiceError> {
        loop {
            let entries = self.feed.try_next().await?;
            if entries.is_empty() {
                return Ok(());
            }
            self.absorb(&entries);
            self.keep().await;
        }
    }

    /// Records what is to be concluded at a moment, until nothing more is. `at` is `None` on a
    /// real ledger, whose clock gives the moment. The number of decisions recorded.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written.
    pub async fn settle(&mut self, at: Option<Timestamp>) -> Result<usize, ServiceError> {
        let mut recorded = 0;
        loop {
            recorded += self.store(at).await?;
            self.catch_up().await?;
            self.decide(day_of(at.unwrap_or_else(|| self.now()), &self.zone));
            if self.unstored.is_empty() {
                return Ok(recorded);
            }
        }
    }

    /// The next day on which it must decide even if nothing comes in.
    pub fn next_due(&self) -> Option<Date> {
        self.service.next_due()
    }

    /// Works until it is told to stop: on each new entry, and when a day begins on which something
    /// falls due. A store that is busy, locked, full or away for a while is tried again for as
    /// long. Told to stop, it stores what it has decided and writes its snapshot.
    ///
    /// # Errors
    /// Where the ledger is damaged, closed, or refuses a decision for good.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), ServiceError> {
        let (progress, ledger) = (self.progress.clone(), self.ledger().clone());
        tokio::select! {
            biased;
            // It fails only where whoever could say so is gone, which says the same.
            _ = stop.wait_for(|stop| *stop) => {}
            worked = self.go_on() => worked?,
            never = progress.watch(&ledger) => match never {},
        }
        self.finish().await
    }

    /// Works for ever. It may be given up at any moment: what was decided is not forgotten.
    async fn go_on(&mut self) -> Result<(), ServiceError> {
        self.restore().await;
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.work().await {
                Ok(()) => pause = SHORTEST_PAUSE,
                Err(error) if error.is_passing() => {
                    tracing::warn!(service = S::ACTOR, %error, "work waits");
                    self.progress.stuck(&error);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Concludes what is to be concluded, then takes in what comes next.
    async fn work(&mut self) -> Result<(), ServiceError> {
        self.settle(None).await?;
        self.progress.well();
        let wake = self.until_due();
        tokio::select! {
            entries = self.feed.next() => {
                let entries = entries?;
                self.absorb(&entries);
                self.keep().await;
            }
            () = tokio::time::sleep(wake) => {}
        }
        Ok(())
    }

    /// How long to sleep: to the next due day. A simulated ledger's days pass only with its input.
    fn until_due(&self) -> Duration {
        let ledger = self.ledger();
        if ledger.genesis().simulated {
            return LONGEST;
        }
        let Some(due) = self.next_due() else { return LONGEST };
        let Ok(start) = due.to_zoned(self.zone.clone()) else { return LONGEST };
        let wait = start.timestamp().duration_since(ledger.now());
        Duration::try_from(wait).unwrap_or_default().clamp(SHORTEST, LONGEST)
    }

    fn absorb(&mut self, entries: &[Entry]) {
        for entry in entries {
            let changed = self.service.absorb(entry);
            self.causes.note(entry, &changed);
            self.learnt = self.learnt.max(entry.recorded_at);
        }
        self.progress.taken(self.feed.position());
    }

    /// Has the service decide. Each decision is put down to the newest entry about its account
    /// since it decided last; of history, which it takes in when it starts over, only to one of
    /// the same day, for anything older led to what was decided then.
    fn decide(&mut self, today: Date) {
        let causes = std::mem::take(&mut self.causes);
        let beginning = std::mem::replace(&mut self.beginning, false);
        let counts = |cause: &Cause| !beginning || day_of(cause.recorded_at, &self.zone) == today;
        let decided = self.service.decide(today).into_iter().map(|(id, decision)| {
            let cause = causes.of(decision.account()).filter(counts);
            Decided { id, decision, cause }
        });
        self.unstored.extend(decided);
    }

    /// Stores what was decided; what is not taken stays. The number of decisions that are new.
    async fn store(&mut self, at: Option<Timestamp>) -> Result<usize, ServiceError> {
        let mut fresh = 0;
        while !self.unstored.is_empty() {
            let batch = self.unstored.iter().take(MAX_BATCH);
            let entries: Vec<NewEntry> = batch
                .map(|decided| NewEntry {
                    id: decided.id,
                    occurred_at: at,
                    actor: S::ACTOR.to_owned(),
                    correlation: decided.cause.and_then(|cause| cause.correlation),
                    causation: decided.cause.map(|cause| cause.id),
                    body: Body::Decision(decided.decision.clone()),
                    repeat: Repeat::KeepFirst,
                })
                .collect();
            let taken = entries.len();
            // Each decision is seen in the trace of what led to it, for as long as it is stored.
            let spans: Vec<_> = entries.iter().filter_map(span_of).collect();
            let appended = self.ledger().append(Append::of(entries)).await?;
            drop(spans);
            fresh += appended.outcomes.iter().filter(|outcome| outcome.fresh).count();
            self.unstored.drain(..taken);
        }
        Ok(fresh)
    }

    /// Writes a snapshot where it is time: only while nothing that was decided waits to be
    /// stored, for the service has let go of that.
    async fn keep(&mut self) {
        let position = self.feed.position();
        if self.unstored.is_empty() && self.snapshots.due(position).await {
            self.snapshots.begin(position, self.service.clone());
        }
    }

    async fn finish(&mut self) -> Result<(), ServiceError> {
        match tokio::time::timeout(LAST_STORE, self.store_all()).await {
            Ok(stored) => stored?,
            Err(_) => {
                let left = self.unstored.len();
                tracing::warn!(
                    service = S::ACTOR,
                    left,
                    "decided and not stored: to be decided again"
                );
                return Ok(());
            }
        }
        self.snapshots.finish(self.feed.position(), self.service.clone()).await;
        Ok(())
    }

    async fn store_all(&mut self) -> Result<(), ServiceError> {
        loop {
            match self.store(None).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_passing() => tokio::time::sleep(SHORTEST_PAUSE).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// The present moment. Over NATS an entry may be heard before the ledger here is told how far
    /// it has come, and a simulated ledger has no clock but its entries.
    fn now(&self) -> Timestamp {
        self.ledger().now().max(self.learnt)
    }

    fn ledger(&self) -> &Ledger {
        self.bus.ledger()
    }
}

/// The span of a decision, where something that belongs to a trace led to it.
fn span_of(entry: &NewEntry) -> Option<tracing::Span> {
    let trace = entry.correlation?.simple();
    Some(tracing::info_span!("decision", %trace, kind = entry.body.name()))
}
