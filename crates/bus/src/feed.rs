//! The feed of every service, over whichever bus.

mod line;
mod live;

use std::collections::VecDeque;
use std::time::Duration;

use linchpin_domain::entry::{Entry, Position};
use linchpin_ledger::{Ledger, ReadError};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::Bus;
use crate::nats::Nats;
use line::{Message, Stopped};
use live::Live;

/// How often to look for entries that another process has written.
const POLL: Duration = Duration::from_millis(500);
/// How often to look where the entries come over NATS.
const POLL_BESIDE_NATS: Duration = Duration::from_secs(2);
/// How long an entry that is known to be there may take to come over NATS before it is read from
/// the ledger.
const GRACE: Duration = Duration::from_millis(100);
/// Most messages given out at a time.
const RUN: usize = 256;
/// Pauses before NATS is listened to again.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

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

/// Where entries came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Read from the ledger.
    Ledger,
    /// Told by NATS.
    Nats,
}

/// Entries in the order of their positions, each once, none left out.
///
/// History comes from the ledger. Once the feed has caught up and the bus goes over NATS, what is
/// new is heard there; what does not come in time, comes odd or leaves a gap is read from the
/// ledger. So NATS cannot hold the feed up; nor can who publishes there lead it astray, for each
/// message bears a seal that only who holds the ledger can make.
#[derive(Debug)]
pub struct Feed {
    ledger: Ledger,
    head: watch::Receiver<Position>,
    after: Position,
    last_from: Source,
    wire: Option<Wire>,
}

/// The end of a feed that listens to NATS.
#[derive(Debug)]
struct Wire {
    nats: Nats,
    live: Option<Live>,
    /// What was heard and is not given out yet.
    come: VecDeque<Message>,
    /// The newest entry of which NATS has told: the ledger holds it, known here or not.
    told: Position,
    /// Whether NATS has fallen behind what the ledger is known to hold: nobody waits for it then.
    behind: bool,
    listen_at: Instant,
    pause: Duration,
}

impl Feed {
    /// A feed of what comes after a position; 0 for everything.
    pub fn new(bus: impl Into<Bus>, after: Position) -> Self {
        let bus = bus.into();
        let ledger = bus.ledger().clone();
        let wire = bus.nats().map(|nats| Wire {
            nats: nats.clone(),
            live: None,
            come: VecDeque::new(),
            told: 0,
            behind: false,
            listen_at: Instant::now(),
            pause: SHORTEST_PAUSE,
        });
        Self { head: ledger.watch(), ledger, after, last_from: Source::Ledger, wire }
    }

    /// The last position that was given out, or where the feed began.
    pub fn position(&self) -> Position {
        self.after
    }

    /// Where the last entries came from.
    pub fn source(&self) -> Source {
        self.last_from
    }

