//! The connections to the file: one that writes, a few that read. SQLite answers on the thread
//! that asks, so whoever asks from async code does it on a thread that may wait.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use linchpin_domain::entry::Stream;
use rusqlite::Connection;
use tokio::sync::{OwnedMappedMutexGuard, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::engine::StreamNumber;
use crate::error::StorageError;

/// How long a read waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How often a writer asks for the lock before it gives up. Each time it waits for as long as
/// [`super::open::BUSY`] says, so five seconds in all.
const ATTEMPTS: u32 = 50;
/// Between two attempts, for where SQLite says no at once.
const PAUSE: Duration = Duration::from_millis(1);
/// Streams up to this number are remembered by a reading connection, at 18 bytes each. Numbers
/// are given one after the other, so that those of a firm of a million clients lie beyond it and
/// are looked up.
const MAX_STREAMS: usize = 250_000;

/// A connection that reads, and the streams it has met.
pub(super) struct Reader {
    pub(super) connection: Connection,
    pub(super) streams: Streams,
}

/// The streams that were met, by their numbers: a number never changes its stream.
#[derive(Default)]
pub(super) struct Streams(Vec<Option<Stream>>);

impl Streams {
    pub(super) fn get(&self, number: StreamNumber) -> Option<Stream> {
        *self.0.get(usize::try_from(number).ok()?)?
    }

    pub(super) fn put(&mut self, number: StreamNumber, stream: Stream) {
        let Some(at) = usize::try_from(number).ok().filter(|at| *at < MAX_STREAMS) else { return };
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        self.0[at] = Some(stream);
    }
}

/// The connections that read. Each is used by one read at a time.
pub(super) struct Readers {
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Reader>>>,
}

impl Readers {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let free = Arc::new(Semaphore::new(connections.len()));
        let reader = |connection| Reader { connection, streams: Streams::default() };
        let idle = connections.into_iter().map(reader).collect();
        Self { free, idle: Arc::new(Mutex::new(idle)) }
    }

    /// Reads on a thread of its own.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Reader) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let mut lent = self.lend().await?;
        aside(move || job(&mut lent)).await?
    }

    async fn lend(&self) -> Result<Lent, StorageError> {
        let permit = tokio::time::timeout(ACQUIRE, Arc::clone(&self.free).acquire_owned()).await;
        let permit = permit.map_err(|_| StorageError::Busy)?.map_err(|_| StorageError::Closed)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = idle.pop().ok_or(StorageError::Closed)?;
        Ok(Lent { reader: Some(reader), idle: Arc::clone(&self.idle), _permit: permit })
    }

    /// Closes the connections; one that is in use closes when it comes back.
    pub(super) fn close(&self) {
        self.free.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A reader on loan. It comes back even where the read panics.
struct Lent {
    reader: Option<Reader>,
    idle: Arc<Mutex<Vec<Reader>>>,
    _permit: OwnedSemaphorePermit,
}

impl Deref for Lent {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader.as_ref().expect("a loan holds its reader until it is dropped")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Reader {
        self.reader.as_mut().expect("a loan holds its reader until it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self._permit.semaphore().is_closed() {
            return;
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.reader.take());
    }
}

/// The connection that writes; `None` once it was closed.
pub(super) type WriteConnection = Arc<tokio::sync::Mutex<Option<Connection>>>;

/// A transaction that holds the write lock. Dropped without `commit`, it never was.
pub(super) struct Immediate {
    held: OwnedMappedMutexGuard<Option<Connection>, Connection>,
}

impl Immediate {
    /// Waits for the connection, then, on this very thread, for the file's write lock. SQLite's
    /// own waiting grows ever slower and could starve beside a busy writer, so it is kept short
    /// and begun anew.
    pub(super) fn begin(held: Held) -> Result<Self, StorageError> {
        for _ in 1..ATTEMPTS {
            match held.execute_batch("BEGIN IMMEDIATE").map_err(StorageError::from) {
                Err(StorageError::Locked) => std::thread::sleep(PAUSE),
                Err(other) => return Err(other),
                Ok(()) => return Ok(Self { held }),
            }
        }
        held.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self { held })
    }

    pub(super) fn commit(self) -> Result<(), StorageError> {
        Ok(self.held.execute_batch("COMMIT")?)
    }
}

impl Deref for Immediate {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.held
    }
}

impl Drop for Immediate {
    fn drop(&mut self) {
        // A transaction that SQLite has rolled back by itself is over already.
        if !self.held.is_autocommit() {
            let _ = self.held.execute_batch("ROLLBACK");
        }
    }
}

/// The connection that writes, for one transaction.
pub(super) type Held = OwnedMappedMutexGuard<Option<Connection>, Connection>;

pub(super) async fn hold(writer: &WriteConnection) -> Result<Held, StorageError> {
    let held = Arc::clone(writer).lock_owned().await;
    OwnedMutexGuard::try_map(held, Option::as_mut).map_err(|_| StorageError::Closed)
}

/// Runs what may wait on a thread for that.
pub(super) async fn aside<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StorageError> {
    let done = tokio::task::spawn_blocking(job).await;
    done.map_err(|e| StorageError::Other(format!("a read or a write broke off: {e}")))
}
