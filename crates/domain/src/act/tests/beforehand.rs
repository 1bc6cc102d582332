//! What is known of an act beforehand is what the act is judged by.

use super::super::*;
use super::given::*;
use crate::fact::MemberLeft;

const MEMBERS: [&str; 5] = ["ann", "ben", "dora", "gone", "nobody"];

const OTHERS: [&str; 4] = ["acme", "bolt", "cog", "nobody"];

/// Every act, with all that may be named in it, and what kind it is of.
fn acts() -> Vec<(Kind, Act)> {
    let reason = || "asked by a form".to_owned();
    let expires = day("2026-01-01");
    let mut acts = vec![
        (Kind::Nominate, Act::Nominate { reason: reason() }),
        (Kind::Approve, Act::Approve { reason: reason() }),
        (Kind::Veto, Act::Veto { reason: reason() }),
        (Kind::Confirm, Act::Confirm { reason: reason() }),
        (Kind::Override, Act::Override { to: Status::Key, reason: reason(), expires }),
        (Kind::EndOverride, Act::EndOverride { reason: reason() }),
        (Kind::Claim, Act::Claim { reason: reason() }),
        (Kind::Unmerge, Act::Unmerge { reason: reason() }),
        (
            Kind::Judge,
            Act::Judge { of: JudgementOf::Influence, score: 3, expires: None, reason: reason() },
        ),
        (Kind::HoldReview, Act::HoldReview { day: None }),
        (Kind::UpdatePlan, Act::UpdatePlan { day: None }),
    ];
    for owner in MEMBERS.map(member) {
        acts.push((Kind::Assign, Act::Assign { owner }));
        let parent_history_counts = None;
        acts.push((Kind::Rule, Act::Rule { owner, reason: reason(), parent_history_counts }));
        let (from, contacts, contracts, promises) = (None, None, None, Vec::new());
        let over = HandOver { from, to: owner, contacts, contracts, promises, reason: reason() };
        acts.push((Kind::HandOver, Act::HandOver(over)));
    }
    for id in OTHERS.map(other) {
        acts.push((Kind::Parent, Act::SetParent { parent: id, day: None }));
        acts.push((Kind::Merge, Act::Merge { into: id, reason: reason() }));
    }
    acts
}

fn foreseen(before: &Beforehand<'_>, kind: Kind, act: &Act, by: MemberId) -> Result<(), Refusal> {
    before.allows(kind)?;
    before.may_ask(kind, by)?;
    match act {
        Act::Assign { owner } | Act::Rule { owner, .. } => before.may_get(kind, *owner),
        Act::HandOver(wanted) => before.may_get(kind, wanted.to),
        Act::SetParent { parent: id, .. } | Act::Merge { into: id, .. } => {
            before.may_join(kind, *id)
        }
        _ => Ok(()),
    }
}

/// Asks for everything by everybody: what comes is what was foreseen. How many acts were taken.
#[track_caller]
fn holds(given: &Given) -> usize {
    let before = Beforehand::of(&given.desk, acme(), day(TODAY)).unwrap();
    let mut taken = 0;
    for (kind, act) in acts() {
        let mut may_be_asked = false;
        for by in MEMBERS {
            let foreseen = foreseen(&before, kind, &act, member(by));
            match given.asks(by, &act) {
                // What was said already is no fault, though there is nothing left to do.
                Ok(Outcome::Already { .. }) => {}
                Ok(Outcome::Told { .. }) => {
                    assert_eq!(foreseen, Ok(()), "{by} is given {act:?}");
                    (may_be_asked, taken) = (true, taken + 1);
                }
                Err(refused) => {
                    assert!(foreseen.is_err(), "{by} is not given {act:?}: {refused}");
                }
            }
        }
        assert!(before.allows(kind).is_ok() || !may_be_asked, "{act:?}");
    }
    taken
}

fn directed() -> Given {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let given = given.member("gone", Role::Director);
    given.told("2025-01-01", MemberLeft { member: member("gone") })
}

fn because_of(act: impl FnOnce(String) -> Act) -> Act {
    act(because())
}

#[test]
fn every_turn_of_a_status_is_foreseen() {
    let nominate = because_of(|reason| Act::Nominate { reason });
    let approve = because_of(|reason| Act::Approve { reason });
    let expires = day("2025-12-31");
    let override_to = |to| because_of(|reason| Act::Override { to, reason, expires });
    let poor = directed();
    let within_the_band = directed().invoiced("2025-05-01", 60);
    let nominated = directed().invoiced("2025-05-01", 100);
    let key = directed().invoiced("2025-05-01", 60).done("ann", &nominate).done("dora", &approve);
    let overridden = directed().done("dora", &override_to(Status::Key));
    let hidden = directed().invoiced("2025-05-01", 60).done("ann", &nominate);
    let hidden = hidden.done("dora", &approve).done("dora", &override_to(Status::Standard));
    let released = directed().invoiced("2023-01-01", 100);
    for given in [poor, within_the_band, nominated, key, overridden, hidden, released] {
        assert!(holds(&given) > 0);
    }
    let before =
        |given: &Given, kind| Beforehand::of(&given.desk, acme(), day(TODAY)).unwrap().allows(kind);
    let plain = Given::plain().invoiced("2025-05-01", 60);
    assert!(holds(&plain) > 0);
    assert_eq!(before(&plain, Kind::Nominate), Err(Refusal::NobodyAsked));
    assert_eq!(before(&plain, Kind::Override), Ok(()));
}

#[test]
fn whose_a_client_can_become_is_foreseen() {
    let claim = because_of(|reason| Act::Claim { reason });
    let claimed = directed().done("ben", &claim);
    assert!(holds(&claimed) > 0);
    let twice = directed().done("ben", &claim).done("ann", &claim);
    assert!(holds(&twice) > 0);
    let before = Beforehand::of(&twice.desk, acme(), day(TODAY)).unwrap();
    assert_eq!(before.allows(Kind::Assign), Err(Refusal::Disputed));
    let owned = directed().done("ann", &Act::Assign { owner: member("ann") });
    assert!(holds(&owned) > 0);
    let before = Beforehand::of(&owned.desk, acme(), day(TODAY)).unwrap();
    assert_eq!(before.allows(Kind::Assign), Err(Refusal::Owned));
    let owner_left = owned.told("2025-05-31", MemberLeft { member: member("ann") });
    assert!(holds(&owner_left) > 0);
}

#[test]
fn who_can_be_above_a_client_or_the_same_one_is_foreseen() {
    let below = directed().below("2024-01-01", "acme", "bolt").below("2024-01-01", "bolt", "cog");
    assert!(holds(&below) > 0);
    let above = directed().below("2024-01-01", "bolt", "acme").below("2024-01-01", "cog", "bolt");
    assert!(holds(&above) > 0);
    let merge = because_of(|reason| Act::Merge { into: other("bolt"), reason });
    let merged = directed().done("ann", &merge);
    assert!(holds(&merged) > 0);
    let before = Beforehand::of(&merged.desk, acme(), day(TODAY)).unwrap();
    assert_eq!(before.allows(Kind::Unmerge), Ok(()));
    assert_eq!(before.allows(Kind::Claim), Err(Refusal::Merged { into: "Bolt".to_owned() }));
    assert_eq!(
        Beforehand::of(&merged.desk, other("nobody"), day(TODAY)).err(),
        Some(Refusal::NoAccount)
    );
}
