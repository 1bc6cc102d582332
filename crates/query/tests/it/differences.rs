//! How an explanation differs from last time, and that it can be asked for again.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Entry;
use linchpin_domain::fact::ReferralGiven;
use linchpin_domain::id::AccountId;
use linchpin_query::view::{Clocks, Difference, Explanation, explain};
use linchpin_query::{ReadModel, router};
use linchpin_testkit::told;
use tower::ServiceExt;

use super::served::Served;
use super::story::{Story, account, at, day, past};

/// A point for each engagement of a year up to ten, and points for revenue.
fn policy(revenue_from: u32, tenure: &str) -> String {
    format!(
        r#"
name = "Counted"
enters_at = 8
stays_from = 6
grace_days = 30

[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
window_days = 365
from = 0
to = 10
points = 10
missing = "no points"
why = "."

[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
from = {revenue_from}
to = 10000
points = 10
missing = "no points"
why = "."
{tenure}"#
    )
}

const REFERRALS: &str = r#"
[[criterion]]
id = "referrals"
title = "Referrals"
measure = "referrals"
window_days = 365
from = 0
to = 2
points = 2
missing = "half the points"
why = "."
"#;

const TENURE: &str = r#"
[[criterion]]
id = "tenure"
title = "Years with us"
measure = "tenure years"
at_least = 0
points = 1
missing = "no points"
why = "."
"#;

fn difference(desk: &Desk, id: AccountId, on: &str) -> Difference {
    explain(desk, id, past(on)).unwrap().since_last.unwrap()
}

/// A client of eight orders and 5,000 of revenue in January 2026, judged otherwise from June on.
fn judged_otherwise() -> (Story, AccountId) {
    let mut story = Story::under(&policy(0, REFERRALS));
    let id = story.client("2025-12-01", "Alder");
    story.orders(1..=4, id);
    story.invoice("2026-01-05", id, "5000");
    story.adopt("2026-06-01", &policy(5000, TENURE));
    story.order("2026-06-20", id);
    (story, id)
}

#[test]
fn what_the_client_did_and_what_the_policy_did_are_told_apart_and_add_up() {
    let (story, id) = judged_otherwise();
    // Key since 5 January by 4 + 5 points; from June on 4 + 0 + 1.
    let review = difference(&story.desk, id, "2026-06-10");
    assert_eq!((review.day, review.points), (day("2026-05-31"), 9));
    assert_eq!((review.by_behaviour, review.by_policy), (0, -4));
    let later = difference(&story.desk, id, "2026-06-25");
    assert_eq!(later.day, day("2026-06-19"), "it is key again since the 20th");
    let split: Vec<_> =
        review.criteria.iter().map(|it| (it.id.as_str(), it.by_behaviour, it.by_policy)).collect();
    assert_eq!(split, [("revenue", 0, -5), ("tenure", 0, 1)]);
    assert_eq!(
        review.sentences,
        [
            "On 31 May, its last day as a key account, it had 9 points; now it has 5.",
            "What happened did not move the sum, and the policy by −4.",
            "−5 Revenue by the policy: version 2 grades it otherwise than version 1.",
            "+1 Years with us by the policy: version 2 asks for it anew.",
        ]
    );
}

#[test]
fn both_at_once_are_split_by_judging_the_facts_of_now_by_the_policy_of_then() {
    let mut story = Story::under(&policy(0, ""));
    let id = story.client("2025-12-01", "Alder");
    story.orders(1..=4, id);
    story.invoice("2026-01-05", id, "1000");
    story.invoice("2026-02-20", id, "1000");
    story.adopt("2026-03-01", &policy(1000, ""));
    story.order("2026-03-02", id);
    // It never was a key account: 90 days are looked back, to 12 January, and 4 + 1 points.
    let now = explain(&story.desk, id, past("2026-04-12")).unwrap();
    let found = now.since_last.as_ref().unwrap();
    assert_eq!((found.day, found.points), (day("2026-01-12"), 5));
    let split: Vec<_> =
        found.criteria.iter().map(|it| (it.id.as_str(), it.by_behaviour, it.by_policy)).collect();
    assert_eq!(
        split,
        [("work", 1, 0), ("revenue", 1, -1)],
        "2,000 give 2 by the old one, 1 by the new one"
    );
    assert_eq!(
        i64::from(found.points) + found.by_behaviour + found.by_policy,
        i64::from(now.points)
    );
    assert!(
        found.sentences.contains(
            &"+1 Work by what happened: 4 engagements then, 5 engagements now.".to_owned()
        ),
        "{:?}",
        found.sentences
    );
    assert!(
        found.sentences.contains(
            &"What happened and what grew old moved the sum by +2, and the policy by −1."
                .to_owned()
        ),
        "{:?}",
        found.sentences
    );
}

#[test]
fn the_split_adds_up_on_every_day() {
    let (story, id) = judged_otherwise();
    let mut day = day("2025-12-02");
    let mut told = 0;
    while day < self::day("2027-03-01") {
        let now: Explanation =
            explain(&story.desk, id, Clocks { as_of: day, ..past("2026-01-01") }).unwrap();
        let sum: u32 = now.criteria.iter().map(|it| it.points).sum();
        assert_eq!(sum, now.points, "{day}");
        if let Some(it) = &now.since_last {
            told += 1;
            let moved = it.by_behaviour + it.by_policy;
            assert_eq!(i64::from(it.points) + moved, i64::from(now.points), "{day}: {it:?}");
            let each: i64 = it.criteria.iter().map(|it| it.by_behaviour + it.by_policy).sum();
            assert_eq!(each, moved, "{day}");
        }
        day = day.tomorrow().unwrap();
    }
    assert!(told > 400);
}

#[test]
fn a_client_of_one_day_has_no_last_time() {
    let mut story = Story::under(&policy(0, ""));
    let id = story.client("2026-01-01", "Alder");
    assert!(explain(&story.desk, id, past("2026-01-01")).unwrap().since_last.is_none());
    let next = difference(&story.desk, id, "2026-01-02");
    assert_eq!(next.sentences, ["On 1 January it had the same 0 points, from the same criteria."]);
}

fn folded(entries: &[Entry]) -> Desk {
    let mut desk = Desk::default();
    entries.iter().for_each(|entry| drop(desk.apply(entry)));
    desk
}

#[test]
fn the_same_question_has_the_same_bytes_over_a_desk_rebuilt_and_over_one_that_knows_more() {
    let (mut story, id) = judged_otherwise();
    let known = story.entries.len();
    let known_at = Some(story.entries[known - 1].recorded_at);
    let clocks =
        |as_of: &str| Clocks { as_of: day(as_of), known_at, position: known as u64, past: true };
    let days = ["2026-01-03", "2026-06-10", "2026-08-01", "2027-02-01"];
    let bytes = |desk: &Desk| {
        days.map(|day| serde_json::to_string(&explain(desk, id, clocks(day)).unwrap()).unwrap())
    };
    let first = bytes(&story.desk);
    story.order("2026-02-01", id);
    story.adopt("2026-01-15", &policy(100, ""));
    assert_ne!(bytes(&story.desk), first, "what came later is seen where it is known");
    assert_eq!(bytes(&folded(&story.entries[..known])), first);
    assert_eq!(bytes(&folded(&story.entries[..known])), first);
}

async fn answer(app: Router, path: &str) -> String {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let body = app.oneshot(request).await.unwrap().into_body();
    String::from_utf8(to_bytes(body, 1 << 24).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn the_same_question_over_the_api_is_answered_alike_by_a_desk_started_anew() {
    let served = Served::new().await;
    served.client("Alder").await;
    let path = "/v1/accounts/crm:Alder/explain?as_of=2024-05-20&known_at=2024-06-01T13:00:00Z";
    let first = answer(served.app.clone(), path).await;
    assert!(first.contains("\"sentence\":\"Standard client"), "{first}");
    served.ledger.clock().set(at("2024-06-20T12:00:00Z"));
    let referral = ReferralGiven { account: account("Alder"), brought: None };
    served.append(vec![told("late", "2024-05-01", referral)]).await;
    let now = answer(served.app.clone(), "/v1/accounts/crm:Alder/explain?as_of=2024-05-20").await;
    assert!(now.contains("1 referral") && !first.contains("1 referral"), "{now}");
    let model = ReadModel::start(served.ledger.ledger().clone());
    model.reached(served.model.position()).await;
    assert_eq!(answer(router(model, Vec::new()), path).await, first);
    assert_eq!(answer(served.app.clone(), path).await, first);
}
