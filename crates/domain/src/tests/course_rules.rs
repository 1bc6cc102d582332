//! The life of a status: standard, nominated, on trial, key, under review, released, and every
//! turn on the way.

use super::story::*;
use super::world::*;
use crate::desk::Desk;
use crate::fact::{PolicyAdopted, Role};
use crate::policy::Status::{Key, Nominated, Released, Standard, Trial, UnderReview};
use crate::policy::{Policy, Status, Track};

/// A key account from a revenue of 100 in 365 days, and stays one from 50.
pub(super) const REVENUE: &str = r#"
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

pub(super) const PLAIN: &str =
    "name = \"Plain\"\nenters_at = 10\nstays_from = 5\ngrace_days = 30\n";

pub(super) const APPROVAL: &str =
    "[approval]\nrole = \"key-account director\"\nof = [\"enter\", \"release\"]\nveto_days = 60\n";

pub(super) fn under(head: &str, more: &str, story: &[Told]) -> Desk {
    desk_under(&format!("{PLAIN}{head}{REVENUE}{more}"), "name = \"none\"", story)
}

/// Kari is the director, Kim is not.
pub(super) fn people() -> Vec<Told> {
    vec![
        member("2020-01-01", "kari", Role::Director),
        member("2020-01-01", "kim", Role::AccountManager),
    ]
}

pub(super) fn asks(story: Vec<Told>) -> Desk {
    under(&format!("trial_days = 100\n{APPROVAL}"), "", &[people(), story].concat())
}

pub(super) fn lives(desk: &Desk, until: &str) -> Vec<(String, Status)> {
    statuses(desk, "acme", until)
}

/// The day on which it became a key account, and as what it stood then.
fn standing(desk: &Desk, date: &str) -> (Status, String, Option<String>) {
    let track = Track::follow(&of(desk, "acme"), day(date), &mut |_| {}).unwrap();
    let standing = track.standing();
    (standing.status, standing.since.to_string(), standing.key_since.map(|day| day.to_string()))
}

#[test]
fn a_whole_life() {
    let desk = asks(vec![
        billed("2025-01-01", "acme", 60),
        billed("2025-02-01", "acme", 40),
        approved("2025-02-10", "acme", "kari"),
        approved("2026-03-20", "acme", "kari"),
    ]);
    let expected = [
        ("2025-01-01", Standard),
        ("2025-02-01", Nominated),
        ("2025-02-10", Trial),
        ("2025-05-21", Key),
        ("2026-01-01", UnderReview),
        ("2026-03-20", Released),
    ];
    assert_eq!(lives(&desk, "2027-06-01"), course(&expected));
    let key_since = Some("2025-02-10".to_owned());
    assert_eq!(standing(&desk, "2025-06-01"), (Key, "2025-05-21".to_owned(), key_since.clone()));
    assert_eq!(standing(&desk, "2026-02-01"), (UnderReview, "2026-01-01".to_owned(), key_since));
    assert_eq!(standing(&desk, "2026-04-01"), (Released, "2026-03-20".to_owned(), None));
}

#[test]
fn the_yes_of_somebody_without_the_role_moves_nothing() {
    let nominated = || billed("2025-01-01", "acme", 100);
    let desk = asks(vec![nominated(), approved("2025-01-05", "acme", "kim")]);
    assert_eq!(status_on(&desk, "acme", "2025-02-01"), Nominated);
    let desk = asks(vec![nominated(), approved("2025-01-05", "acme", "nobody")]);
    assert_eq!(status_on(&desk, "acme", "2025-02-01"), Nominated);
    let desk = asks(vec![nominated(), vetoed("2025-01-05", "acme", "kim")]);
    assert_eq!(status_on(&desk, "acme", "2025-02-01"), Nominated);
}

