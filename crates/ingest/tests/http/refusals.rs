//! Bad input: each fault has its status, its sentence and its place.

use serde_json::{Value, json};

use crate::{JSON, STRUCTURED, Site, event, registered};

/// Sends a body as one structured event; it must be refused, and leave no trace.
async fn refused(body: impl Into<axum::body::Body>, status: u16) -> Value {
    let site = Site::new().await;
    let answer = site.post("/v1/events", STRUCTURED, body).await;
    answer.problem(status);
    assert_eq!(site.temp.ledger().head().position, 1);
    answer.json()
}

#[track_caller]
fn says(problem: &Value, words: &[&str]) {
    let detail = problem["detail"].as_str().unwrap();
    for word in words {
        assert!(detail.contains(word), "{word} is not in: {detail}");
    }
}

#[tokio::test]
async fn bad_json_has_its_line_and_column() {
    let problem = refused("{\n  \"id\": \"1\",\n  \"source\": oops\n}", 400).await;
    assert_eq!(problem["place"]["line"], 3);
    assert_eq!(problem["place"]["column"], 13);
    assert_eq!(problem["place"]["pointer"], "/source");
    for body in ["", "{", "[]", "5", "null", "{} {}", "\u{feff}{}"] {
        refused(body, 400).await;
    }
}

#[tokio::test]
async fn invalid_utf8_has_its_place() {
    let problem = refused(&b"{\n\"id\": \"\xff\"}"[..], 400).await;
    says(&problem, &["UTF-8"]);
    assert_eq!((&problem["place"]["line"], &problem["place"]["column"]), (&json!(2), &json!(8)));
}

#[tokio::test]
async fn a_key_that_stands_twice_is_refused() {
    let body = registered("1", "crm:1", "One").to_string();
    let twice = body.replacen('{', "{\"id\":\"2\",", 1);
    says(&refused(twice, 400).await, &["`id`", "twice"]);
    let extension = body.replacen('{', "{\"x\":1,\"x\":2,", 1);
    says(&refused(extension, 400).await, &["`x`", "twice"]);
    let in_data = body.replace("\"name\":\"One\"", "\"name\":\"One\",\"name\":\"Two\"");
    says(&refused(in_data, 422).await, &["duplicate field `name`"]);
}

#[tokio::test]
async fn each_required_attribute_is_missed() {
    for name in ["id", "source", "specversion", "type", "data"] {
        let mut body = registered("1", "crm:1", "One");
        body.as_object_mut().unwrap().remove(name);
        let status = if name == "data" { 422 } else { 400 };
        says(&refused(body.to_string(), status).await, &[name, "missing"]);
        let mut body = registered("1", "crm:1", "One");
        body[name] = Value::Null;
        says(&refused(body.to_string(), status).await, &[name, "missing"]);
    }
    for name in ["id", "source"] {
        let mut body = registered("1", "crm:1", "One");
        body[name] = json!(" ");
        let problem = refused(body.to_string(), 400).await;
        says(&problem, &[name, "empty"]);
        assert_eq!(problem["place"]["pointer"], format!("/{name}"));
    }
}

#[tokio::test]
async fn wrong_attributes_are_refused_with_their_name() {
    let long = "x".repeat(1_001);
    let cases = [
        ("specversion", json!("0.3"), "`specversion` must be `1.0`"),
        ("id", json!(5), "`id` must be a text"),
        ("id", json!("a\nb"), "control character"),
        ("source", json!(long), "at most 1000"),
        ("time", json!("2024-02-31T10:00:00Z"), "2024-02-31"),
        ("time", json!("2024-05-01"), "RFC 3339"),
        ("time", json!("2024-05-01T10:00:00"), "RFC 3339"),
        ("time", json!("2024-05-01T10:00:00Z[UTC]"), "RFC 3339"),
        ("time", json!("9024-05-01T10:00:00Z"), "years 1900 to 2200"),
        ("time", json!(1_714_557_600), "`time` must be a text"),
        ("datacontenttype", json!("text/xml"), "application/json"),
        ("Time", json!("x"), "`Time` is no attribute"),
        ("extra_field", json!("x"), "`extra_field` is no attribute"),
        ("extra", json!({"a": 1}), "`extra` must be a text"),
    ];
    for (name, value, words) in cases {
        let mut body = registered("1", "crm:1", "One");
        body[name] = value;
        says(&refused(body.to_string(), 400).await, &[words]);
    }
}

#[tokio::test]
async fn the_type_must_be_one_of_ours() {
    for kind in [
        "com.example.someevent",
        "linchpin.invoice.isued",
        "linchpin.alert.raised",
        "invoice.issued",
    ] {
        let mut body = registered("1", "crm:1", "One");
        body["type"] = json!(kind);
        says(&refused(body.to_string(), 422).await, &[kind, "/openapi.json"]);
    }
}

