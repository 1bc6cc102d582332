//! Reading and writing tables as they are, for a copy.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, params, params_from_iter};

use super::connection::{Immediate, WriteConnection, aside, hold};
use super::{Sqlite, signed, write};
use crate::copy::{Cell, Table, Target};
use crate::engine::{Batch, Engine};
use crate::error::{OpenError, StorageError};
use crate::stored::Stored;
use crate::url::LedgerUrl;

/// A page of a table in the order of its key.
pub(super) fn rows(
    connection: &Connection,
    table: &'static Table,
    after: Option<Vec<Cell>>,
    limit: u64,
) -> Result<Vec<Vec<Cell>>, StorageError> {
    let mut select = connection.prepare(&table.select(after.is_some(), '?', ""))?;
    let key = after.into_iter().flatten().map(Value::from);
    let parameters = std::iter::once(Value::Integer(signed(limit))).chain(key);
    let mut rows = select.query(params_from_iter(parameters))?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push((0..table.columns.len()).map(|at| cell(row, at)).collect::<Result<_, _>>()?);
    }
    Ok(page)
}

fn cell(row: &Row<'_>, at: usize) -> Result<Cell, StorageError> {
    let odd = || StorageError::Corrupt("a column holds something else than it should".to_owned());
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Number(number),
        ValueRef::Text(text) => Cell::Text(String::from_utf8(text.to_vec()).map_err(|_| odd())?),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(odd()),
    })
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Number(number) => Self::Integer(number),
            Cell::Text(text) => Self::Text(text),
            Cell::Bytes(bytes) => Self::Blob(bytes),
        }
    }
}

/// A file that is being filled.
struct Filling {
    writer: WriteConnection,
    url: LedgerUrl,
}

/// Begins a copy in a file that is not there yet.
pub(crate) async fn target(url: &LedgerUrl) -> Result<Box<dyn Target>, OpenError> {
    let writer = super::open::create_half(url).await?;
    Ok(Box::new(Filling { writer, url: url.clone() }))
}

impl Filling {
    /// Writes in a transaction of its own.
    async fn write(
        &self,
        job: impl FnOnce(&Connection) -> Result<(), StorageError> + Send + 'static,
    ) -> Result<(), StorageError> {
        let held = hold(&self.writer).await?;
        aside(move || {
            let transaction = Immediate::begin(held)?;
            job(&transaction)?;
            transaction.commit()
        })
        .await?
    }
}

#[async_trait]
impl Target for Filling {
    async fn entries(&mut self, entries: Vec<Stored>) -> Result<(), StorageError> {
        self.write(move |connection| {
            let mut rows = Vec::with_capacity(entries.len());
            let mut add =
                connection.prepare_cached("INSERT OR IGNORE INTO stream (name) VALUES (?1)")?;
            let mut find = connection.prepare_cached("SELECT id FROM stream WHERE name = ?1")?;
            for entry in entries {
                add.execute([&entry.stream])?;
                let number = find.query_one([&entry.stream], |row| row.get(0))?;
                rows.push((entry, number));
            }
            write::store(connection, &Batch { rows, ..Batch::default() })
        })
        .await
    }

    async fn rows(
        &mut self,
        table: &'static Table,
        rows: Vec<Vec<Cell>>,
    ) -> Result<(), StorageError> {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let given: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
        let (name, names, given) = (table.name, names.join(", "), given.join(", "));
        let insert = format!("INSERT INTO {name} ({names}) VALUES ({given})");
        self.write(move |connection| {
            let mut insert = connection.prepare(&insert)?;
            for row in rows {
                insert.execute(params_from_iter(row.into_iter().map(Value::from)))?;
            }
            Ok(())
        })
        .await
    }

    async fn epoch(&mut self, epoch: i64) -> Result<(), StorageError> {
        self.write(move |connection| {
            connection.execute("UPDATE ledger_head SET epoch = ?1", params![epoch])?;
            Ok(())
        })
        .await
    }

    async fn finish(self: Box<Self>) -> Result<(), StorageError> {
        self.write(super::open::make_whole).await
    }

    async fn reader(&self) -> Result<Arc<dyn Engine>, StorageError> {
        Ok(Arc::new(Sqlite::half(&self.url).await?))
    }
}
