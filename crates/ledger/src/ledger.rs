//! The ledger as everyone else sees it.

mod read;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Position};
use linchpin_domain::genesis::Genesis;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::clock::Clock;
use crate::codec::Prepared;
use crate::engine::{Engine, Head};
use crate::error::{AppendError, OpenError, ReadError, StorageError};
use crate::figures;
use crate::first::first_entry;
use crate::postgres::{self, Postgres};
use crate::quarantine::Quarantine;
use crate::request::{Append, Appended};
use crate::shared::Shared;
use crate::sqlite::{self, Sqlite};
use crate::token::Tokens;
use crate::url::{LedgerUrl, Mode};
use crate::vault::Secret;
use crate::writer::{Order, Waiting, Writer};

/// Most entries that one read gives.
pub const CHUNK: usize = 4_096;
/// Most requests that wait for the writer.
const MAX_WAITING: usize = 4_096;
/// Most memory that waiting requests take, in KiB.
const MAX_WAITING_KIB: usize = 64 << 10;

/// An open ledger. Clones are the same ledger.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    shared: Arc<Shared>,
    genesis: Genesis,
    clock: Clock,
    /// Where the writer takes its orders; `None` where the ledger is for reading.
    orders: Option<mpsc::Sender<Order>>,
    room: Arc<Semaphore>,
    secret: Arc<Secret>,
    /// Takes in the heads that the engine tells; `None` where it tells none.
    following: Option<AbortHandle>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.following.iter().for_each(AbortHandle::abort);
    }
}

impl Ledger {
    /// Creates a ledger with its first entry.
    ///
    /// # Errors
    /// Where there is one already, or something else; where the file cannot be made; or where the
    /// firm's time zone is unknown.
    pub async fn create(
        url: &LedgerUrl,
        genesis: Genesis,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        if jiff::tz::TimeZone::get(&genesis.time_zone).is_err() {
            return Err(OpenError::TimeZone(genesis.time_zone));
        }
        let failed = |source| OpenError::Storage { path: url.to_string(), source };
        let secret = Secret::generate().map_err(failed)?;
        let first = first_entry(&genesis, &clock).map_err(failed)?;
        match url.file() {
            Some(_) => sqlite::create(url, &secret, first).await?,
            None => postgres::create(url, &secret, first).await?,
        }
        Self::open(url, Mode::ReadWrite, clock).await
    }

    /// Opens a ledger.
    ///
    /// # Errors
    /// Where there is none, where it is no ledger or one of a newer Linchpin, or where another
    /// process holds it.
    pub async fn open(url: &LedgerUrl, mode: Mode, clock: Clock) -> Result<Self, OpenError> {
        let engine: Arc<dyn Engine> = match url.file() {
            Some(_) => Arc::new(Sqlite::open(url, mode).await?),
            None => Arc::new(Postgres::open(url, mode).await?),
        };
        let failed = |source| OpenError::Storage { path: url.to_string(), source };
        let head = engine.head().await.map_err(failed)?;
        let secret = engine.secret(Secret::NAME).await.map_err(failed)?;
        let no_genesis = |reason: String| OpenError::NoGenesis { path: url.to_string(), reason };
        let secret = secret.ok_or_else(|| no_genesis("its secret is missing".to_owned()))?;
        let secret = Arc::new(Secret::from(secret));
        let genesis = match engine.entries(0, 1).await.map_err(failed)?.pop() {
            Some(Ok(first)) => match first.body {
                Body::Genesis(genesis) => genesis,
                other => return Err(no_genesis(format!("it is a `{}`", other.name()))),
            },
            Some(Err(error)) => return Err(no_genesis(error.to_string())),
            None => return Err(no_genesis("it is missing".to_owned())),
        };
        let shared = Arc::new(Shared::new(head).map_err(failed)?);
        let orders = match mode {
            Mode::ReadOnly => None,
            Mode::ReadWrite => {
                let (orders, taken) = mpsc::channel(MAX_WAITING);
                let (writes, shared) = (Arc::clone(&engine), Arc::clone(&shared));
                let writer = Writer::new(writes, shared, clock.clone(), genesis.simulated);
                engine.drive(Box::pin(writer.run(taken))).map_err(failed)?;
                Some(orders)
            }
        };
        let room = Arc::new(Semaphore::new(MAX_WAITING_KIB));
        let following = engine.heads().map(|heads| shared.follow(heads));
        let inner = Inner { engine, shared, genesis, clock, orders, room, secret, following };
        Ok(Self(Arc::new(inner)))
    }

    /// How the ledger was made.
    pub fn genesis(&self) -> &Genesis {
        &self.0.genesis
    }

