//! Trials: what another policy would have said of the same facts.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

use super::story::{Told, day, desk_under};
use super::trial_world::{NAMES, any_story, criterion, everything};
use super::world::*;
use crate::desk::Desk;
use crate::fact::*;
use crate::money::Decimal;
use crate::policy::{FIRST_POLICY, Policy, Span, Status, Track, assess};
use crate::trial::{Cause, Hands, Outcome, Trial};

/// A policy with other thresholds and other points.
fn any_policy() -> impl Strategy<Value = String> {
    (5_u32..60, 0_u32..20, 0_u32..80, 0_u32..200, prop::bool::ANY).prop_map(
        |(enters, below, grace, trial, first)| {
            let text = if first { FIRST_POLICY.to_owned() } else { everything() };
            let mut table: toml::Table = toml::from_str(&text).unwrap();
            let mut put = |name: &str, value: u32| table.insert(name.to_owned(), value.into());
            put("enters_at", enters);
            put("stays_from", enters.saturating_sub(below));
            put("grace_days", grace);
            put("trial_days", trial);
            toml::to_string(&table).unwrap()
        },
    )
}

pub(super) fn desk(policy: &str, story: &[Told]) -> Desk {
    desk_under(policy, crate::watch::FIRST_WATCHLIST, story)
}

pub(super) fn policy(text: &str) -> Arc<Policy> {
    Arc::new(Policy::parse(text).unwrap())
}

/// The status of every day from one to another.
fn every_day(desk: &Desk, name: &str, to: Date) -> Vec<Span> {
    let mut spans = Vec::new();
    if let Some(client) = desk.client(id(name)) {
        Track::follow(&client, to, &mut |span| spans.push(span));
    }
    spans
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_that_reads_only_what_moved_comes_to_what_reading_everything_does(
        story in any_story(), probes in prop::collection::vec(0_i64..1_000, 12),
    ) {
        let desk = desk(&everything(), &story);
        for name in NAMES {
            let spans = every_day(&desk, name, day("2026-12-31"));
            let Some(first) = spans.first() else { continue };
            let client = desk.client(id(name)).unwrap();
            let probes = probes.iter().map(|n| day("2024-01-01") + n.days());
            for date in spans.iter().map(|span| span.from).chain(probes).filter(|it| *it >= first.from) {
                let walked = spans.iter().rev().find(|span| span.from <= date).unwrap();
                let read = assess(&client, date).unwrap();
                prop_assert_eq!(walked.points, read.points(), "{} on {}", name, date);
                let next = spans.iter().find(|span| span.from > date).map(|span| span.from);
                let foreseen = read.changes_on().filter(|it| *it > date && *it <= day("2026-12-31"));
                prop_assert!(foreseen.is_none() || next <= foreseen && next.is_some());
            }
        }
    }

    #[test]
    fn a_trial_of_all_history_is_what_adopting_the_policy_at_the_start_gives(
        story in any_story(), draft in any_policy(), from in 0_i64..900, days in 1_i64..200,
    ) {
        let (now, adopted) = (desk(&everything(), &story), desk(&draft, &story));
        let from = day("2024-01-01") + from.days();
        let to = from + days.days();
        let trial = Trial::run(&now, &policy(&draft), from, to, &Hands::own());
        for name in NAMES {
            let on = |spans: &[Span], date: Date| {
                let span = spans.iter().rev().find(|span| span.from <= date);
                span.map_or((Status::Standard, 0), |span| (span.status, span.points))
            };
            let (was, would) = (every_day(&now, name, to), every_day(&adopted, name, to));
            let found = trial.clients.iter().find(|it| it.account == id(name));
            let mut date = from;
            while date <= to {
                let (was, would) = (on(&was, date).0, on(&would, date).0);
                let gained = found.is_some_and(|it| {
                    it.stretches.iter().any(|days| days.gained && days.from <= date && date <= days.until)
                });
                let lost = found.is_some_and(|it| {
                    it.stretches.iter().any(|days| !days.gained && days.from <= date && date <= days.until)
                });
                prop_assert_eq!(gained, would.is_key() && !was.is_key(), "{} on {}", name, date);
                prop_assert_eq!(lost, was.is_key() && !would.is_key(), "{} on {}", name, date);
                prop_assert!(found.is_some() || !was.is_key() && !would.is_key());
                date = date.tomorrow().unwrap();
            }
            let (was, would) = (on(&was, to), on(&would, to));
            match found {
                Some(found) => {
                    prop_assert_eq!((found.now.status, found.now.points), was);
                    prop_assert_eq!((found.draft.status, found.draft.points), would);
                }
                None => prop_assert_eq!(was.0, would.0, "{}", name),
            }
        }
    }
}