#[test]
fn a_yes_counts_by_the_role_of_its_day_whenever_that_was_told() {
    let story = |role_from: &str, left: &str| {
        asks(vec![
            billed("2025-01-01", "acme", 100),
            approved("2025-01-05", "acme", "ola"),
            member("2024-01-01", "ola", Role::Operations),
            member(role_from, "ola", Role::Director),
            gone(left, "ola"),
        ])
    };
    assert_eq!(status_on(&story("2025-01-05", "2025-01-06"), "acme", "2025-02-01"), Trial);
    assert_eq!(status_on(&story("2025-01-06", "2025-01-07"), "acme", "2025-02-01"), Nominated);
    let left = status_on(&story("2025-01-01", "2025-01-04"), "acme", "2025-02-01");
    assert_eq!(left, Nominated, "who has left says neither yes nor no");
}

#[test]
fn a_veto_holds_for_its_days_and_no_longer() {
    let desk = asks(vec![billed("2025-01-01", "acme", 100), vetoed("2025-01-11", "acme", "kari")]);
    let expected = [
        ("2025-01-01", Nominated),
        ("2025-01-11", Standard),
        ("2025-03-12", Nominated),
        ("2026-01-01", Standard),
    ];
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected));
}

#[test]
fn rulings_of_one_moment_are_read_in_the_order_that_makes_sense() {
    let mut story = vec![
        billed("2025-01-01", "acme", 60),
        approved("2025-01-05", "acme", "kari"),
        nominated("2025-01-05", "acme", "kim"),
    ];
    assert_eq!(status_on(&asks(story.clone()), "acme", "2025-01-05"), Trial);
    story.reverse();
    assert_eq!(status_on(&asks(story), "acme", "2025-01-05"), Trial);
}

#[test]
fn a_release_waits_for_a_yes_and_is_not_given_before_the_grace_is_over() {
    let story = vec![
        billed("2025-01-01", "acme", 100),
        approved("2025-01-01", "acme", "kari"),
        approved("2026-01-15", "acme", "kari"),
    ];
    let desk = asks(story.clone());
    assert_eq!(status_on(&desk, "acme", "2026-01-15"), UnderReview, "a yes too early");
    assert_eq!(status_on(&desk, "acme", "2028-01-01"), UnderReview, "it waits as long as it takes");
    let policy = Policy::parse(&format!("{PLAIN}{APPROVAL}{REVENUE}")).unwrap();
    let track = Track::follow(&of(&desk, "acme"), day("2026-01-30"), &mut |_| {}).unwrap();
    assert!(!track.course().waits(&policy, day("2026-01-30")));
    assert!(track.course().waits(&policy, day("2026-01-31")));
    let desk = asks([story, vec![approved("2026-01-31", "acme", "kari")]].concat());
    assert_eq!(status_on(&desk, "acme", "2026-01-31"), Released);
}

#[test]
fn a_veto_of_a_release_begins_the_grace_anew() {
    let desk = asks(vec![
        billed("2025-01-01", "acme", 100),
        approved("2025-01-01", "acme", "kari"),
        vetoed("2026-02-10", "acme", "kari"),
        approved("2026-03-11", "acme", "kari"),
        approved("2026-03-12", "acme", "kari"),
    ]);
    assert_eq!(status_on(&desk, "acme", "2026-03-11"), UnderReview, "29 days after the veto");
    assert_eq!(status_on(&desk, "acme", "2026-03-12"), Released);
}

#[test]
fn a_no_to_what_does_not_wait_moves_nothing() {
    let story = |vetoed_on| {
        let bill = billed("2025-01-01", "acme", 100);
        vec![
            bill,
            approved("2025-01-01", "acme", "kari"),
            vetoed(vetoed_on, "acme", "kari"),
            approved("2026-02-05", "acme", "kari"),
        ]
    };
    let early = asks(story("2026-01-15"));
    assert_eq!(status_on(&early, "acme", "2026-02-05"), Released, "the grace was not over");
    let to_enter_only = APPROVAL.replace(", \"release\"", "");
    let desk = under(&to_enter_only, "", &[people(), story("2026-01-15")].concat());
    assert_eq!(status_on(&desk, "acme", "2026-01-31"), Released, "its release asks for nobody");
}

