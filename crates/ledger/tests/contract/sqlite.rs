//! The suite's place on SQLite, and what holds of a file alone.

use std::time::Duration;

use linchpin_ledger::{AppendError, Ledger, LedgerUrl, Mode, OpenError};
use linchpin_testkit::{TestClock, at, genesis};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::place::{Held, Place, append, append_past, client, joined};
use linchpin_domain::private::Private;

pub(crate) struct File {
    dir: TempDir,
    url: LedgerUrl,
    clock: TestClock,
}

impl Place for File {
    async fn new() -> Option<Self> {
        Some(Self::made())
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
        connect(&self.url).execute_batch(statements).map_err(|e| e.to_string())
    }

    async fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.dir.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    async fn unlock(&self) {
        self.run("DROP TRIGGER entry_is_never_changed; DROP TRIGGER entry_is_never_deleted")
            .await
            .unwrap();
    }

    const RANDOM_ID: &str = "randomblob(16)";

    async fn hold(&self) -> impl Held {
        let connection = connect(&self.url);
        let statements = format!("BEGIN IMMEDIATE; {}", append_past::<Self>());
        tokio::task::block_in_place(|| connection.execute_batch(&statements)).unwrap();
        Holding(connection)
    }
}

struct Holding(Connection);

impl Held for Holding {
    async fn commit(self) {
        self.0.execute_batch("COMMIT").unwrap();
    }

    async fn vanish(self) {
        drop(self.0);
    }
}

impl File {
    fn made() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = LedgerUrl::sqlite(dir.path().join("ledger.db"));
        Self { dir, url, clock: TestClock::at(at("2024-06-01T12:00:00Z")) }
    }
}

fn connect(url: &LedgerUrl) -> Connection {
    let connection = Connection::open(url.file().unwrap()).unwrap();
    connection.busy_timeout(Duration::from_secs(5)).unwrap();
    connection
}

async fn opened(url: &LedgerUrl) -> Result<Ledger, OpenError> {
    Ledger::open(url, Mode::ReadWrite, TestClock::at(at("2024-06-01")).clock()).await
}

#[tokio::test]
async fn a_missing_file_is_not_made() {
    let place = File::made();
    assert!(matches!(opened(&place.url).await, Err(OpenError::Missing(_))));
    assert!(!place.url.file().unwrap().exists());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let place = File::made();
    let url = LedgerUrl::sqlite(place.dir.path().join("no/ledger.db"));
    let made = Ledger::create(&url, genesis(false), place.clock.clock()).await;
    assert!(matches!(made, Err(OpenError::NoFolder(_))));
}

#[tokio::test]
async fn an_existing_ledger_is_not_created_again() {
    let place = File::made();
    place.create(false).await.close().await;
    let again = Ledger::create(&place.url, genesis(false), place.clock.clock()).await;
    assert!(matches!(again, Err(OpenError::Exists(_))));
}

#[tokio::test]
async fn an_unknown_time_zone_is_refused() {
    let place = File::made();
    let mars = linchpin_domain::genesis::Genesis {
        time_zone: "Mars/Olympus".to_owned(),
        ..genesis(false)
    };
    let made = Ledger::create(&place.url, mars, place.clock.clock()).await;
    assert!(matches!(made, Err(OpenError::TimeZone(_))));
    assert!(!place.url.file().unwrap().exists());
}

#[tokio::test]
async fn other_files_are_refused_and_left_as_they_are() {
    let place = File::made();
    let text = "not a database, however long this line of text may be. ".repeat(40);
    std::fs::write(place.url.file().unwrap(), &text).unwrap();
    assert!(matches!(opened(&place.url).await, Err(OpenError::NotALedger { .. })));
    let created = Ledger::create(&place.url, genesis(false), place.clock.clock()).await;
    assert!(matches!(created, Err(OpenError::NotALedger { .. })));
    assert_eq!(std::fs::read_to_string(place.url.file().unwrap()).unwrap(), text);

    std::fs::remove_file(place.url.file().unwrap()).unwrap();
    place.run("CREATE TABLE recipes (name TEXT)").await.unwrap();
    let before = std::fs::read(place.url.file().unwrap()).unwrap();
    assert!(matches!(opened(&place.url).await, Err(OpenError::NotALedger { .. })));
    let created = Ledger::create(&place.url, genesis(false), place.clock.clock()).await;
    assert!(matches!(created, Err(OpenError::NotALedger { .. })));
    assert_eq!(std::fs::read(place.url.file().unwrap()).unwrap(), before);

    let folder = LedgerUrl::sqlite(place.dir.path());
    assert!(matches!(opened(&folder).await, Err(OpenError::NotALedger { .. })));
}

