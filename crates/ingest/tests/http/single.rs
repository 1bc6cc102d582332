//! One event: stored once, however often it is delivered.

use jiff::Timestamp;
use linchpin_access::{Gate, Lock, Role, issue};
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::AccountId;
use serde_json::json;
use uuid::Uuid;

use crate::{BATCH, STRUCTURED, Site, event, registered};

#[tokio::test]
async fn an_event_is_recorded_and_says_where() {
    let site = Site::new().await;
    let body = registered("1", "crm:0015g", "Halden Werke").to_string();
    let first = site.post("/v1/events", STRUCTURED, body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let receipt = first.json();
    assert_eq!(receipt["recorded"], true);
    let position = receipt["position"].as_u64().unwrap();
    assert_eq!(first.header("location"), format!("/v1/entries/{position}"));
    let entry = site.temp.ledger().entry(position).await.unwrap().unwrap();
    assert_eq!(receipt["id"], entry.id.to_string());

    let head = site.temp.ledger().head().position;
    let again = site.post("/v1/events", STRUCTURED, body).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["position"], position);
    assert_eq!(again.json()["recorded"], false);
    assert_eq!(site.temp.ledger().head().position, head);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_a_conflict() {
    let site = Site::new().await;
    site.post("/v1/events", STRUCTURED, registered("1", "crm:1", "One").to_string()).await;
    let answer =
        site.post("/v1/events", STRUCTURED, registered("1", "crm:1", "Two").to_string()).await;
    let detail = answer.problem(409);
    assert!(detail.contains("give it another id"), "{detail}");
    assert_eq!(site.told().await.len(), 1);
}

#[tokio::test]
async fn a_client_named_by_another_system_is_linked_once() {
    let site = Site::new().await;
    for id in ["1", "2", "3"] {
        let body = registered(id, "crm:0015g", &format!("Name {id}")).to_string();
        assert_eq!(site.post("/v1/events", STRUCTURED, body).await.status, 201);
    }
    let ledger = site.temp.ledger();
    let all = ledger.read(1, ledger.head().position).await.unwrap();
    assert_eq!(all.len(), 4);
    let links: Vec<_> = all
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Fact(Fact::ExternalRefLinked(link)) => Some((entry.occurred_at, link)),
            _ => None,
        })
        .collect();
    let [(occurred_at, link)] = links.as_slice() else { panic!("{} links", links.len()) };
    assert_eq!(*occurred_at, Timestamp::UNIX_EPOCH);
    assert_eq!(link.account, AccountId::named("crm:0015g"));
    assert_eq!((link.source.as_str(), link.id.as_str()), ("crm", "0015g"));
}

#[tokio::test]
async fn without_a_time_it_happened_when_it_was_recorded() {
    let site = Site::new().await;
    let mut body = registered("1", "crm:1", "One");
    body.as_object_mut().unwrap().remove("time");
    assert_eq!(site.post("/v1/events", STRUCTURED, body.to_string()).await.status, 201);
    site.temp.clock().set("2024-06-02T12:00:00Z".parse().unwrap());
    assert_eq!(site.post("/v1/events", STRUCTURED, body.to_string()).await.status, 200);
    let entry = site.told().await.pop().unwrap();
    assert_eq!(entry.occurred_at, entry.recorded_at);
}

#[tokio::test]
async fn the_trace_is_kept_and_other_extensions_are_passed_over() {
    let site = Site::new().await;
    let mut body = registered("1", "crm:1", "One");
    body["traceparent"] = json!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    body["partitionkey"] = json!(7);
    body["subject"] = json!("anything");
    body["dataschema"] = json!(null);
    assert_eq!(site.post("/v1/events", STRUCTURED, body.to_string()).await.status, 201);
    let position = site.told().await.pop().unwrap().position;
    let stored = site.temp.ledger().stored(position).await.unwrap().unwrap();
    let trace = Uuid::try_parse("0af7651916cd43dd8448eb211c80319c").unwrap();
    assert_eq!(stored.correlation, Some(trace));

    let headers = [
        ("content-type", STRUCTURED),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    let body = registered("2", "crm:1", "One").to_string();
    site.post_with("/v1/events", &headers, body).await;
    let position = site.told().await.pop().unwrap().position;
    let stored = site.temp.ledger().stored(position).await.unwrap().unwrap();
    assert_eq!(stored.correlation, Some(trace));
}

#[tokio::test]
async fn an_idempotency_key_answers_as_the_first_time() {
    let site = Site::new().await;
    let headers = [("content-type", STRUCTURED), ("idempotency-key", "\"k-1\"")];
    let body = registered("1", "crm:1", "One").to_string();
    let first = site.post_with("/v1/events", &headers, body.clone()).await;
    let again = site.post_with("/v1/events", &headers, body).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.text, again.text);

    let other = registered("2", "crm:2", "Two").to_string();
    let detail = site.post_with("/v1/events", &headers, other).await.problem(409);
    assert!(detail.contains("Idempotency-Key"), "{detail}");
    assert_eq!(site.told().await.len(), 1);

    let bad = [("content-type", STRUCTURED), ("idempotency-key", "")];
    site.post_with("/v1/events", &bad, "{}").await.problem(400);
}

