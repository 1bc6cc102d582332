//! Connections to the server, lent one at a time. A pool of our own, because the driver's asks the
//! server again each time a connection comes back, and waits where a server that is away should be
//! told of at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::StorageError;

/// How long a connection may take to be made, or to be free.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the server may take to answer. It gives up a statement itself a little earlier.
const ANSWER: Duration = Duration::from_secs(5);
/// A connection unused for longer is asked whether it still stands.
const STALE: Duration = Duration::from_millis(500);
/// How long that answer may take.
const PING: Duration = Duration::from_secs(1);

/// A bounded number of connections.
pub(super) struct Pool {
    options: PgConnectOptions,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

/// A connection that is lent. Dropped without being settled, it is closed, which undoes whatever
/// it had begun.
pub(super) struct Lent {
    pool: Arc<Pool>,
    connection: PgConnection,
    /// Whether it was made just now.
    pub(super) fresh: bool,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(options: PgConnectOptions, size: usize) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(size));
        Arc::new(Self { options, permits, idle: Mutex::default() })
    }

    /// Lends a connection that answered a moment ago, or a new one.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Lent, StorageError> {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned());
        let permit = permit.await.map_err(|_| StorageError::Busy)?;
        let permit = permit.map_err(|_| StorageError::Closed)?;
        while let Some((mut connection, since)) = self.pop() {
            let stands = since.elapsed() < STALE
                || matches!(tokio::time::timeout(PING, connection.ping()).await, Ok(Ok(())));
            if stands {
                let pool = Arc::clone(self);
                return Ok(Lent { pool, connection, fresh: false, _permit: permit });
            }
        }
        let connection = connect(&self.options).await?;
        Ok(Lent { pool: Arc::clone(self), connection, fresh: true, _permit: permit })
    }

    /// Lends no more, and closes what nobody uses.
    pub(super) async fn close(&self) {
        self.permits.close();
        while let Some((connection, _)) = self.pop() {
            let _ = tokio::time::timeout(PING, connection.close()).await;
        }
    }

    fn pop(&self) -> Option<(PgConnection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Lent {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Gives the connection back after work that went well. After an error it is closed: who knows
    /// what it still carries; and where the server was away, so are all its idle ones.
    pub(super) fn settle<T>(self, done: Result<T, StorageError>) -> Result<T, StorageError> {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        match &done {
            Ok(_) if !self.pool.permits.is_closed() => {
                idle.push((self.connection, Instant::now()));
            }
            Err(StorageError::Away(_)) => idle.clear(),
            _ => {}
        }
        drop(idle);
        done
    }
}

/// Makes a connection.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StorageError> {
    match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(made) => made.map_err(|error| named(options, error)),
        Err(_) => Err(StorageError::Away("it does not answer".to_owned())),
    }
}

/// Why no connection was made, with the name that somebody has to look at.
fn named(options: &PgConnectOptions, error: sqlx::Error) -> StorageError {
    let sqlx::Error::Io(why) = &error else { return error.into() };
    match why.kind() {
        // A socket's file is missing while its server is down; over TCP only a file of TLS can be.
        std::io::ErrorKind::NotFound if !is_socket(options) => StorageError::Unproved(
            "a file named in the ledger's address, such as sslrootcert, is not there".to_owned(),
        ),
        // What looks names up has no kind of its own.
        _ if why.raw_os_error().is_none() && why.to_string().contains("lookup address") => {
            StorageError::Away(format!("the host {} is not found", options.get_host()))
        }
        _ => error.into(),
    }
}

fn is_socket(options: &PgConnectOptions) -> bool {
    options.get_socket().is_some() || options.get_host().starts_with('/')
}

/// Waits for an answer, but not for ever.
pub(super) async fn within<T>(
    asked: impl Future<Output = Result<T, StorageError>>,
) -> Result<T, StorageError> {
    let silent = |_| StorageError::Away("it does not answer".to_owned());
    tokio::time::timeout(ANSWER, asked).await.map_err(silent)?
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_missing_file_is_told_from_a_server_that_is_away() {
        let options = |host| PgConnectOptions::new_without_pgpass().host(host);
        let said = |host, error: Error| named(&options(host), sqlx::Error::Io(error));
        let missing = || Error::from(ErrorKind::NotFound);
        assert!(matches!(said("db", missing()), StorageError::Unproved(_)));
        assert!(matches!(said("/run/db", missing()), StorageError::Away(_)));
        let unknown = Error::other("failed to lookup address information: Name not known");
        let unknown = said("nowhere", unknown);
        assert!(matches!(&unknown, StorageError::Away(why) if why.contains("nowhere")));
    }
}
