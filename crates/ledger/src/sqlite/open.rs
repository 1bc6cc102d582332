//! Creating and opening the file. Whatever is not a ledger is refused and left as it was.

use std::path::Path;
use std::time::Duration;

use linchpin_domain::entry::Stream;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::{Sqlite, begin_immediate, write};
use crate::engine::Batch;
use crate::error::{OpenError, StorageError};
use crate::stored::Stored;
use crate::url::{LedgerUrl, Mode};
use crate::vault::Secret;

/// What SQLite keeps at a fixed place of the file to tell whose it is: "Lnch".
const APPLICATION_ID: i64 = 0x4c6e_6368;
/// The migrations in their order; the number of the last one is the schema version.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../../migrations/sqlite/0001_ledger.sql"),
    include_str!("../../../../migrations/sqlite/0002_desks.sql"),
];
const SCHEMA: i64 = MIGRATIONS.len() as i64;
/// SQLite's page size as we leave it, in bytes.
const PAGE: i64 = 4_096;
/// Pages the writer keeps in memory, as SQLite takes it: 32 MiB. The index on ids is hit at random.
const CACHE: &str = "-32768";
/// Pages in the WAL before they are moved into the file: 32 MiB. Entries with ids told by others
/// dirty index pages at random, and a page dirtied ten times is then moved once.
const CHECKPOINT: &str = "8192";
/// Connections that read. Reads are short; more would only compete for the same two disks.
const READERS: u32 = 4;
/// How long one statement waits for another process's lock.
pub(super) const BUSY: Duration = Duration::from_millis(100);
/// How long a read waits for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);

/// Creates a ledger with its secret and its first entry, in one transaction.
pub(crate) async fn create(
    url: &LedgerUrl,
    secret: &Secret,
    first: Stored,
) -> Result<(), OpenError> {
    let path = file(url);
    if path.exists() {
        refuse_existing(url).await?;
    } else {
        make_file(path).map_err(|_| OpenError::NoFolder(url.to_string()))?;
    }
    let failed = |source| OpenError::Storage { path: url.to_string(), source };
    let writer = writer(url).await.map_err(failed)?;
    let written = write_first(&writer, secret, first).await;
    writer.close().await;
    match written {
        Ok(true) => Ok(()),
        Ok(false) => Err(OpenError::Exists(url.to_string())),
        Err(source) => Err(failed(source)),
    }
}

impl Sqlite {
    /// Opens a ledger; with [`Mode::ReadWrite`] brings an older schema up to date.
    pub(crate) async fn open(url: &LedgerUrl, mode: Mode) -> Result<Self, OpenError> {
        let (path, failed) =
            (url.to_string(), |source| OpenError::Storage { path: url.to_string(), source });
        if !file(url).exists() {
            return Err(OpenError::Missing(path));
        }
        let found = inspect(url).await?;
        if found.application_id != APPLICATION_ID {
            return Err(OpenError::NotALedger { path, found: found.in_words() });
        }
        if found.schema > SCHEMA {
            return Err(OpenError::TooNew { path, found: found.schema, known: SCHEMA });
        }
        if mode == Mode::ReadOnly && found.schema < SCHEMA {
            return Err(OpenError::TooOld { path, found: found.schema, known: SCHEMA });
        }
        let writer = match mode {
            Mode::ReadOnly => None,
            Mode::ReadWrite => {
                let writer = writer(url).await.map_err(failed)?;
                // Taking the write lock once tells at the door whether it can be had at all.
                migrate(&writer).await.map_err(failed)?;
                Some(writer)
            }
        };
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options(url).read_only(true).busy_timeout(Duration::from_secs(5)))
            .await
            .map_err(|e| failed(e.into()))?;
        Ok(Self { readers, writer })
    }
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
async fn inspect(url: &LedgerUrl) -> Result<Found, OpenError> {
    let path = url.to_string();
    if !file(url).is_file() {
        return Err(OpenError::NotALedger { path, found: "it is not a file".to_owned() });
    }
    let looked = async {
        let options = options(url).read_only(true).busy_timeout(Duration::from_secs(5));
        let mut connection = options.connect().await?;
        let found = look(&mut connection).await?;
        connection.close().await?;
        Ok::<_, StorageError>(found)
    };
    looked.await.map_err(|error| match error {
        StorageError::NotADatabase => {
            OpenError::NotALedger { path, found: "it is not a SQLite database".to_owned() }
        }
        source => OpenError::Storage { path, source },
    })
}

async fn look(connection: &mut SqliteConnection) -> Result<Found, StorageError> {
    let tables =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection);
    let tables = tables.await?;
    let application_id =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let schema = sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await?;
    Ok(Found { application_id, schema, tables })
}

/// An empty file is left by a creation that was cut short, and may be taken over.
async fn refuse_existing(url: &LedgerUrl) -> Result<(), OpenError> {
    let found = inspect(url).await?;
    match (found.application_id, found.tables) {
        (APPLICATION_ID, _) => Err(OpenError::Exists(url.to_string())),
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

fn options(url: &LedgerUrl) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file(url)).create_if_missing(false)
}

async fn writer(url: &LedgerUrl) -> Result<SqlitePool, StorageError> {
    let mut options = options(url)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .pragma("cache_size", CACHE)
        .pragma("wal_autocheckpoint", CHECKPOINT)
        .pragma("secure_delete", "ON");
    if let Some(mib) = url.max_mib() {
        options = options.pragma("max_page_count", (i64::from(mib) * (1 << 20) / PAGE).to_string());
    }
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false);
    Ok(pool.connect_with(options).await?)
}

/// Writes tables, secret and first entry. Whether there was no ledger yet.
async fn write_first(
    writer: &SqlitePool,
    secret: &Secret,
    first: Stored,
) -> Result<bool, StorageError> {
    let mut transaction = begin_immediate(writer).await?;
    if look(&mut transaction).await?.application_id == APPLICATION_ID {
        return Ok(false);
    }
    step_up(&mut transaction, 0).await?;
    sqlx::query("PRAGMA application_id = 0x4c6e6368").execute(&mut *transaction).await?;
    sqlx::query("INSERT INTO ledger_secret (name, value) VALUES (?1, ?2)")
        .bind(Secret::NAME)
        .bind(secret.bytes())
        .execute(&mut *transaction)
        .await?;
    let numbers = write::add_streams(&mut transaction, &[Stream::Firm]).await?;
    let rows = std::iter::once(first).zip(numbers).collect();
    write::store(&mut transaction, &Batch { rows, ..Batch::default() }).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn migrate(writer: &SqlitePool) -> Result<(), StorageError> {
    let mut transaction = begin_immediate(writer).await?;
    let found = look(&mut transaction).await?;
    step_up(&mut transaction, found.schema).await?;
    transaction.commit().await?;
    Ok(())
}

/// Runs the migrations that come after a schema version.
async fn step_up(connection: &mut SqliteConnection, from: i64) -> Result<(), StorageError> {
    for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > from) {
        sqlx::raw_sql(*migration).execute(&mut *connection).await?;
        let version = format!("PRAGMA user_version = {number}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(version)).execute(&mut *connection).await?;
    }
    Ok(())
}
