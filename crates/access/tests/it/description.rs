//! What the lock adds to the description of the doors.

use linchpin_access::describe;
use serde_json::{Value, json};

#[test]
fn each_address_says_how_a_token_is_sent_and_how_its_lack_is_answered() {
    let ok = json!({"200": {"description": "it is so"}});
    let told = json!({"201": {"description": "done"}, "403": {"description": "from another site"}});
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "a desk", "version": "1"},
        "paths": {
            "/livez": {"get": {"responses": ok}},
            "/v1/accounts": {"get": {"responses": ok}},
            "/v1/events": {"post": {"responses": told}},
        },
    });
    let mut document = serde_json::from_value(document).unwrap();
    describe(&mut document);
    let described = serde_json::to_value(document).unwrap();
    let schemes = &described["components"]["securitySchemes"];
    assert_eq!(schemes["token"]["scheme"], "bearer");
    assert_eq!(schemes["token_as_password"]["scheme"], "basic");
    let ways = json!([{"token": []}, {"token_as_password": []}, {}]);
    assert_eq!(described["security"], ways, "none is needed on loopback");

    let answers = |path: &str, method: &str| described["paths"][path][method]["responses"].clone();
    let statuses =
        |answers: &Value| -> Vec<String> { answers.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(statuses(&answers("/livez", "get")), ["200"]);
    let reads = answers("/v1/accounts", "get");
    assert_eq!(statuses(&reads), ["200", "401", "403", "429"]);
    let schema = &reads["401"]["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem");
    let tells = answers("/v1/events", "post");
    assert_eq!(statuses(&tells), ["201", "401", "403", "429"]);
    assert_eq!(
        tells["403"]["description"],
        "from another site; the token's role does not reach so far"
    );
}
