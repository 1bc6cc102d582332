//! Laws that hold for every history.

use jiff::ToSpan;
use proptest::prelude::*;

use super::story::*;
use crate::desk::Desk;
use crate::fact::{BuyingRole, Level};
use crate::policy::{Span, Track};

/// Any happening out of a small world, so that happenings meet.
fn any_told() -> impl Strategy<Value = Told> {
    let date = (0_i64..700).prop_map(|n| (day("2024-01-01") + n.days()).to_string());
    let who = prop::sample::select(vec!["ann", "ben", "cat"]);
    let role = prop::option::of(Just(BuyingRole::DecisionMaker));
    let level = prop::option::of(prop::sample::select(Level::ALL.to_vec()));
    (date, who, role, level, 0_u32..9, 1_u32..300_000).prop_map(
        |(date, who, role, level, kind, n)| match kind {
            0 => told(&date, joined(who, role, level)),
            1 => told(&date, left(who)),
            2 => told(&date, changed(who, "Chief", role)),
            3 | 4 => told(&date, invoice(n, &n.to_string())),
            5 => told(&date, framework(&date, "2026-01-31", Some(30))),
            6 => told(&date, claimed(who)),
            _ => told(&date, engagement(n)),
        },
    )
}

/// A history, some of it taken back, and the same in another order.
pub(super) fn any_history() -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    let facts = prop::collection::vec((any_told(), prop::bool::weighted(0.15)), 1..40);
    facts
        .prop_map(|facts| {
            let back = facts.iter().filter(|(_, back)| *back);
            let back: Vec<Told> = back.map(|(told, _)| retracted("2025-12-31", told)).collect();
            facts.into_iter().map(|(told, _)| told).chain(back).collect::<Vec<_>>()
        })
        .prop_flat_map(|history| (Just(history.clone()), Just(history).prop_shuffle()))
}

fn spans(desk: &Desk, until: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    if let Some(client) = desk.client(acme()) {
        Track::follow(&client, day(until), &mut |span| spans.push(span));
    }
    spans
}

/// All that can be seen of the account on a day.
fn seen(desk: &Desk, date: &str) -> String {
    let Some(account) = desk.account(acme()) else { return String::new() };
    let look = look_on(desk, date);
    let contacts: Vec<_> =
        account.contacts_on(day(date)).map(|c| (c.id, c.active, c.since, c.picture)).collect();
    let contracts: Vec<_> = account.contracts_on(day(date)).collect();
    format!("{contacts:?} {contracts:?} {:?} {:?}", look.due, look.quiet)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_leaves_no_trace((told, shuffled) in any_history()) {
        let (one, other) = (desk(&told), desk(&shuffled));
        prop_assert_eq!(spans(&one, "2026-06-30"), spans(&other, "2026-06-30"));
        for date in ["2024-06-30", "2025-06-30", "2025-12-31"] {
            prop_assert_eq!(seen(&one, date), seen(&other, date));
        }
    }

    #[test]
    fn told_twice_equals_told_once((told, shuffled) in any_history()) {
        let twice = desk(&[told.clone(), shuffled].concat());
        let once = desk(&told);
        prop_assert_eq!(spans(&once, "2026-06-30"), spans(&twice, "2026-06-30"));
        prop_assert_eq!(seen(&once, "2025-12-31"), seen(&twice, "2025-12-31"));
    }

    #[test]
    fn following_day_by_day_equals_from_scratch((_, told) in any_history()) {
        let mut story: Vec<Told> = Vec::new();
        let mut track: Option<Track> = None;
        let mut at = day("2024-01-01");
        for told in told {
            let fact_day = told.at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let retracts = told.fact.name() == "fact.retracted";
            story.push(told);
            let desk = desk(&story);
            let Some(client) = desk.client(acme()) else { continue };
            at = at.checked_add(9.days()).unwrap();
            track = match track.take() {
                Some(mut track) if !retracts && fact_day >= track.day() => {
                    track.resume(&client, at);
                    Some(track)
                }
                _ => Track::follow(&client, at, &mut |_| {}),
            };
            let scratch = Track::follow(&client, at, &mut |_| {});
            prop_assert_eq!(track.map(|t| (t.standing(), t.points(), t.next())), scratch.map(|t| (t.standing(), t.points(), t.next())));
        }
    }

    #[test]
    fn nothing_changes_between_two_stops((told, _) in any_history(), probe in 0_i64..900) {
        let desk = desk(&told);
        let date = day("2024-01-01") + probe.days();
        if let Some(client) = desk.client(acme()).filter(|it| it.account().exists_on(date)) {
            let track = Track::follow(&client, date, &mut |_| {}).unwrap();
            let assessed = crate::policy::assess(&client, date).unwrap();
            prop_assert_eq!(track.points(), assessed.points(), "stopped on {}", track.day());
        }
    }

    #[test]
    fn the_watch_rules_change_their_mind_only_when_foreseen((told, _) in any_history(), probe in 0_i64..800) {
        let desk = desk(&told);
        let date = day("2024-01-01") + probe.days();
        if desk.account(acme()).is_some() {
            let today = look_on(&desk, &date.to_string());
            let next = today.next.unwrap_or(day("2030-01-01"));
            let eve = next.yesterday().unwrap().min(date + 200.days()).max(date);
            let later = look_on(&desk, &eve.to_string());
            prop_assert_eq!(today.due, later.due, "{} and {}", date, eve);
        }
    }
}
