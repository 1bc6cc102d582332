//! The notifier on a real ledger.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::SignedDuration;
use linchpin_bus::Runner;
use linchpin_domain::audit::Audit;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::{
    BuyingRole, ContactJoined, ContactLeft, ContractKind, ContractSigned, MemberLeft, MemberNamed,
    OwnerAssigned, OwnershipClaimed, Role, WatchlistAdopted,
};
use linchpin_domain::id::{AccountId, ContactId, ContractId, MemberId};
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

async fn entries(ledger: &Ledger) -> Vec<Entry> {
    ledger.read(0, ledger.head().position).await.unwrap()
}

fn audited(entries: &[Entry]) -> Audit {
    let mut audit = Audit::default();
    entries.iter().for_each(|entry| audit.note(entry));
    entries.iter().for_each(|entry| audit.recompute(entry));
    audit
}

/// What was decided, as name and rule, in order.
async fn decided(ledger: &Ledger) -> Vec<String> {
    let decided = entries(ledger).await.into_iter().filter_map(|entry| match entry.body {
        Body::Decision(Decision::AlertRaised(it)) => Some(format!("raised {}", it.rule)),
        Body::Decision(Decision::AlertPassedOn(it)) => {
            Some(format!("passed on, {}", it.reason.words()))
        }
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

    let audit = audited(&entries(temp.ledger()).await);
    assert_eq!((audit.checked(), audit.differences()), (14, &[][..]));
}

fn owned(by: &str, day: &str) -> NewEntry {
    let owner = MemberId::named(by);
    told(&format!("owner {by}"), day, OwnerAssigned { account: acme(), owner })
}

#[tokio::test]
async fn what_is_open_follows_who_takes_over_with_two_at_work_and_an_audit_agrees() {
    let lost = [owned("tom", "2024-01-01"), joined("ann", "2024-01-01"), left("ann", "2024-05-20")];
    let temp = ledger(lost.into()).await;
    let mut one = Runner::new(temp.ledger().clone(), Notifier::default());
    let mut other = Runner::new(temp.ledger().clone(), Notifier::default());
    one.settle(None).await.unwrap();
    let gone = MemberLeft { member: MemberId::named("tom") };
    temp.append(vec![told("tom left", "2024-05-21", gone)]).await;
    one.catch_up().await.unwrap();
    other.catch_up().await.unwrap();
    let (first, second) = tokio::join!(one.settle(None), other.settle(None));
    assert_eq!(first.unwrap() + second.unwrap(), 1, "passed on once");
    temp.append(vec![owned("ina", "2024-05-22")]).await;
    other.settle(None).await.unwrap();
    one.settle(None).await.unwrap();
    let expected = [
        "raised decision-maker-lost",
        "passed on, left the firm",
        "passed on, nobody had the role",
    ];
    assert_eq!(decided(temp.ledger()).await, expected);

    let mut entries = entries(temp.ledger()).await;
    let audit = audited(&entries);
    assert_eq!((audit.checked(), audit.differences()), (3, &[][..]));
    for entry in &mut entries {
        if let Body::Decision(Decision::AlertPassedOn(it)) = &mut entry.body {
            it.to.member = Some(MemberId::named("eva"));
        }
    }
    assert_eq!(audited(&entries).differences().len(), 2, "it was never Eva's");
}

#[tokio::test]
async fn who_is_named_director_gets_what_stands() {
    let claimed = |by: &str| {
        let reason = "my client".to_owned();
        let claim = OwnershipClaimed { account: acme(), by: MemberId::named(by), reason };
        told(&format!("claimed by {by}"), "2024-05-20", claim)
    };
    let temp = ledger(vec![claimed("tom"), claimed("ina")]).await;
    let mut runner = Runner::new(temp.ledger().clone(), Notifier::default());
    runner.settle(None).await.unwrap();
    let (member, role) = (MemberId::named("eva"), Role::Director);
    let named = MemberNamed { member, person: Private::named("Eva"), role };
    temp.append(vec![told("eva named", "2024-05-21", named)]).await;
    runner.settle(None).await.unwrap();
    let expected = ["raised ownership-disputed", "passed on, nobody had the role"];
    assert_eq!(decided(temp.ledger()).await, expected);
}
