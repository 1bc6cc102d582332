//! Who is a key account, and why.

use super::story::*;
use crate::fact::{
    BuyingRole, CreditNoteIssued, EngagementCancelled, ExchangeRateSet, FeedbackReceived,
    JudgementGiven, JudgementOf, Level, PolicyAdopted,
};
use crate::id::{EngagementId, InvoiceId, MemberId};
use crate::money::{Currency, Decimal};
use crate::policy::{Assessment, FIRST_POLICY, Policy, Span, Status, Track, assess};
use crate::private::Private;

/// Revenue alone: a key account from 100 in 365 days, and stays one from 50.
const PLAIN: &str = r#"
name = "Plain"
enters_at = 10
stays_from = 5
grace_days = 30
[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
from = 0
to = 100
points = 10
missing = "no points"
why = "It pays the rent."
"#;

fn plain(story: &[Told]) -> crate::desk::Desk {
    desk_under(PLAIN, "name = \"none\"", story)
}

fn assessed(desk: &crate::desk::Desk, date: &str) -> Assessment {
    assess(&client(desk), day(date)).unwrap()
}

fn value(desk: &crate::desk::Desk, criterion: &str, date: &str) -> Option<String> {
    let assessment = assessed(desk, date);
    let found = assessment.criteria.into_iter().find(|c| c.result.id == criterion).unwrap();
    found.result.value.map(|value| value.to_string())
}

fn spans(desk: &crate::desk::Desk, until: &str) -> Vec<(String, Status)> {
    let mut spans: Vec<Span> = Vec::new();
    Track::follow(&client(desk), day(until), &mut |span| spans.push(span));
    spans.dedup_by(|next, before| next.status == before.status);
    spans.into_iter().map(|span| (span.from.to_string(), span.status)).collect()
}

#[test]
fn a_window_holds_the_days_after_its_start_up_to_its_end() {
    let desk = plain(&[told("2025-01-10", invoice(1, "70"))]);
    assert_eq!(value(&desk, "revenue", "2025-01-10").as_deref(), Some("70"));
    assert_eq!(value(&desk, "revenue", "2026-01-09").as_deref(), Some("70"));
    assert_eq!(value(&desk, "revenue", "2026-01-10").as_deref(), Some("0"));
    assert_eq!(assessed(&desk, "2025-01-10").changes_on(), Some(day("2026-01-10")));
}

#[test]
fn a_key_account_goes_under_review_and_is_released_after_the_grace_period() {
    let desk = plain(&[told("2025-01-01", invoice(1, "20")), told("2025-02-01", invoice(2, "80"))]);
    assert_eq!(
        spans(&desk, "2027-01-01"),
        [
            ("2025-01-01".to_owned(), Status::Standard),
            ("2025-02-01".to_owned(), Status::Key),
            ("2026-02-01".to_owned(), Status::UnderReview),
            ("2026-03-03".to_owned(), Status::Released),
        ]
    );
}

#[test]
fn between_the_thresholds_it_stays_what_it_was() {
    let desk = plain(&[told("2025-01-01", invoice(1, "40")), told("2025-02-01", invoice(2, "60"))]);
    let fell = spans(&desk, "2026-01-15");
    assert_eq!(
        fell.last().unwrap().1,
        Status::Key,
        "60 of 100 is below entering and above staying"
    );
}

#[test]
fn new_work_within_the_grace_period_keeps_it() {
    let desk =
        plain(&[told("2025-02-01", invoice(1, "100")), told("2026-02-20", invoice(2, "90"))]);
    assert_eq!(spans(&desk, "2026-06-01").last().unwrap(), &("2026-02-20".to_owned(), Status::Key));
}

#[test]
fn a_credit_note_counts_against_revenue_on_its_own_day() {
    let credit = CreditNoteIssued {
        account: acme(),
        invoice: InvoiceId::named("c1"),
        number: None,
        amount: Decimal::from(30),
        currency: Currency::EUR,
        lines: Vec::new(),
    };
    let desk = plain(&[told("2025-01-10", invoice(1, "70")), told("2025-03-01", credit)]);
    assert_eq!(value(&desk, "revenue", "2025-02-28").as_deref(), Some("70"));
    assert_eq!(value(&desk, "revenue", "2025-03-01").as_deref(), Some("40"));
}

#[test]
fn a_foreign_invoice_needs_a_rate_and_takes_that_of_its_day() {
    let mut foreign = invoice(1, "10");
    foreign.currency = Currency::USD;
    let rate =
        |text: &str| ExchangeRateSet { currency: Currency::USD, rate: text.parse().unwrap() };
    let story = vec![told("2025-01-10", foreign)];
    assert_eq!(
        value(&plain(&story), "revenue", "2025-02-01"),
        None,
        "an unknown part makes the whole unknown"
    );
    let rated =
        [story, vec![told("2025-01-01", rate("0.9")), told("2025-01-20", rate("2"))]].concat();
    assert_eq!(value(&plain(&rated), "revenue", "2025-02-01").as_deref(), Some("9"));
}

#[test]
fn cancelled_work_does_not_count_from_the_day_it_was_cancelled() {
    let cancelled =
        EngagementCancelled { account: acme(), engagement: EngagementId::named("1"), reason: None };
    let desk = desk(&[
        told("2026-01-01", engagement(1)),
        told("2026-01-02", engagement(2)),
        told("2026-03-01", cancelled),
    ]);
    assert_eq!(value(&desk, "frequency", "2026-02-28").as_deref(), Some("2"));
    assert_eq!(value(&desk, "frequency", "2026-03-01").as_deref(), Some("1"));
    assert_eq!(value(&desk, "tenure", "2027-01-01").as_deref(), Some("0"), "begun by the second");
    assert_eq!(value(&desk, "tenure", "2027-01-02").as_deref(), Some("1"));
}

#[test]
fn a_judgement_lapses_on_its_day() {
    let judgement = JudgementGiven {
        account: acme(),
        of: JudgementOf::StrategicFit,
        score: 4,
        by: MemberId::named("kari"),
        reason: "They build what we staff".to_owned(),
        expires: day("2026-06-30"),
    };
    let desk = desk(&[told("2026-01-01", judgement)]);
    assert_eq!(value(&desk, "strategic-fit", "2026-06-30").as_deref(), Some("4"));
    assert_eq!(value(&desk, "strategic-fit", "2026-07-01"), None);
    assert_eq!(assessed(&desk, "2026-06-30").changes_on(), Some(day("2026-07-01")));
}

#[test]
fn levels_and_decision_makers_count_who_is_there() {
    let decides = Some(BuyingRole::DecisionMaker);
    let desk = desk(&[
        told("2026-01-01", joined("ann", decides, Some(Level::Executive))),
        told("2026-01-01", joined("ben", None, Some(Level::Manager))),
        told("2026-01-01", joined("cat", None, Some(Level::Manager))),
        told("2026-02-01", left("ann")),
    ]);
    assert_eq!(value(&desk, "levels", "2026-01-31").as_deref(), Some("2"));
    assert_eq!(value(&desk, "levels", "2026-02-01").as_deref(), Some("1"));
    assert_eq!(value(&desk, "decision-maker", "2026-02-01").as_deref(), Some("0"));
}

#[test]
fn feedback_is_a_mean_out_of_ten_and_missing_answers_count_half() {
    let answer = |score: u8, out_of: u8| FeedbackReceived {
        account: acme(),
        score: score.into(),
        out_of,
        contact: None,
        person: Private::default(),
    };
    let desk = desk(&[
        told("2025-01-01", engagement(1)),
        told("2026-01-01", answer(4, 5)),
        told("2026-01-02", answer(9, 10)),
    ]);
    assert_eq!(value(&desk, "feedback", "2026-01-01").as_deref(), Some("8"));
    assert_eq!(value(&desk, "feedback", "2026-01-02").as_deref(), Some("8.5"));
    let early = assessed(&desk, "2025-06-01");
    let feedback = early.criteria.iter().find(|c| c.result.id == "feedback").unwrap();
    assert_eq!((feedback.result.value, feedback.result.points), (None, 3));
}

#[test]
fn a_contract_gives_points_while_it_is_in_force() {
    let desk = desk(&[told("2026-01-01", framework("2026-03-01", "2026-12-31", None))]);
    assert_eq!(value(&desk, "framework", "2026-02-28").as_deref(), Some("0"));
    assert_eq!(assessed(&desk, "2026-02-28").changes_on(), Some(day("2026-03-01")));
    assert_eq!(value(&desk, "framework", "2026-03-01").as_deref(), Some("1"));
    assert_eq!(value(&desk, "framework", "2027-01-01").as_deref(), Some("0"));
}

#[test]
fn tenure_counts_whole_years_since_the_first_business() {
    let desk = desk(&[told("2024-02-29", engagement(1))]);
    assert_eq!(value(&desk, "tenure", "2025-02-27").as_deref(), Some("0"));
    assert_eq!(value(&desk, "tenure", "2025-02-28").as_deref(), Some("1"));
    assert_eq!(value(&desk, "tenure", "2026-02-28").as_deref(), Some("2"));
}

#[test]
fn points_name_their_evidence_and_sum_to_the_verdict() {
    let story = [told("2026-01-01", engagement(1)), told("2026-01-02", invoice(1, "225000"))];
    let desk = desk(&story);
    let assessment = assessed(&desk, "2026-02-01");
    let sum: u32 = assessment.criteria.iter().map(|c| c.result.points).sum();
    assert_eq!(assessment.points(), sum);
    let revenue = &assessment.criteria[0];
    assert_eq!(revenue.evidence.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [story[1].id]);
    assert_eq!(
        revenue.result.points, 12,
        "half way between 50,000 and 400,000 of 25, rounded down"
    );
}

#[test]
fn another_policy_takes_over_on_the_day_it_is_adopted() {
    let strict = PLAIN.replace("enters_at = 10", "enters_at = 9").replace("to = 100", "to = 1000");
    let desk = plain(&[
        told("2025-01-01", invoice(1, "100")),
        told("2025-06-01", PolicyAdopted { document: strict, approvals: Vec::new() }),
    ]);
    assert_eq!(assessed(&desk, "2025-05-31").version, 1);
    assert_eq!(assessed(&desk, "2025-06-01").version, 2);
    assert_eq!(
        spans(&desk, "2025-06-15").last().unwrap(),
        &("2025-06-01".to_owned(), Status::UnderReview)
    );
}

#[test]
fn the_first_policy_and_watchlist_are_sound() {
    assert_eq!(Policy::parse(FIRST_POLICY).unwrap().out_of(), 100);
    crate::watch::Watchlist::parse(crate::watch::FIRST_WATCHLIST).unwrap();
}

#[test]
fn errors_in_a_policy_name_the_line() {
    let wrong = [
        (PLAIN.replace("measure = \"revenue\"", "measure = \"charm\""), 9, "charm"),
        (PLAIN.replace("window_days = 365", ""), 6, "window_days"),
        (PLAIN.replace("to = 100", "to = 0"), 6, "from"),
        (PLAIN.replace("enters_at = 10", "enters_at = 11"), 3, "never be reached"),
        (PLAIN.replace("points = 10", "points = 10\ncolour = \"red\""), 14, "colour"),
        (PLAIN.replace("missing = \"no points\"", "missing = \"pray\""), 14, "pray"),
    ];
    for (text, line, says) in wrong {
        let error = Policy::parse(&text).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.line, line, "{error}");
    }
}

