//! One of us is named, and a client is judged.

use linchpin_domain::entry::Body;
use linchpin_domain::fact::{Fact, JudgementOf, Role};
use linchpin_domain::id::MemberId;
use serde_json::json;

use crate::acts::{account, desk, member, said, twice, with_clients};
use crate::{FORM, JSON, Site};

const MEMBERS: &str = "/v1/members";

#[tokio::test]
async fn the_first_director_is_named_by_nobody_and_names_the_next() {
    let site = Site::new().await;
    let dora = json!({"name": "Dora Dahl", "role": "key-account director", "id": "staff:dora"});
    let first = site.post(MEMBERS, JSON, dora.to_string()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.json()["member"], json!(member("dora")));
    let again = site.post(MEMBERS, JSON, dora.to_string()).await;
    assert_eq!(
        (again.status.as_u16(), again.json()["receipt"]["recorded"].clone()),
        (200, json!(false))
    );

    let eve = |more: serde_json::Value| {
        let mut body = json!({"name": "Eve Ek", "role": "key-account director"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body.to_string()
    };
    let detail = site.post(MEMBERS, JSON, eve(json!({}))).await.problem(403);
    assert!(detail.contains("name in `by` who asks") && !detail.contains("Eve"), "{detail}");
    let named = site.post(MEMBERS, JSON, eve(json!({"by": "staff:dora"}))).await;
    assert_eq!(named.status, 201, "{}", named.text);
    let id: MemberId = named.json()["member"].as_str().unwrap().parse().unwrap();
    assert_ne!(id, member("dora"));
    let known = desk(&site).await;
    let today = "2024-06-01".parse().unwrap();
    assert_eq!(known.firm().member_name(id, today), "Eve Ek");
    assert!(known.firm().has_role(id, Role::Director, today));
    let told = site.told().await.pop().unwrap();
    assert!(told.actor.contains(&member("dora").to_string()), "{}", told.actor);

    let form = "name=Ann+Berg&role=account+manager&id=&by=&return_to=%2Fmembers";
    let back = site.post(MEMBERS, FORM, form).await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, "/members?done=named"));
    for bad in [
        json!({"name": " ", "role": "operations"}),
        json!({"name": "Bo", "role": "janitor"}),
        json!({"role": "operations"}),
        json!({"name": "Bo", "role": "operations", "by": "staff:nobody"}),
    ] {
        let status = site.post(MEMBERS, JSON, bad.to_string()).await.status.as_u16();
        assert!(status == 422 || status == 400, "{bad}: {status}");
    }
}

#[tokio::test]
async fn a_key_stands_for_one_naming_whatever_happened_since() {
    let site = with_clients().await;
    let post = async |role: &str| {
        let headers = [("content-type", JSON), ("idempotency-key", "k")];
        let body = json!({"name": "Cleo Ek", "role": role});
        site.post_with(MEMBERS, &headers, body.to_string()).await
    };
    let first = post("operations").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let id = first.json()["member"].as_str().unwrap().to_owned();
    let other = json!({"name": "Cleo Ek", "role": "account manager", "id": id});
    assert_eq!(site.post(MEMBERS, JSON, other.to_string()).await.status, 201);
    let again = post("operations").await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!(again.json()["member"], json!(id));
    assert_eq!(again.json()["receipt"]["id"], first.json()["receipt"]["id"]);
    let refused = post("account manager").await;
    assert!(refused.problem(409).contains("another request"), "{}", refused.text);
}

#[tokio::test]
async fn a_client_is_judged_once_and_within_bounds() {
    let site = with_clients().await;
    let judge = "/v1/accounts/crm:acme/judge";
    let body = |of: &str, score: i32, more: serde_json::Value| {
        let mut all = json!({"of": of, "score": score, "reason": "they lead"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        said("ann", all)
    };
    twice(&site, judge, body("growth potential", 4, json!({}))).await;
    let Body::Fact(Fact::JudgementGiven(told)) = site.told().await.pop().unwrap().body else {
        panic!()
    };
    assert_eq!((told.of, told.score, told.by), (JudgementOf::GrowthPotential, 4, member("ann")));
    assert_eq!(told.expires.to_string(), "2025-06-01", "a year on");
    let known = desk(&site).await;
    let today = "2024-06-01".parse().unwrap();
    let counts = known.account(account("acme")).unwrap();
    assert_eq!(counts.judgement_on(told.of, today).unwrap().1.score, 4);

    for (body, status, says) in [
        (body("influence", 6, json!({})), 422, "outside 0 to 5"),
        (body("influence", 3, json!({"expires": "2024-06-01"})), 422, "after today"),
        (body("influence", 3, json!({"expires": "2027-06-02"})), 422, "up to 2027-06-01"),
        (body("influence", 3, json!({"reason": " "})), 422, "`reason`"),
    ] {
        let detail = site.post(judge, JSON, body).await.problem(status);
        assert!(detail.contains(says), "{detail}");
    }
    let detail = site.post(judge, JSON, body("charm", 3, json!({}))).await;
    assert!(detail.text.contains("strategic fit"), "it lists what is judged: {}", detail.text);
    let form = format!("of=strategic+fit&score=2&expires=&reason=x&by={}", member("ben"));
    assert_eq!(site.post(judge, FORM, form).await.status, 303);
}

#[tokio::test]
async fn a_key_stands_for_one_judgement_and_its_end() {
    let site = with_clients().await;
    let post = async |expires: Option<&str>| {
        let mut all = json!({"of": "influence", "score": 3, "reason": "they lead"});
        if let Some(expires) = expires {
            all["expires"] = json!(expires);
        }
        let headers = [("content-type", JSON), ("idempotency-key", "k")];
        site.post_with("/v1/accounts/crm:acme/judge", &headers, said("ann", all)).await
    };
    let first = post(Some("2024-12-31")).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(post(Some("2024-12-31")).await.status, 200);
    post(None).await.problem(409);
    post(Some("2025-01-31")).await.problem(409);
}
