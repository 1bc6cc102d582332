//! Whom a fact about the firm touches, and on how many days a client is stopped at.

use jiff::ToSpan;
use jiff::civil::Date;

use super::story::*;
use super::world::*;
use crate::desk::{Changed, Desk};
use crate::entry::Body;
use crate::fact::*;
use crate::money::Currency;
use crate::policy::{FIRST_POLICY, Track, assess};

fn rate(date: &str, rate: u32) -> Told {
    told(date, ExchangeRateSet { currency: Currency::USD, rate: rate.into() })
}

fn in_dollars(date: &str, name: &str, amount: u32) -> Told {
    let mut it = billed(date, name, amount);
    if let Fact::InvoiceIssued(invoice) = &mut it.fact {
        invoice.currency = Currency::USD;
    }
    it
}

fn tell(desk: &mut Desk, it: Told) -> Changed {
    desk.apply(&entry(desk.position() + 1, it.id, it.at, Body::Fact(it.fact)))
}

fn stops(desk: &Desk, name: &str, until: Date) -> usize {
    let mut stops = 0;
    let _ = Track::follow(&of(desk, name), until, &mut |_| stops += 1);
    stops
}

#[test]
fn a_day_with_another_rate_is_no_stop_for_anybody() {
    let first = day("2020-01-02");
    let days = (0..2_192).map(|n| first + i64::from(n).days());
    let rates = days.map(|day| rate(&day.to_string(), 2));
    let story: Vec<Told> = std::iter::once(registered("2020-01-02", "acme")).chain(rates).collect();
    let desk = desk(&story);
    assert_eq!(stops(&desk, "acme", day("2026-01-01")), 1);
}

#[test]
fn a_rate_touches_whoever_has_a_paper_that_goes_by_it() {
    let mut desk = desk(&[
        billed("2024-05-01", "euro", 1_000),
        in_dollars("2024-05-01", "before", 1_000),
        in_dollars("2024-05-10", "on the day", 1_000),
        in_dollars("2024-05-19", "until the next", 1_000),
        in_dollars("2024-05-20", "after", 1_000),
        rate("2024-05-20", 3),
    ]);
    let revenue = |desk: &Desk, name: &str| {
        let assessed = assess(&of(desk, name), day("2024-06-01")).unwrap();
        assessed.criteria.into_iter().find(|it| it.result.id == "revenue").unwrap().result.value
    };
    let before = ["euro", "before", "on the day", "until the next", "after"]
        .map(|name| revenue(&desk, name));
    let late = tell(&mut desk, rate("2024-05-10", 2));
    let mut touched = [id("on the day"), id("until the next")];
    touched.sort_unstable();
    assert_eq!((late.rules, late.from), (false, Some(day("2024-05-10"))));
    assert_eq!(late.accounts, touched);
    let after = ["euro", "before", "on the day", "until the next", "after"]
        .map(|name| revenue(&desk, name));
    let moved: Vec<bool> =
        before.iter().zip(&after).map(|(before, after)| before != after).collect();
    assert_eq!(moved, [false, false, true, true, false], "{before:?} {after:?}");
    let next = tell(&mut desk, rate("2024-06-02", 2));
    assert_eq!((next.rules, next.accounts), (false, vec![]));
}

#[test]
fn a_rate_touches_the_group_of_whoever_it_touches() {
    let mut desk = desk(&[
        in_dollars("2024-05-01", "daughter", 1_000),
        registered("2024-05-01", "mother"),
        belongs("2024-05-01", "daughter", "mother"),
    ]);
    let mut both = [id("daughter"), id("mother")];
    both.sort_unstable();
    let mut touched = tell(&mut desk, rate("2024-05-01", 2)).accounts;
    touched.sort_unstable();
    assert_eq!(touched, both);
}

#[test]
fn a_colleague_touches_everybody_only_where_another_policy_comes_into_force() {
    let guarded = format!("{FIRST_POLICY}\n[adoption]\napproved_by = [\"operations\"]\n");
    let approvals = vec![Approval { by: who("kim"), reason: "it is sound".to_owned() }];
    let adopted = told("2024-02-01", PolicyAdopted { document: guarded, approvals });
    let mut desk = desk(&[registered("2024-01-01", "acme"), adopted]);
    assert!(!tell(&mut desk, member("2024-01-01", "lee", Role::Operations)).rules);
    assert!(tell(&mut desk, member("2024-01-01", "kim", Role::Operations)).rules, "it counts now");
    assert!(!tell(&mut desk, gone("2024-03-01", "kim")).rules, "it was approved before");
    assert!(tell(&mut desk, gone("2024-01-15", "kim")).rules, "they were gone by then");
}
