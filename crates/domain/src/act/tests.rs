//! What is asked of a client, given what is known: what it comes to, or why it is turned down.

use jiff::Timestamp;
use jiff::civil::Date;

use super::*;
use crate::entry::{Body, Entry};
use crate::fact::*;
use crate::genesis::Genesis;
use crate::id::{ContactId, ContractId, InvoiceId};
use crate::money::{Currency, Decimal};
use crate::private::Private;
use crate::wire;

/// Revenue alone: nominated from 10 points, may be nominated from 5, all by the director's yes.
const RULES: &str = r#"
name = "Directed"
enters_at = 10
stays_from = 5
grace_days = 30
[approval]
role = "key-account director"
of = ["enter", "release"]
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

const TODAY: &str = "2025-06-02";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn acme() -> AccountId {
    AccountId::named("acme")
}

fn other(name: &str) -> AccountId {
    AccountId::named(name)
}

fn member(name: &str) -> MemberId {
    MemberId::named(name)
}

/// What is known when something is asked.
struct Given {
    desk: Desk,
    position: Position,
}

impl Given {
    fn rules(policy: &str) -> Self {
        let mut given = Self { desk: Desk::default(), position: 0 };
        let genesis = Genesis {
            firm: "Test".to_owned(),
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".to_owned(),
            simulated: false,
        };
        given.store("2020-01-01", Body::Genesis(genesis));
        let given = given
            .told("2020-01-01", PolicyAdopted { document: policy.to_owned(), approvals: vec![] })
            .member("ann", Role::AccountManager)
            .member("ben", Role::AccountManager)
            .member("dora", Role::Director);
        given.registered("acme", "Acme")
    }

    /// Under rules by which the director says yes or no.
    fn directed() -> Self {
        Self::rules(RULES)
    }

    /// Under rules by which points alone decide.
    fn plain() -> Self {
        let (before, after) = RULES.split_once("[approval]").unwrap();
        let after = after.split_once("[[criterion]]").unwrap().1;
        Self::rules(&format!("{before}[[criterion]]{after}"))
    }

    fn store(&mut self, at: &str, body: Body) {
        let at: Timestamp = if at.contains('T') {
            at.parse().unwrap()
        } else {
            format!("{at}T08:00:00Z").parse().unwrap()
        };
        self.position += 1;
        let (_, json) = wire::encode(&body).unwrap();
        self.desk.apply(&Entry {
            position: self.position,
            id: EntryId::named(&format!("{at} {json}")),
            stream: body.stream(),
            version: self.position,
            occurred_at: at,
            recorded_at: at,
            actor: "test".to_owned(),
            correlation: None,
            body,
        });
    }

    fn told(mut self, at: &str, fact: impl Into<Fact>) -> Self {
        self.store(at, Body::Fact(fact.into()));
        self
    }

    fn member(self, name: &str, role: Role) -> Self {
        let person = Private::named(name);
        self.told("2020-01-02", MemberNamed { member: member(name), person, role })
    }

    fn registered(self, id: &str, name: &str) -> Self {
        let (account, name) = (other(id), name.to_owned());
        self.told("2021-01-01", AccountRegistered { account, name, country: None, sector: None })
    }

    fn invoiced(self, at: &str, amount: u32) -> Self {
        let invoice = InvoiceId::named(at);
        let (amount, currency) = (Decimal::from(amount), Currency::EUR);
        let lines = Vec::new();
        let (account, number, cost) = (acme(), None, None);
        self.told(at, InvoiceIssued { account, invoice, number, amount, currency, cost, lines })
    }

    fn below(self, at: &str, account: &str, parent: &str) -> Self {
        self.told(at, ParentSet { account: other(account), parent: other(parent) })
    }

    fn asks(&self, by: &str, act: &Act) -> Result<Outcome, Refusal> {
        decide(&self.desk, acme(), member(by), act, day(TODAY))
    }

