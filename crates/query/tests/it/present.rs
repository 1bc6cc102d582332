//! Whether an answer is one about the present: what it has taken in, and that it knows of it.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use linchpin_domain::fact::{InteractionHeld, InteractionKind};
use linchpin_domain::id::EntryId;
use linchpin_domain::private::Private;
use linchpin_ledger::{Append, NewEntry};
use linchpin_query::{ReadModel, STALE};
use linchpin_testkit::told;
use serde_json::Value;
use uuid::Uuid;

use super::served::Served;
use super::story::account;

fn call(name: &str) -> NewEntry {
    let held = InteractionHeld {
        account: account("acme"),
        kind: InteractionKind::Call,
        contact: None,
        by: None,
        person: Private::default(),
    };
    told(name, "2024-05-01", held)
}

#[tokio::test]
async fn a_read_waits_for_what_it_is_to_have_seen() {
    let served = Served::new().await;
    served.client("acme").await;
    let head = served.model.position();
    let ledger = served.ledger.ledger().clone();
    let later = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        ledger.append(Append::of(vec![call("a"), call("b")])).await.unwrap().head
    });
    let path = format!("/v1/accounts?at_least={}", head + 2);
    let seen = served.ok(&path).await["clocks"]["position"].as_u64().unwrap();
    assert_eq!(seen, head + 2);
    assert_eq!(later.await.unwrap(), head + 2);
    let path = format!("/v1/accounts/{}/history?at_least={seen}&limit=1", account("acme"));
    assert_eq!(served.ok(&path).await["clocks"]["position"], seen);
    served.ok("/v1/alerts?at_least=").await;
}

#[tokio::test]
async fn what_does_not_come_in_time_is_put_off() {
    let served = Served::new().await;
    let asked = ["/v1/accounts", "/v1/entries/1", "/v1/stream"].map(async |path| {
        let request = Request::get(format!("{path}?at_least=99")).body(Body::empty()).unwrap();
        let response = served.respond(request).await;
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(response.headers()["retry-after"], "2", "{path}");
    });
    let why = served.refused("/v1/policy?at_least=99", 503);
    let (why, _) = futures::future::join(why, futures::future::join_all(asked)).await;
    assert!(why.contains("entry 99 is not taken in yet, the newest is 3"), "{why}");
    for wrong in ["-1", "x", "1.5", "9223372036854775808"] {
        let why = served.refused(&format!("/v1/policy?at_least={wrong}"), 400).await;
        assert!(why.contains("whole number"), "{why}");
    }
    let why = served.refused("/v1/policy?at_least=1&at_least=2", 400).await;
    assert!(why.contains("given twice"), "{why}");
}

#[tokio::test]
async fn every_read_is_described_with_it() {
    let served = Served::new().await;
    let document = served.ok("/openapi.json").await;
    let reads =
        document["paths"].as_object().unwrap().iter().filter(|(at, _)| at.starts_with("/v1"));
    let mut count = 0;
    for (path, item) in reads {
        let Some(read) = item.get("get") else { continue };
        let named = |name: &Value| name["name"] == "at_least" && name["in"] == "query";
        assert!(read["parameters"].as_array().unwrap().iter().any(named), "{path}");
        assert!(read["responses"]["503"].is_object(), "{path}");
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

#[tokio::test]
async fn cut_off_from_its_ledger_it_tells_the_present_for_a_while_and_then_says_so() {
    let served = Served::new().await;
    served.client("acme").await;
    served.ledger.ledger().clone().close().await;
    tokio::time::pause();
    tokio::time::advance(STALE - Duration::from_secs(1)).await;
    served.ok("/v1/accounts").await;
    tokio::time::advance(Duration::from_secs(4)).await;
    for path in ["/v1/accounts", "/v1/alerts", "/v1/policy", "/v1/stream"] {
        let why = served.refused(path, 503).await;
        assert!(why.contains("has not been reached for 13 s"), "{path}: {why}");
        assert!(why.contains("up to entry 5"), "{path}: {why}");
    }
    assert!(served.model.lag().error.is_some());
    assert!(served.model.at(None, None).await.is_err(), "pages ask this way");
    assert!(served.model.caught_up(), "what it has taken in it has");
}

#[tokio::test]
async fn an_entry_tells_its_trace_and_what_led_to_it() {
    let served = Served::new().await;
    served.client("acme").await;
    let trace = Uuid::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    let first = NewEntry { correlation: Some(trace), ..call("first") };
    let cause = served.append(vec![first]).await;
    let (causation, correlation) = (Some(EntryId::named("first")), Some(trace));
    let led_to = NewEntry { causation, correlation, ..call("second") };
    let position = served.append(vec![led_to]).await;
    let entry = served.ok(&format!("/v1/entries/{position}")).await;
    assert_eq!(entry["correlation"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(entry["causation"], EntryId::named("first").to_string());
    assert_eq!(entry["caused_by"], cause);
    let entry = served.ok("/v1/entries/1").await;
    assert!(entry["correlation"].is_null() && entry["caused_by"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_model_goes_on_from_what_it_left_behind() {
    let served = Served::new().await;
    served.client("acme").await;
    let dir = served.ledger.dir().join("kept");
    for part in 0..3 {
        served.append((0..500).map(|n| call(&format!("{part}.{n}"))).collect()).await;
    }
    let ledger = served.ledger.ledger();
    let head = ledger.head().position;
    let first = ReadModel::with_snapshots(ledger.clone(), Some(dir.clone()));
    first.reached(head).await;
    first.close().await;
    let kept = || std::fs::read_dir(&dir).unwrap().map(|it| it.unwrap().path());
    assert_eq!(
        kept().filter(|path| path.extension().is_some_and(|it| it == "snapshot")).count(),
        1
    );
    served.append(vec![call("more")]).await;
    let second = ReadModel::with_snapshots(ledger.clone(), Some(dir.clone()));
    second.reached(head + 1).await;
    assert_eq!(format!("{:?}", second.desk()), format!("{:?}", served.model.desk()));
    let seen =
        async |model: &ReadModel| format!("{:?}", model.portfolio(None, None).await.unwrap());
    assert_eq!(seen(&second).await, seen(&served.model).await);
}
