//! Asked to say that one of us leaves, and to take back what somebody ruled.

use super::super::*;
use super::given::*;
use crate::fact::*;

#[test]
fn somebody_leaves_once_and_not_in_advance() {
    let given = Given::directed();
    let leaves = |given: &Given, on: Option<&str>| {
        leave(&given.desk, member("ann"), member("dora"), on.map(day), day(TODAY))
    };
    let Outcome::Told { at: Some(at), .. } = leaves(&given, Some("2025-05-31")).unwrap() else {
        panic!()
    };
    assert_eq!(at, "2025-05-30T22:00:00Z".parse().unwrap(), "the day begins in Berlin");
    let to_come = day("2025-06-30");
    assert_eq!(leaves(&given, Some("2025-06-30")), Err(Refusal::ToCome { day: to_come }));
    let given = given.told("2025-06-01", MemberLeft { member: member("ann") });
    for said in [None, Some("2025-06-01")] {
        assert!(matches!(leaves(&given, said), Ok(Outcome::Already { .. })), "{said:?}");
    }
    let before = Refusal::LeftBefore { day: day("2025-06-01") };
    assert_eq!(leaves(&given, Some("2025-05-31")), Err(before));
}

#[test]
fn nobody_leaves_before_they_were_named_and_who_leaves_on_that_day_is_gone() {
    let person = crate::private::Private::named("Ann");
    let named = MemberNamed { member: member("ann"), person, role: Role::AccountManager };
    let given = Given::directed().told("2025-05-20", named);
    let before = Refusal::NamedSince { day: day("2025-05-20") };
    assert_eq!(leaves(&given, "ann", "ann", Some("2025-05-19")), Err(before));
    let Outcome::Told { fact, at: Some(at) } =
        leaves(&given, "ann", "ann", Some("2025-05-20")).unwrap()
    else {
        panic!()
    };
    let after = given.told(&at.to_string(), fact);
    assert_eq!(after.desk.firm().left_by(member("ann"), day(TODAY)), Some(day("2025-05-20")));
}

fn leaves(given: &Given, who: &str, by: &str, on: Option<&str>) -> Result<Outcome, Refusal> {
    leave(&given.desk, member(who), member(by), on.map(day), day(TODAY))
}

#[test]
fn only_the_director_says_that_somebody_else_leaves() {
    let given = Given::directed();
    let role = Role::Director;
    assert_eq!(leaves(&given, "dora", "ann", None), Err(Refusal::NotTheirs { role }));
    assert_eq!(leaves(&given, "ben", "ann", None), Err(Refusal::NotTheirs { role }));
    assert!(leaves(&given, "ann", "ann", None).is_ok());
    assert!(leaves(&given, "ben", "dora", None).is_ok());
    let given = given.told("2025-05-01", MemberLeft { member: member("dora") });
    assert!(leaves(&given, "ben", "ann", None).is_ok(), "there is no director to ask");
}

#[test]
fn nobody_leaves_before_what_they_ruled() {
    let approved = |account: AccountId| StatusApproved {
        account,
        by: member("dora"),
        reason: "agreed".to_owned(),
    };
    let mut given = Given::directed().told("2025-05-10", approved(acme()));
    assert!(leaves(&given, "dora", "dora", Some("2025-05-10")).is_ok(), "on the day itself");
    let Err(Refusal::Undoes { what, last, .. }) =
        leaves(&given, "dora", "dora", Some("2025-05-09"))
    else {
        panic!()
    };
    assert_eq!((what.as_str(), last), ("“Acme” on 2025-05-10", day("2025-05-10")));
    for name in ["a", "b", "c", "d", "e", "f"] {
        given = given.registered(name, name).told("2025-05-11", approved(other(name)));
    }
    let why = leaves(&given, "dora", "dora", Some("2025-05-09")).unwrap_err().to_string();
    assert!(why.contains("“Acme” on 2025-05-10") && why.contains("and 2 more"), "{why}");
    assert!(why.contains("name 2025-05-11 or a day after it"), "{why}");
    assert!(leaves(&given, "ann", "dora", Some("2025-05-09")).is_ok(), "she ruled nothing");
}

