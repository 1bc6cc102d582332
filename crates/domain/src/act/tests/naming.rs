//! Asked to name one of us.

use super::super::*;
use super::given::*;
use crate::fact::{MemberLeft, StatusApproved};

fn naming(id: Option<&str>, name: &str, role: Role) -> Naming {
    Naming { id: id.map(member), name: name.to_owned(), role }
}

fn names(given: &Given, wanted: &Naming, by: Option<&str>) -> Result<Named, Refusal> {
    name_member(&given.desk, wanted, member("new"), by.map(member), now())
}

/// What is told is stored, and the desk goes on from there.
#[track_caller]
fn named(given: Given, wanted: &Naming, by: Option<&str>) -> Given {
    match names(&given, wanted, by).unwrap().outcome {
        Outcome::Told { fact, at } => given.told(&at.unwrap_or_else(now).to_string(), fact),
        already => panic!("{wanted:?} was nothing new: {already:?}"),
    }
}

fn known(given: &Given, id: &str) -> Option<(String, Role)> {
    let (firm, today) = (given.desk.firm(), day(TODAY));
    let here = firm.left_by(member(id), today).is_none();
    let member = firm.member_on(member(id), today).filter(|_| here)?;
    Some((member.name.as_deref()?.to_owned(), member.role))
}

fn nobody() -> Given {
    Given { desk: Desk::default(), ..Given::directed() }
}

#[test]
fn the_first_of_us_is_named_by_nobody() {
    let director = naming(None, " Dora Dahl ", Role::Director);
    let given = named(nobody(), &director, None);
    assert_eq!(known(&given, "new"), Some(("Dora Dahl".to_owned(), Role::Director)));
    let again = names(&given, &naming(None, "dora dahl", Role::Director), Some("new")).unwrap();
    assert_eq!(again.member, member("new"), "who is called so is meant, however it is written");
    let same = names(&given, &director, None).unwrap().outcome;
    assert!(matches!(same, Outcome::Already { .. }), "{same:?}");
}

#[test]
fn who_is_named_again_has_another_name_or_role() {
    let given = named(Given::directed(), &naming(Some("ann"), "Ann Berg", Role::Operations), None);
    assert_eq!(known(&given, "ann"), Some(("Ann Berg".to_owned(), Role::Operations)));
    let given = named(given, &naming(None, "Ann Berg", Role::Sponsor), None);
    assert_eq!(known(&given, "ann"), Some(("Ann Berg".to_owned(), Role::Sponsor)));
    assert_eq!(known(&given, "new"), None);
}

#[test]
fn a_name_says_who_is_meant_or_it_is_asked() {
    let given = Given::directed().told("2025-06-01", MemberLeft { member: member("ann") });
    let ann = naming(None, "ann", Role::AccountManager);
    let left = Refusal::LeaverCalled { member: member("ann"), day: day("2025-06-01") };
    assert_eq!(names(&given, &ann, None), Err(left));
    let back = named(given, &naming(Some("ann"), "ann", Role::AccountManager), None);
    assert!(known(&back, "ann").is_some(), "she is here again");
    let twice = named(back, &naming(Some("other"), "ann", Role::AccountManager), None);
    assert_eq!(names(&twice, &ann, None), Err(Refusal::SeveralCalled));
    for bad in ["", "  ", "two\nlines", &"a".repeat(MAX_NAME + 1)] {
        let wanted = naming(None, bad, Role::AccountManager);
        assert_eq!(names(&twice, &wanted, None), Err(Refusal::BadName), "{bad}");
    }
}

#[test]
fn who_leaves_and_comes_back_while_the_clock_stands_is_here() {
    let at = now().to_string();
    let given = Given::directed().told(&at, MemberLeft { member: member("ann") });
    assert_eq!(known(&given, "ann"), None);
    let given = named(given, &naming(Some("ann"), "ann", Role::AccountManager), None);
    assert!(known(&given, "ann").is_some());
}

#[test]
fn only_the_director_gives_and_takes_a_role_that_rules() {
    let given = Given::directed();
    let role = Role::Director;
    let herself = naming(Some("ann"), "ann", Role::Director);
    let demoted = naming(Some("dora"), "dora", Role::Operations);
    for wanted in [&herself, &demoted, &naming(Some("dora"), "Somebody", Role::Director)] {
        assert_eq!(names(&given, wanted, None), Err(Refusal::NobodyNames), "{wanted:?}");
        assert_eq!(names(&given, wanted, Some("ann")), Err(Refusal::NotTheirs { role }));
        assert!(names(&given, wanted, Some("dora")).is_ok(), "{wanted:?}");
    }
    assert_eq!(Refusal::NobodyNames.ground(), Ground::Role);
    let given = given.told("2025-06-01", MemberLeft { member: member("dora") });
    assert!(names(&given, &herself, None).is_ok(), "there is no director to ask");
    let gone = Refusal::HasLeft { member: member("dora"), day: day("2025-06-01") };
    assert_eq!(names(&given, &herself, Some("dora")), Err(gone));
}

#[test]
fn nobody_loses_a_role_on_the_day_they_ruled_in_it() {
    let (account, by, reason) = (acme(), member("dora"), because());
    let approved = StatusApproved { account, by, reason };
    let demoted = naming(Some("dora"), "dora", Role::Operations);
    let given = Given::directed().told(&format!("{TODAY}T08:00:00Z"), approved.clone());
    let what = format!("“Acme” on {TODAY}");
    assert_eq!(names(&given, &demoted, Some("dora")), Err(Refusal::RuledToday { what }));
    let left = MemberLeft { member: member("dora") };
    let gone = given.told(&format!("{TODAY}T09:00:00Z"), left);
    let what = format!("“Acme” on {TODAY}");
    assert_eq!(names(&gone, &demoted, None), Err(Refusal::RuledToday { what }), "nor having left");
    let given = Given::directed().told("2025-06-01", approved);
    assert!(names(&given, &demoted, Some("dora")).is_ok(), "what was ruled before stands");
}
