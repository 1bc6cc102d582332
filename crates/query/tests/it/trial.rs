//! Trying another policy over HTTP: it answers, changes nothing, and is bounded.

use std::sync::{Arc, mpsc};

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use linchpin_domain::policy::{FIRST_POLICY, MAX_DOCUMENT, Policy};
use linchpin_query::view;
use serde_json::Value;

use super::api::three_clients;
use super::served::Served;
use super::story::{Story, today};

/// Revenue of a year is all that counts.
fn by_revenue(at_least: u32) -> String {
    format!(
        "name = \"Revenue\"\nenters_at = 10\nstays_from = 10\n[[criterion]]\nid = \"revenue\"\n\
         title = \"Revenue\"\nmeasure = \"revenue\"\nwindow_days = 365\nat_least = {at_least}\n\
         points = 10\nmissing = \"no points\"\nwhy = \"It counts.\"\n"
    )
}

async fn post(served: &Served, path: &str, body: impl Into<Body>) -> (u16, Value, Option<String>) {
    let response = served.respond(Request::post(path).body(body.into()).unwrap()).await;
    let status = response.status().as_u16();
    let later = response.headers().get(header::RETRY_AFTER);
    let later = later.map(|seconds| seconds.to_str().unwrap().to_owned());
    let body = to_bytes(response.into_body(), 1 << 24).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap(), later)
}

#[tokio::test]
async fn a_trial_names_who_would_become_key_since_when_and_why() {
    let served = three_clients().await;
    let head = served.ledger.ledger().head().position;
    let before = served.ok("/v1/accounts").await;
    let (status, tried, _) = post(&served, "/v1/policy/trial", by_revenue(200)).await;
    assert_eq!(status, 200, "{tried}");
    let counts = &tried["counts"];
    let found =
        ["now", "draft", "became", "ceased", "stayed", "never"].map(|it| counts[it].as_u64());
    assert_eq!(found, [0, 2, 2, 0, 0, 1].map(Some));
    assert_eq!(
        tried["sentence"],
        "Under this draft 2 accounts would be key or on trial, two more than now."
    );
    let first = &tried["clients"][0];
    assert_eq!((&first["name"], &first["outcome"]), (&"Alder".into(), &"became".into()));
    assert_eq!((&first["when"], &first["criterion"]), (&"2024-03-01".into(), &"revenue".into()));
    assert_eq!(first["draft"]["status"], "key");
    assert!(first["why"].as_str().unwrap().contains("10 points of 10"), "{first}");
    assert_eq!(first["stretches"][0]["from"], "2024-03-01");
    let last = tried["covered"].as_array().unwrap().last().unwrap();
    assert!((last["draft"].as_f64().unwrap() - 500.0 / 600.0).abs() < 1e-9, "{last}");
    assert_eq!(tried["moves_draft"]["entered"], 2);
    assert_eq!(served.ok("/v1/accounts").await, before, "the present is untouched");
    assert_eq!(served.ledger.ledger().head().position, head, "and nothing was told");
}

#[test]
fn of_many_account_managers_those_with_the_most_are_listed() {
    let mut story = Story::under(&by_revenue(1_000_000));
    for number in 0..205 {
        let id = story.client("2024-01-01", &format!("Client {number}"));
        story.owned("2024-01-02", id, &format!("Member {}", number.max(1)));
        story.invoice("2024-02-01", id, "500");
    }
    let draft = Arc::new(Policy::parse(&by_revenue(200)).unwrap());
    let tried = view::trial(&story.desk, &draft, None, today("2024-05-01"), &|_| {});
    assert_eq!((tried.managers, tried.loads.len(), tried.counts.draft), (204, 200, 205));
    assert_eq!((tried.loads[0].draft, tried.loads[1].draft), (2, 1));
}

#[tokio::test]
async fn the_span_is_asked_for_and_must_run_forwards() {
    let served = three_clients().await;
    let path = "/v1/policy/trial?from=2024-01-05&to=2024-02-01";
    let (status, tried, _) = post(&served, path, by_revenue(200)).await;
    assert_eq!((status, &tried["counts"]["draft"]), (200, &0.into()), "before the first invoice");
    assert_eq!((&tried["from"], &tried["to"]), (&"2024-01-05".into(), &"2024-02-01".into()));
    for query in ["?from=2024-05-01&to=2024-02-01", "?from=soon", "?since=2024-01-01"] {
        let (status, problem, _) =
            post(&served, &format!("/v1/policy/trial{query}"), FIRST_POLICY).await;
        assert_eq!(status, 400, "{query}: {problem}");
    }
}

#[tokio::test]
async fn a_policy_that_does_not_hold_is_told_where() {
    let served = three_clients().await;
    for path in ["/v1/policy/trial", "/v1/policy/sweep?of=enters_at%3D5..9"] {
        let (status, problem, _) =
            post(&served, path, by_revenue(200).replace("enters_at = 10", "enters_at = 11")).await;
        assert_eq!(status, 422, "{path}: {problem}");
        assert_eq!(
            (&problem["place"]["line"], &problem["place"]["column"]),
            (&2.into(), &13.into())
        );
        assert!(problem["detail"].as_str().unwrap().contains("can never be reached"), "{problem}");
        let (status, problem, _) = post(&served, path, vec![b'#'; MAX_DOCUMENT + 1]).await;
        assert_eq!((status, &problem["status"]), (413, &413.into()), "{path}");
        let (status, _, _) = post(&served, path, vec![b'#', 0xff]).await;
        assert_eq!(status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_sweep_has_a_line_for_each_value() {
    let served = three_clients().await;
    let path = "/v1/policy/sweep?of=revenue.at_least%3D100..300/3";
    let (status, swept, _) = post(&served, path, by_revenue(200)).await;
    assert_eq!(status, 200, "{swept}");
    let line = |at: usize| (swept["steps"][at]["value"].clone(), swept["steps"][at]["key"].clone());
    assert_eq!(
        [line(0), line(1), line(2)],
        [("100", 3), ("200", 2), ("300", 1)].map(|(value, key)| (value.into(), key.into()))
    );
    assert_eq!((&swept["field"], &swept["own"]), (&"revenue.at_least".into(), &"200".into()));
    for (query, status) in [("", 400), ("?of=revenue", 400), ("?of=profit.points%3D1..5", 422)] {
        let path = format!("/v1/policy/sweep{query}");
        let (found, problem, _) = post(&served, &path, by_revenue(200)).await;
        assert_eq!(found, status, "{query}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trial_is_made_at_a_time_and_others_are_told_when_to_come_back() {
    let served = three_clients().await;
    let (go, wait) = mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let model = served.model.clone();
    let first = tokio::spawn(async move {
        model
            .try_out(move || {
                begun.send(()).unwrap();
                wait.recv().unwrap();
            })
            .await
    });
    begins.await.unwrap();
    let (status, problem, later) = post(&served, "/v1/policy/trial", FIRST_POLICY).await;
    assert_eq!((status, later.as_deref()), (503, Some("3")), "{problem}");
    go.send(()).unwrap();
    first.await.unwrap().unwrap();
    let (status, _, _) = post(&served, "/v1/policy/trial", FIRST_POLICY).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_trial_is_asked_by_post_and_described() {
    let served = Served::new().await;
    let said = served.refused("/v1/policy/trial", 405).await;
    assert!(said.contains("asked by POST"), "{said}");
    let document = served.ok("/openapi.json").await;
    for path in ["/v1/policy/trial", "/v1/policy/sweep"] {
        assert!(document["paths"][path]["post"]["responses"]["422"].is_object(), "{path}");
    }
}