#[tokio::test]
async fn an_idempotency_key_is_one_of_its_token() {
    let mut site = Site::new().await;
    let tokens = site.temp.ledger().tokens();
    let mut held = Vec::new();
    for name in ["crm", "erp"] {
        held.push(issue(&tokens, name, Role::Writer).await.unwrap().reveal().to_owned());
    }
    site.app = Gate::new(tokens, Lock::Tokens).guard(site.app);
    for (media, wrap) in [(STRUCTURED, false), (BATCH, true)] {
        for (at, token) in held.iter().enumerate() {
            let bearer = format!("Bearer {token}");
            let headers =
                [("content-type", media), ("idempotency-key", "k-1"), ("authorization", &bearer)];
            let body = registered(&format!("{media}{at}"), &format!("crm:{wrap}{at}"), "One");
            let body = if wrap { json!([body]) } else { body }.to_string();
            let first = site.post_with("/v1/events", &headers, body.clone()).await;
            let again = site.post_with("/v1/events", &headers, body).await;
            assert!(first.status.is_success(), "{}", first.text);
            assert_eq!((first.status, &first.text), (again.status, &again.text));
            if wrap {
                assert_eq!(first.json()["recorded"], 1);
            }
        }
    }
    assert_eq!(site.told().await.len(), 4);
}

#[tokio::test]
async fn personal_data_comes_back_open_and_is_stored_sealed() {
    let site = Site::new().await;
    let data =
        json!({"account": "crm:1", "contact": "crm:c1", "person": {"name": "Erika Mustermann"}});
    let body = event("1", "contact.joined", data).to_string();
    assert_eq!(site.post("/v1/events", STRUCTURED, body).await.status, 201);
    let entry = site.told().await.pop().unwrap();
    let Body::Fact(Fact::ContactJoined(joined)) = &entry.body else { panic!() };
    assert_eq!(joined.person.name.as_deref(), Some("Erika Mustermann"));
    let stored = site.temp.ledger().stored(entry.position).await.unwrap().unwrap();
    assert!(!stored.payload.contains("Erika"));
}

#[tokio::test]
async fn a_mended_line_is_fed_again() {
    let site = Site::new().await;
    let line = registered("1", "crm:1", "One").to_string();
    let receipt = linchpin_ingest::door::take_again(site.temp.ledger(), &line).await.unwrap();
    assert!(receipt.recorded);
    let problem =
        linchpin_ingest::door::take_again(site.temp.ledger(), "{\"id\": 1}").await.unwrap_err();
    assert_eq!(problem.status, 400);
}

#[tokio::test]
async fn no_sender_passes_for_the_desk() {
    let site = Site::new().await;
    for source in ["desk:classifier", "page:anna", "sync:clients"] {
        let mut body = registered("1", "crm:1", "One");
        body["source"] = json!(source);
        assert_eq!(site.post("/v1/events", STRUCTURED, body.to_string()).await.status, 201);
        assert_eq!(site.told().await.pop().unwrap().actor, format!("event:{source}"));
    }
    let mut body = registered("1", "crm:1", "One");
    body["source"] = json!("é".repeat(400));
    assert_eq!(site.post("/v1/events", STRUCTURED, body.to_string()).await.status, 201);
    let actor = site.told().await.pop().unwrap().actor;
    assert!(actor.starts_with("event:é") && actor.len() <= linchpin_ledger::MAX_ACTOR, "{actor}");
}
