//! Asked of a status.

use super::super::*;
use super::given::*;
use crate::fact::{MemberLeft, Role};

fn nominate() -> Act {
    Act::Nominate { reason: because() }
}

fn approve() -> Act {
    Act::Approve { reason: because() }
}

fn overriding(to: Status, expires: &str) -> Act {
    Act::Override { to, reason: because(), expires: day(expires) }
}

#[test]
fn who_has_enough_points_to_stay_is_nominated_and_approved() {
    let given = Given::directed().invoiced("2025-05-01", 60).done("ann", &nominate());
    assert_eq!(given.status(), Status::Nominated);
    given.already("ann", &nominate());
    given.refused("ben", &nominate(), &Refusal::Nominated);
    given.refused("ann", &approve(), &Refusal::NotTheirs { role: Role::Director });
    let given = given.done("dora", &approve());
    assert_eq!(given.status(), Status::Key);
    given.already("dora", &approve());
    given.refused("ann", &nominate(), &Refusal::IsKey { status: Status::Key });
    let veto = Act::Veto { reason: because() };
    given.refused("dora", &veto, &Refusal::NothingWaits { status: Status::Key });
    let given = given.done("ann", &Act::Confirm { reason: because() });
    given.already("ann", &Act::Confirm { reason: because() });
}

#[test]
fn who_has_too_few_points_is_not_nominated_and_the_refusal_says_what_to_do() {
    let given = Given::directed().invoiced("2025-05-01", 40);
    let why = given.asks("ann", &nominate()).unwrap_err();
    assert_eq!(why, Refusal::FewPoints { points: 4, needed: 5 });
    assert_eq!(why.to_string(), "the client has 4 points, 5 needed; override it instead");
    let confirm = Act::Confirm { reason: because() };
    given.refused("ann", &confirm, &Refusal::NotKey { status: Status::Standard });
}

#[test]
fn a_required_criterion_is_named_where_points_would_do() {
    let criterion = r#"
[[criterion]]
id = "framework"
title = "Framework agreement"
measure = "contracts"
of = "framework"
at_least = 1
points = 3
required = true
missing = "no points"
why = "No key account without one."
"#;
    let given = Given::rules(&format!("{RULES}{criterion}")).invoiced("2025-05-01", 90);
    let criterion = "Framework agreement".to_owned();
    given.refused("ann", &nominate(), &Refusal::Required { criterion });
}

#[test]
fn a_veto_ends_a_nomination() {
    let given = Given::directed().invoiced("2025-05-01", 60).done("ann", &nominate());
    let veto = Act::Veto { reason: because() };
    given.refused("ben", &veto, &Refusal::NotTheirs { role: Role::Director });
    let given = given.done("dora", &veto);
    assert_eq!(given.status(), Status::Standard);
    given.already("dora", &veto);
    given.refused("dora", &approve(), &Refusal::NothingWaits { status: Status::Standard });
    // Nominated again on the same day with the same words, it is a new nomination.
    assert_eq!(given.done("ann", &nominate()).status(), Status::Nominated);
}

#[test]
fn nothing_is_approved_where_nobody_is_asked() {
    let given = Given::plain().invoiced("2025-05-01", 60);
    given.refused("dora", &approve(), &Refusal::NobodyAsked);
}

#[test]
fn an_override_holds_for_a_time_and_is_ended() {
    let given = Given::directed();
    let key = overriding(Status::Key, "2026-06-02");
    given.refused("ann", &key, &Refusal::NotTheirs { role: Role::Director });
    given.refused("dora", &overriding(Status::Key, TODAY), &Refusal::NotLater);
    let latest = day("2028-06-02");
    given.refused("dora", &overriding(Status::Key, "2028-06-03"), &Refusal::TooLong { latest });
    given.refused("dora", &overriding(Status::Nominated, "2026-06-02"), &Refusal::NotByOverride);
    let end = Act::EndOverride { reason: because() };
    given.refused("dora", &end, &Refusal::NoOverride);
    let given = given.done("dora", &key);
    assert_eq!(given.status(), Status::Key);
    given.already("dora", &key);
    // The course below it is standard, so there is nothing to confirm.
    let confirm = Act::Confirm { reason: because() };
    given.refused("dora", &confirm, &Refusal::NotKey { status: Status::Standard });
    given.refused("ann", &end, &Refusal::NotTheirs { role: Role::Director });
    let given = given.done("dora", &end);
    assert_eq!(given.status(), Status::Standard);
    given.already("dora", &end);
    // Where the policy leaves nothing to anybody, anyone may.
    assert_eq!(Given::plain().done("ann", &key).status(), Status::Key);
}

#[test]
fn every_act_needs_a_reason_and_somebody_who_is_here() {
    let given = Given::directed().invoiced("2025-05-01", 60);
    let why = given.asks("ann", &Act::Nominate { reason: "  ".to_owned() }).unwrap_err();
    assert_eq!(why, Refusal::Invalid("`reason` is empty".to_owned()));
    let nobody = member("nobody");
    given.refused("nobody", &nominate(), &Refusal::NoMember { member: nobody });
    let given = given.told("2025-06-01", MemberLeft { member: member("ben") });
    let (ben, left) = (member("ben"), day("2025-06-01"));
    given.refused("ben", &nominate(), &Refusal::HasLeft { member: ben, day: left });
    let unknown = decide(&given.desk, other("nobody"), member("ann"), &nominate(), now());
    assert_eq!(unknown, Err(Refusal::NoAccount));
}