#[tokio::test]
async fn data_that_is_not_of_its_shape_is_refused_with_the_place() {
    let data = json!({"account": "crm:1", "name": "One", "colour": "red"});
    let problem = refused(event("1", "account.registered", data).to_string(), 422).await;
    says(&problem, &["unknown field `colour`"]);
    assert_eq!(problem["place"]["pointer"], "/data/colour");

    let data = json!({"account": "crm:1"});
    let problem = refused(event("1", "account.registered", data).to_string(), 422).await;
    says(&problem, &["missing field `name`"]);

    let data = json!({"account": 5, "name": "One"});
    let problem = refused(event("1", "account.registered", data).to_string(), 422).await;
    says(&problem, &["a UUID, or SOURCE:ID"]);
    assert_eq!(problem["place"]["pointer"], "/data/account");

    let data = json!({"account": "no id", "name": "One"});
    let problem = refused(event("1", "account.registered", data).to_string(), 422).await;
    assert_eq!(problem["place"]["pointer"], "/data/account");

    for data in [json!([]), json!("text"), json!(5)] {
        let problem = refused(event("1", "account.registered", data).to_string(), 422).await;
        says(&problem, &["`data` must be a JSON object"]);
        assert_eq!(problem["place"]["pointer"], "/data");
    }
    let mut base64 = registered("1", "crm:1", "One");
    base64["data_base64"] = json!("e30=");
    says(&refused(base64.to_string(), 422).await, &["data_base64"]);
}

#[tokio::test]
async fn a_day_that_does_not_exist_is_refused() {
    let contract = |end: &str| {
        let data = json!({"account": "crm:1", "contract": "crm:k", "title": "Frame",
            "kind": "framework", "start": "2024-01-01", "end": end});
        event("1", "contract.signed", data).to_string()
    };
    let problem = refused(contract("2024-02-31"), 422).await;
    says(&problem, &["date is not valid", "`2024-02`"]);
    assert_eq!(problem["place"]["pointer"], "/data/end");
    says(&refused(contract("2023-12-31"), 422).await, &["`end` 2023-12-31 lies before"]);
}

#[tokio::test]
async fn what_is_sealed_can_only_come_from_the_ledger() {
    let data = json!({"account": "crm:1", "contact": "crm:c1", "person": {"sealed": "AAAA"}});
    says(&refused(event("1", "contact.joined", data).to_string(), 422).await, &["`sealed`"]);
}

#[tokio::test]
async fn a_text_in_the_wrong_place_is_not_repeated() {
    let data = json!({"account": "crm:1", "contact": "crm:c1", "person": "Erika Mustermann"});
    let problem = refused(event("1", "contact.joined", data).to_string(), 422).await;
    says(&problem, &["a text"]);
    assert!(!problem.to_string().contains("Erika"), "{problem}");
}

#[tokio::test]
async fn binary_mode_needs_its_headers() {
    let site = Site::new().await;
    let detail = site.post("/v1/events", JSON, "{}").await.problem(400);
    assert!(detail.contains("ce-id"), "{detail}");
    let whole = [
        ("content-type", JSON),
        ("ce-id", "1"),
        ("ce-source", "/crm"),
        ("ce-specversion", "1.0"),
        ("ce-type", "linchpin.account.registered"),
    ];
    for missing in 1..whole.len() {
        let mut headers = whole.to_vec();
        let (name, _) = headers.remove(missing);
        let detail = site.post_with("/v1/events", &headers, "{}").await.problem(400);
        assert!(detail.contains(name.trim_start_matches("ce-")), "{name}: {detail}");
    }
    let mut twice = whole.to_vec();
    twice.push(("ce-id", "2"));
    site.post_with("/v1/events", &twice, "{}").await.problem(400);
    let answer = site.post_with("/v1/events", &whole, "{\n \"account\": 5}").await;
    answer.problem(422);
    assert_eq!(answer.json()["place"]["pointer"], "/account");
    assert_eq!(answer.json()["place"]["line"], 2);
    site.post_with("/v1/events", &whole, "").await.problem(400);
    assert_eq!(site.temp.ledger().head().position, 1);
}

#[tokio::test]
async fn other_content_types_are_answered_with_the_list() {
    let site = Site::new().await;
    for media in [
        "text/plain",
        "application/xml",
        "application/cloudevents+xml",
        "application/json; charset=latin1",
        "",
    ] {
        let answer = site.post("/v1/events", media, "{}").await;
        answer.problem(415);
        assert!(answer.header("accept-post").contains("application/cloudevents-batch+json"));
    }
    site.post_with("/v1/events", &[], "{}").await.problem(415);
    let zipped = [("content-type", STRUCTURED), ("content-encoding", "gzip")];
    site.post_with("/v1/events", &zipped, "{}").await.problem(415);
}
