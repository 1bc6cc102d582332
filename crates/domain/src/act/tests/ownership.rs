//! Asked of whose client it is.

use super::super::*;
use super::given::*;
use crate::fact::*;
use crate::id::{ContactId, ContractId};
use crate::private::Private;

fn assign(owner: &str) -> Act {
    Act::Assign { owner: member(owner) }
}

fn claim(reason: &str) -> Act {
    Act::Claim { reason: reason.to_owned() }
}

fn rule(owner: &str) -> Act {
    let (owner, reason) = (member(owner), because());
    Act::Rule { owner, reason, parent_history_counts: Some(false) }
}

#[test]
fn a_client_is_claimed_and_ruled_on() {
    let given = Given::directed().done("dora", &assign("ann"));
    given.already("dora", &assign("ann"));
    given.refused("dora", &assign("ben"), &Refusal::Owned);
    given.refused("ann", &claim("mine"), &Refusal::OwnsAlready);
    let given = given.done("ben", &claim("they called me"));
    given.already("ben", &claim("they called me "));
    let since = day(TODAY);
    given.refused("ben", &claim("anyway"), &Refusal::ClaimsAlready { day: since });
    given.refused("ann", &rule("ben"), &Refusal::NotTheirs { role: Role::Director });
    let given = given.done("dora", &rule("ben"));
    given.already("dora", &rule("ben"));
    assert_eq!(
        given.desk.account(acme()).unwrap().owner_on(given.desk.firm(), since),
        Some(member("ben"))
    );
    assert!(given.desk.account(acme()).unwrap().open_claims(given.desk.firm(), since).is_empty());
}

#[test]
fn a_client_whom_somebody_claims_is_not_simply_assigned() {
    let given = Given::directed().done("ben", &claim("they called me"));
    given.refused("dora", &assign("ann"), &Refusal::Disputed);
    given.done("dora", &assign("ben"));
}

fn hand_over(to: &str) -> HandOver {
    let (from, contacts, contracts) = (None, None, None);
    let (promises, reason) = (vec!["Call in July. ".to_owned()], because());
    HandOver { from, to: member(to), contacts, contracts, promises, reason }
}

fn with_people(given: Given) -> Given {
    let joined = |name: &str| ContactJoined {
        account: acme(),
        contact: ContactId::named(name),
        person: Private::named(name),
        title: String::new(),
        level: None,
        role: None,
    };
    let signed = |name: &str, end: &str| ContractSigned {
        account: acme(),
        contract: ContractId::named(name),
        title: name.to_owned(),
        kind: ContractKind::Framework,
        start: day("2023-01-01"),
        end: day(end),
        notice_days: None,
        auto_renewal_months: None,
        value_a_year: None,
    };
    let left = ContactLeft { account: acme(), contact: ContactId::named("gone") };
    given
        .told("2024-01-01", joined("here"))
        .told("2024-01-01", joined("gone"))
        .told("2024-02-01", left)
        .told("2024-01-01", signed("old", "2024-12-31"))
        .told("2024-01-01", signed("new", "2025-12-31"))
}

#[test]
fn a_hand_over_takes_along_who_works_there_and_what_runs() {
    let given = with_people(Given::directed().done("dora", &assign("ann")));
    let act = Act::HandOver(hand_over("ben"));
    let Outcome::Told { fact: Fact::OwnerHandedOver(fact), .. } = given.asks("dora", &act).unwrap()
    else {
        panic!()
    };
    assert_eq!(fact.from, Some(member("ann")));
    assert_eq!(fact.contacts, [ContactId::named("here")]);
    assert_eq!(fact.contracts, [ContractId::named("new")]);
    assert_eq!(fact.promises, ["Call in July."]);
    let given = given.done("dora", &act);
    given.already("dora", &act);
    assert_eq!(
        given.desk.account(acme()).unwrap().owner_on(given.desk.firm(), day(TODAY)),
        Some(member("ben"))
    );
}

#[test]
fn a_hand_over_names_only_what_is_there() {
    let given = with_people(Given::directed().done("dora", &assign("ann")));
    let act = |wanted: HandOver| Act::HandOver(wanted);
    given.refused("dora", &act(hand_over("ann")), &Refusal::OwnsAlready);
    let from_ben = HandOver { from: Some(member("ben")), ..hand_over("dora") };
    given.refused("dora", &act(from_ben), &Refusal::NotOwner);
    let contact = ContactId::named("gone");
    let gone = HandOver { contacts: Some(vec![contact]), ..hand_over("ben") };
    given.refused("dora", &act(gone), &Refusal::NotContact { contact });
    let contract = ContractId::named("old");
    let old = HandOver { contracts: Some(vec![contract]), ..hand_over("ben") };
    given.refused("dora", &act(old), &Refusal::NotContract { contract });
    given.done("dora", &act(HandOver { contacts: Some(vec![]), ..hand_over("ben") }));
}

