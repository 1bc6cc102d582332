//! Who gets in where.

use std::net::SocketAddr;

use linchpin_access::{Lock, Role, actor};

use crate::{ANYWHERE, LOOPBACK, Site};

/// Each route, and which of reader, writer and operator it lets in.
const ROUTES: [(&str, [bool; 3]); 12] = [
    ("GET /", [true, false, true]),
    ("HEAD /", [true, false, true]),
    ("GET /v1/accounts", [true, false, true]),
    ("GET /nowhere", [true, false, true]),
    ("GET /metrics", [true, false, true]),
    ("GET /openapi.json", [true, true, true]),
    ("GET /assets/style.css", [true, true, true]),
    ("POST /theme", [true, true, true]),
    ("POST /v1/events", [false, true, true]),
    ("POST /v1/alerts/1/acknowledge", [false, false, true]),
    ("POST /nowhere", [false, false, true]),
    ("DELETE /v1/events", [false, false, true]),
];

#[tokio::test]
async fn each_role_reaches_as_far_as_its_name_says_on_every_address() {
    for address in [ANYWHERE, LOOPBACK, [192, 0, 2, 2]] {
        let site = Site::at(address).await;
        for (role, at) in Role::ALL.into_iter().zip(0..) {
            let token = site.token(role.name(), role).await;
            for (what, lets_in) in ROUTES {
                let answer = site.bearer(what, &token).await;
                let inside = answer.status != 403;
                assert_eq!(inside, lets_in[at], "{what} as {role}: {answer:?}");
                if what.starts_with("HEAD") {
                    assert_eq!(answer.text, "");
                } else if !inside {
                    let detail = answer.problem(403);
                    assert!(detail.contains("operator"), "it names the role: {detail}");
                } else if answer.status == 200 {
                    assert_eq!(answer.text, format!("{role} {role}"), "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_told_without_a_token_beyond_loopback() {
    for address in [ANYWHERE, [192, 0, 2, 2]] {
        let site = Site::at(address).await;
        for (what, _) in ROUTES {
            let answer = site.ask(what, &[]).await;
            if what == "GET /assets/style.css" {
                assert_eq!(answer.text, "somebody");
                continue;
            }
            assert_eq!(answer.status, 401, "{what}: {answer:?}");
            let asks = answer.headers.get_all("www-authenticate").iter();
            let asks: Vec<_> = asks.map(|value| value.to_str().unwrap()).collect();
            assert!(asks.len() == 2 && asks[0].starts_with("Bearer"), "{asks:?}");
            assert!(asks[1].starts_with("Basic"), "{asks:?}");
            assert!(!answer.text.contains("proxy"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn on_loopback_none_is_needed_unless_a_proxy_hands_it_on() {
    let site = Site::at(LOOPBACK).await;
    for (what, _) in ROUTES.into_iter().filter(|(what, _)| !what.contains("nowhere")) {
        let answer = site.ask(what, &[]).await;
        assert!([200, 405].contains(&answer.status.as_u16()), "{what}: {answer:?}");
    }
    let token = site.token("anna", Role::Operator).await;
    let token = format!("Bearer {token}");
    for name in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] {
        let answer = site.ask("GET /", &[(name, "192.0.2.7")]).await;
        assert!(answer.problem(401).contains("through a proxy"), "{}", answer.text);
        let answer = site.ask("GET /", &[(name, "192.0.2.7"), ("authorization", &token)]).await;
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn health_tells_strangers_yes_or_no_and_holders_all() {
    let site = Site::at(ANYWHERE).await;
    let live = site.ask("GET /livez", &[]).await;
    assert_eq!((live.status.as_u16(), live.text.as_str()), (200, "ok\n"));
    let ready = site.ask("GET /readyz", &[]).await;
    assert_eq!((ready.status.as_u16(), ready.text.as_str()), (503, "not ready\n"));
    assert_eq!(ready.headers["retry-after"], "2");
    let token = site.token("probe", Role::Writer).await;
    assert_eq!(site.bearer("GET /readyz", &token).await.text, "position 7");
    site.bearer("GET /readyz", &token[..40]).await.problem(401);
    // Whether a process lives does not hang on a token: one that is wrong must not kill it.
    assert_eq!(site.bearer("GET /livez", "wrong").await.text, "ok\n");
    site.bearer("POST /livez", &token).await.problem(403);

    let near = Site::at(LOOPBACK).await;
    assert_eq!(near.ask("GET /livez", &[]).await.text, "position 7");
    assert_eq!(near.ask("GET /readyz", &[]).await.text, "position 7");
}

#[tokio::test]
async fn a_process_listens_beyond_loopback_once_a_token_is_in_force() {
    let site = Site::at(ANYWHERE).await;
    let tokens = site.temp.ledger().tokens();
    let may = async |address: &str, always: bool| {
        let address: SocketAddr = address.parse().unwrap();
        let lock = Lock::of(address.ip(), always);
        linchpin_access::may_listen(address, lock, &tokens).await.map_err(|e| e.to_string())
    };
    for near in ["127.0.0.1:7400", "[::1]:7400"] {
        may(near, false).await.unwrap();
    }
    let said = may("0.0.0.0:7400", false).await.unwrap_err();
    assert!(said.contains("0.0.0.0:7400") && said.contains("linchpin token new"), "{said}");
    may("[::ffff:127.0.0.1]:7400", false).await.unwrap_err();
    may("127.0.0.1:7400", true).await.unwrap_err();
    site.token("anna", Role::Operator).await;
    may("0.0.0.0:7400", false).await.unwrap();
    may("127.0.0.1:7400", true).await.unwrap();
    tokens.revoke("anna").await.unwrap();
    may("0.0.0.0:7400", false).await.unwrap_err();
}

#[tokio::test]
async fn names_are_given_once_and_fit_into_an_entry() {
    let site = Site::at(ANYWHERE).await;
    let tokens = site.temp.ledger().tokens();
    for bad in ["", "a b", "a/b", "é", "a:b", &"a".repeat(65)] {
        let said = linchpin_access::issue(&tokens, bad, Role::Reader).await.unwrap_err();
        assert!(said.to_string().contains("letters"), "{bad}: {said}");
    }
    let longest = "a".repeat(64);
    site.token(&longest, Role::Reader).await;
    tokens.revoke(&longest).await.unwrap();
    let said = linchpin_access::issue(&tokens, &longest, Role::Reader).await.unwrap_err();
    assert!(said.to_string().contains("made before"), "{said}");
    assert_eq!(actor(None, Some("event:crm")), "event:crm");
}
