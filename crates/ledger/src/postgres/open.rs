//! Creating, opening and bringing up to date. Whatever is not a ledger is refused and left as it
//! was.

use linchpin_domain::entry::Stream;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection, Row};

use super::pool::{Pool, connect, within};
use super::{Postgres, write};
use crate::engine::Batch;
use crate::error::{OpenError, StorageError};
use crate::stored::Stored;
use crate::url::{LedgerUrl, Mode};
use crate::vault::Secret;

/// The migrations in their order; the number of the last one is the schema version.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../../migrations/postgres/0001_ledger.sql"),
    include_str!("../../../../migrations/postgres/0002_desks.sql"),
];
const SCHEMA: i64 = MIGRATIONS.len() as i64;
/// The oldest server that is taken, as it tells its version: 15.
const OLDEST: i32 = 150_000;
/// Connections that read.
const READERS: usize = 6;
/// Connections that write: the writer's one, and two for what stands beside the entries.
const WRITERS: usize = 3;
/// What each connection is set to. A statement, a lock and an idle transaction have their time, so
/// that a desk that stands still holds up no other. Every query of ours goes by an index; a plan
/// made while the tables were small must not read all of them once they are large.
const SETTINGS: &[(&str, &str)] = &[
    ("statement_timeout", "4500ms"),
    ("lock_timeout", "4000ms"),
    ("idle_in_transaction_session_timeout", "5000ms"),
    ("synchronous_commit", "on"),
    ("client_connection_check_interval", "2000ms"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// Taken while a ledger is made or brought up to date, so that two who try come one after the
/// other. It ends with the transaction.
const ALONE: &str = "
    SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s';
    SET LOCAL idle_in_transaction_session_timeout = '60s';
    SELECT pg_advisory_xact_lock(hashtextextended('linchpin ' || current_setting('search_path'), 0))";

const LOOK: &str = "
    SELECT to_regclass('linchpin_schema') IS NOT NULL,
           (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema())";

/// How one schema of a database is reached.
pub(super) fn options(url: &LedgerUrl) -> Result<(PgConnectOptions, String), OpenError> {
    let (Some(options), Some(schema)) = (url.database(), url.schema()) else {
        return Err(OpenError::Missing(url.to_string()));
    };
    let failed = |e: sqlx::Error| OpenError::Storage { path: url.to_string(), source: e.into() };
    let options =
        options.map_err(failed)?.application_name("linchpin").options([("search_path", schema)]);
    let options = options.options(SETTINGS.iter().copied()).disable_statement_logging();
    Ok((options, schema.to_owned()))
}

/// Creates a ledger with its secret and its first entry, in one transaction.
pub(crate) async fn create(
    url: &LedgerUrl,
    secret: &Secret,
    first: Stored,
) -> Result<(), OpenError> {
    let mut making = Making::begin(url).await?;
    making.make(true).await?;
    let written = async {
        let connection = &mut making.connection;
        sqlx::query("INSERT INTO ledger_secret (name, value) VALUES ($1, $2)")
            .bind(Secret::NAME)
            .bind(secret.bytes())
            .execute(&mut *connection)
            .await?;
        let numbers = write::add_streams(connection, &[Stream::Firm.to_string()]).await?;
        let rows = std::iter::once(first).zip(numbers).collect();
        write::store(connection, &Batch { rows, ..Batch::default() }).await
    };
    written.await.map_err(failed(url))?;
    making.commit().await?;
    Ok(())
}

/// Makes the tables of a ledger that is not whole yet, and the connection to fill them by.
pub(super) async fn create_half(url: &LedgerUrl) -> Result<PgConnection, OpenError> {
    let mut making = Making::begin(url).await?;
    making.make(false).await?;
    making.commit().await
}

/// Runs the migrations that a ledger lacks; answers the schema it had and the one it has.
pub(crate) async fn migrate(url: &LedgerUrl) -> Result<(i64, i64), OpenError> {
    let mut making = Making::begin(url).await?;
    let from = match look(&mut making.connection).await.map_err(failed(url))? {
        Found::Ledger { version, whole: true } if version <= SCHEMA => version,
        found => return Err(found.refused(url)),
    };
    step_up(&mut making.connection, from).await.map_err(failed(url))?;
    making.commit().await?;
    Ok((from, SCHEMA))
}

impl Postgres {
    /// Opens a ledger. An older schema is refused: other processes may be using it.
    pub(crate) async fn open(url: &LedgerUrl, mode: Mode) -> Result<Self, OpenError> {
        let (options, _) = options(url)?;
        let mut connection = connect(&options).await.map_err(failed(url))?;
        let looked = within(async {
            let server = server(&mut connection).await?;
            let found = look(&mut connection).await?;
            let writable = matches!(found, Found::Ledger { .. })
                && mode == Mode::ReadWrite
                && may_write(&mut connection).await?;
            Ok((server, found, writable))
        });
        let (server, found, writable) = looked.await.map_err(failed(url))?;
        refuse_server(url, server)?;
        match found {
            Found::Ledger { version: SCHEMA, whole: true } => {}
            found => return Err(found.refused(url)),
        }
        if mode == Mode::ReadWrite && !writable {
            return Err(failed(url)(StorageError::ReadOnly));
        }
        let writer = (mode == Mode::ReadWrite).then(|| Pool::new(options, WRITERS));
        Ok(Self { writer, ..Self::half(url)? })
    }

    /// Only the readers, also of a copy that is not whole yet.
    pub(super) fn half(url: &LedgerUrl) -> Result<Self, OpenError> {
        let (options, schema) = options(url)?;
        let reading = options.options([("default_transaction_read_only", "on")]);
        let readers = Pool::new(reading.clone(), READERS);
        Ok(Self { readers, writer: None, listening: reading, schema })
    }
}

/// A transaction that alone makes or changes the tables of a ledger.
struct Making<'u> {
    url: &'u LedgerUrl,
    connection: PgConnection,
    schema: String,
}

impl<'u> Making<'u> {
    async fn begin(url: &'u LedgerUrl) -> Result<Self, OpenError> {
        let (options, schema) = options(url)?;
        let mut connection = connect(&options).await.map_err(failed(url))?;
        let begun = async {
            let server = server(&mut connection).await?;
            sqlx::raw_sql("BEGIN").execute(&mut connection).await?;
            sqlx::raw_sql(ALONE).execute(&mut connection).await?;
            Ok(server)
        };
        refuse_server(url, begun.await.map_err(failed(url))?)?;
        Ok(Self { url, connection, schema })
    }

    /// Makes the tables where nothing stands yet.
    async fn make(&mut self, whole: bool) -> Result<(), OpenError> {
        match look(&mut self.connection).await.map_err(failed(self.url))? {
            Found::Nothing => {}
            Found::Ledger { whole: true, .. } => {
                return Err(OpenError::Exists(self.url.to_string()));
            }
            found => return Err(found.refused(self.url)),
        }
        self.tables(whole).await.map_err(failed(self.url))
    }

    async fn tables(&mut self, whole: bool) -> Result<(), StorageError> {
        let there: Option<String> =
            sqlx::query_scalar("SELECT current_schema()").fetch_one(&mut self.connection).await?;
        if there.is_none() {
            // The name is checked where the address is read: plain letters, digits, underscores.
            let make = format!("CREATE SCHEMA {}", self.schema);
            sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut self.connection).await?;
        }
        step_up(&mut self.connection, 0).await?;
        sqlx::query("UPDATE linchpin_schema SET whole = $1")
            .bind(whole)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn commit(mut self) -> Result<PgConnection, OpenError> {
        let done = sqlx::raw_sql("COMMIT").execute(&mut self.connection).await;
        done.map_err(|e| failed(self.url)(e.into()))?;
        Ok(self.connection)
    }
}

fn failed(url: &LedgerUrl) -> impl Fn(StorageError) -> OpenError + '_ {
    |source| OpenError::Storage { path: url.to_string(), source }
}