#[test]
fn nobody_leaves_before_they_approved_a_policy() {
    let document = RULES
        .replace("[approval]", "[adoption]\napproved_by = [\"key-account director\"]\n[approval]");
    let approvals = vec![Approval { by: member("dora"), reason: "agreed".to_owned() }];
    let given = Given::directed().told("2025-05-10", PolicyAdopted { document, approvals });
    assert_eq!(given.desk.firm().policies().count(), 2, "it counts");
    let why = leaves(&given, "dora", "dora", Some("2025-05-01")).unwrap_err().to_string();
    assert!(why.contains("version 2 of the policy on 2025-05-10"), "{why}");
    assert!(leaves(&given, "dora", "dora", Some("2025-05-10")).is_ok());
}

#[test]
fn a_role_that_nobody_has_any_more_is_named() {
    let given = Given::directed();
    assert_eq!(vacant_roles(&given.desk, day(TODAY)), []);
    let given = given.told("2025-06-01", MemberLeft { member: member("dora") });
    assert_eq!(vacant_roles(&given.desk, day(TODAY)), [Role::Director]);
    assert_eq!(vacant_roles(&Given::plain().desk, day(TODAY)), []);
}

fn takes_back(given: &Given, fact: impl Into<Fact>, by: Option<&str>) -> Result<(), Refusal> {
    retract(&given.desk, &fact.into(), day("2025-06-01"), by.map(member), day(TODAY))
}

#[test]
fn what_somebody_ruled_is_taken_back_by_those_who_may_rule_so() {
    let (account, by, reason) = (acme(), member("dora"), because());
    let to = crate::policy::Status::Key;
    let expires = day("2025-12-31");
    let directors: [Fact; 5] = [
        StatusApproved { account, by, reason: reason.clone() }.into(),
        StatusVetoed { account, by, reason: reason.clone() }.into(),
        StatusOverridden { account, to, by, reason: reason.clone(), expires }.into(),
        OverrideEnded { account, by, reason: reason.clone() }.into(),
        OwnershipRuled {
            account,
            owner: member("ann"),
            by,
            reason: reason.clone(),
            parent_history_counts: None,
        }
        .into(),
    ];
    let given = Given::directed();
    let role = Role::Director;
    for fact in directors {
        assert_eq!(lacks(given.desk.firm(), &fact, day(TODAY)), None, "{fact:?}");
        assert_eq!(takes_back(&given, fact.clone(), Some("dora")), Ok(()), "{fact:?}");
        let refused = takes_back(&given, fact.clone(), Some("ann"));
        assert_eq!(refused, Err(Refusal::NotTheirs { role }), "{fact:?}");
        assert_eq!(takes_back(&given, fact.clone(), None), Err(Refusal::NobodyActs), "{fact:?}");
        assert_eq!(Refusal::NobodyActs.ground(), Ground::Role);
    }
    let slipped_in: Fact =
        StatusApproved { account, by: member("ann"), reason: reason.clone() }.into();
    assert_eq!(lacks(given.desk.firm(), &slipped_in, day(TODAY)), Some(role));
    assert_eq!(lacks(Given::plain().desk.firm(), &slipped_in, day(TODAY)), None);
    let confirmed = StatusConfirmed { account, by, reason: reason.clone() };
    assert_eq!(takes_back(&given, confirmed, Some("ann")), Ok(()), "anybody confirms");
    let plain = StatusOverridden { account, to, by, reason: reason.clone(), expires };
    assert_eq!(takes_back(&Given::plain(), plain, Some("ann")), Ok(()), "and overrides there");
    let handed = OwnerHandedOver {
        account,
        from: Some(member("ann")),
        to: member("ben"),
        contacts: vec![],
        contracts: vec![],
        promises: vec![],
        reason,
    };
    let given = given.member("cleo", Role::AccountManager);
    for (by, expected) in [
        ("ann", Ok(())),
        ("ben", Ok(())),
        ("dora", Ok(())),
        ("cleo", Err(Refusal::NotTheirs { role })),
    ] {
        assert_eq!(takes_back(&given, handed.clone(), Some(by)), expected, "{by}");
    }
    let other = ReviewHeld { account, by: member("ann") };
    assert_eq!(takes_back(&given, other, None), Ok(()), "no ruling");
}