    /// What it comes to is told, and the desk goes on from there.
    #[track_caller]
    fn done(mut self, by: &str, act: &Act) -> Self {
        match self.asks(by, act).unwrap() {
            Outcome::Told { fact, at } => {
                assert!(says(&fact, acme(), member(by), act), "{fact:?} is not {act:?}");
                let minute = self.position % 60;
                let now = format!("{TODAY}T10:{minute:02}:00Z");
                let at = at.map_or(now, |at| at.to_string());
                self.store(&at, Body::Fact(fact));
                self
            }
            already => panic!("{act:?} was nothing new: {already:?}"),
        }
    }

    #[track_caller]
    fn already(&self, by: &str, act: &Act) {
        assert!(matches!(self.asks(by, act), Ok(Outcome::Already { .. })), "{act:?}");
    }

    #[track_caller]
    fn refused(&self, by: &str, act: &Act, why: &Refusal) {
        assert_eq!(self.asks(by, act).unwrap_err(), *why, "{act:?}");
    }

    fn status(&self) -> Status {
        let client = self.desk.client(acme()).unwrap();
        let track = crate::policy::Track::follow(&client, day(TODAY), &mut |_| {}).unwrap();
        track.standing().status
    }
}

fn because() -> String {
    "we know them well".to_owned()
}

fn nominate() -> Act {
    Act::Nominate { reason: because() }
}

fn approve() -> Act {
    Act::Approve { reason: because() }
}

fn decree(to: Status, expires: &str) -> Act {
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
fn a_decree_holds_for_a_time_and_is_ended() {
    let given = Given::directed();
    let key = decree(Status::Key, "2026-06-02");
    given.refused("ann", &key, &Refusal::NotTheirs { role: Role::Director });
    given.refused("dora", &decree(Status::Key, TODAY), &Refusal::NotLater);
    let latest = day("2028-06-02");
    given.refused("dora", &decree(Status::Key, "2028-06-03"), &Refusal::TooLong { latest });
    given.refused("dora", &decree(Status::Nominated, "2026-06-02"), &Refusal::NotByDecree);
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
    let (member, left) = (member("ben"), day("2025-06-01"));
    given.refused("ben", &nominate(), &Refusal::HasLeft { member, day: left });
    let unknown =
        decide(&given.desk, other("nobody"), super::tests::member("ann"), &nominate(), left);
    assert_eq!(unknown, Err(Refusal::NoAccount));
}

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
    assert_eq!(given.desk.account(acme()).unwrap().owner_on(since), Some(member("ben")));
    assert!(given.desk.account(acme()).unwrap().open_claims(since).is_empty());
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
    let left = ContactLeft { account: acme(), contact: ContactId::named("gone"), to: None };
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
    let Outcome::Told { fact: Fact::OwnerHandedOver(fact), at: None } =
        given.asks("dora", &act).unwrap()
    else {
        panic!()
    };
    assert_eq!(fact.from, Some(member("ann")));
    assert_eq!(fact.contacts, [ContactId::named("here")]);
    assert_eq!(fact.contracts, [ContractId::named("new")]);
    assert_eq!(fact.promises, ["Call in July."]);
    let given = given.done("dora", &act);
    given.already("dora", &act);
    assert_eq!(given.desk.account(acme()).unwrap().owner_on(day(TODAY)), Some(member("ben")));
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
    let left = Refusal::HasLeft { member: member("ann"), day: day("2025-06-01") };
    assert_eq!(leaves(&given, None), Err(left));
}

fn set_parent(parent: &str, on: Option<&str>) -> Act {
    Act::SetParent { parent: other(parent), day: on.map(day) }
}

#[test]
fn a_loop_is_refused_with_the_way_in_names() {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let given = given.below("2024-01-01", "bolt", "acme").below("2024-01-01", "cog", "bolt");
    let why = given.asks("ann", &set_parent("cog", None)).unwrap_err();
    assert_eq!(
        why.to_string(),
        "on 2025-06-02 this would close a loop: Acme → Cog → Bolt → Acme; clear one of these links \
         first"
    );
    given.refused("ann", &set_parent("acme", None), &Refusal::Itself);
    let field = "parent";
    given.refused("ann", &set_parent("nobody", None), &Refusal::NoOther { field });
    // Before those links there is room for this one, but it would still be there when they come.
    let early = given.asks("ann", &set_parent("cog", Some("2023-01-01"))).unwrap_err();
    assert!(matches!(early, Refusal::Loop { day, .. } if day == super::tests::day("2024-01-01")));
}

