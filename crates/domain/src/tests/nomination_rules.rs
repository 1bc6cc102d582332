//! A client proposed by hand: when that counts, and when it waits for nobody.

use super::course_rules::{APPROVAL, PLAIN, REASSESSED, REVENUE, asks, lives, people, under};
use super::story::*;
use super::world::*;
use crate::fact::PolicyAdopted;
use crate::policy::Status::{Key, Nominated, Released, Standard, Trial, UnderReview};

#[test]
fn a_vetoed_client_can_be_nominated_by_hand() {
    let desk = asks(vec![
        billed("2025-01-01", "acme", 100),
        vetoed("2025-01-11", "acme", "kari"),
        nominated("2025-01-20", "acme", "kim"),
        approved("2025-01-21", "acme", "kari"),
    ]);
    assert_eq!(status_on(&desk, "acme", "2025-01-20"), Nominated);
    assert_eq!(status_on(&desk, "acme", "2025-01-21"), Trial);
}

#[test]
fn a_nomination_by_hand_counts_only_within_the_band() {
    let with = |amount| {
        asks(vec![billed("2025-01-01", "acme", amount), nominated("2025-01-05", "acme", "kim")])
    };
    assert_eq!(status_on(&with(49), "acme", "2025-02-01"), Standard, "below what it takes to stay");
    assert_eq!(status_on(&with(50), "acme", "2025-02-01"), Nominated);
    let falls = with(50);
    let expected = [("2025-01-01", Standard), ("2025-01-05", Nominated), ("2026-01-01", Standard)];
    assert_eq!(lives(&falls, "2026-06-01"), course(&expected), "and as long as the points last");
}

#[test]
fn a_nomination_that_waits_for_nobody_moves_nothing() {
    let story = [billed("2025-01-01", "acme", 60), nominated("2025-01-05", "acme", "kim")];
    let story = [people(), story.into()].concat();
    let nobody_asked = under("", "", &story);
    assert_eq!(lives(&nobody_asked, "2026-06-01"), course(&[("2025-01-01", Standard)]));
    let release = APPROVAL.replace("\"enter\", ", "");
    let asked_of_the_release_only = under(&release, "", &story);
    assert_eq!(
        lives(&asked_of_the_release_only, "2026-06-01"),
        course(&[("2025-01-01", Standard)])
    );
}

/// Its points never fell, so they alone would never make it a key account again.
#[test]
fn who_was_released_unconfirmed_is_taken_back_by_hand_where_nobody_is_asked() {
    let bills = ["2025-01-01", "2025-12-01"].map(|date| billed(date, "acme", 100));
    let nomination = nominated("2025-10-01", "acme", "kim");
    let story = [people(), bills.into(), vec![nomination]].concat();
    let desk = under(REASSESSED, "", &story);
    let expected = [
        ("2025-01-01", Key),
        ("2025-07-20", UnderReview),
        ("2025-08-19", Released),
        ("2025-10-01", Key),
        ("2026-04-19", UnderReview),
    ];
    assert_eq!(lives(&desk, "2026-05-01"), course(&expected), "and is to be confirmed again");
}

/// Of one with points enough to be proposed and too few to enter, it says nothing any more; of one
/// with points enough to enter, see `course_rules`.
#[test]
fn a_nomination_ends_with_the_policy_that_asked_for_a_yes() {
    let adopted = |date, head: &str| {
        let document = format!("{PLAIN}{head}{REVENUE}");
        told(date, PolicyAdopted { document, approvals: Vec::new() })
    };
    let proposed =
        || vec![billed("2025-01-01", "acme", 60), nominated("2025-01-05", "acme", "kim")];
    let expected = [("2025-01-01", Standard), ("2025-01-05", Nominated), ("2025-03-01", Standard)];
    let free = || adopted("2025-03-01", "");
    let desk = asks([proposed(), vec![free()]].concat());
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected));
    // Another policy that asks again brings nothing back, a new proposal does.
    let again =
        vec![free(), adopted("2025-04-01", APPROVAL), nominated("2025-05-01", "acme", "kim")];
    let desk = asks([proposed(), again].concat());
    let later = [("2025-05-01", Nominated), ("2026-01-01", Standard)];
    assert_eq!(lives(&desk, "2026-06-01"), course(&[&expected[..], &later].concat()));
    // Proposed by hand while nobody was asked, it does not wait once somebody is.
    let story = [billed("2025-01-01", "acme", 60), nominated("2025-01-05", "acme", "kim")];
    let desk =
        under("", "", &[people(), story.into(), vec![adopted("2025-03-01", APPROVAL)]].concat());
    assert_eq!(lives(&desk, "2026-06-01"), course(&[("2025-01-01", Standard)]));
}