/// What stands in a schema.
enum Found {
    Nothing,
    Other,
    Ledger { version: i64, whole: bool },
}

impl Found {
    /// Why it is not opened.
    fn refused(self, url: &LedgerUrl) -> OpenError {
        let path = url.to_string();
        match self {
            Self::Nothing => OpenError::Missing(path),
            Self::Other => {
                let found = "the schema holds another program's tables".to_owned();
                OpenError::NotALedger { path, found }
            }
            Self::Ledger { whole: false, .. } => OpenError::HalfACopy(path),
            Self::Ledger { version, .. } if version > SCHEMA => {
                OpenError::TooNew { path, found: version, known: SCHEMA }
            }
            Self::Ledger { version, .. } => {
                OpenError::TooOld { path, found: version, known: SCHEMA }
            }
        }
    }
}

/// Looks at a schema without changing it.
async fn look(connection: &mut PgConnection) -> Result<Found, StorageError> {
    let row = sqlx::query(LOOK).fetch_one(&mut *connection).await?;
    let (ledger, relations): (bool, i64) = (row.try_get(0)?, row.try_get(1)?);
    if !ledger {
        return Ok(if relations == 0 { Found::Nothing } else { Found::Other });
    }
    let row = sqlx::query("SELECT version, whole FROM linchpin_schema")
        .fetch_optional(connection)
        .await?;
    let row =
        row.ok_or_else(|| StorageError::Corrupt("its schema version is missing".to_owned()))?;
    Ok(Found::Ledger { version: row.try_get(0)?, whole: row.try_get(1)? })
}

/// Whether this user may append, on a server that takes writes.
async fn may_write(connection: &mut PgConnection) -> Result<bool, StorageError> {
    let query = sqlx::query_scalar(
        "SELECT has_table_privilege('entry', 'INSERT')
            AND has_table_privilege('ledger_head', 'UPDATE')
            AND NOT pg_is_in_recovery()",
    );
    Ok(query.fetch_one(connection).await?)
}

/// The server's version, as a number.
async fn server(connection: &mut PgConnection) -> Result<i32, StorageError> {
    let query = sqlx::query_scalar("SELECT current_setting('server_version_num')::integer");
    Ok(query.fetch_one(connection).await?)
}

fn refuse_server(url: &LedgerUrl, found: i32) -> Result<(), OpenError> {
    if found < OLDEST {
        return Err(OpenError::OldServer { path: url.to_string(), found: found / 10_000 });
    }
    Ok(())
}

/// Runs the migrations that come after a schema version.
async fn step_up(connection: &mut PgConnection, from: i64) -> Result<(), StorageError> {
    for (number, migration) in (1_i64..).zip(MIGRATIONS).filter(|(number, _)| *number > from) {
        sqlx::raw_sql(*migration).execute(&mut *connection).await?;
        sqlx::query(
            "INSERT INTO linchpin_schema (id, version, whole) VALUES (1, $1, true)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        )
        .bind(number)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_server_is_refused_with_its_version() {
        let url: LedgerUrl = "postgres://desk:secret@db/firm".parse().unwrap();
        assert!(refuse_server(&url, 150_000).is_ok());
        let said = refuse_server(&url, 140_011).unwrap_err().to_string();
        assert!(said.contains("PostgreSQL 14") && said.contains("15"), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}
