//! Asked to judge a client.

use super::super::*;
use super::given::*;

fn judged(score: u8, expires: Option<&str>) -> Act {
    let (of, reason) = (JudgementOf::StrategicFit, because());
    Act::Judge { of, score, expires: expires.map(day), reason }
}

fn counts(given: &Given, on: &str) -> Option<u8> {
    let account = given.desk.account(acme()).unwrap();
    account.judgement_on(JudgementOf::StrategicFit, day(on)).map(|(_, it)| it.score)
}

#[test]
fn a_judgement_counts_for_a_year_where_no_end_is_named() {
    let given = Given::directed();
    assert_eq!(counts(&given, TODAY), None);
    let given = given.done("ann", &judged(4, None));
    assert_eq!(counts(&given, TODAY), Some(4));
    assert_eq!(counts(&given, "2026-06-02"), Some(4), "the last day");
    assert_eq!(counts(&given, "2026-06-03"), None);
    given.already("ann", &judged(4, None));
    given.already("ann", &judged(4, Some("2026-06-02")));
}

#[test]
fn the_newest_judgement_counts_though_the_clock_stands_still() {
    let given = Given::directed().done("ann", &judged(4, None)).done("ben", &judged(1, None));
    assert_eq!(counts(&given, TODAY), Some(1));
    let given = given.done("ann", &judged(4, None));
    assert_eq!(counts(&given, TODAY), Some(4), "said again, it answers the other");
    let given = given.done("ann", &judged(4, Some("2025-12-31")));
    assert_eq!(counts(&given, "2026-01-01"), None, "the shorter one took its place");
}

#[test]
fn what_is_no_judgement_is_refused() {
    let given = Given::directed();
    given.refused("ann", &judged(6, None), &Refusal::NoSuchScore { score: 6 });
    for past in [TODAY, "2025-06-01"] {
        given.refused("ann", &judged(3, Some(past)), &Refusal::NotLater);
    }
    let latest = day("2028-06-02");
    given.refused("ann", &judged(3, Some("2028-06-03")), &Refusal::JudgedTooLong { latest });
    assert!(given.asks("ann", &judged(3, Some("2028-06-02"))).is_ok());
    assert!(
        given.asks("ann", &judged(0, None)).is_ok() && given.asks("ann", &judged(5, None)).is_ok()
    );
    let silent =
        Act::Judge { of: JudgementOf::Influence, score: 3, expires: None, reason: " ".to_owned() };
    let why = given.asks("ann", &silent).unwrap_err();
    assert!(matches!(&why, Refusal::Invalid(it) if it.contains("`reason`")), "{why}");
    assert_eq!(why.ground(), Ground::Content);
    let nobody = Refusal::NoMember { member: member("nobody") };
    given.refused("nobody", &judged(3, None), &nobody);
}
