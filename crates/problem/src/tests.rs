use axum::body::to_bytes;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{AppendError, QuarantineError, ReadError, StorageError};
use utoipa::PartialSchema;

use super::{Place, Problem};

async fn answered(problem: Problem) -> (u16, HeaderMap, String) {
    let (head, body) = problem.into_response().into_parts();
    let body = to_bytes(body, 1 << 16).await.unwrap();
    (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
}

fn full() -> Problem {
    #[derive(serde::Serialize)]
    struct Count {
        taken: u8,
        left: u8,
    }
    let place = Place { pointer: "/data".to_owned(), line: 2, column: 3 };
    Problem::later(5, "locked").at(place).with("summary", &Count { taken: 1, left: 0 })
}

#[tokio::test]
async fn a_plain_problem_has_four_members() {
    let (status, headers, body) = answered(Problem::bad_request("no such day")).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        "{\"type\":\"urn:linchpin:problem:bad-request\",\"title\":\"the request cannot be read\",\
         \"status\":400,\"detail\":\"no such day\"}"
    );
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(!headers.contains_key("retry-after") && !headers.contains_key("accept-post"));
}

#[tokio::test]
async fn what_only_some_have_stands_behind_and_keeps_its_order() {
    let (status, headers, body) = answered(full()).await;
    assert_eq!((status, &headers["retry-after"]), (503, &"5".parse().unwrap()));
    assert_eq!(
        body,
        "{\"type\":\"urn:linchpin:problem:not-now\",\"title\":\"the desk cannot answer now\",\
         \"status\":503,\"detail\":\"locked\",\
         \"place\":{\"pointer\":\"/data\",\"line\":2,\"column\":3},\
         \"summary\":{\"taken\":1,\"left\":0},\"retry_after\":5}"
    );
}

#[tokio::test]
async fn a_refused_content_type_says_what_is_taken() {
    let (status, headers, _) = answered(Problem::media_type("no text", "application/json")).await;
    assert_eq!((status, &headers["accept-post"]), (415, &"application/json".parse().unwrap()));
}

#[test]
fn the_words_may_change_and_the_rest_stays() {
    let problem = full().told("locked; 1 was taken").storing();
    assert_eq!(problem.detail, "locked; 1 was taken");
    assert_eq!(problem.title, "the desk cannot store now");
    let value = serde_json::to_value(&problem).unwrap();
    assert_eq!(value["summary"]["taken"], 1);
    assert_eq!(value["retry_after"], 5);
    assert_eq!(Problem::failed("x").storing().title, "the desk failed");
}

#[test]
fn the_description_names_each_member_of_its_own() {
    let schema = serde_json::to_value(Problem::schema()).unwrap();
    let mut described: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    described.sort();
    assert_eq!(described, ["detail", "place", "retry_after", "status", "title", "type"]);
    assert_eq!(schema["required"], serde_json::json!(["type", "title", "status", "detail"]));
}

#[test]
fn the_ledgers_errors_say_whether_and_when_to_ask_again() {
    let stored = || StorageError::Other("x".to_owned());
    let damaged = || ReadError::Damaged { position: 1, reason: "x".to_owned() };
    let conflict = AppendError::Conflict { index: 0, id: EntryId(Default::default()), position: 7 };
    let cases: [(Problem, u16, Option<u32>); 14] = [
        (StorageError::Busy.into(), 503, Some(1)),
        (StorageError::Locked.into(), 503, Some(5)),
        (StorageError::DiskFull.into(), 503, Some(60)),
        (StorageError::Unsure("x".to_owned()).into(), 503, Some(2)),
        (stored().into(), 500, None),
        (ReadError::Storage(StorageError::Closed).into(), 503, Some(5)),
        (damaged().into(), 500, None),
        (QuarantineError::Storage(StorageError::ReadOnly).into(), 503, Some(60)),
        (QuarantineError::TooMany(9).into(), 500, None),
        (AppendError::Busy.into(), 503, Some(1)),
        (AppendError::Storage(stored()).into(), 500, None),
        (AppendError::Stored(damaged()).into(), 500, None),
        (AppendError::TooLarge { what: "x", found: 2, limit: 1 }.into(), 413, None),
        (conflict.into(), 409, None),
    ];
    for (at, (problem, status, retry_after)) in cases.into_iter().enumerate() {
        assert_eq!((problem.status, problem.retry_after), (status, retry_after), "case {at}");
        assert!(!problem.detail.is_empty());
    }
    let unsure = Problem::from(AppendError::Storage(StorageError::Unsure("x".to_owned())));
    assert!(unsure.detail.ends_with("it may be stored; ask again under the same ids"));
    let busy = Problem::from(AppendError::Storage(StorageError::Busy));
    assert_eq!(busy.title, "the desk cannot store now");
    assert_eq!(Problem::from(StorageError::Busy).title, "the desk cannot answer now");
}
