//! Copies between the engines: every row the same, and no half copy ever opens.

use std::path::Path;

use linchpin_domain::private::Private;
use linchpin_ledger::{
    AppendError, CopyError, CopyStep, Ledger, LedgerUrl, Mode, NewEntry, NewToken, OpenError,
};
use linchpin_testkit::{PostgresServer, TestClock, at, genesis};
use uuid::Uuid;

use crate::place::{append, append_as, client, joined, outcomes, registered};

fn clock() -> TestClock {
    TestClock::at(at("2024-06-01T12:00:00Z"))
}

async fn open(url: &LedgerUrl, mode: Mode) -> Result<Ledger, OpenError> {
    Ledger::open(url, mode, clock().clock()).await
}

fn file(dir: &Path, name: &str) -> LedgerUrl {
    LedgerUrl::sqlite(dir.join(name))
}

/// A ledger with something in every table.
async fn filled(url: &LedgerUrl) {
    let ledger = Ledger::create(url, genesis(false), clock().clock()).await.unwrap();
    let traced = NewEntry { correlation: Some(Uuid::from_u128(9)), ..client("traced \u{1F600}") };
    append(&ledger, vec![traced, joined("p", "crm:w", Private::named("Wilhelmina"))])
        .await
        .unwrap();
    append(&ledger, vec![joined("q", "crm:gone", Private::named("Someone"))]).await.unwrap();
    append_as(&ledger, "crm", "k1", vec![registered("a"), client("b")]).await.unwrap();
    append_as(&ledger, "crm", "k2", vec![registered("a")]).await.unwrap();
    for n in 0..40 {
        append(&ledger, (0..50).map(|i| client(&format!("{n}.{i}"))).collect()).await.unwrap();
    }
    let quarantine = ledger.quarantine();
    for n in 0..5 {
        quarantine.add("s", &format!("line {n}"), "r", &format!("1;{n};\u{e9}")).await.unwrap();
    }
    quarantine.settle(2).await.unwrap();
    let hash = [7; 32];
    let token = NewToken { name: "zoe".to_owned(), role: "reader".to_owned(), hash };
    ledger.tokens().add(token).await.unwrap();
    ledger.tokens().touch("zoe").await.unwrap();
    ledger.close().await;
}

