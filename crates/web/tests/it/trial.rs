//! Trying a change of the policy on a page.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use linchpin_domain::fact::PolicyAdopted;
use linchpin_domain::policy::{FIRST_POLICY, MAX_DOCUMENT};
use linchpin_testkit::told;

use crate::desk::{Desk, text};
use crate::html;

/// What a browser sends of the form with the document.
async fn sent(desk: &Desk, document: &str) -> (StatusCode, String) {
    sent_form(desk, &[("document", document)]).await
}

async fn sent_form(desk: &Desk, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let fields = fields.iter().map(|(name, value)| format!("&{name}={}", encoded(value)));
    let request = Request::post("/policy/try")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("from={}", fields.collect::<String>())));
    let answer = desk.send(request.unwrap()).await;
    (answer.status(), text(answer).await)
}

#[tokio::test]
async fn the_form_begins_as_the_policy_in_force_and_tries_nothing_yet() {
    let desk = Desk::busy().await;
    let page = desk.page("/policy/try").await;
    html::check("/policy/try", &page);
    assert!(page.contains("name=\"enters_at\" type=\"number\" value=\"55\""), "{page}");
    assert!(page.contains("name=\"points-revenue\" type=\"number\" value=\"25\""));
    assert!(page.contains("name = &#34;First policy&#34;"), "the document is there to be changed");
    assert!(!page.contains("What would differ"));
    let empty = Desk::empty().await.page("/policy/try?enters_at=40&stays_from=40").await;
    assert!(empty.contains("0 accounts would be key"), "{empty}");
}

#[tokio::test]
async fn lower_thresholds_show_who_would_become_key_and_leave_everyone_as_they_are() {
    let desk = Desk::busy().await;
    let (before, head) = (desk.page("/portfolio").await, desk.ledger.ledger().head().position);
    let higher = desk.page("/policy/try?enters_at=95&stays_from=95").await;
    html::check("higher", &higher);
    assert!(higher.contains("0 accounts would be key or on trial"), "{higher}");
    let path = "/policy/try?enters_at=20&stays_from=10&points-revenue=25&from=2023-01-01";
    let lower = desk.page(path).await;
    html::check(path, &lower);
    assert!(lower.contains("Under this draft 1 account would be key or on trial"), "{lower}");
    assert!(lower.contains("<span class=\"tag soon\">now 55</span>"), "what is changed is marked");
    assert!(lower.contains("How many would be key, by the points needed"));
    assert!(lower.contains("draft 20") && lower.contains("now 55"), "both thresholds are drawn");
    assert!(lower.contains("of revenue</strong> under key accounts"));
    assert!(lower.contains("compared from 1 January 2023"), "{lower}");
    assert_eq!(desk.page("/portfolio").await, before);
    assert_eq!(desk.ledger.ledger().head().position, head);
}

/// A criterion, and a predicate over it.
const CUSTOM: &str = r#"
name = "Custom"
enters_at = 10
stays_from = 5

