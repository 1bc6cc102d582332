//! Saying that two clients with names alike are two: once, by a person, from either side.

use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::{AccountId, MemberId};
use serde_json::{Value, json};

use crate::acts::with_clients;
use crate::{FORM, JSON};

const TO: &str = "/v1/accounts/crm:acme/dismiss";

fn no(by: &str, other: &str) -> Value {
    json!({ "by": format!("staff:{by}"), "other": format!("crm:{other}") })
}

#[tokio::test]
async fn a_suggestion_is_dismissed_once_whoever_says_it_again() {
    let site = with_clients().await;
    let mut said = no("ann", "bolt");
    said["reason"] = json!(" one sells tea ");
    let first = site.post(TO, JSON, said.to_string()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let Body::Fact(Fact::SuggestionDismissed(fact)) = site.told().await.pop().unwrap().body else {
        panic!("another fact was stored");
    };
    assert_eq!(
        (fact.account, fact.other),
        (AccountId::named("crm:acme"), AccountId::named("crm:bolt"))
    );
    assert_eq!(fact.by, Some(MemberId::named("staff:ann")));
    assert_eq!(fact.reason.as_deref(), Some("one sells tea"));
    let again = site.post(TO, JSON, no("ben", "bolt").to_string()).await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(first.json()["position"], again.json()["position"]);
    let other_way = json!({ "by": "staff:ann", "other": "crm:acme" }).to_string();
    let other_way = site.post("/v1/accounts/crm:bolt/dismiss", JSON, other_way).await;
    assert_eq!(other_way.status, 200, "it was said of both: {}", other_way.text);
    assert_eq!(first.json()["id"], other_way.json()["id"]);
}

#[tokio::test]
async fn a_form_leads_back_and_needs_no_reason() {
    let site = with_clients().await;
    let form = "by=staff%3Aann&other=crm%3Abolt&reason=&return_to=%2Faccounts%2Fx";
    let answer = site.post(TO, FORM, form).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    assert_eq!(answer.header("location"), "/accounts/x?done=dismissed");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let site = with_clients().await;
    let detail = site.post(TO, JSON, no("ann", "acme").to_string()).await.problem(422);
    assert!(detail.contains("both are the same account"), "{detail}");
    let detail = site.post(TO, JSON, no("ann", "nobody").to_string()).await.problem(422);
    assert!(detail.contains("in `other`"), "{detail}");
    site.post(TO, JSON, no("nobody", "bolt").to_string()).await.problem(422);
    site.post(TO, JSON, json!({ "other": "crm:bolt" }).to_string()).await.problem(400);
    let into = json!({ "by": "staff:ann", "into": "crm:acme", "reason": "one house" });
    site.post("/v1/accounts/crm:bolt/merge", JSON, into.to_string()).await;
    let detail = site.post(TO, JSON, no("ann", "bolt").to_string()).await.problem(409);
    assert!(detail.contains("“Bolt” is a duplicate of this client already"), "{detail}");
}
