//! What is refused whoever asks, and how that is said.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use linchpin_access::{Peer, Role};

use crate::{ANYWHERE, LOOPBACK, Site};

#[tokio::test]
async fn a_wrong_token_is_never_passed_over() {
    for address in [ANYWHERE, LOOPBACK] {
        let site = Site::at(address).await;
        let token = site.token("anna", Role::Operator).await;
        let other = Site::at(address).await.token("anna", Role::Operator).await;
        let short = format!("Bearer {}", &token[..40]);
        let unknown = format!("Bearer {other}");
        let cases = [
            (short.as_str(), "40 letters"),
            (unknown.as_str(), "unknown or was revoked"),
            ("Bearer", "neither"),
            ("Basic YW5uYTpzZWNyZXQ=", "begins with `lpt_`"),
            ("Negotiate abc", "neither"),
        ];
        for (given, says) in cases {
            let answer = site.ask("GET /", &[("authorization", given)]).await;
            let detail = answer.problem(401);
            assert!(detail.contains(says), "{given}: {detail}");
            assert!(answer.headers.contains_key("www-authenticate"));
            assert!(!answer.text.contains(&token[4..30]) && !answer.text.contains(&other[4..30]));
        }
        let right = format!("Bearer {token}");
        let twice = [("authorization", right.as_str()), ("authorization", right.as_str())];
        assert!(site.ask("GET /", &twice).await.problem(401).contains("one Authorization"));
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_within_a_second_also_in_other_processes() {
    let site = Site::at(ANYWHERE).await;
    let token = site.token("anna", Role::Reader).await;
    assert_eq!(site.bearer("GET /", &token).await.text, "anna reader");
    let tokens = site.temp.ledger().tokens();
    assert!(tokens.revoke("anna").await.unwrap());
    let revoked = Instant::now();
    loop {
        let asked = revoked.elapsed();
        if site.bearer("GET /", &token).await.status != 200 {
            break;
        }
        assert!(asked < Duration::from_secs(1), "still let in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    site.bearer("GET /", &token).await.problem(401);
    let used = tokens.list().await.unwrap().remove(0).last_used_at;
    assert!(used.is_some(), "its use was noted");
}

#[tokio::test]
async fn pages_of_other_sites_are_turned_away_with_a_token_too() {
    for address in [ANYWHERE, LOOPBACK] {
        let site = Site::at(address).await;
        let token = format!("Bearer {}", site.token("anna", Role::Operator).await);
        let ask = async |name: &str, value: &str| {
            let headers = [("authorization", token.as_str()), (name, value)];
            site.ask("POST /v1/alerts/1/acknowledge", &headers).await
        };
        for (name, value) in [
            ("origin", "http://evil.example"),
            ("origin", "http://localhost:9999"),
            ("origin", "null"),
            ("origin", "localhost:7400"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(ask(name, value).await.problem(403).contains("own pages"), "{name}: {value}");
        }
        for (name, value) in [
            ("origin", "http://localhost:7400"),
            ("origin", "https://LOCALHOST:7400"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-site", "none"),
        ] {
            assert_eq!(ask(name, value).await.status, 200, "{name}: {value}");
        }
        let read = site.ask("GET /", &[("authorization", &token), ("origin", "null")]).await;
        assert_eq!(read.status, 200, "reading changes nothing");
    }
}

#[tokio::test]
async fn borrowed_names_are_not_answered_to_on_loopback() {
    let site = Site::at(LOOPBACK).await;
    let status = async |host: &str| site.ask("GET /", &[("host", host)]).await.status.as_u16();
    assert_eq!(status("localhost:7400").await, 200);
    assert_eq!(status("[::1]:7400").await, 200);
    assert_eq!(status("evil.example").await, 421);
    let unnamed = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(site.send(unnamed).await.status, 421);
    let whole = Request::get("http://127.0.0.1/").body(Body::empty()).unwrap();
    assert_eq!(site.send(whole).await.status, 200);

    let open = Site::at(ANYWHERE).await;
    let token = format!("Bearer {}", open.token("anna", Role::Reader).await);
    let by_name = [("host", "desk.example"), ("authorization", token.as_str())];
    assert_eq!(open.ask("GET /", &by_name).await.status, 200, "beyond it any name will do");
}

#[tokio::test]
async fn an_address_that_guesses_waits_and_good_tokens_do_not() {
    let site = Site::at(ANYWHERE).await;
    let stranger = Site::at(ANYWHERE).await.token("x", Role::Reader).await;
    let good = site.token("anna", Role::Reader).await;
    let late = site.token("late", Role::Reader).await;
    let from = async |last: u8, token: &str| {
        let peer = Peer(SocketAddr::from(([192, 0, 2, last], 50_000)));
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        site.send(request.extension(peer).body(Body::empty()).unwrap()).await
    };
    assert_eq!(from(7, &good).await.status, 200);
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(from(7, &stranger).await.status.as_u16());
    }
    assert_eq!(statuses[..20], [401; 20]);
    assert!(statuses[20..].contains(&429), "{statuses:?}");
    let told = from(7, "lpt_nonsense").await;
    assert!(told.problem(429).contains("wait"));
    assert_eq!(told.headers["retry-after"], "1");
    assert_eq!(from(7, &good).await.status, 200, "who was let in before still is");
    assert_eq!(from(8, &late).await.status, 200, "and so are others");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(from(7, &late).await.status, 200, "guesses are forgiven in time");
}

#[tokio::test]
async fn while_tokens_cannot_be_checked_nothing_opens() {
    let site = Site::at(ANYWHERE).await;
    let token = site.token("anna", Role::Operator).await;
    let unseen = site.token("ben", Role::Operator).await;
    assert_eq!(site.bearer("GET /", &token).await.status, 200);
    site.temp.ledger().clone().close().await;
    assert_eq!(site.bearer("GET /", &token).await.status, 200, "the last answer, for a moment");
    let answer = site.bearer("GET /", &unseen).await;
    assert!(answer.problem(503).contains("cannot check tokens"));
    assert_eq!(answer.headers["retry-after"], "2");
    assert_eq!(site.bearer("GET /livez", &unseen).await.status, 200);
}