#[test]
fn a_leavers_accounts_are_shared_out_and_groups_stay_together() {
    let owned = |given: Given, id: &str, owner: &str| {
        let (account, owner) = (other(id), member(owner));
        given.registered(id, id).told("2025-01-01", OwnerAssigned { account, owner })
    };
    let mut given = Given::directed();
    for id in ["top", "sub", "sub2", "alone"] {
        given = owned(given, id, "ann");
    }
    given = owned(given, "his", "ben");
    let given = given.below("2025-02-01", "sub", "top").below("2025-02-01", "sub2", "sub");
    let plan = |to: &[&str]| {
        let to: Vec<MemberId> = to.iter().map(|name| member(name)).collect();
        pass_on(&given.desk, member("ann"), &to, member("dora"), day(TODAY))
    };
    let shared = plan(&["ben", "dora"]).unwrap();
    assert_eq!(shared.len(), 4);
    assert!(shared.is_sorted_by_key(|it| it.account));
    let taker = |id: &str| shared.iter().find(|it| it.account == other(id)).unwrap().to;
    assert_eq!(taker("top"), taker("sub"));
    assert_eq!(taker("top"), taker("sub2"));
    assert_ne!(taker("top"), taker("alone"));
    assert_eq!(plan(&["ben"]).unwrap().iter().filter(|it| it.to == member("ben")).count(), 4);
    assert_eq!(plan(&[]), Err(Refusal::NobodyTakes));
    assert_eq!(plan(&["ann"]), Err(Refusal::TakesOwn));
    assert_eq!(plan(&["ben", "ben"]), Err(Refusal::TakesTwice { member: member("ben") }));
    let nobody = member("nobody");
    assert_eq!(plan(&["nobody"]), Err(Refusal::NoMember { member: nobody }));
}

fn handed(by: &str, given: &Given, to: &str) -> Result<Outcome, Refusal> {
    given.asks(by, &Act::HandOver(hand_over(to)))
}

#[test]
fn a_client_is_handed_over_by_whoever_has_it_or_by_the_director() {
    let given = Given::directed().member("cleo", Role::AccountManager);
    assert!(handed("ben", &given, "ben").is_ok(), "nobody has it");
    let given = given.done("dora", &assign("ann"));
    assert_eq!(handed("ben", &given, "ben"), Err(Refusal::NotKeeper));
    assert_eq!(handed("cleo", &given, "ben"), Err(Refusal::NotKeeper));
    assert!(handed("ann", &given, "ben").is_ok());
    assert!(handed("dora", &given, "ben").is_ok());
    let left = given.told("2025-06-01", MemberLeft { member: member("ann") });
    assert!(handed("ben", &left, "ben").is_ok(), "who had it is gone");
}

#[test]
fn what_others_claim_only_the_director_hands_over() {
    let given = Given::directed().member("cleo", Role::AccountManager);
    let given = given.done("dora", &assign("ann")).done("ben", &claim("they called me"));
    assert_eq!(handed("ben", &given, "ben"), Err(Refusal::NotKeeper), "not to oneself either");
    assert_eq!(handed("ann", &given, "cleo"), Err(Refusal::Disputed));
    assert!(handed("dora", &given, "cleo").is_ok());
}

#[test]
fn what_two_work_only_the_director_hands_over() {
    let watchlist = "name = \"Two\"\n[[rule]]\nid = \"two\"\nkind = \"worked by two\"\nseverity = \"now\"\nto = \"key-account director\"\nnews_days = 30\n";
    let work = EngagementRecorded {
        account: acme(),
        engagement: crate::id::EngagementId::named("one"),
        kind: EngagementKind::Placement,
        title: None,
        by: Some(member("ben")),
        until: None,
    };
    let given = Given::directed()
        .told("2020-01-01", WatchlistAdopted { document: watchlist.to_owned() })
        .told("2025-01-01", OwnerAssigned { account: acme(), owner: member("ann") });
    assert!(handed("ann", &given, "ben").is_ok());
    let given = given.told("2025-06-01", work);
    assert_eq!(handed("ann", &given, "ben"), Err(Refusal::Disputed));
    assert!(handed("dora", &given, "ben").is_ok());
    let before = Beforehand::of(&given.desk, acme(), day(TODAY)).unwrap();
    assert_eq!(before.may_ask(Kind::HandOver, member("ann")), Err(Refusal::Disputed));
    assert_eq!(before.may_ask(Kind::HandOver, member("dora")), Ok(()));
}

#[test]
fn another_hand_over_of_the_same_day_is_not_taken_for_the_first() {
    let given = Given::directed().done("dora", &assign("ann"));
    let given = given.done("dora", &Act::HandOver(hand_over("ben")));
    given.already("dora", &Act::HandOver(hand_over("ben")));
    let promises = vec!["Call in August.".to_owned()];
    let other = HandOver { promises, ..hand_over("ben") };
    given.refused("dora", &Act::HandOver(other), &Refusal::OwnsAlready);
    let other = HandOver { reason: "another".to_owned(), ..hand_over("ben") };
    given.refused("dora", &Act::HandOver(other), &Refusal::OwnsAlready);
}