[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
window_days = 1095
at_least = 1
points = 10
missing = "no points"
why = "We work for them."

[[criterion]]
id = "often"
title = "Often"
measure = "custom"
when = "work >= 2"
points = 10
missing = "no points"
why = "More than once."
"#;

#[tokio::test]
async fn a_criterion_without_points_is_left_out() {
    let desk = Desk::busy().await;
    let with = desk.page("/policy/try?enters_at=20&stays_from=20").await;
    assert!(with.contains("Under this draft 1 account would be key or on trial"), "{with}");
    let nothing: String = FIRST_POLICY
        .lines()
        .filter_map(|line| line.strip_prefix("id = \""))
        .map(|id| format!("&points-{}=0", id.trim_end_matches('"')))
        .filter(|field| field != "&points-reviewed=0")
        .collect();
    let path = format!("/policy/try?enters_at=1&stays_from=1{nothing}");
    let without = desk.page(&path).await;
    html::check(&path, &without);
    assert!(without.contains("0 accounts would be key or on trial"), "{without}");
    assert!(without.contains("name=\"points-revenue\" type=\"number\" value=\"0\""));
    assert!(
        without.contains("<span class=\"tag soon\">now 25</span>"),
        "what is changed is marked"
    );
}

#[tokio::test]
async fn what_no_document_could_say_is_refused_on_the_page() {
    let desk = Desk::busy().await;
    let adopted = PolicyAdopted { document: CUSTOM.to_owned(), approvals: Vec::new() };
    desk.ledger.append(vec![told("custom", "2024-01-01", adopted)]).await;
    desk.settled().await;
    let path = "/policy/try?enters_at=10&stays_from=5&points-work=0&points-often=12";
    let (status, page) = desk.read(path).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    html::check(path, &page);
    assert!(page.contains("This draft does not hold:</strong>"), "{page}");
    assert!(page.contains("no figure is named `work`"), "{page}");
    assert!(page.contains("name=\"points-often\" type=\"number\" value=\"12\""), "kept: {page}");
    assert!(!page.contains("What would differ"));
    desk.page("/policy/try?enters_at=10&stays_from=5&points-work=11&points-often=0").await;
}

#[tokio::test]
async fn what_cannot_be_a_policy_is_refused_in_words() {
    let desk = Desk::busy().await;
    for (query, expected, words) in [
        ("enters_at=9999", StatusCode::UNPROCESSABLE_ENTITY, "can never be reached"),
        (
            "enters_at=20&stays_from=30",
            StatusCode::UNPROCESSABLE_ENTITY,
            "would leave as it enters",
        ),
        ("points-revenue=many", StatusCode::BAD_REQUEST, "no whole number from 0 to 1000"),
        (
            "enters_at=20&stays_from=20&from=2031-01-01",
            StatusCode::BAD_REQUEST,
            "no day up to today",
        ),
        ("points-nothing=3", StatusCode::BAD_REQUEST, "knows no parameter"),
    ] {
        let (status, page) = desk.read(&format!("/policy/try?{query}")).await;
        assert_eq!(status, expected, "{query}");
        assert!(page.contains(words), "{query}: {page}");
    }
}

#[tokio::test]
async fn a_whole_document_is_tried_or_given_back_with_what_is_wrong() {
    let desk = Desk::busy().await;
    let lower = FIRST_POLICY
        .replace("enters_at = 55", "enters_at = 20")
        .replace("stays_from = 45", "stays_from = 15");
    let (status, page) = sent(&desk, &lower.replace('\n', "\r\n")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    html::check("document", &page);
    assert!(page.contains("Under this draft 1 account would be key or on trial"), "{page}");
    let (status, page) = sent(&desk, "name = \"<script>\"\nenters_at = many").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    html::check("wrong", &page);
    assert!(page.contains("Line 2, column 13"), "{page}");
    assert!(page.contains("enters_at = many") && !page.contains("<script>"), "{page}");
    let (status, page) = sent(&desk, &"#".repeat(MAX_DOCUMENT + 1_000)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{page}");
    assert!(page.contains(">That is too large</h1>"), "{page}");
    let request = Request::post("/policy/try")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/toml")
        .body(Body::from(lower));
    let answer = desk.send(request.unwrap()).await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(text(answer).await.contains("This page takes a form"));
}

#[tokio::test]
async fn a_yes_that_nobody_was_asked_for_is_told_of_and_can_be_taken_as_given() {
    let desk = Desk::busy().await;
    let lower = FIRST_POLICY
        .replace("enters_at = 55", "enters_at = 20")
        .replace("stays_from = 45", "stays_from = 15");
    let adopted = PolicyAdopted { document: lower.clone(), approvals: Vec::new() };
    desk.ledger.append(vec![told("lower", "2020-01-01", adopted)]).await;
    desk.settled().await;
    let asking = "[approval]\nrole = \"key-account director\"\nof = [\"enter\"]\n[ownership]";
    let asks = lower.replacen("[ownership]", asking, 1);
    let wanting = "1 account would for want of a yes";
    let (status, page) = sent(&desk, &asks).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains(wanting), "{page}");
    assert!(!page.contains("value=\"yes\" checked"));
    let ticked = [("document", asks.as_str()), ("assume_yes", "yes")];
    let (status, page) = sent_form(&desk, &ticked).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    html::check("assumed", &page);
    assert!(!page.contains(wanting) && page.contains("value=\"yes\" checked"), "{page}");
    assert!(page.contains("the same as now"), "{page}");
    let (_, page) = desk.read("/policy/try?enters_at=20&stays_from=15&assume_yes=yes").await;
    assert!(page.contains("value=\"yes\" checked"), "{page}");
}
