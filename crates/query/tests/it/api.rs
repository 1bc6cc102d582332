//! Routes, parameters and problems of the API.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use linchpin_domain::fact::*;
use linchpin_domain::id::{EngagementId, InvoiceId};
use linchpin_domain::money::Currency;
use linchpin_query::{ReadModel, router};
use linchpin_testkit::{TempLedger, told};
use serde_json::json;
use tower::ServiceExt;

use super::served::Served;
use super::story::account;

fn invoice(name: &str, amount: i64) -> InvoiceIssued {
    InvoiceIssued {
        account: account(name),
        invoice: InvoiceId::named(name),
        number: None,
        amount: amount.into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    }
}

pub(crate) async fn three_clients() -> Served {
    let served = Served::new().await;
    for (name, amount) in [("Alder", 300), ("Birch", 200), ("Cedar", 100)] {
        served.client(name).await;
        served
            .append(vec![told(&format!("invoice {name}"), "2024-03-01", invoice(name, amount))])
            .await;
    }
    let engagement = EngagementId::named("o1");
    let order = EngagementRecorded {
        account: account("Alder"),
        engagement,
        kind: EngagementKind::Order,
        title: None,
        by: None,
        until: None,
    };
    served.append(vec![told("order", "2024-03-01", order)]).await;
    served
}

#[tokio::test]
async fn the_list_has_the_figures_of_the_portfolio() {
    let served = three_clients().await;
    let body = served.ok("/v1/accounts").await;
    assert_eq!(body["as_of"], "2024-06-01");
    assert_eq!(body["currency"], "EUR");
    assert_eq!(body["total_revenue"], "600.00");
    let first = &body["accounts"][0];
    assert_eq!(first["external_id"], "Alder");
    assert_eq!(first["external_source"], "crm");
    assert_eq!(
        (&first["revenue"], &first["orders"], &first["rank"]),
        (&json!("300.00"), &json!(1), &json!(1))
    );
    assert_eq!(first["share"], 0.5);
    assert_eq!(first["status"], "standard");
    assert_eq!(body["clocks"]["past"], false);
}

#[tokio::test]
async fn an_account_is_found_by_uuid_and_by_any_outside_id() {
    let served = three_clients().await;
    let linked = ExternalRefLinked {
        account: account("Alder"),
        source: "erp".to_owned(),
        id: "A/1".to_owned(),
    };
    served.append(vec![told("linked to the erp", "2024-02-01", linked)]).await;
    for id in [account("Alder").to_string(), "crm:Alder".to_owned(), "erp:A%2F1".to_owned()] {
        assert_eq!(served.ok(&format!("/v1/accounts/{id}")).await["row"]["name"], "Alder");
        assert_eq!(served.ok(&format!("/v1/accounts/{id}/status")).await["status"], "standard");
        assert_eq!(served.ok(&format!("/v1/accounts/{id}/explain")).await["enters_at"], 55);
    }
    served.refused("/v1/accounts/crm:Nobody", 404).await;
    served.refused("/v1/accounts/Alder", 400).await;
    served.refused("/v1/accounts/crm:Alder/status?as_of=2024-01-01", 404).await;
}

#[tokio::test]
async fn whatever_cannot_be_read_is_refused_by_name() {
    let served = three_clients().await;
    let cases = [
        ("/v1/accounts?as_of=2024-02-31", "as_of"),
        ("/v1/accounts?as_of=20240201", "as_of"),
        ("/v1/accounts?known_at=yesterday", "known_at"),
        ("/v1/accounts?limit=0", "limit"),
        ("/v1/accounts?limit=501", "limit"),
        ("/v1/accounts?sort=size", "sort"),
        ("/v1/accounts?status=gold", "status"),
        ("/v1/accounts?owner=!", "owner"),
        ("/v1/accounts?cursor=2f1c4b8e-0000-4000-8000-000000000000", "cursor"),
        ("/v1/accounts?colour=red", "colour"),
        ("/v1/accounts?q=a&q=b", "q"),
        ("/v1/accounts/crm:Alder?limit=3", "limit"),
        ("/v1/accounts/crm:Alder/history?limit=201", "limit"),
        ("/v1/alerts?state=asleep", "state"),
        ("/v1/alerts?limit=501", "limit"),
        ("/v1/alerts?cursor=nobody", "cursor"),
        ("/v1/entries/0", "`0`"),
        ("/v1/entries/first", "`first`"),
        ("/v1/stream?after=-1", "after"),
        ("/v1/quarantine?after=x", "after"),
        ("/v1/policy?as_of=2024-13-01", "as_of"),
    ];
    for (path, name) in cases {
        let detail = served.refused(path, 400).await;
        assert!(detail.contains(name), "{path}: {detail}");
    }
    let unknown = served.refused("/v1/accounts?colour=red", 400).await;
    assert!(unknown.contains("known here: q, status"), "{unknown}");
    served.refused("/v1/nothing/here", 404).await;
    served.refused("/v1/entries/999999", 404).await;
}

#[tokio::test]
async fn no_address_writes() {
    let served = three_clients().await;
    let before = served.ledger.ledger().head().position;
    for path in ["/v1/accounts", "/v1/alerts", "/v1/entries/1", "/v1/policy", "/openapi.json"] {
        let request = Request::post(path).body(Body::from("{}")).unwrap();
        let response = served.respond(request).await;
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["allow"], "GET,HEAD");
    }
    assert_eq!(served.ledger.ledger().head().position, before);
}

