//! The suite's place on PostgreSQL: a private server a test, and a schema in it.

use linchpin_ledger::{Ledger, LedgerUrl, Mode};
use linchpin_testkit::{PostgresServer, TestClock, at, genesis};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use crate::place::{Held, Place, append_past};

mod away;
mod doors;
mod unsure;

pub(crate) const SCHEMA: &str = "desk_1";

pub(crate) struct Database {
    pub(crate) server: PostgresServer,
    pub(crate) url: LedgerUrl,
    pub(crate) clock: TestClock,
}

impl Place for Database {
    async fn new() -> Option<Self> {
        Some(Self::on(PostgresServer::single()?))
    }

    fn clock(&self) -> &TestClock {
        &self.clock
    }

    async fn create(&self, simulated: bool) -> Ledger {
        Ledger::create(&self.url, genesis(simulated), self.clock.clock()).await.unwrap()
    }

    async fn open(&self, mode: Mode) -> Ledger {
        Ledger::open(&self.url, mode, self.clock.clock()).await.unwrap()
    }

    async fn run(&self, statements: &str) -> Result<(), String> {
        let mut connection = self.connect().await;
        let done = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await;
        connection.close().await.unwrap();
        done.map(drop).map_err(|e| e.to_string())
    }

    /// What the server has of this schema's tables and indexes, and its log of changes.
    async fn bytes(&self) -> Vec<u8> {
        let mut connection = self.connect().await;
        sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await.unwrap();
        let files: Vec<String> = sqlx::query_scalar(
            "SELECT pg_relation_filepath(c.oid) FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'i', 't')",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
        assert!(files.len() > 10, "{files:?}");
        let data = self.server.data();
        let log = std::fs::read_dir(data.join("pg_wal")).unwrap();
        let log = log.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        let files = files.iter().map(|file| data.join(file)).chain(log);
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }

    async fn unlock(&self) {
        self.run(
            "DROP TRIGGER entry_is_never_changed ON entry;
             DROP TRIGGER entry_is_never_deleted ON entry",
        )
        .await
        .unwrap();
    }

    const RANDOM_ID: &str = "gen_random_uuid()";

    async fn hold(&self) -> impl Held {
        let mut connection = self.connect().await;
        let past = append_past::<Self>();
        let statements = format!("BEGIN; SELECT FROM ledger_head FOR UPDATE; {past}");
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
        Holding(connection)
    }
}

impl Database {
    pub(crate) fn on(server: PostgresServer) -> Self {
        let url = server.url(SCHEMA);
        Self { server, url, clock: TestClock::at(at("2024-06-01T12:00:00Z")) }
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        let address = self.server.address(SCHEMA);
        let (address, _) = address.split_once('?').unwrap();
        let options: PgConnectOptions = address.parse().unwrap();
        options.options([("search_path", SCHEMA)]).connect().await.unwrap()
    }
}

struct Holding(PgConnection);

impl Held for Holding {
    async fn commit(mut self) {
        sqlx::raw_sql("COMMIT").execute(&mut self.0).await.unwrap();
        self.0.close().await.unwrap();
    }

    async fn vanish(self) {
        self.0.close_hard().await.unwrap();
    }
}
