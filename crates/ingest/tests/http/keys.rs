//! One request under one Idempotency-Key, whatever the command and whatever has happened since.

use linchpin_domain::entry::Body;
use linchpin_domain::fact::{ContractKind, ContractSigned, Fact, OwnerAssigned};
use linchpin_domain::id::ContractId;
use linchpin_testkit::told;
use serde_json::{Value, json};

use crate::acts::{account, member, said, with_clients};
use crate::commands::{alert, with_alert};
use crate::{Answer, JSON, Site};

async fn keyed(site: &Site, path: &str, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", JSON), ("idempotency-key", key)];
    site.post_with(path, &headers, body.to_string()).await
}

/// The same request is answered as the first time, and every other one under its key is refused.
async fn holds(site: &Site, path: &str, key: &str, body: &Value, others: &[Value]) {
    let first = keyed(site, path, key, body).await;
    assert_eq!(first.status, 201, "{path}: {}", first.text);
    let head = site.temp.ledger().head().position;
    again(site, path, key, body, &first).await;
    for other in others {
        let refused = keyed(site, path, key, other).await;
        let detail = refused.problem(409);
        assert!(detail.contains("was used for another request"), "{path} {other}: {detail}");
        assert_eq!(refused.json()["type"], "urn:linchpin:problem:key-reused");
    }
    assert_eq!(site.temp.ledger().head().position, head, "{path}: nothing more is stored");
}

async fn again(site: &Site, path: &str, key: &str, body: &Value, first: &Answer) {
    let again = keyed(site, path, key, body).await;
    assert_eq!(again.status, 200, "{path}: {}", again.text);
    for part in ["id", "position"] {
        assert_eq!(again.json()[part], first.json()[part], "{path}");
    }
}

#[tokio::test]
async fn of_an_alert() {
    let site = with_alert().await;
    let to = |deed: &str| format!("/v1/alerts/{}/{deed}", alert());
    let snooze = |until: &str, by: &str| json!({"until": until, "by": by});
    let others = [snooze("2024-06-11", "anna"), snooze("2024-06-10", "ben")];
    holds(&site, &to("snooze"), "s", &snooze("2024-06-10", "anna"), &others).await;
    let note = |note: &str, by: &str| json!({"note": note, "by": by});
    let others = [note("I shall write", "anna"), note("I shall call", "ben"), json!({})];
    holds(&site, &to("acknowledge"), "a", &note("I shall call", "anna"), &others).await;
    // It is in hand by now, and still the first request is answered as it was.
    let snoozed = keyed(&site, &to("snooze"), "s", &snooze("2024-06-10", "anna")).await;
    assert_eq!(snoozed.status, 200, "{}", snoozed.text);
    keyed(&site, &to("snooze"), "s2", &snooze("2024-06-10", "anna")).await.problem(409);
    keyed(&site, &to("snooze"), "a", &snooze("2024-06-10", "anna")).await.problem(409);
    keyed(&site, &to("acknowledge"), "", &json!({})).await.problem(400);
    assert_eq!(site.temp.ledger().head().position, 4);
}

#[tokio::test]
async fn of_talks_that_began_and_of_a_fact_taken_back() {
    let site = with_clients().await;
    let contracts = ["1", "2"].map(|name| {
        let signed = ContractSigned {
            account: account("acme"),
            contract: ContractId::named(&format!("crm:{name}")),
            title: "Frame".to_owned(),
            kind: ContractKind::Framework,
            start: "2024-01-01".parse().unwrap(),
            end: "2024-12-31".parse().unwrap(),
            notice_days: Some(90),
            auto_renewal_months: None,
            value_a_year: None,
        };
        told(name, "2024-01-01", signed)
    });
    site.temp.append(contracts.to_vec()).await;
    let (talks, other) = ("/v1/contracts/crm:1/talks-started", "/v1/contracts/crm:2/talks-started");
    let body = json!({"account": "crm:acme", "by": "anna"});
    holds(&site, talks, "t", &body, &[json!({"account": "crm:acme", "by": "ben"})]).await;
    keyed(&site, other, "t", &body).await.problem(409);
    let first = keyed(&site, talks, "t", &body).await;
    // Without a key, or under another, it was said today already.
    assert_eq!(site.post(talks, JSON, body.to_string()).await.json()["id"], first.json()["id"]);
    assert_eq!(keyed(&site, talks, "t2", &body).await.json()["id"], first.json()["id"]);

    let path = format!("/v1/facts/{}/retract", first.json()["id"].as_str().unwrap());
    let because = |reason: &str| json!({"reason": reason, "by": "anna"});
    holds(&site, &path, "r", &because("a slip"), &[because("another")]).await;
    let unkeyed = site.post(&path, JSON, because("once more").to_string()).await;
    assert_eq!(unkeyed.status, 200, "it is taken back once: {}", unkeyed.text);
    // What was taken back may be said again, and the first request is answered as it was.
    let later = keyed(&site, talks, "t3", &body).await;
    assert_eq!(later.status, 201, "{}", later.text);
    again(&site, talks, "t", &body, &first).await;
}

#[tokio::test]
async fn of_a_day_that_is_part_of_the_request() {
    let site = with_clients().await;
    let on = |day: &str| serde_json::from_str::<Value>(&said("ann", json!({"day": day}))).unwrap();
    let today = serde_json::from_str::<Value>(&said("ann", json!({}))).unwrap();
    let to = "/v1/accounts/crm:acme/review";
    holds(&site, to, "d", &on("2024-05-30"), &[on("2024-05-29"), today.clone()]).await;
    holds(&site, to, "now", &today, &[on("2024-05-29")]).await;
}

#[tokio::test]
async fn of_one_of_us_who_leaves_and_hands_over_all() {
    let site = with_clients().await;
    let assigned = ["acme", "bolt"].map(|client| {
        let fact = OwnerAssigned { account: account(client), owner: member("ann") };
        told(&format!("{client} assigned"), "2024-01-01", fact)
    });
    site.temp.append(assigned.to_vec()).await;
    let by = |by: &str, more: Value| serde_json::from_str::<Value>(&said(by, more)).unwrap();
    let leave = "/v1/members/staff:ann/leave";
    let others =
        [by("dora", json!({"day": "2024-05-30"})), by("dora", json!({})), by("ben", json!({}))];
    holds(&site, leave, "l", &by("dora", json!({"day": "2024-05-31"})), &others).await;

    let to = "/v1/members/staff:ann/hand-over";
    let body = |to: &str, reason: &str| by("dora", json!({"to": [to], "reason": reason}));
    let first = keyed(&site, to, "h", &body("staff:ben", "Ann has left.")).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = keyed(&site, to, "h", &body("staff:ben", "Ann has left.")).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let ids = |answer: &Answer| {
        let answer = answer.json();
        let accounts = answer["accounts"].as_array().unwrap().clone();
        accounts.iter().map(|it| it["receipt"]["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&first).len(), 2, "{}", first.text);
    assert_eq!(ids(&again), ids(&first), "it says the same again");
    for other in [body("staff:dora", "Ann has left."), body("staff:ben", "She is gone.")] {
        let refused = keyed(&site, to, "h", &other).await;
        assert!(refused.problem(409).contains("another request"), "{other}");
    }
    let handed = |entry: &&linchpin_domain::entry::Entry| {
        matches!(entry.body, Body::Fact(Fact::OwnerHandedOver(_)))
    };
    assert_eq!(site.told().await.iter().filter(handed).count(), 2);
}
