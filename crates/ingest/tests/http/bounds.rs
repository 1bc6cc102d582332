//! Bounds: what is too large is refused without reading on; what cannot be stored says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use futures::stream;
use linchpin_ingest::http::{MAX_BATCH_BYTES, MAX_EVENT_BYTES, facts};
use linchpin_ledger::Mode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{BATCH, JSON, STRUCTURED, Site, registered};

/// An endless body, and how many pieces of 64 KiB were asked of it.
fn endless() -> (Body, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let pieces = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 64 << 10]))
    });
    (Body::from_stream(pieces), read)
}

#[tokio::test]
async fn a_body_is_read_no_further_than_its_bound() {
    for (media, most) in [(STRUCTURED, MAX_EVENT_BYTES), (BATCH, MAX_BATCH_BYTES)] {
        let site = Site::new().await;
        let (body, read) = endless();
        site.post("/v1/events", media, body).await.problem(413);
        assert!(read.load(Ordering::SeqCst) <= most / (64 << 10) + 1);
    }
    let site = Site::new().await;
    let (body, read) = endless();
    let headers = [("content-type", JSON), ("ce-id", "1"), ("content-length", "100000000")];
    site.post_with("/v1/events", &headers, body).await.problem(413);
    assert_eq!(read.load(Ordering::SeqCst), 0);
    let (body, read) = endless();
    let path = "/v1/alerts/6c696e63-6870-4e69-8000-6465736b0001/acknowledge";
    site.post(path, JSON, body).await.problem(413);
    assert_eq!(read.load(Ordering::SeqCst), (192 >> 6) + 1);
}

#[tokio::test]
async fn a_hundred_megabytes_are_refused_over_a_real_connection() {
    let site = Site::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(axum::serve(listener, site.app.clone()).into_future());
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {STRUCTURED}\r\n\
         Content-Length: 104857600\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 4_096];
    let read = connection.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    served.abort();
}

#[tokio::test]
async fn a_fact_larger_than_an_entry_may_be_is_refused() {
    let site = Site::new().await;
    let document = "x".repeat(300 << 10);
    let body = crate::event(
        "1",
        "contact.joined",
        serde_json::json!({
            "account": "crm:1", "contact": "crm:c", "person": {"note": document},
        }),
    );
    site.post("/v1/events", STRUCTURED, body.to_string()).await.problem(413);
    assert_eq!(site.temp.ledger().head().position, 1);
}

#[tokio::test]
async fn a_desk_that_cannot_store_says_when_to_come_back() {
    let site = Site::new().await;
    let reading = site.temp.second(Mode::ReadOnly).await;
    let closed = Site { app: facts(reading), temp: site.temp };
    let body = registered("1", "crm:1", "One").to_string();
    let answer = closed.post("/v1/events", STRUCTURED, body.clone()).await;
    answer.problem(503);
    assert_eq!(answer.header("retry-after"), "60");
    let answer = closed.post("/v1/events", BATCH, format!("[{body}]")).await;
    let detail = answer.problem(503);
    assert!(detail.contains("0 of 1 events were taken"), "{detail}");
    let answer = closed.post("/v1/events", crate::NDJSON, body).await;
    answer.problem(503);
    assert_eq!(closed.temp.ledger().quarantine().count_open().await.unwrap(), 0);
}

#[tokio::test]
async fn only_posts_are_taken() {
    let site = Site::new().await;
    let request = axum::http::Request::get("/v1/events").body(Body::empty()).unwrap();
    let answer = site.send(request).await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), "POST");
}
