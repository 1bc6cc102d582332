//! A service: it follows the ledger, concludes, and appends what it concludes.
//!
//! What it concludes is a pure function of the entries and the day, under deterministic ids: so
//! it may run twice, be killed anywhere, and be driven by a clock or by a story alike.

use std::collections::VecDeque;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{Append, AppendError, Ledger, NewEntry, Repeat};

use crate::{Bus, Feed, FeedError};

/// Most decisions put into one append.
const MAX_BATCH: usize = 500;

/// The pure part of a service.
pub trait Service: Send {
    /// Under which name it concludes, such as `desk:classifier`.
    const ACTOR: &'static str;

    /// Takes in the next entry.
    fn absorb(&mut self, entry: &Entry);

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
    ledger: Ledger,
    feed: Feed,
    service: S,
    zone: TimeZone,
    /// What was decided and is not stored yet: a service decides a thing once, so what the store
    /// does not take now must not be forgotten.
    unstored: VecDeque<(EntryId, Decision)>,
}

impl<S: Service> Runner<S> {
    /// Puts a service to work from the first entry on.
    pub fn new(bus: impl Into<Bus>, service: S) -> Self {
        let bus = bus.into();
        let ledger = bus.ledger().clone();
        let zone = ledger.genesis().zone();
        Self {
            feed: bus.feed(0),
            ledger,
            service,
            zone,
            unstored: VecDeque::new(),
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
            self.catch_up().await?;
            let today = day_of(at.unwrap_or_else(|| self.ledger.now()), &self.zone);
            self.unstored.extend(self.service.decide(today));
            if self.unstored.is_empty() {
                return Ok(recorded);
            }
            recorded += self.store(at).await?;
        }
    }

    /// The next day on which it must decide even if nothing comes in.
    pub fn next_due(&self) -> Option<Date> {
        self.service.next_due()
    }

    /// Works until it is dropped: on each new entry, and when a day begins on which something
    /// falls due. A store that is busy, locked or full for a while is tried again for as long.
    ///
    /// # Errors
    /// Where the ledger is damaged, closed, or refuses a decision for good.
    pub async fn run(mut self) -> Result<(), ServiceError> {
        let mut pause = SHORTEST_PAUSE;
        loop {
            match self.work().await {
                Ok(()) => pause = SHORTEST_PAUSE,
                Err(error) if error.is_passing() => {
                    tracing::warn!(service = S::ACTOR, %error, "work waits");
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
        let wake = self.until_due();
        tokio::select! {
            entries = self.feed.next() => {
                let entries = entries?;
                self.absorb(&entries);
            }
            () = tokio::time::sleep(wake) => {}
        }
        Ok(())
    }

    /// How long to sleep: to the next due day, but an hour at most, so that a clock that was set
    /// or a laptop that slept is noticed. A simulated ledger's days pass only with its input.
    fn until_due(&self) -> std::time::Duration {
        const LONGEST: std::time::Duration = std::time::Duration::from_secs(3600);
        if self.ledger.genesis().simulated {
            return LONGEST;
        }
        let Some(due) = self.next_due() else { return LONGEST };
        let Ok(start) = due.to_zoned(self.zone.clone()) else { return LONGEST };
        let wait = start.timestamp().duration_since(self.ledger.now());
        std::time::Duration::try_from(wait).unwrap_or_default().clamp(SHORTEST, LONGEST)
    }

    fn absorb(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.service.absorb(entry);
        }
    }

    /// Stores what was decided; what is not taken stays. The number of decisions that are new.
    async fn store(&mut self, at: Option<Timestamp>) -> Result<usize, ServiceError> {
        let mut fresh = 0;
        while !self.unstored.is_empty() {
            let batch = self.unstored.iter().take(MAX_BATCH);
            let entries: Vec<NewEntry> = batch
                .map(|(id, decision)| NewEntry {
                    id: *id,
                    occurred_at: at,
                    actor: S::ACTOR.to_owned(),
                    correlation: None,
                    causation: None,
                    body: Body::Decision(decision.clone()),
                    repeat: Repeat::KeepFirst,
                })
                .collect();
            let taken = entries.len();
            let appended = self.ledger.append(Append::of(entries)).await?;
            fresh += appended.outcomes.iter().filter(|outcome| outcome.fresh).count();
            self.unstored.drain(..taken);
        }
        Ok(fresh)
    }
}

/// Pauses while a store is busy, locked or full.
const SHORTEST_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);
const LONGEST_PAUSE: std::time::Duration = std::time::Duration::from_secs(10);

/// Shortest sleep: a due day that has begun and still decides nothing must not spin.
const SHORTEST: std::time::Duration = std::time::Duration::from_secs(1);

/// Services driven by a story instead of a clock: a simulated ledger's days are lived through
/// one by one, so that what falls due on a day is concluded on that day.
pub struct Conductor<A, B> {
    first: Runner<A>,
    second: Runner<B>,
    ledger: Ledger,
    zone: TimeZone,
}

impl<A: Service, B: Service> Conductor<A, B> {
    /// Conducts two services on one ledger.
    pub fn new(bus: impl Into<Bus>, first: A, second: B) -> Self {
        let bus = bus.into();
        let ledger = bus.ledger().clone();
        Self {
            first: Runner::new(bus.clone(), first),
            second: Runner::new(bus, second),
            zone: ledger.genesis().zone(),
            ledger,
        }
    }

    /// Concludes what today's facts call for, then lives through the days up to a moment.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written.
    pub async fn until(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        self.settle(self.ledger.now()).await?;
        let last = day_of(at, &self.zone);
        while let Some(due) = self.next_due().filter(|due| *due <= last) {
            let Ok(morning) = due.to_zoned(self.zone.clone()) else { return Ok(()) };
            let morning = morning.timestamp().max(self.ledger.now());
            let morning = morning.saturating_add(1_i64.seconds()).unwrap_or(morning);
            self.settle(morning.min(at.max(self.ledger.now()))).await?;
            if self.next_due() == Some(due) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn next_due(&self) -> Option<Date> {
        [self.first.next_due(), self.second.next_due()].into_iter().flatten().min()
    }

    async fn settle(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        self.first.settle(Some(at)).await?;
        self.second.settle(Some(at)).await?;
        Ok(())
    }
}
