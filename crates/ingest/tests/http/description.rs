//! The description of the routes.

use linchpin_ingest::http::openapi;
use serde_json::json;

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
        "/v1/accounts/{id}/judge",
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
        "/v1/members",
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
    let data = &document["components"]["schemas"]["CloudEvent"]["properties"]["data"];
    assert!(data["description"].as_str().unwrap().contains("linchpin schema asyncapi"), "{data}");
}

#[test]
fn every_command_takes_a_key_and_says_what_it_may_answer() {
    let document = serde_json::to_value(openapi()).unwrap();
    for (path, route) in document["paths"].as_object().unwrap() {
        let parameters = route["post"]["parameters"].as_array().unwrap();
        let key = parameters.iter().find(|it| it["name"] == "Idempotency-Key");
        let key = key.unwrap_or_else(|| panic!("{path} takes no key"));
        assert_eq!((&key["in"], &key["required"]), (&json!("header"), &json!(false)), "{path}");
        if path == "/v1/events" {
            continue;
        }
        let answers = route["post"]["responses"].as_object().unwrap();
        let statuses: Vec<&str> = answers.keys().map(String::as_str).collect();
        let expected =
            ["200", "201", "303", "400", "403", "404", "408", "409", "413", "415", "422", "503"];
        assert_eq!(statuses, expected, "{path}");
        let schema = match path.as_str() {
            "/v1/members/{id}/hand-over" => "Handed",
            "/v1/members" => "NamedMember",
            _ => "Receipt",
        };
        let one = format!("#/components/schemas/{schema}");
        for (status, answer) in answers {
            let content = &answer["content"];
            let schema = match status.as_str() {
                "303" => continue,
                "200" | "201" => &content["application/json"]["schema"]["$ref"],
                _ => &content["application/problem+json"]["schema"]["$ref"],
            };
            let expected =
                if status < &"300".to_owned() { &one } else { "#/components/schemas/Problem" };
            assert_eq!(schema, expected, "{path} {status}");
        }
    }
}
