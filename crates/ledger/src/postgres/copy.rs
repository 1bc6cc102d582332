//! Reading and writing tables as they are, for a copy.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row};
use uuid::Uuid;

use super::write;
use crate::copy::{Cell, Kind, Table, Target};
use crate::engine::{Batch, Engine, StreamNumber};
use crate::error::{OpenError, StorageError};
use crate::stored::Stored;
use crate::url::LedgerUrl;

/// A page of a table in the order of its key.
pub(super) async fn rows(
    connection: &mut PgConnection,
    table: &'static Table,
    after: Option<Vec<Cell>>,
    limit: u64,
) -> Result<Vec<Vec<Cell>>, StorageError> {
    let select = table.select(after.is_some(), '$', "COLLATE \"C\"");
    let mut query = sqlx::query(AssertSqlSafe(select)).bind(super::signed(limit));
    for (cell, (_, kind)) in after.into_iter().flatten().zip(table.columns) {
        query = bind(query, cell, *kind)?;
    }
    let rows = query.fetch_all(connection).await?;
    rows.iter().map(|row| cells(row, table)).collect()
}

fn bind(
    query: Query<'_, Postgres, PgArguments>,
    cell: Cell,
    kind: Kind,
) -> Result<Query<'_, Postgres, PgArguments>, StorageError> {
    Ok(match (cell, kind) {
        (Cell::Number(number), _) => query.bind(number),
        (Cell::Text(text), _) => query.bind(text),
        (Cell::Bytes(bytes), Kind::Id) => query.bind(id(&bytes)?),
        (Cell::Bytes(bytes), _) => query.bind(bytes),
        (Cell::Null, _) => return Err(StorageError::Corrupt("a key is empty".to_owned())),
    })
}

fn id(bytes: &[u8]) -> Result<Uuid, StorageError> {
    Uuid::from_slice(bytes)
        .map_err(|_| StorageError::Corrupt("an id is not 16 bytes long".to_owned()))
}

fn cells(row: &PgRow, table: &Table) -> Result<Vec<Cell>, StorageError> {
    let cell = |(at, (_, kind)): (usize, &(&str, Kind))| {
        let cell = match kind {
            Kind::Number => row.try_get::<Option<i64>, _>(at)?.map(Cell::Number),
            Kind::Text => row.try_get::<Option<String>, _>(at)?.map(Cell::Text),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Cell::Bytes),
            Kind::Id => {
                let id: Option<Uuid> = row.try_get(at)?;
                id.map(|id| Cell::Bytes(id.as_bytes().to_vec()))
            }
        };
        Ok(cell.unwrap_or(Cell::Null))
    };
    table.columns.iter().enumerate().map(cell).collect()
}

/// A schema that is being filled.
struct Filling {
    connection: PgConnection,
    url: LedgerUrl,
}

/// Begins a copy in a schema where nothing stands.
pub(crate) async fn target(url: &LedgerUrl) -> Result<Box<dyn Target>, OpenError> {
    let mut connection = super::open::create_half(url).await?;
    // Large tables take longer than any statement of a desk at work, and nobody else waits.
    let patient = sqlx::raw_sql("SET statement_timeout = 0").execute(&mut connection).await;
    patient.map_err(|e| OpenError::Storage { path: url.to_string(), source: e.into() })?;
    Ok(Box::new(Filling { connection, url: url.clone() }))
}

#[async_trait]
impl Target for Filling {
    async fn entries(&mut self, entries: Vec<Stored>) -> Result<(), StorageError> {
        let names: Vec<&str> = entries.iter().map(|entry| entry.stream.as_str()).collect();
        let numbers = numbers(&mut self.connection, &names).await?;
        let rows = entries.into_iter().zip(numbers).collect();
        write::store(&mut self.connection, &Batch { rows, ..Batch::default() }).await
    }

