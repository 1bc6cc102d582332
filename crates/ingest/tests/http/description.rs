//! The description of the routes.

use linchpin_ingest::http::openapi;

#[test]
fn every_route_is_described() {
    let document = serde_json::to_value(openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let expected = [
        "/v1/accounts/{id}/approve",
        "/v1/accounts/{id}/assign",
        "/v1/accounts/{id}/claim",
        "/v1/accounts/{id}/confirm",
        "/v1/accounts/{id}/dismiss",
        "/v1/accounts/{id}/end-override",
        "/v1/accounts/{id}/hand-over",
        "/v1/accounts/{id}/merge",
        "/v1/accounts/{id}/nominate",
        "/v1/accounts/{id}/override",
        "/v1/accounts/{id}/parent",
        "/v1/accounts/{id}/plan",
        "/v1/accounts/{id}/review",
        "/v1/accounts/{id}/rule",
        "/v1/accounts/{id}/unmerge",
        "/v1/accounts/{id}/veto",
        "/v1/alerts/{id}/acknowledge",
        "/v1/alerts/{id}/snooze",
        "/v1/contracts/{id}/talks-started",
        "/v1/events",
        "/v1/facts/{id}/retract",
        "/v1/members/{id}/hand-over",
        "/v1/members/{id}/leave",
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