#[tokio::test]
async fn an_entry_is_shown_as_stored_with_private_data_sealed() {
    let served = three_clients().await;
    let joined = ContactJoined {
        account: account("Alder"),
        contact: super::story::contact("Jane Doe"),
        person: linchpin_domain::private::Private::named("Jane Doe"),
        title: String::new(),
        level: None,
        role: None,
    };
    let position = served.append(vec![told("joined", "2024-05-01", joined)]).await;
    let body = served.ok(&format!("/v1/entries/{position}")).await;
    assert_eq!(body["item"]["sentence"], "Jane Doe joined.");
    assert_eq!(body["item"]["days_late"], 31);
    assert_eq!(body["intact"], true);
    assert_eq!(body["account"], account("Alder").to_string());
    assert!(!body["payload_text"].as_str().unwrap().contains("Jane"));
    assert!(body["payload"]["person"]["sealed"].is_string());
}

#[tokio::test]
async fn the_description_lists_every_route() {
    let served = Served::new().await;
    let body = served.ok("/openapi.json").await;
    assert!(body["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: Vec<&str> = body["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for path in [
        "/v1/accounts",
        "/v1/accounts/{id}",
        "/v1/accounts/{id}/status",
        "/v1/accounts/{id}/explain",
        "/v1/accounts/{id}/history",
        "/v1/alerts",
        "/v1/entries/{position}",
        "/v1/stream",
        "/v1/policy",
        "/v1/policy/schema",
        "/v1/quarantine",
        "/openapi.json",
    ] {
        assert!(paths.contains(&path), "{path} is missing in {paths:?}");
    }
    let text = body.to_string();
    let schemas = body["components"]["schemas"].as_object().unwrap();
    for found in text.split("#/components/schemas/").skip(1) {
        let name: String = found.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        assert!(schemas.contains_key(&name), "{name} is not described");
    }
}

#[tokio::test]
async fn what_reads_have_in_common_is_described_of_each() {
    let served = Served::new().await;
    let body = served.ok("/openapi.json").await;
    let names = |operation: &serde_json::Value| -> Vec<String> {
        let all = operation["parameters"].as_array().unwrap().iter();
        all.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let answers = |operation: &serde_json::Value| -> Vec<String> {
        operation["responses"].as_object().unwrap().keys().cloned().collect()
    };
    for path in ["/v1/accounts/{id}", "/v1/accounts/{id}/explain", "/v1/accounts/{id}/ownership"] {
        let read = &body["paths"][path]["get"];
        assert_eq!(names(read), ["id", "as_of", "known_at", "at_least"], "{path}");
        let all = ["200", "400", "401", "403", "404", "429", "503"];
        assert_eq!(answers(read), all, "{path}");
        assert_eq!(read["parameters"][0]["in"], "path");
        assert_eq!(read["parameters"][1]["in"], "query");
        assert_eq!(read["parameters"][1]["required"], false);
        let problem = &read["responses"]["404"]["content"]["application/problem+json"];
        assert_eq!(problem["schema"]["$ref"], "#/components/schemas/Problem", "{path}");
    }
    for path in ["/v1/policy", "/v1/policy/schema"] {
        assert_eq!(body["paths"][path]["get"]["tags"], json!(["policy"]), "{path}");
    }
    for path in ["/v1/policy/trial", "/v1/policy/sweep"] {
        let tried = &body["paths"][path]["post"];
        let all = ["200", "400", "401", "403", "413", "422", "429", "503"];
        assert_eq!(answers(tried), all, "{path}");
    }
}

#[tokio::test]
async fn the_schema_of_a_policy_is_served() {
    let served = Served::new().await;
    let schema = served.ok("/v1/policy/schema").await;
    assert_eq!(&schema, linchpin_domain::policy::Policy::schema().as_value());
    let required = schema["required"].as_array().unwrap();
    assert!(required.contains(&json!("criterion")), "{required:?}");
}

#[tokio::test]
async fn the_quarantine_is_listed_in_pages() {
    let served = Served::new().await;
    let quarantine = served.ledger.ledger().quarantine();
    for line in 1..=3 {
        let place = format!("line {line}");
        quarantine.add("orders.csv", &place, "31 February is no day", &place).await.unwrap();
    }
    let first = served.ok("/v1/quarantine?limit=2").await;
    assert_eq!((&first["open"], first["items"].as_array().unwrap().len()), (&json!(3), 2));
    let next = first["next_after"].as_i64().unwrap();
    let second = served.ok(&format!("/v1/quarantine?limit=2&after={next}")).await;
    assert_eq!(second["items"][0]["place"], "line 3");
    assert!(second.get("next_after").is_none());
}

#[tokio::test]
async fn a_desk_that_is_still_reading_says_when_to_come_back() {
    let ledger = TempLedger::real().await;
    let model = ReadModel::start(ledger.ledger().clone());
    let app = router(model, Vec::new());
    for path in ["/v1/policy", "/v1/accounts"] {
        // On a runtime of one thread the feed has not run yet.
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        if response.status() == 200 {
            continue;
        }
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
    let served = Served::new().await;
    assert_eq!(served.ok("/v1/policy").await["version"], 1);
    assert_eq!(served.ok("/v1/alerts").await["alerts"], json!([]));
}

/// A further door, which answers with the same problems.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(linchpin_problem::Problem)))]
struct Door;

#[tokio::test]
async fn the_problems_of_all_doors_are_described_once() {
    let ledger = TempLedger::real().await;
    let model = ReadModel::start(ledger.ledger().clone());
    let app = router(model, vec![<Door as utoipa::OpenApi>::openapi()]);
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let body = to_bytes(app.oneshot(request).await.unwrap().into_body(), 1 << 20).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let problems: Vec<_> = schemas.keys().filter(|name| name.contains("Problem")).collect();
    assert_eq!(problems, ["Problem"]);
    assert!(schemas["Problem"]["properties"]["place"].is_object());
    assert!(schemas.contains_key("Place"));
}
