//! The relay: one leader, by lease, mirrors the ledger into the stream, so that stream sequence
//! equals ledger position.
//!
//! Each message is published with the last sequence that it expects. So nothing that a relay does
//! late, twice, or beside another relay can put a message where it does not belong: the lease
//! only keeps two from doing the same work.

mod publish;

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use linchpin_domain::entry::Position;
use linchpin_ledger::{Ledger, StorageError};
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::nats::{self, Nats, NatsError};

/// The lease under which one relay leads.
const LEASE: &str = "relay";
/// How long a lease lasts unless it is renewed.
const TTL: Duration = Duration::from_secs(10);
/// How often it is renewed, or looked for by who does not hold it.
const RENEW: Duration = Duration::from_millis(3_300);
/// How long a relay that could not use NATS leaves the lease to others: longer than those wait
/// between two looks.
const YIELD: Duration = Duration::from_secs(5);
/// Pauses between tries.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A relay. Clones are the same relay.
#[derive(Clone)]
pub struct Relay(Arc<Inner>);

struct Inner {
    ledger: Ledger,
    nats: Nats,
    holder: Uuid,
    status: watch::Sender<Told>,
    /// The last position that the stream has acknowledged to us.
    acked: AtomicU64,
}

/// How a relay stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayStatus {
    /// Whether it holds the lease and has the stream. One that does not waits to take over.
    pub leads: bool,
    /// The last position that the stream is known to hold; 0 while it does not lead.
    pub position: Position,
    /// How many entries the stream lacks, as far as is known here; 0 while it does not lead.
    pub lag: u64,
    /// Why it gets nowhere, in words for whoever has to mend it.
    pub trouble: Option<String>,
}

/// What the relay last told of itself.
#[derive(Debug, Clone, Default)]
struct Told {
    leads: bool,
    position: Position,
    trouble: Option<String>,
}

/// Why a term of leading ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Nats(#[from] NatsError),
    #[error("the lease cannot be kept: {0}")]
    Lease(#[from] StorageError),
    #[error("another relay has taken the lease")]
    Lost,
    #[error("the relay is stopped")]
    Stopped,
}

impl Relay {
    /// A relay between a ledger and a stream. It does nothing until it runs.
    pub fn new(ledger: Ledger, nats: Nats) -> Self {
        // Seeded by the machine at random, which is all that a holder's name has to be.
        let random = || std::hash::RandomState::new().build_hasher().finish();
        let holder = Uuid::from_u64_pair(random(), random());
        let status = watch::Sender::new(Told::default());
        Self(Arc::new(Inner { ledger, nats, holder, status, acked: AtomicU64::new(0) }))
    }

    /// How it stands.
    pub fn status(&self) -> RelayStatus {
        let Told { leads, position, trouble } = self.0.status.borrow().clone();
        let head = self.0.ledger.head().position;
        let lag = if leads { head.saturating_sub(position) } else { 0 };
        RelayStatus { leads, position, lag, trouble }
    }

    /// Mirrors while it holds the lease and waits for the lease while it does not, until `stop`
    /// says so; then it gives the lease up. Whatever is away is waited for.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut pause = SHORTEST_PAUSE;
        let mut last = String::new();
        loop {
            let (began, acked) = (Instant::now(), self.0.acked.load(Ordering::Relaxed));
            let ended = tokio::select! {
                ended = self.term() => ended,
                () = stopped(&mut stop) => Ended::Stopped,
            };
            if matches!(ended, Ended::Stopped) {
                break;
            }
            // Whatever held for a while and broke now is worth a quick try.
            if began.elapsed() > LONGEST_PAUSE {
                pause = SHORTEST_PAUSE;
            }
            last = self.complain(&ended, last);
            // Who has put something there is the best to go on; who has not may be the only one
            // that NATS fails.
            let useless = self.0.acked.load(Ordering::Relaxed) == acked;
            let wait = match ended {
                Ended::Nats(_) if useless => {
                    self.tell(|told| (told.leads, told.position) = (false, 0));
                    self.release().await;
                    YIELD
                }
                _ => pause,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = stopped(&mut stop) => break,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        self.tell(|told| *told = Told::default());
        self.release().await;
    }

    async fn release(&self) {
        if let Err(error) = self.0.ledger.release_lease(LEASE, self.0.holder).await {
            tracing::debug!(%error, "the lease runs out by itself");
        }
    }

    /// One term: waits for the lease, then mirrors until something goes wrong.
    async fn term(&self) -> Ended {
        loop {
            match self.0.ledger.take_lease(LEASE, self.0.holder, TTL).await {
                Ok(true) => break,
                Ok(false) => {
                    self.tell(|told| *told = Told::default());
                    tokio::time::sleep(RENEW).await;
                }
                Err(error) => return error.into(),
            }
        }
        tokio::select! {
            ended = self.mirror() => ended,
            ended = self.keep_lease() => {
                self.tell(|told| *told = Told::default());
                ended
            }
        }
    }

    /// Renews the lease for as long as it is held. A storage that is away for a moment costs it
    /// nothing before the lease has run out.
    async fn keep_lease(&self) -> Ended {
        let mut held_until = Instant::now() + TTL;
        loop {
            tokio::time::sleep(RENEW).await;
            let asked = Instant::now();
            let renewed = self.0.ledger.take_lease(LEASE, self.0.holder, TTL);
            match tokio::time::timeout(RENEW, renewed).await {
                Ok(Ok(true)) => held_until = asked + TTL,
                Ok(Ok(false)) => return Ended::Lost,
                Ok(Err(error)) if Instant::now() > held_until => return error.into(),
                Err(_) if Instant::now() > held_until => return Ended::Lost,
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }

    /// Brings the stream up to the ledger and keeps it there. Never returns while that goes well.
    async fn mirror(&self) -> Ended {
        let known = self.0.acked.load(Ordering::Relaxed);
        let publisher = match nats::ensure(&self.0.ledger, &self.0.nats, known).await {
            Ok(mirrored) => publish::Publisher::new(&self.0.ledger, &self.0.nats, mirrored),
            Err(error) => return error.into(),
        };
        self.at(publisher.acked());
        publisher.run(|position| self.at(position)).await.into()
    }

    fn at(&self, position: Position) {
        self.0.acked.store(position, Ordering::Relaxed);
        self.tell(|told| *told = Told { leads: true, position, trouble: None });
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        self.0.status.send_modify(change);
        let status = self.status();
        metrics::gauge!("linchpin_relay_leader").set(if status.leads { 1.0 } else { 0.0 });
        // Both stay far below what a float counts exactly.
        metrics::gauge!("linchpin_relay_position").set(status.position as f64);
        metrics::gauge!("linchpin_relay_lag_entries").set(status.lag as f64);
    }

    /// Says why it gets nowhere, loudly where somebody has to act, and once for the same trouble.
    fn complain(&self, ended: &Ended, last: String) -> String {
        let text = ended.to_string();
        if matches!(ended, Ended::Lost) {
            tracing::info!("another relay leads now");
            return text;
        }
        let needs_help = matches!(ended, Ended::Nats(error) if !error.is_passing());
        if text != last && needs_help {
            tracing::error!(trouble = text, "the relay does not go on before this is mended");
        } else if text != last {
            tracing::warn!(trouble = text, "the relay tries again");
        }
        self.tell(|told| told.trouble = Some(text.clone()));
        text
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({:?} to {:?})", self.0.ledger, self.0.nats)
    }
}

/// Waits until it is said to stop, or nobody is left to say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left.
    let _ = stop.wait_for(|stop| *stop).await;
}