/// What one ledger answers that another must answer too.
async fn same(one: &Ledger, other: &Ledger) {
    let mut after = 0;
    loop {
        let told = one.stored_range(after, u64::MAX).await.unwrap();
        let read = other.stored_range(after, u64::MAX).await.unwrap();
        assert_eq!(told, read);
        assert_eq!(
            one.read(after, u64::MAX).await.unwrap(),
            other.read(after, u64::MAX).await.unwrap()
        );
        let Some(last) = told.last() else { break };
        after = last.position;
    }
    assert_eq!(one.head(), other.head());
    assert_eq!(one.epoch(), other.epoch());
    assert_eq!(one.secret_for("x"), other.secret_for("x"));
    assert_eq!(one.tokens().list().await.unwrap(), other.tokens().list().await.unwrap());
    for id in 1..=5 {
        let told = one.quarantine().get(id).await.unwrap();
        assert!(told.is_some());
        assert!(told == other.quarantine().get(id).await.unwrap(), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_and_back_again_every_row_is_the_same() {
    let Some(server) = PostgresServer::single() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (here, there, back) = (file(dir.path(), "a.db"), server.url("b"), file(dir.path(), "c.db"));
    filled(&here).await;
    let mut steps = Vec::new();
    let first = Ledger::copy(&here, &there, |step| steps.push(step)).await.unwrap();
    let second = Ledger::copy(&there, &back, |_| {}).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.entries, 2_006);
    assert_eq!(first.beside, 1 + 2 + 2 + 5 + 1);
    assert_eq!(steps.last(), Some(&CopyStep::Compared(2_006, 2_006)));
    let ledgers = [
        open(&here, Mode::ReadOnly).await.unwrap(),
        open(&there, Mode::ReadWrite).await.unwrap(),
        open(&back, Mode::ReadWrite).await.unwrap(),
    ];
    same(&ledgers[0], &ledgers[1]).await;
    same(&ledgers[0], &ledgers[2]).await;
    // They go on where the first stood, and remember what it was asked.
    for ledger in &ledgers[1..] {
        let asked =
            append_as(ledger, "crm", "k1", vec![registered("a"), client("b")]).await.unwrap();
        assert_eq!(outcomes(&asked), [(5, true), (6, true)]);
        let other = append_as(ledger, "crm", "k1", vec![client("c")]).await;
        assert!(matches!(other, Err(AppendError::KeyReused { .. })), "{other:?}");
        let appended = append(ledger, vec![registered("new"), client("p2")]).await.unwrap();
        assert_eq!(outcomes(&appended), [(2_007, true), (2_008, true)]);
        let stream = registered("new").body.stream();
        assert_eq!(ledger.stream_version(stream).await.unwrap(), 4);
        let id = ledger.quarantine().add("s", "line 9", "r", "9").await.unwrap();
        assert_eq!(id, 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_cut_short_never_opens() {
    let Some(server) = PostgresServer::single() else { return };
    let dir = tempfile::tempdir().unwrap();
    let here = file(dir.path(), "a.db");
    filled(&here).await;
    for there in [file(dir.path(), "b.db"), server.url("b")] {
        let cut = {
            let (here, there) = (here.clone(), there.clone());
            tokio::spawn(async move {
                Ledger::copy(&here, &there, |step| {
                    assert!(!matches!(step, CopyStep::Compared(..)), "killed here");
                })
                .await
            })
        };
        assert!(cut.await.is_err());
        for mode in [Mode::ReadOnly, Mode::ReadWrite] {
            let opened = open(&there, mode).await;
            assert!(matches!(opened, Err(OpenError::HalfACopy(_))), "{opened:?}");
        }
        let created = Ledger::create(&there, genesis(false), clock().clock()).await;
        assert!(matches!(created, Err(OpenError::HalfACopy(_))), "{created:?}");
        let again = Ledger::copy(&here, &there, |_| {}).await;
        assert!(matches!(again, Err(CopyError::Open(OpenError::HalfACopy(_)))), "{again:?}");
        assert!(Ledger::migrate(&there).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_goes_only_where_nothing_stands() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (file(dir.path(), "a.db"), file(dir.path(), "b.db"));
    let missing = Ledger::copy(&here, &there, |_| {}).await;
    assert!(matches!(missing, Err(CopyError::Open(OpenError::Missing(_)))), "{missing:?}");
    assert!(!dir.path().join("b.db").exists());
    filled(&here).await;
    let onto = Ledger::copy(&here, &here, |_| {}).await;
    assert!(matches!(onto, Err(CopyError::Open(OpenError::Exists(_)))), "{onto:?}");
    let copied = Ledger::copy(&here, &there, |_| {}).await.unwrap();
    assert_eq!(copied.entries, 2_006);
    let onto = Ledger::copy(&here, &there, |_| {}).await;
    assert!(matches!(onto, Err(CopyError::Open(OpenError::Exists(_)))), "{onto:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_to_the_old_one_meanwhile_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let here = file(dir.path(), "a.db");
    filled(&here).await;
    let ledger = open(&here, Mode::ReadWrite).await.unwrap();
    let meanwhile = |what: usize| {
        let ledger = ledger.clone();
        move |step| {
            // Once all is written, before it is compared.
            if step != CopyStep::Written(ledger.head().position, ledger.head().position) {
                return;
            }
            let write = async {
                match what {
                    0 => drop(append(&ledger, vec![client("late")]).await.unwrap()),
                    1 => drop(ledger.quarantine().settle(3).await.unwrap()),
                    _ => drop(ledger.tokens().revoke("zoe").await.unwrap()),
                }
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(write));
        }
    };
    let there = file(dir.path(), "0.db");
    let moved = Ledger::copy(&here, &there, meanwhile(0)).await;
    assert!(matches!(moved, Err(CopyError::Moved)), "{moved:?}");
    assert!(matches!(open(&there, Mode::ReadOnly).await, Err(OpenError::HalfACopy(_))));
    // What happens before a table is read is taken along.
    for what in [1, 2] {
        let there = file(dir.path(), &format!("{what}.db"));
        Ledger::copy(&here, &there, meanwhile(what)).await.unwrap();
        same(&ledger, &open(&there, Mode::ReadOnly).await.unwrap()).await;
    }
    // What happens after that is not, and is noticed.
    let there = file(dir.path(), "3.db");
    let differs = Ledger::copy(&here, &there, |step| {
        if matches!(step, CopyStep::Compared(..)) {
            let settle = async { ledger.quarantine().settle(4).await.unwrap() };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(settle));
        }
    })
    .await;
    assert!(matches!(differs, Err(CopyError::Differs(_))), "{differs:?}");
    // So is what happens once all is compared: the last of the steps.
    for what in [1, 2] {
        let there = file(dir.path(), &format!("late{what}.db"));
        let mut compared = 0;
        let moved = Ledger::copy(&here, &there, |step| {
            compared += usize::from(step == CopyStep::Compared(2_007, 2_007));
            if compared != 2 {
                return;
            }
            compared += 1;
            let write = async {
                match what {
                    1 => drop(ledger.quarantine().settle(5).await.unwrap()),
                    _ => {
                        drop(append_as(&ledger, "crm", "k3", vec![registered("a")]).await.unwrap())
                    }
                }
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(write));
        })
        .await;
        assert_eq!(compared, 3);
        assert!(matches!(moved, Err(CopyError::Moved)), "{moved:?}");
        assert!(matches!(open(&there, Mode::ReadOnly).await, Err(OpenError::HalfACopy(_))));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_ledger_is_not_copied() {
    let Some(server) = PostgresServer::single() else { return };
    let place = crate::postgres::Database::on(server);
    filled(&place.url).await;
    crate::place::Place::unlock(&place).await;
    let alter = "UPDATE entry SET actor = 'someone' WHERE pos = 1500";
    crate::place::Place::run(&place, alter).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let copied = Ledger::copy(&place.url, &file(dir.path(), "b.db"), |_| {}).await;
    assert!(matches!(copied, Err(CopyError::Damaged(1500))), "{copied:?}");
}
