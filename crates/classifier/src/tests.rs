//! The classifier on a real ledger.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use linchpin_bus::Runner;
use linchpin_domain::audit::Audit;
use linchpin_domain::decision::{Decision, StatusChanged};
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{FactRetracted, InvoiceIssued, PolicyAdopted};
use linchpin_domain::id::{AccountId, EntryId, InvoiceId};
use linchpin_domain::money::Currency;
use linchpin_domain::policy::Status;
use linchpin_ledger::{Ledger, NewEntry};
use linchpin_testkit::{TempLedger, at, told};

use crate::Classifier;

/// A key account from a revenue of 100 in a year on.
pub(crate) const POLICY: &str = r#"
name = "Plain"
enters_at = 1
stays_from = 1
grace_days = 30
[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
at_least = 100
points = 1
missing = "no points"
why = "It pays the rent."
"#;

fn acme() -> AccountId {
    AccountId::named("acme")
}

fn invoice(name: &str, day: &str, amount: u32) -> NewEntry {
    let invoice = InvoiceIssued {
        account: acme(),
        invoice: InvoiceId::named(name),
        number: None,
        amount: amount.into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    };
    told(name, day, invoice)
}

async fn ledger() -> TempLedger {
    let temp = TempLedger::real().await;
    let policy = PolicyAdopted { document: POLICY.to_owned(), approvals: Vec::new() };
    temp.append(vec![told("policy", "2020-01-01", policy)]).await;
    temp
}

async fn settle(ledger: &Ledger) -> usize {
    Runner::new(ledger.clone(), Classifier::default()).settle(None).await.unwrap()
}

async fn changes(ledger: &Ledger) -> Vec<StatusChanged> {
    let entries = ledger.read(0, ledger.head().position).await.unwrap();
    let changes = entries.into_iter().filter_map(|entry| match entry.body {
        Body::Decision(Decision::StatusChanged(change)) => Some(change),
        _ => None,
    });
    changes.collect()
}

#[tokio::test]
async fn a_change_is_recorded_once_with_its_reasons() {
    let temp = ledger().await;
    temp.append(vec![invoice("one", "2024-05-01", 150)]).await;
    assert_eq!(settle(temp.ledger()).await, 1);
    assert_eq!(settle(temp.ledger()).await, 0, "also not by a second classifier");
    let changes = changes(temp.ledger()).await;
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((change.from, change.to, change.points), (Status::Standard, Status::Key, 1));
    assert_eq!(change.since.to_string(), "2024-05-01");
    assert_eq!(change.made_from.on.to_string(), "2024-06-01");
    assert_eq!(change.criteria[0].value.unwrap().to_string(), "150");
}

#[tokio::test]
async fn time_alone_changes_a_status() {
    let temp = ledger().await;
    temp.append(vec![invoice("one", "2024-05-01", 150)]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Classifier::default());
    runner.settle(None).await.unwrap();
    assert_eq!(runner.next_due().unwrap().to_string(), "2025-05-01");
    temp.clock().set(at("2025-05-01T06:00:00Z"));
    assert_eq!(runner.settle(None).await.unwrap(), 1);
    temp.clock().set(at("2025-05-31T06:00:00Z"));
    assert_eq!(runner.settle(None).await.unwrap(), 1);
    let changes = changes(temp.ledger()).await;
    let statuses: Vec<Status> = changes.iter().map(|change| change.to).collect();
    assert_eq!(statuses, [Status::Key, Status::UnderReview, Status::Released]);
}

#[tokio::test]
async fn a_first_day_to_come_is_waited_for_once() {
    let temp = ledger().await;
    temp.append(vec![invoice("one", "2024-07-01", 150)]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Classifier::default());
    assert_eq!(runner.settle(None).await.unwrap(), 0);
    assert_eq!(runner.next_due().unwrap().to_string(), "2024-07-01");
    temp.clock().set(at("2024-07-01T06:00:00Z"));
    assert_eq!(runner.settle(None).await.unwrap(), 1);
    assert_eq!(runner.next_due().unwrap().to_string(), "2025-07-01", "and not for ever");
}

#[tokio::test]
async fn a_first_day_to_come_that_was_taken_back_is_not_waited_for_twice() {
    let temp = ledger().await;
    temp.append(vec![invoice("one", "2024-07-01", 150)]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Classifier::default());
    runner.settle(None).await.unwrap();
    let (account, fact) = (acme(), EntryId::named("one"));
    let back = FactRetracted::of_account(account, fact, "by mistake");
    temp.append(vec![told("retraction", "2024-06-01", back)]).await;
    runner.settle(None).await.unwrap();
    temp.clock().set(at("2024-07-01T06:00:00Z"));
    assert_eq!(runner.settle(None).await.unwrap(), 0);
    assert_eq!(runner.next_due(), None);
}

#[tokio::test]
async fn a_late_fact_and_a_retraction_are_decided_anew() {
    let temp = ledger().await;
    temp.append(vec![invoice("one", "2024-05-01", 60)]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Classifier::default());
    assert_eq!(runner.settle(None).await.unwrap(), 0);
    temp.append(vec![invoice("late", "2024-02-01", 60)]).await;
    assert_eq!(runner.settle(None).await.unwrap(), 1);
    let retraction = FactRetracted::of_account(acme(), EntryId::named("late"), "entered twice");
    temp.append(vec![told("retraction", "2024-06-01", retraction)]).await;
    assert_eq!(runner.settle(None).await.unwrap(), 1);
    assert_eq!(changes(temp.ledger()).await.last().unwrap().to, Status::Standard);
}

#[tokio::test]
async fn an_audit_finds_what_was_decided_otherwise() {
    let temp = ledger().await;
    temp.append(vec![invoice("one", "2024-05-01", 150)]).await;
    settle(temp.ledger()).await;
    let mut forged = changes(temp.ledger()).await.pop().unwrap();
    (forged.ordinal, forged.from, forged.to) = (2, Status::Key, Status::Standard);
    forged.made_from.position = temp.ledger().head().position;
    let forged = NewEntry {
        body: Body::Decision(Decision::StatusChanged(forged)),
        ..invoice("forged", "2024-06-01", 1)
    };
    temp.append(vec![forged]).await;

    let entries = temp.ledger().read(0, temp.ledger().head().position).await.unwrap();
    let mut audit = Audit::default();
    entries.iter().for_each(|entry| audit.note(entry));
    entries.iter().for_each(|entry| audit.recompute(entry));
    assert_eq!(audit.checked(), 2);
    let differences = audit.differences();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert_eq!(differences[0].position, temp.ledger().head().position);
    assert!(differences[0].what.contains("Standard"), "{differences:?}");
}
