//! The notifier on a real ledger.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::SignedDuration;
use linchpin_bus::Runner;
use linchpin_domain::audit::Audit;
use linchpin_domain::fact::{
    BuyingRole, ContactJoined, ContactLeft, ContractKind, ContractSigned, WatchlistAdopted,
};
use linchpin_domain::id::{AccountId, ContactId, ContractId};
use linchpin_domain::private::Private;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_ledger::{Ledger, NewEntry};
use linchpin_testkit::{TempLedger, at, told};

use crate::Notifier;

fn acme() -> AccountId {
    AccountId::named("acme")
}

fn joined(who: &str, day: &str) -> NewEntry {
    let joined = ContactJoined {
        account: acme(),
        contact: ContactId::named(who),
        person: Private::named(who),
        title: String::new(),
        level: None,
        role: Some(BuyingRole::DecisionMaker),
    };
    told(&format!("joined {who}"), day, joined)
}

fn left(who: &str, day: &str) -> NewEntry {
    told(
        &format!("left {who}"),
        day,
        ContactLeft { account: acme(), contact: ContactId::named(who) },
    )
}

fn framework(end: &str) -> NewEntry {
    let signed = ContractSigned {
        account: acme(),
        contract: ContractId::named("framework"),
        title: "Framework agreement".to_owned(),
        kind: ContractKind::Framework,
        start: "2024-01-01".parse().unwrap(),
        end: end.parse().unwrap(),
        notice_days: Some(30),
        auto_renewal_months: None,
        value_a_year: None,
    };
    told("framework", "2024-01-01", signed)
}

async fn ledger(facts: Vec<NewEntry>) -> TempLedger {
    let temp = TempLedger::real().await;
    let list = WatchlistAdopted { document: FIRST_WATCHLIST.to_owned() };
    temp.append(vec![told("watchlist", "2020-01-01", list)]).await;
    temp.append(facts).await;
    temp
}

/// What was decided, as name and rule, in order.
async fn decided(ledger: &Ledger) -> Vec<String> {
    use linchpin_domain::decision::Decision;
    use linchpin_domain::entry::Body;
    let entries = ledger.read(0, ledger.head().position).await.unwrap();
    let decided = entries.into_iter().filter_map(|entry| match entry.body {
        Body::Decision(Decision::AlertRaised(it)) => Some(format!("raised {}", it.rule)),
        Body::Decision(Decision::AlertResolved(it)) => {
            Some(format!("resolved, {}", it.reason.words()))
        }
        _ => None,
    });
    decided.collect()
}

#[tokio::test]
async fn twice_at_work_raises_once() {
    let temp = ledger(vec![joined("ann", "2024-01-01"), left("ann", "2024-05-20")]).await;
    let mut one = Runner::new(temp.ledger().clone(), Notifier::default());
    let mut other = Runner::new(temp.ledger().clone(), Notifier::default());
    one.catch_up().await.unwrap();
    other.catch_up().await.unwrap();
    let (one, other) = tokio::join!(one.settle(None), other.settle(None));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(decided(temp.ledger()).await, ["raised decision-maker-lost"]);
}

#[tokio::test]
async fn what_a_late_fact_disproves_is_resolved() {
    let temp = ledger(vec![joined("ann", "2024-01-01"), left("ann", "2024-05-20")]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Notifier::default());
    runner.settle(None).await.unwrap();
    temp.append(vec![joined("ben", "2024-01-01")]).await;
    runner.settle(None).await.unwrap();
    assert_eq!(
        decided(temp.ledger()).await,
        ["raised decision-maker-lost", "resolved, no longer true", "raised contact-left"],
        "there was another decision maker all the while"
    );
}

#[tokio::test]
async fn deadlines_come_with_the_days_and_an_audit_agrees() {
    let temp = ledger(vec![framework("2024-12-31")]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Notifier::default());
    while temp.clock().now() < at("2025-01-03") {
        runner.settle(None).await.unwrap();
        temp.clock().advance(SignedDuration::from_hours(24));
    }
    let decided = decided(temp.ledger()).await;
    let raised = decided.iter().filter(|line| line.starts_with("raised")).count();
    assert_eq!(raised, 4 + 3, "four lead times for notice, three for the end: {decided:?}");
    assert_eq!(decided.len(), 2 * raised, "each was resolved in its turn: {decided:?}");

    let entries = temp.ledger().read(0, temp.ledger().head().position).await.unwrap();
    let mut audit = Audit::default();
    entries.iter().for_each(|entry| audit.note(entry));
    entries.iter().for_each(|entry| audit.recompute(entry));
    assert_eq!((audit.checked(), audit.differences()), (14, &[][..]));
}
