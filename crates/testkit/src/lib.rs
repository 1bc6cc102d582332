//! For tests only: ledgers in a folder of their own, a clock that stands still, short ways to
//! write entries.

mod decider;
mod nats;
mod postgres;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::EntryId;
use linchpin_domain::money::Currency;
use linchpin_ledger::{Append, Appended, Clock, Ledger, LedgerUrl, Mode, NewEntry, Repeat};
use tempfile::TempDir;

pub use decider::{
    Decider, Told, What, a_restart_changes_no_decision, going_on_equals_starting_over,
    what_was_taken_in_is_decided_after_a_restart,
};
pub use nats::{NatsCluster, NatsServer, nats_server};
pub use postgres::{PostgresServer, postgres_bin};

/// A clock that says what it was last told.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock that stands at a moment.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_microsecond())))
    }

    /// Sets it, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_microsecond(), Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }

    /// What it says, to the microsecond.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).expect("it was set from a time")
    }

    /// The same clock as the ledger takes it.
    pub fn clock(&self) -> Clock {
        let this = self.clone();
        Clock::from(move || this.now())
    }
}

/// A moment: `2024-05-01` (its beginning in UTC) or `2024-05-01T10:00:00Z`.
///
/// # Panics
/// Where it is neither.
pub fn at(text: &str) -> Timestamp {
    let whole = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    whole.parse().unwrap_or_else(|e| panic!("`{text}` is no moment: {e}"))
}

/// Says plainly that a test is skipped, and why.
#[expect(clippy::print_stderr, reason = "what is skipped is said where a test's output goes")]
pub fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}

/// How the test ledgers are made: a firm in Berlin that counts in euros.
pub fn genesis(simulated: bool) -> Genesis {
    Genesis {
        firm: "Test Staffing".to_owned(),
        currency: Currency::EUR,
        time_zone: "Europe/Berlin".to_owned(),
        simulated,
    }
}

/// An entry: the name gives its id, so the same name is the same entry.
pub fn told(name: &str, when: &str, fact: impl Into<Fact>) -> NewEntry {
    NewEntry {
        id: EntryId::named(name),
        occurred_at: Some(at(when)),
        actor: "test".to_owned(),
        correlation: None,
        causation: None,
        body: Body::Fact(fact.into()),
        repeat: Repeat::SameOnly,
    }
}

/// A ledger in a folder of its own, gone with it.
#[derive(Debug)]
pub struct TempLedger {
    ledger: Ledger,
    clock: TestClock,
    url: LedgerUrl,
    dir: TempDir,
}

impl TempLedger {
    /// A real ledger whose clock stands at 1 June 2024, noon in UTC, until it is set.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn real() -> Self {
        Self::create(genesis(false)).await
    }

    /// A simulated ledger: its clock is its input.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn simulated() -> Self {
        Self::create(genesis(true)).await
    }

    /// A ledger of another firm.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn create(genesis: Genesis) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the test");
        let url = LedgerUrl::sqlite(dir.path().join("ledger.db"));
        let clock = TestClock::at(at("2024-06-01T12:00:00Z"));
        let ledger = Ledger::create(&url, genesis, clock.clock()).await.expect("a new ledger");
        Self { ledger, clock, url, dir }
    }

    /// The ledger.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Its clock.
    pub fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// Where it is.
    pub fn url(&self) -> &LedgerUrl {
        &self.url
    }

    /// The folder it is in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Stores entries in one request.
    ///
    /// # Panics
    /// Where they are refused.
    pub async fn append(&self, entries: Vec<NewEntry>) -> Appended {
        self.ledger.append(Append::of(entries)).await.expect("the entries are taken")
    }

    /// Opens the same file once more, as another process would.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub async fn second(&self, mode: Mode) -> Ledger {
        Ledger::open(&self.url, mode, self.clock.clock()).await.expect("the ledger opens again")
    }

    /// Closes the ledger and opens it again.
    ///
    /// # Panics
    /// Where it cannot be opened.
    pub async fn reopen(&mut self) {
        self.ledger.clone().close().await;
        self.ledger = self.second(Mode::ReadWrite).await;
    }
}
