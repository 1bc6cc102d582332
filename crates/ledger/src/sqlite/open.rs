//! Creating and opening the file. Whatever is not a ledger is refused and left as it was.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use linchpin_domain::entry::Stream;
use rusqlite::{Connection, OpenFlags, params};
use tokio::sync::Mutex;

use super::connection::{Immediate, Readers, WriteConnection, aside, hold};
use super::{Sqlite, write};
use crate::engine::Batch;
use crate::error::{OpenError, StorageError};
use crate::stored::Stored;
use crate::url::{LedgerUrl, Mode};
use crate::vault::Secret;

/// What SQLite keeps at a fixed place of the file to tell whose it is: "Lnch".
const APPLICATION_ID: i64 = 0x4c6e_6368;
/// The same while a copy is being made there: "Lncc".
const HALF_ID: i64 = 0x4c6e_6363;
/// The migrations in their order; the number of the last one is the schema version.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../../../migrations/sqlite/0002_desks.sql"),
];
const SCHEMA: i64 = MIGRATIONS.len() as i64;
/// SQLite's page size as we leave it, in bytes.
const PAGE: i64 = 4_096;
/// Pages the writer keeps in memory, as SQLite takes it: 32 MiB. The index on ids is hit at random.
const CACHE: i64 = -32_768;
/// Pages in the WAL before they are moved into the file: 32 MiB. Entries with ids told by others
/// dirty index pages at random, and a page dirtied ten times is then moved once.
const CHECKPOINT: i64 = 8_192;
/// Connections that read. Reads are short; more would only compete for the same two disks.
const READERS: u32 = 4;
/// How long one statement waits for another process's lock.
pub(super) const BUSY: Duration = Duration::from_millis(100);
/// How long a read waits where SQLite has to be waited for: while a WAL is being recovered.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statements that a connection keeps compiled: all that there are.
const STATEMENTS: usize = 64;

/// Creates a ledger with its secret and its first entry, in one transaction.
pub(crate) async fn create(
    url: &LedgerUrl,
    secret: &Secret,
    first: Stored,
) -> Result<(), OpenError> {
    let failed = |source| OpenError::Storage { path: url.to_string(), source };
    let looked = url.clone();
    aside(move || make_way(&looked)).await.map_err(failed)??;
    let (at, secret) = (url.clone(), secret.bytes().to_vec());
    let written = async {
        let writer = Arc::new(Mutex::new(Some(aside(move || writer(&at)).await??)));
        let held = hold(&writer).await?;
        aside(move || write_first(Immediate::begin(held)?, &Secret::from(secret), first)).await?
    };
    match written.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::Exists(url.to_string())),
        Err(source) => Err(failed(source)),
    }
}

/// Makes the tables of a ledger that is not whole yet, and the connection to fill them by.
pub(super) async fn create_half(url: &LedgerUrl) -> Result<WriteConnection, OpenError> {
    let failed = |source| OpenError::Storage { path: url.to_string(), source };
    let looked = url.clone();
    aside(move || make_way(&looked)).await.map_err(failed)??;
    let at = url.clone();
    let made = async {
        let writer = Arc::new(Mutex::new(Some(aside(move || writer(&at)).await??)));
        let held = hold(&writer).await?;
        let done = aside(move || {
            let transaction = Immediate::begin(held)?;
            step_up(&transaction, 0)?;
            transaction.pragma_update(None, "application_id", HALF_ID)?;
            transaction.commit()
        });
        done.await??;
        Ok(writer)
    };
    made.await.map_err(failed)
}

/// What makes a copy a ledger.
pub(super) fn make_whole(connection: &Connection) -> Result<(), StorageError> {
    Ok(connection.pragma_update(None, "application_id", APPLICATION_ID)?)
}

/// Makes the file, where nothing is in the way.
fn make_way(url: &LedgerUrl) -> Result<(), OpenError> {
    if file(url).exists() {
        return refuse_existing(url);
    }
    make_file(file(url)).map_err(|_| OpenError::NoFolder(url.to_string()))
}

impl Sqlite {
    /// Opens a ledger; with [`Mode::ReadWrite`] brings an older schema up to date.
    pub(crate) async fn open(url: &LedgerUrl, mode: Mode) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Storage { path: url.to_string(), source };
        let at = url.clone();
        let found = aside(move || ledger_at(&at)).await.map_err(failed)??;
        if mode == Mode::ReadOnly && found.schema < SCHEMA {
            let path = url.to_string();
            return Err(OpenError::TooOld { path, found: found.schema, known: SCHEMA });
        }
        let writer = match mode {
            Mode::ReadOnly => None,
            Mode::ReadWrite => Some(brought_up(url.clone()).await.map_err(failed)?),
        };
        let readers = Self::half(url).await.map_err(failed)?.readers;
        Ok(Self { readers, writer })
    }

    /// Only the readers, also of a copy that is not whole yet.
    pub(super) async fn half(url: &LedgerUrl) -> Result<Self, StorageError> {
        let at = url.clone();
        let readers = aside(move || (0..READERS).map(|_| reader(&at)).collect()).await;
        let readers = readers.and_then(|readers: Result<_, _>| readers)?;
        Ok(Self { readers: Readers::new(readers), writer: None })
    }
}

