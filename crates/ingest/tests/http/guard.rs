//! Requests from other sites, and under other names.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::middleware::from_fn;
use axum::routing::get;
use linchpin_ingest::http::{local_only, openapi};
use tower::ServiceExt;

use crate::{STRUCTURED, Site, registered};

#[tokio::test]
async fn pages_of_other_sites_are_turned_away() {
    let site = Site::new().await;
    let body = || registered("1", "crm:1", "One").to_string();
    let bad = [
        ("origin", "http://evil.example"),
        ("origin", "http://localhost:9999"),
        ("origin", "null"),
        ("origin", "localhost:8080"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in bad {
        let headers = [("content-type", STRUCTURED), ("host", "localhost:8080"), (name, value)];
        site.post_with("/v1/events", &headers, body()).await.problem(403);
        let path = "/v1/alerts/6c696e63-6870-4e69-8000-6465736b0001/acknowledge";
        site.post_with(path, &headers, "").await.problem(403);
    }
    assert_eq!(site.temp.ledger().head().position, 1);
    let good = [
        ("origin", "http://localhost:8080"),
        ("origin", "https://LOCALHOST:8080"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-site", "none"),
    ];
    for (name, value) in good {
        let headers = [("content-type", STRUCTURED), ("host", "localhost:8080"), (name, value)];
        let answer = site.post_with("/v1/events", &headers, body()).await;
        assert!(answer.status.is_success(), "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn borrowed_names_are_not_answered_to() {
    let app = Router::new().route("/", get(|| async { "hello" })).layer(from_fn(local_only));
    let status = async |host: Option<&str>, uri: &str| {
        let mut request = Request::get(uri);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(status(Some("localhost:8080"), "/").await, 200);
    assert_eq!(status(None, "http://127.0.0.1/").await, 200);
    assert_eq!(status(Some("evil.example"), "/").await, 421);
    assert_eq!(status(None, "/").await, 421);
}

#[test]
fn every_route_is_described() {
    let document = serde_json::to_value(openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let expected = [
        "/v1/alerts/{id}/acknowledge",
        "/v1/alerts/{id}/snooze",
        "/v1/contracts/{id}/talks-started",
        "/v1/events",
        "/v1/facts/{id}/retract",
    ];
    let mut found: Vec<&str> = paths.keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    let body = &document["paths"]["/v1/events"]["post"]["requestBody"]["content"];
    let media: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(media.len(), 4, "{media:?}");
    let kinds = &document["components"]["schemas"]["CloudEvent"]["properties"]["type"]["enum"];
    assert!(kinds.as_array().unwrap().iter().any(|kind| kind == "linchpin.invoice.issued"));
}
