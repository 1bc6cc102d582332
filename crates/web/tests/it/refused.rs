//! What a reader sees whose form was refused by a door.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Extension, body::to_bytes};
use linchpin_web::SentForm;
use tower::ServiceExt;

use crate::desk::SCRIPT;

const FORM: &str = "/accounts/1/acts/nominate";

fn sent(action: &str, fields: &[(&str, &str)]) -> SentForm {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    SentForm { action: action.to_owned(), back: "/accounts/1".to_owned(), fields: fields.collect() }
}

/// Posts to a door that refuses the form, as a browser or as a program.
async fn refused(form: SentForm, accept: &str, from: Option<&str>) -> (StatusCode, String) {
    let action = form.action.clone();
    let door = move || async move {
        let problem = "{\"title\":\"x\",\"detail\":\"the client has 3 points, 5 needed\"}";
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (Extension(form), (StatusCode::CONFLICT, kind, problem)).into_response()
    };
    let doors = Router::new().route(&action, post(door));
    let app = linchpin_web::secure_headers(linchpin_web::html_errors(doors));
    let mut request = Request::post(&action).header(header::ACCEPT, accept);
    if let Some(from) = from {
        request = request.header(header::REFERER, format!("http://localhost{from}"));
    }
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-store");
    let status = answer.status();
    let read = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(read.to_vec()).unwrap())
}

#[tokio::test]
async fn it_says_what_why_and_keeps_what_was_typed() {
    let fields = [
        ("return_to", "/accounts/1"),
        ("reason", SCRIPT),
        ("day", "2026-05-01"),
        ("by", "6c696e63-6870-4e69-8000-6465736b0001"),
    ];
    let form = sent("/v1/accounts/1/nominate", &fields);
    let (status, page) = refused(form, "text/html,*/*;q=0.8", Some(FORM)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    for part in [
        "<title>Not done: Propose it as a key account · Linchpin</title>",
        "<h1 id=\"wrong\">Not done</h1>",
        "<strong>Propose it as a key account:</strong>",
        "The client has 3 points, 5 needed.",
        "<a class=\"btn primary\" href=\"/accounts/1/acts/nominate\">Back to the form</a>",
        "<form class=\"card pad actform\" method=\"post\" action=\"/v1/accounts/1/nominate\" data-refused>",
        "name=\"day\" type=\"date\" value=\"2026-05-01\"",
        "<label for=\"typed-reason\">Why</label>",
        "type=\"hidden\" name=\"by\" value=\"6c696e63-6870-4e69-8000-6465736b0001\"",
        "href=\"/assets/style.css",
        "name=\"color-scheme\" content=\"light dark\"",
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    assert!(!page.contains(SCRIPT), "what was typed stays text");
    assert!(page.contains("&#60;script&#62;"), "{page}");
}

#[tokio::test]
async fn without_anything_typed_and_without_a_referrer_it_leads_back() {
    let form = sent("/v1/alerts/1/acknowledge", &[("return_to", "/accounts/1")]);
    let (_, page) = refused(form, "text/html", None).await;
    assert!(page.contains("<strong>Acknowledge the alert:</strong>"), "{page}");
    assert!(page.contains("href=\"/accounts/1\">Back to the form</a>"), "{page}");
    assert!(!page.contains("data-refused"), "there is nothing to keep");
}

#[tokio::test]
async fn a_program_gets_the_problem() {
    let form = sent("/v1/alerts/1/snooze", &[("until", "2026-05-01")]);
    for accept in ["*/*", "application/json, text/html"] {
        let (status, problem) = refused(form.clone(), accept, None).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(problem.starts_with('{') && !problem.contains("2026-05-01"), "{problem}");
    }
}

#[tokio::test]
async fn every_act_of_the_doors_has_a_name() {
    for (action, name) in [
        ("/v1/accounts/1/dismiss", "Say that the two do not belong together"),
        ("/v1/accounts/1/hand-over", "Hand it over"),
        ("/v1/members/1/hand-over", "Hand all their clients over"),
        ("/v1/contracts/1/talks-started", "Say that renewal talks have started"),
        ("/v1/alerts/1/snooze", "Snooze the alert"),
    ] {
        let (_, page) = refused(sent(action, &[]), "text/html", None).await;
        assert!(page.contains(&format!("<strong>{name}:</strong>")), "{action}: {page}");
    }
}
