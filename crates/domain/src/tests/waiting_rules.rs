//! What a status waits for is an alert until it was answered.

use super::course_rules::{APPROVAL, PLAIN, REASSESSED, REVENUE, people};
use super::story::*;
use super::world::*;
use crate::decision::Resolution;
use crate::desk::Desk;
use crate::fact::Role;
use crate::policy::Status;
use crate::watch::Quiet;

const RULES: &str = r#"
name = "Rules"
[[rule]]
id = "pending"
kind = "approval pending"
severity = "soon"
to = "key-account director"
[[rule]]
id = "reassess"
kind = "reassessment due"
severity = "soon"
to = "account manager"
lead_days = [60, 14]
now_within_days = 14
"#;

fn watched(story: Vec<Told>) -> Desk {
    let policy = format!("{PLAIN}{REASSESSED}{APPROVAL}{REVENUE}");
    desk_under(&policy, RULES, &[people(), story].concat())
}

fn becomes_of(desk: &Desk, key: &str, date: &str) -> Option<Resolution> {
    let look = look_on(desk, date);
    (!look.due.contains_key(key)).then(|| look.resolution(key))
}

#[test]
fn what_waits_for_a_yes_is_an_alert_until_it_was_answered() {
    let begins = || billed("2025-01-01", "acme", 100);
    let key = "pending/nominated/2025-01-01";
    let desk = watched(vec![begins()]);
    assert_eq!(becomes_of(&desk, key, "2025-01-10"), None);
    assert_eq!(look_on(&desk, "2025-01-10").due[key].to.member, Some(who("kari")));
    for answer in [approved("2025-01-11", "acme", "kari"), vetoed("2025-01-11", "acme", "kari")] {
        let answered = watched(vec![begins(), answer]);
        assert_eq!(becomes_of(&answered, key, "2025-01-12"), Some(Resolution::Decided));
    }
    let gone = becomes_of(&desk, key, "2026-01-01");
    assert_eq!(gone, Some(Resolution::NoLongerTrue), "its points fell before anybody answered");
}

#[test]
fn nobody_is_asked_for_a_yes_while_an_override_holds() {
    let key = "pending/nominated/2025-01-01";
    let held = overridden("2025-01-05", "acme", Status::Standard, "2025-01-20");
    let desk = watched(vec![billed("2025-01-01", "acme", 100), held]);
    assert_eq!(becomes_of(&desk, key, "2025-01-04"), None);
    assert_eq!(becomes_of(&desk, key, "2025-01-05"), Some(Resolution::Decided));
    let held = look_on(&desk, "2025-01-20");
    assert_eq!(
        (held.quiet.get(key), held.next),
        (Some(&Quiet::Overridden), Some(day("2025-01-21")))
    );
    assert_eq!(becomes_of(&desk, key, "2025-01-21"), None, "it waits again");
}

#[test]
fn who_becomes_director_is_asked_for_what_waits() {
    let desk = watched(vec![
        billed("2025-01-01", "acme", 100),
        gone("2025-01-12", "kari"),
        member("2025-01-14", "nina", Role::Director),
    ]);
    let asked = |date| look_on(&desk, date).due["pending/nominated/2025-01-01"].to.member;
    assert_eq!(asked("2025-01-11"), Some(who("kari")));
    assert_eq!(asked("2025-01-13"), None);
    assert_eq!(asked("2025-01-14"), Some(who("nina")));
}

#[test]
fn a_release_that_waits_is_an_alert_from_the_end_of_the_grace() {
    let story = vec![billed("2025-01-01", "acme", 100), approved("2025-01-01", "acme", "kari")];
    let story = [story, vec![confirmed("2025-07-01", "acme", "kim")]].concat();
    let desk = watched(story.clone());
    let key = "pending/under review/2026-01-01";
    assert!(becomes_of(&desk, key, "2026-01-30").is_some());
    assert_eq!(becomes_of(&desk, key, "2026-01-31"), None);
    let vetoed = watched([story, vec![vetoed("2026-02-05", "acme", "kari")]].concat());
    assert_eq!(becomes_of(&vetoed, key, "2026-02-05"), Some(Resolution::Decided));
    assert_eq!(becomes_of(&vetoed, "pending/under review/2026-02-05", "2026-03-07"), None);
}

#[test]
fn a_reassessment_is_announced_and_ends_with_the_confirmation_or_the_day() {
    let story = vec![billed("2025-01-01", "acme", 100), approved("2025-01-01", "acme", "kari")];
    let desk = watched(story.clone());
    let (long, short) = ("reassess/confirm/2025-07-20/60", "reassess/confirm/2025-07-20/14");
    assert!(becomes_of(&desk, long, "2025-05-20").is_some());
    assert_eq!(becomes_of(&desk, long, "2025-05-21"), None);
    assert_eq!(becomes_of(&desk, long, "2025-07-06"), Some(Resolution::TakenOver));
    assert_eq!(becomes_of(&desk, short, "2025-07-06"), None);
    assert_eq!(becomes_of(&desk, short, "2025-07-20"), Some(Resolution::DayPassed));
    let confirmed = watched([story, vec![confirmed("2025-07-10", "acme", "kim")]].concat());
    assert_eq!(becomes_of(&confirmed, short, "2025-07-10"), Some(Resolution::Decided));
}

#[test]
fn a_review_does_not_outlive_the_day_of_its_reassessment_unseen() {
    let story = vec![billed("2025-01-01", "acme", 100), approved("2025-01-01", "acme", "kari")];
    let desk = watched([story, vec![confirmed("2025-06-20", "acme", "kim")]].concat());
    let reassess = "reassess/confirm/2026-01-06/14";
    assert_eq!(becomes_of(&desk, reassess, "2026-01-05"), None, "under review since the 1st");
    assert_eq!(becomes_of(&desk, reassess, "2026-01-06"), Some(Resolution::DayPassed));
    assert_eq!(look_on(&desk, "2026-01-10").next, Some(day("2026-01-31")), "the grace ends");
}
