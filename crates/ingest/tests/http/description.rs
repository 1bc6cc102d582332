//! The description of the routes.

use linchpin_ingest::http::openapi;

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
