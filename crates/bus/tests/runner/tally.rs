//! A service small enough to see through: it takes every renaming in hand once, and every
//! registration on the day after.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::decision::{AlertAcknowledged, Decision};
use linchpin_domain::desk::Changed;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::{AccountRegistered, AccountRenamed, Fact};
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::{AccountId, AlertId, EntryId};
use linchpin_ledger::{Ledger, NewEntry};
use linchpin_testkit::told;
use serde::{Deserialize, Serialize};

/// Entries absorbed by this process: each test is one.
pub(crate) static ABSORBED: AtomicU64 = AtomicU64::new(0);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    waiting: BTreeSet<EntryId>,
    due: BTreeSet<(Date, EntryId)>,
}

impl Service for Tally {
    const ACTOR: &'static str = "desk:tally";

    fn absorb(&mut self, entry: &Entry) -> Changed {
        ABSORBED.fetch_add(1, Ordering::SeqCst);
        match &entry.body {
            Body::Fact(Fact::AccountRenamed(_)) => {
                self.waiting.insert(entry.id);
            }
            Body::Fact(Fact::AccountRegistered(_)) => {
                let day = day_of(entry.recorded_at, &jiff::tz::TimeZone::UTC);
                self.due.insert((day.tomorrow().unwrap(), entry.id));
            }
            _ => return Changed::default(),
        }
        Changed { accounts: vec![account()], ..Changed::default() }
    }

    fn decide(&mut self, today: Date) -> Vec<(EntryId, Decision)> {
        let later = self.due.split_off(&(today.tomorrow().unwrap(), EntryId(uuid::Uuid::nil())));
        let due = std::mem::replace(&mut self.due, later).into_iter().map(|(_, id)| id);
        due.chain(std::mem::take(&mut self.waiting)).map(decided).collect()
    }

    fn next_due(&self) -> Option<Date> {
        self.due.first().map(|(day, _)| *day)
    }
}

fn decided(fact: EntryId) -> (EntryId, Decision) {
    let (account, alert) = (account(), AlertId(fact.0));
    let decision = AlertAcknowledged { account, alert, note: None };
    (EntryId::named(&format!("tally/{fact}")), decision.into())
}

pub(crate) fn account() -> AccountId {
    AccountId::named("crm:acme")
}

pub(crate) fn renamed(name: &str) -> NewEntry {
    told(name, "2024-05-01", AccountRenamed { account: account(), name: name.to_owned() })
}

pub(crate) fn registered(name: &str) -> NewEntry {
    let (account, name) = (account(), name.to_owned());
    told(
        &name.clone(),
        "2024-05-01",
        AccountRegistered { account, name, country: None, sector: None },
    )
}

/// All entries of a ledger.
pub(crate) async fn entries(ledger: &Ledger) -> Vec<Entry> {
    let head = ledger.refresh().await.unwrap().position;
    let mut entries: Vec<Entry> = Vec::new();
    while (entries.len() as u64) < head {
        entries.extend(ledger.read(entries.len() as u64, head).await.unwrap());
    }
    entries
}

/// Every fact of a ledger was taken in hand exactly once, and nothing else was.
pub(crate) async fn each_was_decided_once(ledger: &Ledger, facts: usize) {
    let mut told = BTreeSet::new();
    let mut decided = Vec::new();
    for entry in entries(ledger).await {
        match entry.body {
            Body::Fact(_) => drop(told.insert(entry.id.0)),
            Body::Decision(Decision::AlertAcknowledged(it)) => decided.push(it.alert.0),
            _ => {}
        }
    }
    assert_eq!(told.len(), facts);
    assert_eq!(decided.len(), facts, "once each");
    assert_eq!(decided.into_iter().collect::<BTreeSet<_>>(), told);
}
