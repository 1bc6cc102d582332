//! Creating and opening on PostgreSQL: what is refused, and in which words.

use std::path::Path;
use std::process::Command;

use linchpin_ledger::{AppendError, Ledger, LedgerUrl, Mode, OpenError, StorageError};
use linchpin_testkit::{PostgresServer, TestClock, at, genesis};

use super::{Database, SCHEMA};
use crate::place::{Place, append, client, outcomes};

async fn opened(url: &LedgerUrl, mode: Mode) -> Result<Ledger, OpenError> {
    Ledger::open(url, mode, TestClock::at(at("2024-06-01")).clock()).await
}

async fn refused(address: &str) -> OpenError {
    opened(&address.parse().unwrap(), Mode::ReadWrite).await.unwrap_err()
}

#[tokio::test]
async fn a_ledger_is_made_once_and_only_in_an_empty_schema() {
    let Some(place) = Database::new().await else { return };
    assert!(matches!(opened(&place.url, Mode::ReadWrite).await, Err(OpenError::Missing(_))));
    place.create(false).await.close().await;
    let again = Ledger::create(&place.url, genesis(false), place.clock.clock()).await;
    assert!(matches!(again, Err(OpenError::Exists(_))));
    let recipes = place.server.url("recipes");
    place.run("CREATE SCHEMA recipes; CREATE TABLE recipes.dish (name text)").await.unwrap();
    let created = Ledger::create(&recipes, genesis(false), place.clock.clock()).await;
    assert!(matches!(created, Err(OpenError::NotALedger { .. })));
    assert!(matches!(opened(&recipes, Mode::ReadOnly).await, Err(OpenError::NotALedger { .. })));
    place.run("SELECT name FROM recipes.dish").await.unwrap();
    place.run("UPDATE linchpin_schema SET version = 99").await.unwrap();
    let newer = opened(&place.url, Mode::ReadOnly).await.unwrap_err();
    assert!(matches!(newer, OpenError::TooNew { found: 99, .. }), "{newer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_create_at_once_one_does() {
    let Some(place) = Database::new().await else { return };
    let mut creating = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (url, clock) = (place.url.clone(), place.clock.clock());
        creating.spawn(async move { Ledger::create(&url, genesis(false), clock).await });
    }
    let (made, refused): (Vec<_>, Vec<_>) =
        creating.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for error in refused {
        assert!(matches!(error, Err(OpenError::Exists(_))), "{error:?}");
    }
}

#[tokio::test]
async fn an_older_schema_is_refused_until_it_is_brought_up() {
    let Some(place) = Database::new().await else { return };
    place.create(false).await.close().await;
    place
        .run("DROP TABLE lease; DROP TABLE api_token; UPDATE linchpin_schema SET version = 1")
        .await
        .unwrap();
    for mode in [Mode::ReadWrite, Mode::ReadOnly] {
        let older = opened(&place.url, mode).await.unwrap_err();
        assert!(matches!(older, OpenError::TooOld { found: 1, .. }), "{older}");
        assert!(older.to_string().contains("linchpin migrate"), "{older}");
    }
    let clock = || place.clock.clock();
    let both = tokio::join!(Ledger::migrate(&place.url), Ledger::migrate(&place.url));
    let mut from = [both.0.unwrap().from, both.1.unwrap().from];
    from.sort_unstable();
    assert_eq!(from, [1, 2]);
    let ledger = Ledger::open(&place.url, Mode::ReadWrite, clock()).await.unwrap();
    assert_eq!(ledger.tokens().list().await.unwrap(), []);
    assert!(Ledger::migrate(&place.server.url("nowhere")).await.is_err());
}

