//! One of us leaves, and all they look after passes over.

use linchpin_domain::fact::OwnerAssigned;
use linchpin_testkit::told;
use serde_json::json;

use crate::acts::{account, member, said, twice, with_clients};
use crate::{FORM, JSON, Site};

/// Gives clients an account manager.
async fn owned(site: &Site, clients: &[&str], owner: &str) {
    let assigned = clients.iter().map(|client| {
        let fact = OwnerAssigned { account: account(client), owner: member(owner) };
        told(&format!("{client} assigned"), "2024-01-01", fact)
    });
    site.temp.append(assigned.collect()).await;
}

#[tokio::test]
async fn a_leaver_hands_over_all_accounts_after_a_plan() {
    let site = with_clients().await;
    owned(&site, &["acme", "bolt", "cog"], "ann").await;
    let leave = "/v1/members/staff:ann/leave";
    twice(&site, leave, said("dora", json!({"day": "2024-05-31"}))).await;
    let to = "/v1/members/staff:ann/hand-over";
    let body = |dry: bool| {
        let takers = ["staff:ben", "staff:dora"];
        said("dora", json!({"to": takers, "reason": "Ann has left.", "dry_run": dry}))
    };
    let before = site.temp.ledger().head().position;
    let plan = site.post(to, JSON, body(true)).await;
    assert_eq!(plan.status, 200, "{}", plan.text);
    let plan = plan.json();
    assert_eq!(plan["accounts"].as_array().unwrap().len(), 3, "{plan}");
    let acme = plan["accounts"].as_array().unwrap().iter().find(|it| it["name"] == "Acme").unwrap();
    assert_eq!(acme["contacts"][0]["name"], "Cat Cole");
    assert_eq!(site.temp.ledger().head().position, before, "a plan stores nothing");

    let done = site.post(to, JSON, body(false)).await;
    assert_eq!(done.status, 201, "{}", done.text);
    assert_eq!(site.temp.ledger().head().position, before + 3, "an entry for each account");
    for (planned, done) in
        plan["accounts"].as_array().unwrap().iter().zip(done.json()["accounts"].as_array().unwrap())
    {
        assert_eq!((&planned["account"], &planned["to"]), (&done["account"], &done["to"]));
        assert_eq!(done["receipt"]["recorded"], true);
    }
    let again = site.post(to, JSON, body(false)).await;
    assert_eq!((again.status.as_u16(), again.json()["accounts"].clone()), (200, json!([])));
    let form = format!("by={}&to={}&reason=x", member("dora"), member("ben"));
    assert_eq!(site.post(to, FORM, form).await.status, 303);
    let nobody = said("dora", json!({"to": [], "reason": "x"}));
    site.post(to, JSON, nobody).await.problem(422);
    let herself = said("dora", json!({"to": ["staff:ann"], "reason": "x"}));
    site.post(to, JSON, herself).await.problem(422);
    site.post("/v1/members/staff:nobody/leave", JSON, said("dora", json!({}))).await.problem(404);
}
