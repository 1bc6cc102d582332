//! What was true then, and what was known then.

use jiff::SignedDuration;
use linchpin_domain::fact::CreditNoteIssued;
use linchpin_domain::fact::InvoiceIssued;
use linchpin_domain::id::InvoiceId;
use linchpin_domain::money::Currency;
use linchpin_query::view::Clocks;
use linchpin_query::{Progress, fold, moment};
use linchpin_testkit::{at, told};

use super::served::Served;
use super::story::{Story, account, day};

async fn with_a_late_credit_note() -> Served {
    let served = Served::new().await;
    served.client("Alder").await;
    let invoice = InvoiceIssued {
        account: account("Alder"),
        invoice: InvoiceId::named("i"),
        number: None,
        amount: 500.into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    };
    served.append(vec![told("invoice", "2024-05-01", invoice)]).await;
    served.ledger.clock().set(at("2024-06-20T12:00:00Z"));
    let credit = CreditNoteIssued {
        account: account("Alder"),
        invoice: InvoiceId::named("c"),
        number: None,
        amount: 200.into(),
        currency: Currency::EUR,
        lines: Vec::new(),
    };
    served.append(vec![told("credit", "2024-05-20", credit)]).await;
    served
}

#[tokio::test]
async fn a_late_fact_changes_the_past_as_known_now_but_not_as_known_then() {
    let served = with_a_late_credit_note().await;
    let revenue =
        |body: &serde_json::Value| body["accounts"][0]["revenue"].as_str().unwrap().to_owned();
    let now = served.ok("/v1/accounts?as_of=2024-06-01").await;
    assert_eq!(revenue(&now), "300.00");
    let then = served.ok("/v1/accounts?as_of=2024-06-01&known_at=2024-06-01T13:00:00Z").await;
    assert_eq!(revenue(&then), "500.00");
    assert_eq!(then["clocks"]["past"], true);
    assert!(
        then["clocks"]["position"].as_u64().unwrap() < now["clocks"]["position"].as_u64().unwrap()
    );
    // A day as `known_at` means its end, and alone it is also the day asked about.
    let day = served.ok("/v1/accounts?known_at=2024-06-01").await;
    assert_eq!((revenue(&day).as_str(), day["as_of"].as_str()), ("500.00", Some("2024-06-01")));
    let before = served.ok("/v1/accounts?as_of=2024-05-10").await;
    assert_eq!(revenue(&before), "500.00");
    let history = served.ok("/v1/accounts/crm:Alder/history?known_at=2024-06-19").await;
    assert_eq!(history["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_same_past_is_folded_once_and_others_beside_it() {
    let served = with_a_late_credit_note().await;
    let known = Some(at("2024-06-01T13:00:00Z"));
    let (first, _) = served.model.at(None, known).await.unwrap();
    let (second, _) = served.model.at(None, known).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    let (empty, clocks) = served.model.at(None, Some(at("2024-01-01"))).await.unwrap();
    assert_eq!((empty.position(), clocks.position, clocks.past), (0, 0, true));
    let (present, clocks) = served.model.at(None, None).await.unwrap();
    assert_eq!((present.position(), clocks.past), (served.model.position(), false));
}

#[test]
fn one_past_too_many_at_a_time_is_put_off() {
    let problem = linchpin_problem::Problem::from(linchpin_query::ModelError::Busy);
    assert_eq!((problem.status, problem.retry_after), (503, Some(3)));
    assert!(problem.detail.contains("try again"), "{}", problem.detail);
}

#[tokio::test]
async fn a_fold_without_a_service_tells_its_progress() {
    let served = with_a_late_credit_note().await;
    let mut last = None;
    let ledger = served.ledger.ledger();
    let desk = fold(ledger, None, |progress| last = Some(progress)).await.unwrap();
    let head = ledger.head().position;
    assert_eq!(desk.position(), head);
    assert_eq!(last, Some(Progress { done: head, of: head }));
    let then = fold(ledger, Some(at("2024-06-02")), |_| {}).await.unwrap();
    assert_eq!(then.position(), head - 1);
}

#[test]
fn a_moment_is_a_timestamp_a_local_time_or_the_end_of_a_day_in_the_firms_zone() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let end = moment("2024-06-01", &zone).unwrap();
    assert!(at("2024-06-01T22:00:00Z") - SignedDuration::from_secs(1) < end);
    assert!(end < at("2024-06-01T22:00:00Z"));
    assert_eq!(moment("2024-06-01T10:00:00Z", &zone), Some(at("2024-06-01T10:00:00Z")));
    for local in ["2024-06-01T12:00", "2024-06-01T12:00:00", "2024-06-01 12:00"] {
        assert_eq!(moment(local, &zone), Some(at("2024-06-01T10:00:00Z")), "{local}");
    }
    for odd in ["20240601", "2024-06-01T25:00", "2024-06", "2024-06-01T12:00[Nowhere/There]"] {
        assert_eq!(moment(odd, &zone), None, "{odd}");
    }
    assert_eq!(moment("2024-02-31", &zone), None);
    assert_eq!(moment("soon", &zone), None);
}

#[test]
fn today_is_never_before_what_is_known_was_recorded() {
    let mut story = Story::begin();
    story.client("2026-01-10", "Alder");
    let zone = jiff::tz::TimeZone::UTC;
    let clocks = |now: &str| Clocks::of(&story.desk, None, None, at(now), &zone);
    let late = clocks("2026-01-05");
    assert_eq!((late.as_of, late.past), (day("2026-01-10"), false), "a clock that goes slow");
    assert_eq!(clocks("2026-02-01").as_of, day("2026-02-01"));
    let asked = Clocks::of(&story.desk, Some(day("2026-01-05")), None, at("2026-01-05"), &zone);
    assert_eq!((asked.as_of, asked.past), (day("2026-01-05"), true));
}
