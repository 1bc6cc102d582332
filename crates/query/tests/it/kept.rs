//! A desk that is asked again and again answers as one that was started just now.

use linchpin_domain::fact::*;
use linchpin_domain::id::{EntryId, InvoiceId};
use linchpin_domain::money::Currency;
use linchpin_ledger::NewEntry;
use linchpin_query::{ReadModel, router};
use linchpin_testkit::told;
use serde_json::Value;

use super::served::{Served, asked};
use super::story::{account, member};

const POLICY: &str = r#"
name = "Revenue"
enters_at = 10
stays_from = 10
[[criterion]]
id = "revenue"
title = "Revenue of the group"
measure = "revenue"
scope = "group"
window_days = 60
at_least = 150
points = 10
missing = "no points"
why = "It counts."
"#;

const PATHS: [&str; 8] = [
    "/v1/portfolio/movement?from=2024-01-01",
    "/v1/portfolio/movement?from=2024-01-01&to=2024-04-01",
    "/v1/portfolio/movement?from=2024-01-01&to=2024-09-01",
    "/v1/portfolio/movement?from=2024-01-01&known_at=2024-06-01T13:00:00Z",
    "/v1/ownership/rulings",
    "/v1/ownership",
    "/v1/accounts/crm:Alder/ownership",
    "/v1/accounts/crm:Birch/status",
];

fn adopted(document: String) -> PolicyAdopted {
    PolicyAdopted { document, approvals: Vec::new() }
}

fn invoice(name: &str, amount: i64) -> InvoiceIssued {
    InvoiceIssued {
        account: account(name),
        invoice: InvoiceId::named(&format!("{name} {amount}")),
        number: None,
        amount: amount.into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    }
}

fn ruled(name: &str, owner: &str) -> OwnershipRuled {
    let (owner, by, reason) = (member(owner), member("Kari Berg"), "so be it".to_owned());
    OwnershipRuled { account: account(name), owner, by, reason, parent_history_counts: None }
}

/// What comes in, one after the other: late facts, a group, a merge and its undoing, a retraction
/// and other rules among it.
fn story() -> Vec<NewEntry> {
    let (alder, birch) = (account("Alder"), account("Birch"));
    let reason = || "one client".to_owned();
    vec![
        told("policy 2", "2024-01-02", adopted(POLICY.to_owned())),
        told("i1", "2024-03-01", invoice("Alder", 200)),
        told("r1", "2024-03-05", ruled("Alder", "Maija Virtanen")),
        told("i2", "2024-02-01", invoice("Birch", 100)),
        told("i3", "2024-02-20", invoice("Birch", 90)),
        told("r2", "2024-02-25", ruled("Birch", "Joe Bloggs")),
        told("p1", "2024-02-22", ParentSet { account: alder, parent: birch }),
        told("m1", "2024-03-10", AccountsMerged { account: alder, into: birch, reason: reason() }),
        told(
            "u1",
            "2024-03-11",
            AccountsUnmerged { account: alder, from: birch, reason: reason() },
        ),
        told("b1", "2024-05-01", FactRetracted::of_account(birch, EntryId::named("i3"), "typo")),
        told("policy 3", "2024-03-20", adopted(POLICY.replace("150", "80"))),
    ]
}

#[tokio::test]
async fn whoever_is_asked_again_answers_as_one_that_was_started_just_now() {
    let served = Served::new().await;
    served.member(member("Kari Berg"), Role::Director).await;
    for name in ["Alder", "Birch", "Cedar"] {
        served.client(name).await;
    }
    let mut answers: Vec<Vec<Value>> = Vec::new();
    for entry in story() {
        served.append(vec![entry]).await;
        let model = ReadModel::start(served.ledger.ledger().clone());
        model.reached(served.model.position()).await;
        let new = router(model, Vec::new());
        let mut found = Vec::new();
        for path in PATHS {
            let known = served.ok(path).await;
            assert_eq!(served.ok(path).await, known, "{path}");
            assert_eq!(asked(&new, path).await, (200, known.clone()), "{path}");
            found.push(known);
        }
        answers.push(found);
    }
    let moved: Vec<u64> = answers.iter().map(|it| it[0]["moved"].as_u64().unwrap()).collect();
    assert_eq!(moved, [0, 1, 1, 1, 2, 2, 2, 1, 2, 2, 2]);
    let rulings: Vec<u64> = answers.iter().map(|it| it[4]["total"].as_u64().unwrap()).collect();
    assert_eq!(rulings[..7], [0, 0, 1, 1, 1, 2, 2]);
}