    /// The next entries, at least one; waits for it. Whoever stops waiting loses nothing: the
    /// same entries come with the next call.
    ///
    /// # Errors
    /// Where the ledger cannot be read. The feed stays where it is, so it may be asked again.
    pub async fn next(&mut self) -> Result<Vec<Entry>, FeedError> {
        loop {
            self.listen();
            let entries = self.try_next().await?;
            if !entries.is_empty() {
                return Ok(entries);
            }
            let poll = self.wire.as_ref().map_or(POLL, Wire::poll);
            tokio::select! {
                // It never ends, for this feed itself holds the ledger that sends.
                _ = self.head.changed() => {}
                () = heard(&mut self.wire, self.after) => {}
                () = tokio::time::sleep(poll) => {
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
        let mut until = *self.head.borrow_and_update();
        if self.wire.is_some() {
            let entries = self.heard_of(until).await?;
            if !entries.is_empty() {
                return Ok(self.given(entries, Source::Nats));
            }
            until = until.max(self.wire.as_ref().map_or(0, |wire| wire.told));
        }
        if until <= self.after {
            return Ok(Vec::new());
        }
        let entries =
            self.ledger.read(self.after, until).await.map_err(|source| self.failed(source))?;
        Ok(self.given(entries, Source::Ledger))
    }

    /// Listens to NATS where it does not yet and may. History is not worth it: until it is close
    /// to the head, a feed reads the ledger alone.
    fn listen(&mut self) {
        let close = *self.head.borrow() <= self.after + RUN as Position;
        let Some(wire) = &mut self.wire else { return };
        if close && wire.live.is_none() && Instant::now() >= wire.listen_at {
            wire.live = Some(Live::after(self.ledger.clone(), wire.nats.clone(), self.after));
        }
    }

    /// What NATS has brought; nothing where the ledger is to be read instead.
    async fn heard_of(&mut self, head: Position) -> Result<Vec<Entry>, FeedError> {
        let Some(wire) = &mut self.wire else { return Ok(Vec::new()) };
        wire.collect(self.after);
        if wire.come.is_empty() && head > self.after {
            wire.wait(self.after).await;
        }
        let run = line::take_run(self.after + 1, &mut wire.come, RUN);
        if let Stopped::Distrust(odd) = run.stopped {
            let after = self.after + run.taken.len() as u64;
            tracing::error!(after, %odd, "a message on NATS is not what the ledger holds there");
            wire.distrust();
        }
        if run.taken.is_empty() {
            return Ok(Vec::new());
        }
        wire.pause = SHORTEST_PAUSE;
        // Given up here, what was taken is gone from the wire; the ledger then gives it.
        match self.ledger.unseal(run.taken).await {
            Ok(entries) => Ok(entries),
            Err(error) if error.is_passing() => Err(self.failed(error)),
            Err(error) => {
                tracing::error!(after = self.after, %error, "a message on NATS cannot be read");
                self.wire.iter_mut().for_each(Wire::distrust);
                Ok(Vec::new())
            }
        }
    }

    fn given(&mut self, entries: Vec<Entry>, from: Source) -> Vec<Entry> {
        if let Some(last) = entries.last() {
            self.after = last.position;
            self.last_from = from;
            let source = match from {
                Source::Ledger => "ledger",
                Source::Nats => "nats",
            };
            metrics::counter!("linchpin_feed_entries_total", "source" => source)
                .increment(entries.len() as u64);
        }
        entries
    }

    fn failed(&self, source: ReadError) -> FeedError {
        FeedError::Read { after: self.after, source }
    }
}

impl Wire {
    /// How long to wait before a look into the ledger.
    fn poll(&self) -> Duration {
        let well = self.live.is_some() && !self.behind && self.pause == SHORTEST_PAUSE;
        if well { POLL_BESIDE_NATS } else { POLL }
    }

    /// Takes over what has been heard by now.
    fn collect(&mut self, after: Position) {
        while self.come.len() < RUN {
            match self.live.as_mut().map(Live::try_next) {
                Some(Ok(message)) => self.accept(message, after),
                Some(Err(TryRecvError::Disconnected)) => return self.hang_up(),
                Some(Err(TryRecvError::Empty)) | None => return,
            }
        }
    }

    /// Waits a little for an entry that is known to be there.
    async fn wait(&mut self, after: Position) {
        let until = Instant::now() + GRACE;
        while self.come.is_empty() && self.live.is_some() && !self.behind {
            if tokio::time::timeout_at(until, self.hear(after)).await.is_err() {
                self.behind = true;
            }
        }
        self.collect(after);
    }

    /// Waits for a message, or for the end of the subscription.
    async fn hear(&mut self, after: Position) {
        let Some(live) = &mut self.live else { return std::future::pending().await };
        match live.next().await {
            Some(message) => self.accept(message, after),
            None => self.hang_up(),
        }
    }

    fn accept(&mut self, message: Message, after: Position) {
        if message.sequence >= after {
            self.behind = false;
        }
        if message.sequence > after {
            self.told = self.told.max(message.sequence);
            self.come.push_back(message);
        }
    }

    /// Gives a subscription up; another one is tried after a pause that grows.
    fn hang_up(&mut self) {
        self.live = None;
        self.listen_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// Gives a subscription up with all that it has brought.
    fn distrust(&mut self) {
        self.hang_up();
        self.come.clear();
        self.told = 0;
    }
}

async fn heard(wire: &mut Option<Wire>, after: Position) {
    match wire {
        Some(wire) => wire.hear(after).await,
        None => std::future::pending().await,
    }
}