/// One criterion over a figure that has an end.
fn draft(enters_at: u32, criterion: &str) -> Result<Policy, String> {
    let head =
        format!("name = \"Draft\"\nenters_at = {enters_at}\nstays_from = 0\n[[criterion]]\n");
    let criterion =
        format!("id = \"it\"\ntitle = \"It\"\npoints = 10\nwhy = \"So.\"\n{criterion}\n");
    let text = format!("{head}{criterion}missing = \"no points\"\n");
    Policy::parse(&text).unwrap();
    Policy::draft(&text).map_err(|error| error.to_string())
}

#[test]
fn a_draft_that_nobody_can_ever_satisfy_is_refused_with_the_place_to_mend() {
    let feedback = "measure = \"feedback\"\nwindow_days = 365\n";
    let too_high = draft(5, &format!("{feedback}at_least = 11")).unwrap_err();
    assert_eq!(
        too_high,
        "line 4, column 1: criterion `it`: nobody can ever have a point of it, since its figure is 10 at most: \
         lower `at_least`"
    );
    let partly = format!("{feedback}from = 0\nto = 20");
    let short = draft(6, &partly).unwrap_err();
    assert!(short.starts_with("line 2, column 13: enters_at 6 can never be reached"), "{short}");
    assert!(short.ends_with("a client has 5 of 10 points"), "{short}");
    draft(5, &partly).unwrap();
    let enough = draft(1, &format!("{partly}\nsufficient = true")).unwrap_err();
    assert!(enough.contains("it is `sufficient`, but nobody can ever have all"), "{enough}");
    assert!(enough.ends_with("lower `to`"), "{enough}");
    let months = "measure = \"active months\"\nwindow_days = 30\n";
    draft(10, &format!("{months}at_least = 3")).unwrap();
    assert!(draft(10, &format!("{months}at_least = 4")).unwrap_err().contains("3 at most"));
}

#[test]
fn every_figure_that_has_an_end_is_known_by_it() {
    let ends = [
        ("levels reached", "", 4),
        ("buying roles reached", "", 6),
        ("judgement", "of = \"influence\"\n", 5),
        ("feedback", "window_days = 30\n", 10),
    ];
    for (measure, more, most) in ends {
        let at_least = |figure: u32| format!("measure = \"{measure}\"\n{more}at_least = {figure}");
        draft(10, &at_least(most)).unwrap();
        draft(10, &at_least(most + 1)).unwrap_err();
    }
    draft(10, "measure = \"engagements\"\nwindow_days = 30\nat_least = 100000").unwrap();
    Policy::draft(FIRST_POLICY).unwrap();
    // What was adopted stays readable, whatever a draft is held to.
    let old = PLAIN
        .replace("measure = \"revenue\"", "measure = \"feedback\"")
        .replace("to = 100", "to = 20");
    Policy::parse(&old).unwrap();
    Policy::draft(&old).unwrap_err();
}