#[test]
fn a_parent_is_set_and_cleared_from_a_day_on() {
    let given = Given::directed().registered("bolt", "Bolt");
    let clear = |on: Option<&str>| Act::ClearParent { day: on.map(day) };
    let (today, to_come) = (day(TODAY), day("2025-06-03"));
    given.refused("ann", &clear(None), &Refusal::NoParent { day: today });
    given.refused(
        "ann",
        &set_parent("bolt", Some("2025-06-03")),
        &Refusal::ToCome { day: to_come },
    );
    let given = given.done("ann", &set_parent("bolt", Some("2024-01-01")));
    given.already("ann", &set_parent("bolt", None));
    let parent = |given: &Given, on: &str| given.desk.parent_on(acme(), day(on));
    assert_eq!(parent(&given, "2023-12-31"), None);
    assert_eq!(parent(&given, "2024-01-01"), Some(other("bolt")));
    let given = given.done("ann", &clear(Some("2024-03-01")));
    given.already("ann", &clear(Some("2024-03-01")));
    assert_eq!(parent(&given, "2024-03-01"), None);
    // What is said of the same day later counts.
    let given = given.done("ann", &set_parent("bolt", Some("2024-03-01")));
    assert_eq!(parent(&given, "2024-03-01"), Some(other("bolt")));
}

#[test]
fn duplicates_are_merged_once_and_apart_again() {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let merge = |into: &str| Act::Merge { into: other(into), reason: because() };
    let unmerge = Act::Unmerge { reason: because() };
    given.refused("ann", &merge("acme"), &Refusal::Itself);
    given.refused("ann", &merge("nobody"), &Refusal::NoOther { field: "into" });
    given.refused("ann", &unmerge, &Refusal::NotMerged);
    let given = given.done("ann", &merge("bolt"));
    given.already("ann", &merge("bolt"));
    given.refused("ann", &merge("cog"), &Refusal::MergedAlready { into: "Bolt".to_owned() });
    given.refused("ann", &nominate(), &Refusal::Merged { into: "Bolt".to_owned() });
    let of = |id: &str, into: &str| {
        let act = Act::Merge { into: other(into), reason: because() };
        decide(&given.desk, other(id), member("ann"), &act, day(TODAY)).unwrap_err()
    };
    assert_eq!(of("bolt", "acme"), Refusal::ItsDuplicate { into: "Acme".to_owned() });
    let stays = "Bolt".to_owned();
    assert_eq!(of("cog", "acme"), Refusal::OtherMerged { other: "Acme".to_owned(), stays });
    let given = given.done("ann", &unmerge);
    given.already("ann", &unmerge);
    assert_eq!(given.desk.survivor(acme()), acme());
    given.done("ann", &merge("cog"));
}

#[test]
fn who_stands_above_with_others_between_is_not_merged() {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let given = given.below("2024-01-01", "acme", "bolt").below("2024-01-01", "bolt", "cog");
    let merge = |into: &str| Act::Merge { into: other(into), reason: because() };
    let path = "Acme → Bolt → Cog".to_owned();
    given.refused("ann", &merge("cog"), &Refusal::Between { path });
    given.done("ann", &merge("bolt"));
}

#[test]
fn care_is_told_once_a_day_by_each() {
    let given = Given::directed();
    let review = |on: Option<&str>| Act::HoldReview { day: on.map(day) };
    let given = given.done("ann", &review(None));
    given.already("ann", &review(None));
    let given = given.done("ben", &review(None)).done("ann", &review(Some("2025-06-01")));
    given.already("ann", &review(Some("2025-06-01")));
    let plan = Act::UpdatePlan { day: None };
    given.done("ann", &plan).already("ann", &plan);
}
