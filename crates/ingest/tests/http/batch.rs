//! A batch is taken event by event, and answered event by event.

use serde_json::{Value, json};

use crate::{BATCH, Site, event, registered};

#[tokio::test]
async fn good_and_bad_events_are_told_apart() {
    let site = Site::new().await;
    let bad = event("3", "account.registered", json!({"account": "crm:3"}));
    let mut unknown = registered("4", "crm:4", "Four");
    unknown["type"] = json!("linchpin.nothing");
    let batch = json!([
        registered("1", "crm:1", "One"),
        registered("1", "crm:1", "One"),
        bad,
        unknown,
        5,
        registered("1", "crm:1", "Another"),
        registered("2", "crm:2", "Two"),
    ]);
    let text = serde_json::to_string_pretty(&batch).unwrap();
    let answer = site.post("/v1/events", BATCH, text.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let counts = [&answer["recorded"], &answer["already_there"], &answer["refused"]];
    assert_eq!(counts, [&json!(2), &json!(1), &json!(4)]);
    let statuses: Vec<Value> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| match &item["problem"] {
            Value::Null => item["receipt"]["recorded"].clone(),
            problem => problem["status"].clone(),
        })
        .collect();
    assert_eq!(json!(statuses), json!([true, false, 422, 422, 400, 409, true]));
    // The place is a line of the whole body, the pointer one within the event.
    let place = &answer["events"][2]["problem"]["place"];
    let line = text.lines().position(|line| line.contains("crm:3")).unwrap() + 2;
    assert_eq!((&place["line"], &place["pointer"]), (&json!(line), &json!("/data")));
    assert_eq!(site.told().await.len(), 2);
}

#[tokio::test]
async fn a_batch_of_which_nothing_is_taken_is_refused() {
    let site = Site::new().await;
    let answer = site.post("/v1/events", BATCH, "[{}, {}]").await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.json()["refused"], 2);
    let empty = site.post("/v1/events", BATCH, "[]").await;
    assert_eq!(empty.status, 200);
    assert_eq!(empty.json()["events"], json!([]));
}

#[tokio::test]
async fn what_is_no_batch_is_refused_whole() {
    let site = Site::new().await;
    let good = registered("1", "crm:1", "One");
    for body in [good.to_string(), format!("[{good},"), format!("[{good}] x"), String::new()] {
        let answer = site.post("/v1/events", BATCH, body).await;
        answer.problem(400);
        assert!(answer.json()["place"]["line"].is_u64());
    }
    let many = format!("[{}]", vec!["{}"; 10_001].join(","));
    let detail = site.post("/v1/events", BATCH, many).await.problem(400);
    assert!(detail.contains("10000"), "{detail}");
    assert_eq!(site.temp.ledger().head().position, 1);
}

#[tokio::test]
async fn a_large_batch_keeps_its_order() {
    let site = Site::new().await;
    let events: Vec<Value> =
        (0..1_200).map(|n| registered(&n.to_string(), "crm:1", &format!("Name {n}"))).collect();
    let answer = site.post("/v1/events", BATCH, json!(events).to_string()).await.json();
    assert_eq!(answer["recorded"], 1_200);
    let positions: Vec<u64> = answer["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["receipt"]["position"].as_u64().unwrap())
        .collect();
    assert!(positions.is_sorted());
    assert_eq!(site.told().await.len(), 1_200);
}

#[tokio::test]
async fn an_idempotency_key_holds_for_each_place() {
    let site = Site::new().await;
    let headers = [("content-type", BATCH), ("idempotency-key", "nightly")];
    let batch =
        json!([registered("1", "crm:1", "One"), registered("2", "crm:2", "Two")]).to_string();
    let first = site.post_with("/v1/events", &headers, batch.clone()).await;
    let again = site.post_with("/v1/events", &headers, batch).await;
    assert_eq!(first.text, again.text);
    assert_eq!(again.json()["recorded"], 2);
    let other =
        json!([registered("9", "crm:1", "One"), registered("2", "crm:2", "Two")]).to_string();
    let other = site.post_with("/v1/events", &headers, other).await.json();
    assert_eq!(other["events"][0]["problem"]["status"], 409);
    assert_eq!(site.told().await.len(), 2);
}
