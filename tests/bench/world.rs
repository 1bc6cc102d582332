//! What is measured with: a ledger in a folder of its own, and entries of the usual size.

use jiff::Timestamp;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{Fact, InvoiceIssued};
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::{AccountId, EntryId, InvoiceId};
use linchpin_domain::money::Currency;
use linchpin_ledger::{Clock, Ledger, LedgerUrl, NewEntry, Repeat};
use tempfile::TempDir;

/// A moment that stands still, so that no clock is measured.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap()
}

pub(crate) async fn ledger() -> (TempDir, Ledger) {
    let dir = tempfile::tempdir_in(".").unwrap();
    let url = LedgerUrl::sqlite(dir.path().join("ledger.db"));
    let genesis = Genesis {
        firm: "Bench".to_owned(),
        currency: Currency::EUR,
        time_zone: "UTC".to_owned(),
        simulated: false,
    };
    let ledger = Ledger::create(&url, genesis, Clock::from(now)).await.unwrap();
    (dir, ledger)
}

/// One of a thousand clients is invoiced: some 200 bytes of JSON.
pub(crate) fn invoice(number: u64) -> NewEntry {
    let fact = InvoiceIssued {
        account: AccountId::named(&format!("bench:{}", number % 1000)),
        invoice: InvoiceId::named(&format!("bench:{number}")),
        number: Some(format!("2026-{number:09}")),
        amount: (number % 10_000).into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    };
    let at = now() - jiff::SignedDuration::from_secs(i64::try_from(number % 30_000_000).unwrap());
    NewEntry {
        id: EntryId::named(&format!("bench:{number}")),
        occurred_at: Some(at),
        actor: "bench".to_owned(),
        correlation: None,
        causation: None,
        body: Body::Fact(Fact::InvoiceIssued(fact)),
        repeat: Repeat::SameOnly,
    }
}
