//! Bulk: one event a line, streamed, bad lines set aside.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use futures::stream;
use serde_json::json;

use crate::{NDJSON, Site, registered};

fn lines(range: std::ops::Range<usize>) -> String {
    range
        .map(|n| format!("{}\n", registered(&n.to_string(), &format!("crm:{n}"), "Name")))
        .collect()
}

#[tokio::test]
async fn lines_are_taken_and_bad_ones_set_aside() {
    let site = Site::new().await;
    let mut body = lines(0..3).into_bytes();
    body.extend_from_slice(b"\r\n   \n{\"id\": oops}\n");
    body.extend_from_slice(b"{\"id\": \"\xff\"}\r\n");
    body.extend_from_slice(lines(2..4).trim_end().as_bytes());
    let answer = site.post("/v1/events", NDJSON, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let summary = answer.json();
    let counts =
        ["lines", "recorded", "already_there", "refused"].map(|name| summary[name].clone());
    assert_eq!(counts, [json!(7), json!(4), json!(1), json!(2)]);
    let refused = summary["refused_lines"].as_array().unwrap();
    assert_eq!((&refused[0]["line"], &refused[1]["line"]), (&json!(6), &json!(7)));
    assert_eq!(refused[0]["problem"]["place"], json!({"pointer": "/id", "line": 6, "column": 8}));
    assert_eq!(refused[1]["problem"]["place"]["column"], 9);

    let kept = site.temp.ledger().quarantine().list(0, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!((kept[0].source.as_str(), kept[0].place.as_str()), ("http", "line 6, column 8"));
    assert_eq!(kept[0].original.as_deref(), Some("{\"id\": oops}"));
    assert_eq!(site.told().await.len(), 4);
}

#[tokio::test]
async fn the_same_bulk_again_adds_nothing() {
    let site = Site::new().await;
    let body = lines(0..1_500) + "{}\n";
    assert_eq!(site.post("/v1/events", NDJSON, body.clone()).await.json()["recorded"], 1_500);
    let head = site.temp.ledger().head().position;
    let again = site.post("/v1/events", NDJSON, body).await.json();
    assert_eq!((&again["recorded"], &again["already_there"]), (&json!(0), &json!(1_500)));
    assert_eq!(site.temp.ledger().head().position, head);
    assert_eq!(site.temp.ledger().quarantine().count_open().await.unwrap(), 1);
}

#[tokio::test]
async fn a_bulk_of_which_nothing_is_taken_is_refused() {
    let site = Site::new().await;
    let answer = site.post("/v1/events", NDJSON, "{}\n".repeat(1_200)).await;
    assert_eq!(answer.status, 422);
    let summary = answer.json();
    assert_eq!(summary["refused"], 1_200);
    assert_eq!(summary["refused_lines"].as_array().unwrap().len(), 1_000);
    site.post("/v1/events", NDJSON, "\n \n").await.problem(400);
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_the_bulk_at_once() {
    let site = Site::new().await;
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let first = stream::iter([Ok(Bytes::from(lines(0..2)))]);
    let endless = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 64 << 10]))
    });
    let body = Body::from_stream(futures::StreamExt::chain(first, endless));
    let answer = site.post("/v1/events", NDJSON, body).await;
    let detail = answer.problem(413);
    assert!(detail.contains("line 3"), "{detail}");
    assert_eq!(answer.json()["summary"]["recorded"], 2);
    assert!(read.load(Ordering::SeqCst) <= 18);
    assert_eq!(site.told().await.len(), 2);
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_its_whole_lines() {
    let site = Site::new().await;
    let torn = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    let half = lines(3..4);
    let pieces = [Ok(Bytes::from(lines(0..3))), Ok(Bytes::from(half.trim_end().to_owned())), torn];
    let answer = site.post("/v1/events", NDJSON, Body::from_stream(stream::iter(pieces))).await;
    let detail = answer.problem(400);
    assert!(detail.contains("3 events were stored"), "{detail}");
    assert_eq!(site.told().await.len(), 3);
}

#[tokio::test]
async fn lines_may_be_cut_anywhere() {
    let site = Site::new().await;
    let body = lines(0..20);
    let pieces: Vec<_> = body
        .as_bytes()
        .chunks(7)
        .map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)))
        .collect();
    let answer = site.post("/v1/events", NDJSON, Body::from_stream(stream::iter(pieces))).await;
    assert_eq!(answer.json()["recorded"], 20);
}
