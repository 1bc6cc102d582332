//! One of us leaves, and all they look after passes over.

use linchpin_domain::desk::Desk;
use linchpin_domain::fact::OwnerAssigned;
use linchpin_testkit::told;
use serde_json::json;

use crate::acts::{account, desk, member, said, twice, with_clients};
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
    let form = site.post(to, FORM, form).await;
    assert_eq!(form.header("location"), "/?done=nothing-handed-over");
    let nobody = said("dora", json!({"to": [], "reason": "x"}));
    site.post(to, JSON, nobody).await.problem(422);
    let herself = said("dora", json!({"to": ["staff:ann"], "reason": "x"}));
    site.post(to, JSON, herself).await.problem(422);
    site.post("/v1/members/staff:nobody/leave", JSON, said("dora", json!({}))).await.problem(404);
}

/// On which day somebody left, as far as that is known today.
fn left(desk: &Desk, name: &str) -> Option<String> {
    let today = "2024-06-01".parse().unwrap();
    desk.firm().left_by(member(name), today).map(|day| day.to_string())
}

#[tokio::test]
async fn who_left_by_mistake_is_here_again_with_all_they_look_after() {
    let site = with_clients().await;
    owned(&site, &["acme", "bolt"], "ann").await;
    let leave = "/v1/members/staff:ann/leave";
    let first = site.post(leave, JSON, said("dora", json!({"day": "2024-05-31"}))).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(left(&desk(&site).await, "ann").as_deref(), Some("2024-05-31"));
    let nominate = "/v1/accounts/crm:acme/nominate";
    let reason = said("ann", json!({"reason": "three projects"}));
    site.post(nominate, JSON, reason.clone()).await.problem(409);
    // The day was wrong: it says what to do.
    let other = site.post(leave, JSON, said("dora", json!({"day": "2024-05-30"}))).await;
    assert!(other.problem(409).contains("take that back first"), "{}", other.text);

    let retract = |id: &str| format!("/v1/facts/{id}/retract");
    let first_id = first.json()["id"].as_str().unwrap().to_owned();
    let because = |more: serde_json::Value| {
        let mut body = json!({"reason": "she only moved desks"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let client = because(json!({"account": "crm:acme"}));
    site.post(&retract(&first_id), JSON, client).await.problem(422);
    twice(&site, &retract(&first_id), because(json!({}))).await;
    let known = desk(&site).await;
    assert_eq!(left(&known, "ann"), None);
    for client in ["acme", "bolt"] {
        let day = "2024-06-01".parse().unwrap();
        let owner = known.account(account(client)).unwrap().owner_on(known.firm(), day);
        assert_eq!(owner, Some(member("ann")));
    }
    assert_eq!(site.post(nominate, JSON, reason).await.status, 201, "she acts again");
    let over = said("dora", json!({"to": "staff:ann", "reason": "hers"}));
    site.post("/v1/accounts/crm:acme/hand-over", JSON, over).await.problem(409);

    // It can be said again, for another day, and be taken back again.
    let again = site.post(leave, JSON, said("dora", json!({"day": "2024-05-30"}))).await;
    assert_eq!(again.status, 201, "{}", again.text);
    assert_ne!(again.json()["id"], first.json()["id"]);
    assert_eq!(left(&desk(&site).await, "ann").as_deref(), Some("2024-05-30"));
    let again = again.json()["id"].as_str().unwrap().to_owned();
    twice(&site, &retract(&again), because(json!({}))).await;
    assert_eq!(left(&desk(&site).await, "ann"), None);

    // Of the firm's other facts none is taken back.
    let named = linchpin_domain::id::EntryId::named("ann");
    let detail = site.post(&retract(&named.to_string()), JSON, because(json!({}))).await;
    assert!(detail.problem(422).contains("only that somebody left"), "{}", detail.text);
}

#[tokio::test]
async fn a_retraction_told_as_an_event_names_a_client_or_one_of_us() {
    let site = with_clients().await;
    let left_as = linchpin_domain::id::EntryId::named("/hr\ngone");
    let gone = |id: &str, kind: &str, data: serde_json::Value| {
        let mut event = crate::event(id, kind, data);
        event["source"] = json!("/hr");
        event.to_string()
    };
    let back = |data: serde_json::Value| {
        let mut data = data;
        data["fact"] = json!(left_as);
        data["reason"] = json!("another Ann");
        gone("back", "fact.retracted", data)
    };
    let post = |event: String| site.post("/v1/events", crate::STRUCTURED, event);
    for wrong in [json!({}), json!({"account": "crm:acme", "member": "staff:ann"})] {
        let detail = post(back(wrong)).await.problem(422);
        assert!(detail.contains("one of the two"), "{detail}");
    }
    // Whichever comes first.
    assert_eq!(post(back(json!({"member": "staff:ann"}))).await.status, 201);
    let said = gone("gone", "member.left", json!({"member": "staff:ann"}));
    assert_eq!(post(said).await.json()["id"], json!(left_as));
    assert_eq!(left(&desk(&site).await, "ann"), None);
}
