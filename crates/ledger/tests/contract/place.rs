//! Where a suite finds its ledgers.

use jiff::Timestamp;
use linchpin_domain::fact::{AccountRegistered, ContactJoined};
use linchpin_domain::id::{AccountId, ContactId};
use linchpin_domain::private::Private;
use linchpin_ledger::{Append, AppendError, Appended, IdempotencyKey, Ledger, Mode, NewEntry};
use linchpin_testkit::{TestClock, at, told};

/// An empty place for one ledger, and a way past the ledger to its rows.
pub(crate) trait Place: Sized {
    /// A place of its own for one test; `None` where the engine's server is not there.
    async fn new() -> Option<Self>;
    /// The clock of all its ledgers.
    fn clock(&self) -> &TestClock;
    /// Creates the ledger.
    async fn create(&self, simulated: bool) -> Ledger;
    /// Opens the ledger, as another process would.
    async fn open(&self, mode: Mode) -> Ledger;
    /// Runs statements past the ledger; whether the engine took them.
    async fn run(&self, statements: &str) -> Result<(), String>;
    /// Every byte that is on disk.
    async fn bytes(&self) -> Vec<u8>;
    /// Takes away the triggers that keep entries as they are.
    async fn unlock(&self);
    /// Sixteen random bytes as the engine writes them.
    const RANDOM_ID: &str;
    /// Begins to append past the ledger, as another process would: holds the head and stores an
    /// entry behind it, but does not commit.
    async fn hold(&self) -> impl Held;
}

/// Another process in the middle of an append.
pub(crate) trait Held {
    /// Commits what it stored.
    async fn commit(self);
    /// Is cut off.
    async fn vanish(self);
}

/// Stores one more entry behind the head, like the first but for its id.
pub(crate) fn append_past<P: Place>() -> String {
    format!(
        "INSERT INTO entry SELECT h.pos + 1, {}, e.stream,
             (SELECT max(version) + 1 FROM entry WHERE stream = e.stream), 'moon.landed', 1,
             e.occurred_at, h.last_recorded_at, h.pos + 1, NULL, NULL, e.actor, '{{}}', e.leaf_hash
         FROM entry e, ledger_head h WHERE e.pos = 1;
         UPDATE ledger_head SET pos = pos + 1;",
        P::RANDOM_ID
    )
}

/// A client's registration; the same name is the same entry.
pub(crate) fn registered(name: &str) -> NewEntry {
    registered_as(name, name)
}

/// A registration under one id with a name of its own.
pub(crate) fn registered_as(id: &str, name: &str) -> NewEntry {
    let account = AccountId::named("crm:acme");
    let fact = AccountRegistered { account, name: name.to_owned(), country: None, sector: None };
    told(id, "2024-05-01", fact)
}

/// A registration of a client of its own.
pub(crate) fn client(name: &str) -> NewEntry {
    let account = AccountId::named(name);
    let fact = AccountRegistered { account, name: name.to_owned(), country: None, sector: None };
    told(name, "2024-05-01", fact)
}

/// A person joins.
pub(crate) fn joined(id: &str, person: &str, private: Private) -> NewEntry {
    let fact = ContactJoined {
        account: AccountId::named("crm:acme"),
        contact: ContactId::named(person),
        person: private,
        title: "Buyer".to_owned(),
        level: None,
        role: None,
    };
    told(id, "2024-05-01", fact)
}

/// An entry at another time.
pub(crate) fn when(entry: NewEntry, occurred_at: &str) -> NewEntry {
    NewEntry { occurred_at: Some(moment(occurred_at)), ..entry }
}

/// A moment.
pub(crate) fn moment(text: &str) -> Timestamp {
    at(text)
}

/// Appends without conditions.
pub(crate) async fn append(
    ledger: &Ledger,
    entries: Vec<NewEntry>,
) -> Result<Appended, AppendError> {
    ledger.append(Append::of(entries)).await
}

/// Appends under a key.
pub(crate) async fn append_as(
    ledger: &Ledger,
    source: &str,
    key: &str,
    entries: Vec<NewEntry>,
) -> Result<Appended, AppendError> {
    let idempotency = Some(IdempotencyKey { source: source.to_owned(), key: key.to_owned() });
    ledger.append(Append { idempotency, ..Append::of(entries) }).await
}

/// Positions and freshness, for short assertions.
pub(crate) fn outcomes(appended: &Appended) -> Vec<(u64, bool)> {
    appended.outcomes.iter().map(|outcome| (outcome.position, outcome.fresh)).collect()
}