#[tokio::test]
async fn who_may_not_is_told_so_in_words() {
    let Some(place) = Database::new().await else { return };
    let ledger = place.create(false).await;
    append(&ledger, vec![client("a")]).await.unwrap();
    let address = place.server.address(SCHEMA);
    let wrong = refused(&address.replace("for-tests", "guessed")).await.to_string();
    assert!(wrong.contains("password authentication failed"), "{wrong}");
    assert!(!wrong.contains("guessed"), "{wrong}");
    let nowhere = refused(&address.replace("/postgres?", "/nowhere?")).await.to_string();
    assert!(nowhere.contains("does not exist"), "{nowhere}");

    place
        .run(
            "CREATE ROLE looker LOGIN PASSWORD 'look'; GRANT USAGE ON SCHEMA desk_1 TO looker;
             GRANT SELECT ON ALL TABLES IN SCHEMA desk_1 TO looker;
             CREATE ROLE stranger LOGIN PASSWORD 'look'",
        )
        .await
        .unwrap();
    let looker = address.replace("linchpin:for-tests", "looker:look");
    let reader = opened(&looker.parse().unwrap(), Mode::ReadOnly).await.unwrap();
    assert_eq!(reader.read(0, 9).await.unwrap().len(), 2);
    let refusal = refused(&looker).await;
    let read_only = matches!(refusal, OpenError::Storage { source: StorageError::ReadOnly, .. });
    assert!(read_only, "{refusal}");
    let stranger = refused(&address.replace("linchpin:for-tests", "stranger:look")).await;
    assert!(matches!(stranger, OpenError::Missing(_)), "{stranger}");
    let elsewhere: LedgerUrl = looker.replace("schema=desk_1", "schema=mine").parse().unwrap();
    let made = Ledger::create(&elsewhere, genesis(false), place.clock.clock()).await;
    let said = made.unwrap_err().to_string();
    assert!(said.contains("permission denied"), "{said}");

    // Rights that are taken away from under a desk.
    place.run("ALTER DATABASE postgres SET default_transaction_read_only = on").await.unwrap();
    let ledger = opened(&place.url, Mode::ReadWrite).await.unwrap();
    let late = append(&ledger, vec![client("b")]).await;
    assert!(matches!(late, Err(AppendError::ReadOnly)), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_ledgers_on_one_server_keep_their_own_order() {
    let Some(place) = Database::new().await else { return };
    let clock = || place.clock.clock();
    let mut writers = tokio::task::JoinSet::new();
    let mut ledgers = Vec::new();
    for schema in ["firm_a", "firm_b"] {
        let url = place.server.url(schema);
        let ledger = Ledger::create(&url, genesis(false), clock()).await.unwrap();
        ledgers.push(ledger.clone());
        writers.spawn(async move {
            for n in 0..100_u64 {
                let appended = append(&ledger, vec![client(&format!("{n}"))]).await.unwrap();
                assert_eq!(outcomes(&appended), [(n + 2, true)]);
            }
        });
    }
    writers.join_all().await;
    for ledger in ledgers {
        assert_eq!(ledger.refresh().await.unwrap().position, 101);
        let ids = ledger.read(1, u64::MAX).await.unwrap().into_iter().map(|entry| entry.id);
        assert!(ids.eq((0..100).map(|n| client(&format!("{n}")).id)));
    }
}

/// An authority of our own and a server that it vouches for; `None` without `openssl`.
fn certificates(folder: &Path) -> Option<Vec<String>> {
    let script = "
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Authority \
            -keyout ca.key -out ca.crt
        openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost\\n' > names
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
            -extfile names -out server.crt
        chmod 600 server.key";
    let made = Command::new("sh").args(["-ec", script]).current_dir(folder).output();
    if !made.is_ok_and(|made| made.status.success()) {
        return None;
    }
    let file = |name: &str| folder.join(name).display().to_string();
    std::fs::write(folder.join("hba.conf"), "hostssl all all 127.0.0.1/32 scram-sha-256\n")
        .unwrap();
    Some(vec![
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.crt")),
        format!("ssl_key_file={}", file("server.key")),
        format!("hba_file={}", file("hba.conf")),
    ])
}

#[tokio::test]
async fn a_server_that_wants_tls_gets_it_and_is_checked() {
    let mut made = true;
    let server = PostgresServer::with(|folder| {
        certificates(folder).unwrap_or_else(|| {
            made = false;
            Vec::new()
        })
    });
    let Some(server) = server else { return };
    if !made {
        return;
    }
    let place = Database::on(server);
    let address = place.server.address(SCHEMA).replace("127.0.0.1", "localhost");
    let root = place.server.folder().join("ca.crt").display().to_string();
    let full = format!("{address}&sslmode=verify-full&sslrootcert={root}");
    let url: LedgerUrl = full.parse().unwrap();
    let ledger = Ledger::create(&url, genesis(false), place.clock.clock()).await.unwrap();
    append(&ledger, vec![client("a")]).await.unwrap();
    assert_eq!(ledger.read(0, 9).await.unwrap().len(), 2);
    // In the clear, unknown authority, another name than it vouches for.
    let clear = refused(&format!("{address}&sslmode=disable")).await.to_string();
    assert!(clear.contains("no encryption"), "{clear}");
    let unknown = refused(&format!("{address}&sslmode=verify-full")).await.to_string();
    assert!(unknown.contains("TLS") && unknown.contains("sslrootcert=FILE"), "{unknown}");
    let other = refused(&full.replace("localhost", "127.0.0.1")).await.to_string();
    assert!(other.contains("TLS"), "{other}");
}