#[test]
fn without_approvals_points_and_days_alone_move_it() {
    let desk = under("trial_days = 100\n", "", &[billed("2025-01-01", "acme", 100)]);
    let expected = [
        ("2025-01-01", Trial),
        ("2025-04-11", Key),
        ("2026-01-01", UnderReview),
        ("2026-01-31", Released),
    ];
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected));
}

#[test]
fn a_trial_ends_on_its_day_also_where_a_review_came_between() {
    let desk = under(
        "trial_days = 400\n",
        "",
        &[
            billed("2025-01-01", "acme", 100),
            billed("2026-01-20", "acme", 60),
            billed("2026-03-20", "acme", 60),
        ],
    );
    let expected = [
        ("2025-01-01", Trial),
        ("2026-01-01", UnderReview),
        ("2026-01-20", Trial),
        ("2026-02-05", Key),
    ];
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected));
}

pub(super) const REASSESSED: &str = "[reassessment]\nevery_days = 200\n";

fn yearly(story: &[Told]) -> Desk {
    let often: Vec<Told> =
        ["2025-01-01", "2025-12-01", "2026-11-01"].map(|date| billed(date, "acme", 100)).into();
    under(REASSESSED, "", &[often, story.to_vec()].concat())
}

#[test]
fn a_status_lapses_unless_it_is_confirmed_in_time() {
    let expected = [("2025-01-01", Key), ("2025-07-20", UnderReview), ("2025-08-19", Released)];
    assert_eq!(lives(&yearly(&[]), "2025-11-30"), course(&expected));
    let desk = yearly(&[confirmed("2025-07-19", "acme", "kim")]);
    assert_eq!(status_on(&desk, "acme", "2025-07-20"), Key);
    assert_eq!(status_on(&desk, "acme", "2026-02-03"), Key);
    assert_eq!(status_on(&desk, "acme", "2026-02-04"), UnderReview, "200 days after it");
    let late = yearly(&[confirmed("2025-08-18", "acme", "kim")]);
    let expected = [("2025-01-01", Key), ("2025-07-20", UnderReview), ("2025-08-18", Key)];
    assert_eq!(lives(&late, "2025-12-01"), course(&expected), "confirmed within the grace");
    let on_the_day = yearly(&[confirmed("2025-07-20", "acme", "kim")]);
    assert_eq!(lives(&on_the_day, "2025-12-01"), course(&[("2025-01-01", Key)]));
}

#[test]
fn a_confirmation_of_what_is_no_key_account_says_nothing() {
    let desk = under(
        REASSESSED,
        "",
        &[
            billed("2025-01-01", "acme", 20),
            confirmed("2025-02-01", "acme", "kim"),
            billed("2025-03-01", "acme", 90),
        ],
    );
    assert_eq!(status_on(&desk, "acme", "2025-09-16"), Key);
    assert_eq!(status_on(&desk, "acme", "2025-09-17"), UnderReview, "200 days after it began");
}

#[test]
fn a_lapsed_status_is_not_taken_up_again_by_the_same_points() {
    let stays = yearly(&[]);
    assert_eq!(status_on(&stays, "acme", "2025-12-31"), Released, "there was enough all the time");
    let head = format!("{REASSESSED}{APPROVAL}");
    let often = ["2025-01-01", "2025-12-01"].map(|date| billed(date, "acme", 100));
    let rulings = [approved("2025-01-01", "acme", "kari"), approved("2025-09-01", "acme", "kari")];
    let desk = under(&head, "", &[people(), often.into(), rulings.into()].concat());
    assert_eq!(status_on(&desk, "acme", "2025-09-01"), Released, "the director said so");
    assert_eq!(status_on(&desk, "acme", "2026-11-30"), Released);
    let again = [often_again(), people(), rulings_and_nomination()].concat();
    let desk = under(&head, "", &again);
    assert_eq!(status_on(&desk, "acme", "2025-10-01"), Nominated, "by hand it can be");
}

fn often_again() -> Vec<Told> {
    vec![billed("2025-01-01", "acme", 100), approved("2025-01-01", "acme", "kari")]
}