/// Runs the migrations that a ledger lacks; answers the schema it had and the one it has.
pub(crate) async fn migrate(url: &LedgerUrl) -> Result<(i64, i64), OpenError> {
    let failed = |source| OpenError::Storage { path: url.to_string(), source };
    let at = url.clone();
    let found = aside(move || ledger_at(&at)).await.map_err(failed)??;
    brought_up(url.clone()).await.map_err(failed)?;
    Ok((found.schema, SCHEMA))
}

/// The connection that writes. Taking the write lock once tells at the door whether it can be had
/// at all.
async fn brought_up(url: LedgerUrl) -> Result<WriteConnection, StorageError> {
    let writer = Arc::new(Mutex::new(Some(aside(move || writer(&url)).await??)));
    let held = hold(&writer).await?;
    aside(move || bring_up(Immediate::begin(held)?)).await??;
    Ok(writer)
}

/// Looks whether a ledger stands there that this Linchpin knows.
fn ledger_at(url: &LedgerUrl) -> Result<Found, OpenError> {
    let path = url.to_string();
    if !file(url).exists() {
        return Err(OpenError::Missing(path));
    }
    let found = inspect(url)?;
    if found.application_id == HALF_ID {
        return Err(OpenError::HalfACopy(path));
    }
    if found.application_id != APPLICATION_ID {
        return Err(OpenError::NotALedger { path, found: found.in_words() });
    }
    if found.schema > SCHEMA {
        return Err(OpenError::TooNew { path, found: found.schema, known: SCHEMA });
    }
    Ok(found)
}

/// What stands in a file.
struct Found {
    application_id: i64,
    schema: i64,
    tables: i64,
}

impl Found {
    fn in_words(&self) -> String {
        match (self.application_id, self.tables) {
            (0, 0) => "it is empty".to_owned(),
            _ => "it is another program's SQLite database".to_owned(),
        }
    }
}

/// Looks at a file without changing it.
fn inspect(url: &LedgerUrl) -> Result<Found, OpenError> {
    let path = url.to_string();
    if !file(url).is_file() {
        return Err(OpenError::NotALedger { path, found: "it is not a file".to_owned() });
    }
    let looked = reader(url).and_then(|connection| look(&connection));
    looked.map_err(|error| match error {
        StorageError::NotADatabase => {
            OpenError::NotALedger { path, found: "it is not a SQLite database".to_owned() }
        }
        source => OpenError::Storage { path, source },
    })
}

fn look(connection: &Connection) -> Result<Found, StorageError> {
    let number = |sql| connection.query_one(sql, [], |row| row.get(0));
    Ok(Found {
        tables: number("SELECT count(*) FROM sqlite_schema")?,
        application_id: number("PRAGMA application_id")?,
        schema: number("PRAGMA user_version")?,
    })
}

/// An empty file is left by a creation that was cut short, and may be taken over.
fn refuse_existing(url: &LedgerUrl) -> Result<(), OpenError> {
    let found = inspect(url)?;
    match (found.application_id, found.tables) {
        (APPLICATION_ID, _) => Err(OpenError::Exists(url.to_string())),
        (HALF_ID, _) => Err(OpenError::HalfACopy(url.to_string())),
        (0, 0) => Ok(()),
        _ => Err(OpenError::NotALedger { path: url.to_string(), found: found.in_words() }),
    }
}

/// Makes the file readable for its owner alone, for it holds the vault's keys. The files that
/// SQLite puts beside it get the same permissions.
fn make_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// The file. Only an address of a file comes here.
fn file(url: &LedgerUrl) -> &Path {
    url.file().unwrap_or(Path::new(""))
}

fn reader(url: &LedgerUrl) -> Result<Connection, StorageError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file(url), flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn writer(url: &LedgerUrl) -> Result<Connection, StorageError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file(url), flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Only the writer adds to `entry` and to the streams it names: a check of each row finds nothing.
    connection.pragma_update(None, "foreign_keys", "OFF")?;
    connection.pragma_update(None, "cache_size", CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    if let Some(mib) = url.max_mib() {
        let pages = i64::from(mib) * (1 << 20) / PAGE;
        connection.pragma_update(None, "max_page_count", pages)?;
    }
    Ok(connection)
}

/// Writes tables, secret and first entry. Whether there was no ledger yet.
fn write_first(
    transaction: Immediate,
    secret: &Secret,
    first: Stored,
) -> Result<bool, StorageError> {
    if look(&transaction)?.application_id == APPLICATION_ID {
        return Ok(false);
    }
    step_up(&transaction, 0)?;
    transaction.execute_batch("PRAGMA application_id = 0x4c6e6368")?;
    let keep = "INSERT INTO ledger_secret (name, value) VALUES (?1, ?2)";
    transaction.execute(keep, params![Secret::NAME, secret.bytes()])?;
    let numbers = write::add_streams(&transaction, &[Stream::Firm])?;
    let rows = std::iter::once(first).zip(numbers).collect();
    write::store(&transaction, &Batch { rows, ..Batch::default() })?;
    transaction.commit()?;
    Ok(true)
}

fn bring_up(transaction: Immediate) -> Result<(), StorageError> {
    let found = look(&transaction)?;
    step_up(&transaction, found.schema)?;
    transaction.commit()
}

/// Runs the migrations that come after a schema version.
fn step_up(connection: &Connection, from: i64) -> Result<(), StorageError> {
    for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > from) {
        connection.execute_batch(migration)?;
        connection.pragma_update(None, "user_version", number)?;
    }
    Ok(())
}