    async fn rows(
        &mut self,
        table: &'static Table,
        rows: Vec<Vec<Cell>>,
    ) -> Result<(), StorageError> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let arrays = table.columns.iter().enumerate().map(|(at, (_, kind))| {
            let kind = match kind {
                Kind::Number => "bigint",
                Kind::Text => "text",
                Kind::Bytes => "bytea",
                Kind::Id => "uuid",
            };
            format!("${}::{kind}[]", at + 1)
        });
        let arrays = arrays.collect::<Vec<_>>().join(", ");
        let (name, names) = (table.name, names.join(", "));
        let insert = format!("INSERT INTO {name} ({names}) SELECT * FROM unnest({arrays})");
        let mut query = sqlx::query(AssertSqlSafe(insert));
        for (at, (_, kind)) in table.columns.iter().enumerate() {
            query = bind_column(query, rows.iter().map(|row| &row[at]), *kind)?;
        }
        query.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn epoch(&mut self, epoch: i64) -> Result<(), StorageError> {
        let set = sqlx::query("UPDATE ledger_head SET epoch = $1").bind(epoch);
        set.execute(&mut self.connection).await?;
        // The next number after those that were taken over.
        sqlx::raw_sql(
            "SELECT setval(pg_get_serial_sequence('quarantine', 'id'),
                           greatest((SELECT max(id) FROM quarantine), 1));
             ANALYZE entry, stream, idempotency, vault_key",
        )
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StorageError> {
        let done = sqlx::query("UPDATE linchpin_schema SET whole = true");
        done.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn reader(&self) -> Result<Arc<dyn Engine>, StorageError> {
        let engine = super::Postgres::half(&self.url);
        Ok(Arc::new(engine.map_err(|e| StorageError::Other(e.to_string()))?))
    }
}

fn bind_column<'q, 'r>(
    query: Query<'q, Postgres, PgArguments>,
    cells: impl Iterator<Item = &'r Cell>,
    kind: Kind,
) -> Result<Query<'q, Postgres, PgArguments>, StorageError> {
    let odd = || StorageError::Corrupt("a column holds something else than it should".to_owned());
    Ok(match kind {
        Kind::Number => query.bind(column(cells, |cell| match cell {
            Cell::Number(number) => Ok(*number),
            _ => Err(odd()),
        })?),
        Kind::Text => query.bind(column(cells, |cell| match cell {
            Cell::Text(text) => Ok(text.clone()),
            _ => Err(odd()),
        })?),
        Kind::Bytes => query.bind(column(cells, |cell| match cell {
            Cell::Bytes(bytes) => Ok(bytes.clone()),
            _ => Err(odd()),
        })?),
        Kind::Id => query.bind(column(cells, |cell| match cell {
            Cell::Bytes(bytes) => id(bytes),
            _ => Err(odd()),
        })?),
    })
}

fn column<'r, T>(
    cells: impl Iterator<Item = &'r Cell>,
    value: impl Fn(&Cell) -> Result<T, StorageError>,
) -> Result<Vec<Option<T>>, StorageError> {
    cells.map(|cell| if *cell == Cell::Null { Ok(None) } else { value(cell).map(Some) }).collect()
}

/// The numbers of streams by name; new ones get theirs in the order in which they come.
async fn numbers(
    connection: &mut PgConnection,
    names: &[&str],
) -> Result<Vec<StreamNumber>, StorageError> {
    let mut seen = HashSet::new();
    let once: Vec<&str> = names.iter().copied().filter(|name| seen.insert(*name)).collect();
    let add = sqlx::query(
        "INSERT INTO stream (name) SELECT t.name FROM unnest($1::text[]) AS t (name)
         WHERE NOT EXISTS (SELECT FROM stream s WHERE s.name = t.name)",
    );
    add.bind(&once).execute(&mut *connection).await?;
    let find = sqlx::query_scalar(
        "SELECT s.id FROM unnest($1::text[]) WITH ORDINALITY AS t (name, nth)
         JOIN stream s ON s.name = t.name ORDER BY t.nth",
    );
    let numbers: Vec<i64> = find.bind(names).fetch_all(connection).await?;
    if numbers.len() != names.len() {
        return Err(StorageError::Corrupt("a stream got no number".to_owned()));
    }
    Ok(numbers)
}