#[tokio::test]
async fn a_creation_that_was_cut_short_can_be_repeated() {
    let place = File::made();
    std::fs::write(place.url.file().unwrap(), "").unwrap();
    assert!(matches!(opened(&place.url).await, Err(OpenError::NotALedger { .. })));
    assert_eq!(place.create(false).await.head().position, 1);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let place = File::made();
    place.create(false).await.close().await;
    place.run("PRAGMA user_version = 99").await.unwrap();
    let found = opened(&place.url).await.unwrap_err();
    assert!(matches!(found, OpenError::TooNew { found: 99, .. }), "{found}");
}

#[tokio::test]
async fn an_older_schema_is_brought_up_by_opening_for_writing() {
    let place = File::made();
    place.create(false).await.close().await;
    place.run("DROP TABLE lease; DROP TABLE api_token; PRAGMA user_version = 1").await.unwrap();
    let clock = place.clock.clock();
    let reader = Ledger::open(&place.url, Mode::ReadOnly, clock).await.unwrap_err();
    assert!(matches!(reader, OpenError::TooOld { found: 1, .. }), "{reader}");
    let ledger = opened(&place.url).await.unwrap();
    assert_eq!(ledger.tokens().list().await.unwrap(), []);
}

#[tokio::test]
async fn a_ledger_that_another_process_holds_is_locked() {
    let place = File::made();
    let ledger = place.create(false).await;
    let other = connect(&place.url);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (append, opened) = tokio::join!(append(&ledger, vec![client("a")]), opened(&place.url));
    assert!(matches!(append, Err(AppendError::Locked)), "{append:?}");
    assert!(matches!(opened, Err(OpenError::Storage { .. })), "{opened:?}");
    other.execute_batch("ROLLBACK").unwrap();
    crate::place::append(&ledger, vec![client("a")]).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_stores_nothing_by_halves() {
    let place = File::made();
    let url = format!("{}?max_mib=1", place.url).parse().unwrap();
    let ledger = Ledger::create(&url, genesis(false), place.clock.clock()).await.unwrap();
    let mut stored = Vec::new();
    let refused = loop {
        let number = stored.len();
        let note = Private::noted(format!("{number} {}", "x".repeat(3_000)));
        let batch: Vec<_> = (0..10)
            .map(|n| joined(&format!("{number}.{n}"), &format!("crm:{number}.{n}"), note.clone()))
            .collect();
        match append(&ledger, batch).await {
            Ok(appended) => stored.push(appended.head),
            Err(error) => break error,
        }
        assert!(stored.len() < 100, "the file should be full by now");
    };
    assert!(matches!(refused, AppendError::DiskFull), "{refused:?}");
    let head = *stored.last().unwrap();
    assert_eq!(ledger.refresh().await.unwrap().position, head);
    // It stays of use: what is small may still find room, and what does not is told why.
    let mut head = head;
    for n in 0..200 {
        match append(&ledger, vec![client(&format!("small {n}"))]).await {
            Ok(appended) => head = appended.head,
            Err(error) => assert!(matches!(error, AppendError::DiskFull), "{error:?}"),
        }
    }
    assert_eq!(ledger.read(0, u64::MAX).await.unwrap().len() as u64, head);
    ledger.close().await;

    // With room again, the same request goes through and leaves no gap.
    let ledger = opened(&place.url).await.unwrap();
    assert_eq!(ledger.head().position, head);
    let appended = append(&ledger, vec![client("after")]).await.unwrap();
    assert_eq!(appended.outcomes[0].position, head + 1);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = File::made();
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a")]).await.unwrap();
    for file in std::fs::read_dir(place.dir.path()).unwrap() {
        let mode = file.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