/// Three clients over three years: one large, one middling, one small; each with an owner.
pub(super) fn three() -> Vec<Told> {
    let mut story = vec![member("2023-01-01", "dora", Role::Director)];
    for (name, amount) in [("acme", 30_000), ("bolt", 14_000), ("cove", 1_000)] {
        story.extend([registered("2023-06-01", name), owned("2023-06-02", name, "ann")]);
        for month in 1..=12 {
            story.push(billed(&format!("2024-{month:02}-05"), name, amount));
        }
    }
    story
}

/// Revenue of a year is all that counts.
pub(super) fn by_revenue(enters: u32, stays: u32, points: u32, at_least: u32) -> String {
    let head = format!("name = \"Revenue\"\nenters_at = {enters}\nstays_from = {stays}\n");
    let rest = format!("window_days = 365\nat_least = {at_least}\npoints = {points}");
    head + &criterion("revenue", "revenue", &rest)
}

#[test]
fn a_lower_threshold_of_revenue_makes_the_middling_client_key() {
    let desk = desk(&by_revenue(10, 10, 10, 200_000), &three());
    let (from, to) = (day("2024-01-01"), day("2024-12-31"));
    let trial =
        Trial::run(&desk, &policy(&by_revenue(10, 10, 10, 100_000)), from, to, &Hands::own());
    let counts =
        (trial.counts.became, trial.counts.stayed, trial.counts.ceased, trial.counts.never);
    assert_eq!(counts, (1, 1, 0, 1));
    let bolt = &trial.clients[0];
    assert_eq!((bolt.account, bolt.outcome), (id("bolt"), Outcome::Became));
    assert_eq!((bolt.now.points, bolt.draft.points), (0, 10));
    let turn = bolt.turn.as_ref().unwrap();
    assert_eq!(turn.day, day("2024-08-05"), "the eighth invoice brings it above 100,000");
    let Cause::Criterion(shift) = &turn.cause else { panic!("{:?}", turn.cause) };
    assert_eq!((shift.now.unwrap().points, shift.draft.unwrap().points), (0, 10));
    assert_eq!(shift.draft.unwrap().value, Some(Decimal::from(112_000)));
    let acme = &trial.clients[1];
    assert_eq!(acme.outcome, Outcome::Stayed);
    assert_eq!(acme.stretches.len(), 1, "it would have been key earlier: {:?}", acme.stretches);
    let (ann, last) = (&trial.loads[0], trial.last_covered().unwrap());
    assert_eq!((ann.manager, ann.now, ann.draft), (Some(who("ann")), 1, 2));
    let sums = [last.revenue, last.now, last.draft].map(|sum| sum.unwrap().to_string());
    assert_eq!(sums, ["540000", "360000", "528000"]);
    assert_eq!(trial.covered.len(), 12, "eleven ends of months and the last day");
    assert_eq!((trial.moves_now.entered, trial.moves_draft.entered), (1, 2));
}

#[test]
fn where_points_are_the_same_the_points_needed_are_the_cause() {
    let desk = desk(&by_revenue(10, 10, 12, 200_000), &three());
    let (from, to) = (day("2024-01-01"), day("2025-03-31"));
    let stricter = by_revenue(12, 12, 12, 200_000);
    let none = Trial::run(&desk, &policy(&stricter), from, to, &Hands::own());
    assert_eq!((none.counts.ceased, none.counts.became), (0, 0));
    let graded = |enters: u32| {
        let head = format!("name = \"Graded\"\nenters_at = {enters}\nstays_from = {enters}\n");
        head + &criterion(
            "revenue",
            "revenue",
            "window_days = 365\nfrom = 0\nto = 400000\npoints = 40",
        )
    };
    let desk = super::story::desk_under(&graded(30), crate::watch::FIRST_WATCHLIST, &three());
    let trial = Trial::run(&desk, &policy(&graded(38)), from, day("2024-12-31"), &Hands::own());
    let acme = &trial.clients[0];
    assert_eq!((acme.outcome, acme.now.points), (Outcome::Ceased, 36));
    let cause = &acme.turn.as_ref().unwrap().cause;
    assert_eq!(*cause, Cause::Thresholds { now: (30, 30), draft: (38, 38) });
}