    /// What time it is: on a real ledger as the clock says, on a simulated one as far as its
    /// entries have come.
    pub fn now(&self) -> Timestamp {
        if self.0.genesis.simulated { self.head().recorded_at } else { self.0.clock.now() }
    }

    /// The end of the ledger as far as this process knows.
    pub fn head(&self) -> Head {
        self.0.shared.head()
    }

    /// Tells each new last position. It may skip some; it only says that it is time to read.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.0.shared.watch()
    }

    /// What keeps the ledger, with its version, such as `PostgreSQL 17.2`.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub async fn software(&self) -> Result<String, StorageError> {
        self.0.engine.software().await
    }

    /// Looks for entries that another process has written.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn refresh(&self) -> Result<Head, ReadError> {
        let head = self.0.engine.head().await?;
        self.0.shared.keys.at_epoch(head.epoch);
        self.0.shared.advance(head)?;
        Ok(self.head())
    }

    /// Stores the entries of a request, all or none. Once it answers, they are on disk.
    ///
    /// Who stops waiting for the answer may ask again: under the same ids nothing is stored twice.
    ///
    /// # Errors
    /// Where the request does not hold (and nothing of it was stored), or the storage fails; where
    /// that is unsure, it may be stored.
    pub async fn append(&self, request: Append) -> Result<Appended, AppendError> {
        let orders = self.0.orders.as_ref().ok_or(AppendError::ReadOnly)?;
        let prepared = Prepared::new(request, &self.0.secret)?;
        if prepared.request.entries.is_empty() {
            return Ok(Appended { outcomes: Vec::new(), head: self.head().position });
        }
        figures::appending(prepared.request.entries.len(), self.stored_by_writer(orders, prepared))
            .await
    }

    /// Hands a request to the writer and waits for its answer.
    async fn stored_by_writer(
        &self,
        orders: &mpsc::Sender<Order>,
        prepared: Prepared,
    ) -> Result<Appended, AppendError> {
        // At most 8 MiB of JSON, so the count of KiB fits with ease.
        let kib = u32::try_from(prepared.bytes / 1024 + 1).unwrap_or(u32::MAX);
        let room =
            Arc::clone(&self.0.room).try_acquire_many_owned(kib).map_err(|_| AppendError::Busy)?;
        let (answer, answered) = oneshot::channel();
        let waiting = Box::new(Waiting { prepared, answer, room });
        orders.try_send(Order::Append(waiting)).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy,
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        answered.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Grows when something beside the entries changed, such as a key that was destroyed: what was
    /// kept of opened entries is then to be made anew. As far as this process knows.
    pub fn epoch(&self) -> i64 {
        self.0.shared.keys.epoch()
    }

    /// A key of this ledger for one purpose. It follows from the ledger's secret, so that it is
    /// the same in every process, and does not tell the secret.
    pub fn secret_for(&self, purpose: &str) -> [u8; 32] {
        self.0.secret.hash(&[b"linchpin derived key v1", purpose.as_bytes()])
    }

    /// Takes or renews the sole right to a piece of work, for `ttl` from now; whether it is held.
    /// On PostgreSQL the database's clock decides, on SQLite the machine's.
    ///
    /// # Errors
    /// Where the storage fails: the lease is then to be taken for lost once its time is over.
    pub async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        ttl: Duration,
    ) -> Result<bool, StorageError> {
        let ttl_us = i64::try_from(ttl.as_micros()).unwrap_or(i64::MAX);
        let now_us = self.0.clock.now().as_microsecond();
        self.0.engine.take_lease(name, holder, ttl_us, now_us).await
    }

    /// Gives up a lease, so that another need not wait for its end. Another's stays.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn release_lease(&self, name: &str, holder: Uuid) -> Result<(), StorageError> {
        self.0.engine.release_lease(name, holder).await
    }

    /// The tokens that open this desk's doors.
    pub fn tokens(&self) -> Tokens {
        Tokens { engine: Arc::clone(&self.0.engine), clock: self.0.clock.clone() }
    }

    /// The quarantine beside the ledger.
    pub fn quarantine(&self) -> Quarantine {
        Quarantine {
            engine: Arc::clone(&self.0.engine),
            secret: Arc::clone(&self.0.secret),
            clock: self.0.clock.clone(),
        }
    }

    /// Stores what is waiting, then closes the ledger, for all clones.
    pub async fn close(self) {
        if let Some(orders) = &self.0.orders {
            let (done, closed) = oneshot::channel();
            if orders.send(Order::Close(done)).await.is_ok() {
                let _ = closed.await;
            }
        }
        self.0.following.iter().for_each(AbortHandle::abort);
        self.0.engine.close().await;
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ledger({}, at {})", self.0.genesis.firm, self.head().position)
    }
}
