//! Facts that are wrong by themselves are refused with a reason.

use super::story::{acme, day, framework, invoice};
use crate::fact::{Fact, FeedbackReceived, InvoiceLine, ParentSet};
use crate::money::cents;
use crate::private::Private;

fn refusal(fact: impl Into<Fact>) -> String {
    fact.into().check().unwrap_err()
}

#[test]
fn lines_must_sum_to_the_amount() {
    let mut it = invoice(1, "7.50");
    let line = |quantity: &str, price: &str| InvoiceLine {
        item: "x".to_owned(),
        quantity: quantity.parse().unwrap(),
        unit_price: price.parse().unwrap(),
    };
    it.lines = vec![line("2", "2.505"), line("1", "2.49")];
    assert_eq!(Fact::from(it.clone()).check(), Ok(()));
    it.lines.pop();
    assert_eq!(refusal(it), "`lines` sum to 5.010, but the amount says 7.50");
}

#[test]
fn amounts_terms_and_scores_have_bounds() {
    assert!(refusal(invoice(1, "1000000000000001")).contains("larger"));
    assert!(refusal(framework("2026-02-01", "2026-01-01", None)).contains("before `start`"));
    assert!(refusal(framework("1026-02-01", "2026-01-01", None)).contains("1900"));
    let feedback = FeedbackReceived {
        account: acme(),
        score: 6.into(),
        out_of: 5,
        contact: None,
        person: Private::default(),
    };
    assert!(refusal(feedback.clone()).contains("outside 0 to 5"));
    let comment = FeedbackReceived { score: 1.into(), person: Private::noted("hm"), ..feedback };
    assert!(refusal(comment).contains("without a `contact`"));
    assert!(refusal(ParentSet { account: acme(), parent: acme() }).contains("itself"));
}

#[test]
fn the_thirty_first_of_february_is_no_day() {
    let text = format!(
        r#"{{"account":"{}","contract":"{}","title":"x","kind":"other","start":"2026-02-31","end":"2026-03-01"}}"#,
        acme(),
        acme()
    );
    let error = Fact::decode("contract.signed", &text).unwrap().unwrap_err();
    assert!(error.to_string().contains("day"), "{error}");
    assert_eq!(day("2026-02-28").to_string(), "2026-02-28");
}

#[test]
fn cents_round_half_away_from_zero() {
    let rounded = ["0.005", "-0.005", "2.675", "279489.02", "5"].map(|t| cents(t.parse().unwrap()));
    assert_eq!(rounded, ["0.01", "-0.01", "2.68", "279489.02", "5.00"]);
}