fn rulings_and_nomination() -> Vec<Told> {
    vec![approved("2025-09-01", "acme", "kari"), nominated("2025-10-01", "acme", "kim")]
}

#[test]
fn points_that_fell_and_rose_again_make_a_released_client_a_key_account_again() {
    let desk = under(
        REASSESSED,
        "",
        &[billed("2025-01-01", "acme", 100), billed("2026-03-01", "acme", 100)],
    );
    let expected = [
        ("2025-01-01", Key),
        ("2025-07-20", UnderReview),
        ("2025-08-19", Released),
        ("2026-03-01", Key),
    ];
    assert_eq!(lives(&desk, "2026-03-01"), course(&expected));
}

#[test]
fn an_override_stands_over_the_course_and_ends_on_its_day() {
    let desk = under(
        "",
        "",
        &[billed("2025-01-01", "acme", 20), overridden("2025-02-01", "acme", Key, "2025-04-30")],
    );
    let expected = [("2025-01-01", Standard), ("2025-02-01", Key), ("2025-05-01", Standard)];
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected));
    assert_eq!(standing(&desk, "2025-03-01").2.as_deref(), Some("2025-02-01"));
    let track = Track::follow(&of(&desk, "acme"), day("2025-03-01"), &mut |_| {}).unwrap();
    assert_eq!(track.course().status, Standard, "the course below it goes its way");
}

#[test]
fn an_override_can_end_early_or_give_way_to_a_newer_one() {
    let told = || {
        vec![billed("2025-01-01", "acme", 20), overridden("2025-02-01", "acme", Key, "2025-12-31")]
    };
    let ended = under("", "", &[told(), vec![override_ended("2025-03-01", "acme")]].concat());
    let expected = [("2025-01-01", Standard), ("2025-02-01", Key), ("2025-03-01", Standard)];
    assert_eq!(lives(&ended, "2026-06-01"), course(&expected));
    let newer = overridden("2025-03-01", "acme", Released, "2025-03-31");
    let newer = under("", "", &[told(), vec![newer]].concat());
    let expected = [
        ("2025-01-01", Standard),
        ("2025-02-01", Key),
        ("2025-03-01", Released),
        ("2025-04-01", Standard),
    ];
    assert_eq!(lives(&newer, "2026-06-01"), course(&expected), "the older one does not come back");
    let at_once =
        [overridden("2025-02-01", "acme", Key, "2025-12-31"), override_ended("2025-02-01", "acme")];
    let at_once = under("", "", &[vec![billed("2025-01-01", "acme", 20)], at_once.into()].concat());
    assert_eq!(status_on(&at_once, "acme", "2025-02-01"), Standard, "what ends comes last");
}

#[test]
fn what_waited_below_an_override_goes_on_after_it() {
    let desk = under(
        "",
        "",
        &[
            billed("2025-01-01", "acme", 100),
            overridden("2025-02-01", "acme", Standard, "2026-03-31"),
        ],
    );
    let expected = [("2025-01-01", Key), ("2025-02-01", Standard), ("2026-04-01", Released)];
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected), "the review ran out meanwhile");
}

#[test]
fn another_policy_takes_the_course_over_where_it_stands() {
    let adopted =
        |text: String| told("2025-03-01", PolicyAdopted { document: text, approvals: Vec::new() });
    let free = adopted(format!("{PLAIN}{REVENUE}"));
    let desk = asks(vec![billed("2025-01-01", "acme", 100), free]);
    let expected = [("2025-01-01", Nominated), ("2025-03-01", Key)];
    assert_eq!(lives(&desk, "2025-12-01"), course(&expected), "nobody is asked any more");
    let strict = adopted(format!("{PLAIN}{REVENUE}").replace("to = 100", "to = 1000"));
    let desk = asks(vec![billed("2025-01-01", "acme", 100), strict]);
    let expected = [("2025-01-01", Nominated), ("2025-03-01", Standard)];
    assert_eq!(lives(&desk, "2025-12-01"), course(&expected));
}
