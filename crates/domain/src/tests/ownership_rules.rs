//! Whose client it is: who else works it, what the policy says, and how like cases were ruled.

use super::story::*;
use super::world::*;
use crate::decision::Resolution;
use crate::desk::Desk;
use crate::fact::{OwnerHandedOver, Role};
use crate::id::MemberId;
use crate::ownership::{Case, Others, Precedent, case_on, likest, others_than, precedents_of};
use crate::timeline::Source;

const POLICY: &str = r#"
name = "Ownership"
enters_at = 10
stays_from = 5
grace_days = 30
[ownership]
parent_history_counts = false
dormant_after_days = 730
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

const WATCHLIST: &str = r#"
name = "Ownership"
[[rule]]
id = "two"
kind = "worked by two"
severity = "now"
to = "key-account director"
news_days = 30
"#;

/// Kari is the director, who rules.
fn desk_of(story: &[Told]) -> Desk {
    let kari = member("2020-01-01", "kari", Role::Director);
    desk_under(POLICY, WATCHLIST, &[vec![kari], story.to_vec()].concat())
}

fn handed_over(date: &str, name: &str, to: &str) -> Told {
    let handed = OwnerHandedOver {
        account: id(name),
        from: None,
        to: who(to),
        contacts: Vec::new(),
        contracts: Vec::new(),
        promises: Vec::new(),
        reason: "a new job".to_owned(),
    };
    told(date, handed)
}

/// Kim placed somebody with the mother three years ago; now Lee does so with the daughter.
fn comes_back() -> Vec<Told> {
    vec![
        worked("2022-03-01", "mother", Some("kim")),
        registered("2025-01-01", "acme"),
        belongs("2025-01-01", "acme", "mother"),
        worked("2025-03-10", "acme", Some("lee")),
    ]
}

/// The newest work of a client.
fn newest(desk: &Desk, name: &str) -> Source {
    let account = desk.account(id(name)).unwrap();
    *account.engagements_between(jiff::civil::Date::MIN, jiff::civil::Date::MAX).last().unwrap().0
}

fn others(desk: &Desk, name: &str, by: &str) -> Option<Others> {
    others_than(&of(desk, name), who(by), &newest(desk, name))
}

fn members(desk: &Desk, name: &str, by: &str) -> Vec<MemberId> {
    others(desk, name, by).map(|it| it.members).unwrap_or_default()
}

#[test]
fn who_worked_the_group_before_is_another_with_the_fact_that_says_so() {
    let story = comes_back();
    let desk = desk_of(&story);
    let found = others(&desk, "acme", "lee").unwrap();
    assert_eq!((found.members, found.evidence), (vec![who("kim")], vec![story[0].id]));
    assert_eq!(others(&desk, "acme", "kim"), None, "it is kim's own history");
}

#[test]
fn an_account_manager_stands_for_the_client_whoever_worked_it() {
    let mut story = comes_back();
    story.push(owned("2025-02-01", "mother", "max"));
    let desk = desk_of(&story);
    assert_eq!(members(&desk, "acme", "lee"), [who("max")]);
    story.push(owned("2025-02-02", "acme", "lee"));
    assert_eq!(members(&desk_of(&story), "acme", "lee"), [], "it is lee's already");
    story.push(owned("2025-03-11", "mother", "nina"));
    let later = desk_of(&story);
    assert_eq!(members(&later, "acme", "kim").len(), 2, "lee for the daughter, max for the mother");
}

#[test]
fn who_has_left_the_firm_has_no_part_in_it() {
    let mut story = comes_back();
    story.push(gone("2025-03-10", "kim"));
    assert_eq!(members(&desk_of(&story), "acme", "lee"), []);
    let mut story = comes_back();
    story.push(gone("2025-03-11", "kim"));
    assert_eq!(members(&desk_of(&story), "acme", "lee"), [who("kim")], "still there on the day");
}

#[test]
fn alerts_go_to_a_director_who_is_still_here() {
    let mut story = comes_back();
    story.extend([
        member("2020-01-01", "kari", Role::Director),
        member("2021-01-01", "nina", Role::Director),
    ]);
    let to = |story: &[Told], date| {
        look_on(&desk_of(story), date).due.into_values().next().unwrap().to.member
    };
    assert_eq!(to(&story, "2025-03-12"), Some(who("kari")), "who was named longest");
    story.push(gone("2025-03-12", "kari"));
    assert_eq!(to(&story, "2025-03-11"), Some(who("kari")));
    assert_eq!(to(&story, "2025-03-12"), Some(who("nina")));
}

#[test]
fn each_colleague_is_named_once() {
    let mut story = comes_back();
    story.extend([
        owned("2025-01-01", "mother", "kim"),
        belongs("2025-01-01", "sister", "mother"),
        owned("2025-01-02", "sister", "kim"),
    ]);
    let found = others(&desk_of(&story), "acme", "lee").unwrap();
    assert_eq!((found.members, found.evidence.len()), (vec![who("kim")], 2));
}

fn case(desk: &Desk, name: &str, date: &str) -> Case {
    case_on(&of(desk, name), day(date))
}

#[test]
fn a_case_says_what_it_is_like_and_what_the_policy_makes_of_it() {
    let desk = desk_of(&comes_back());
    let found = case(&desk, "acme", "2025-03-10");
    let like = found.like;
    assert_eq!((like.in_group, like.new_to_us, like.dormant, like.key), (true, true, true, false));
    assert_eq!(found.own_work.map(|(_, by)| by), None);
    let (account, source, by) = found.group_work.unwrap();
    assert_eq!((account, source.day, by), (id("mother"), day("2022-03-01"), Some(who("kim"))));
    assert!(!found.earlier_work_counts);
    assert_eq!(found.rules.unwrap().dormant_after_days, 730);
}

#[test]
fn fresh_work_for_the_client_itself_counts_and_the_parents_only_where_the_policy_says_so() {
    let story = [
        worked("2024-12-01", "mother", Some("kim")),
        belongs("2025-01-01", "acme", "mother"),
        worked("2025-03-10", "acme", Some("lee")),
    ];
    let found = case(&desk_of(&story), "acme", "2025-03-10");
    assert_eq!((found.like.dormant, found.earlier_work_counts), (false, false));
    let counts = POLICY.replace("counts = false", "counts = true");
    let found = case(&desk_under(&counts, WATCHLIST, &story), "acme", "2025-03-10");
    assert!(found.earlier_work_counts);
    let own = [story.to_vec(), vec![worked("2025-02-01", "acme", Some("max"))]].concat();
    let found = case(&desk_of(&own), "acme", "2025-03-10");
    assert_eq!((found.like.new_to_us, found.earlier_work_counts), (false, true));
    assert_eq!(found.own_work.unwrap().1, Some(who("max")));
}

#[test]
fn work_is_dormant_after_the_days_of_the_policy() {
    let told = |date: &str| {
        let story = [worked(date, "acme", Some("kim")), worked("2025-03-10", "acme", Some("lee"))];
        case(&desk_of(&story), "acme", "2025-03-10").like.dormant
    };
    assert!(!told("2023-03-11"), "730 days ago");
    assert!(told("2023-03-10"));
}

#[test]
fn a_case_is_that_of_a_key_account_where_any_of_the_group_is_one() {
    let mut story = comes_back();
    story.push(billed("2025-02-01", "mother", 100));
    let desk = desk_of(&story);
    assert!(case(&desk, "acme", "2025-03-10").like.key);
    assert!(!case(&desk, "acme", "2025-01-31").like.key);
}

/// Rulings on three clients: two alone and fresh, one in a group and dormant like the case.
fn ruled_before() -> Vec<Told> {
    vec![
        worked("2024-01-01", "one", Some("kim")),
        worked("2024-02-01", "one", Some("lee")),
        ruled("2024-02-05", "one", "kim"),
        worked("2021-01-01", "head", Some("kim")),
        belongs("2024-01-01", "branch", "head"),
        worked("2024-03-01", "branch", Some("lee")),
        ruled("2024-03-05", "branch", "lee"),
        worked("2024-04-01", "two", Some("kim")),
        worked("2024-05-01", "two", Some("lee")),
        ruled("2024-05-05", "two", "kim"),
    ]
}

fn rulings(desk: &Desk) -> Vec<Precedent> {
    desk.accounts().flat_map(|account| precedents_of(&desk.client_of(account))).collect()
}

#[test]
fn precedents_come_likest_first_and_of_those_the_newest() {
    let story = [ruled_before(), comes_back()].concat();
    for story in [story.clone(), story.into_iter().rev().collect()] {
        let desk = desk_of(&story);
        let (rulings, case) = (rulings(&desk), case(&desk, "acme", "2025-03-10"));
        let found = likest(rulings.iter(), &case, 10);
        let order: Vec<_> = found.iter().map(|(alike, it)| (it.case.account, *alike)).collect();
        assert_eq!(order, [(id("branch"), 4), (id("two"), 1), (id("one"), 1)]);
        let first = found[0].1;
        assert_eq!((first.owner, first.by), (who("lee"), who("kari")));
        assert_eq!(first.reason.as_ref(), "whoever is there now");
        assert_eq!(first.parent_history_counts, Some(false));
        assert_eq!(likest(rulings.iter(), &case, 1).len(), 1);
    }
}

#[test]
fn only_earlier_rulings_are_precedents() {
    let story = [ruled_before(), comes_back()].concat();
    let desk = desk_of(&story);
    let case = case(&desk, "branch", "2024-04-10");
    let rulings = rulings(&desk);
    let found = likest(rulings.iter(), &case, 10);
    let found: Vec<_> = found.iter().map(|(_, it)| it.case.account).collect();
    assert_eq!(found, [id("branch"), id("one")], "the one on two came later");
    assert_eq!(rulings.len(), 3);
}

#[test]
fn a_ruling_taken_back_is_no_precedent() {
    let mut story = ruled_before();
    story.push(taken_back("2024-06-01", "one", &story[2]));
    assert_eq!(rulings(&desk_of(&story)).len(), 2);
}

fn raised(desk: &Desk, date: &str) -> Vec<(Vec<MemberId>, String)> {
    let look = look_on(desk, date);
    look.due.into_values().map(|it| (it.subject.members, it.day.to_string())).collect()
}

fn both() -> Vec<MemberId> {
    vec![who("lee"), who("kim")]
}

#[test]
fn a_client_worked_by_two_is_an_alert_while_the_work_is_news() {
    let story = comes_back();
    let desk = desk_of(&story);
    assert_eq!(raised(&desk, "2025-03-09"), []);
    assert_eq!(raised(&desk, "2025-03-10"), [(both(), "2025-03-10".to_owned())]);
    let look = look_on(&desk, "2025-03-10");
    let (key, finding) = look.due.first_key_value().unwrap();
    assert_eq!(finding.evidence, [story[3].id, story[0].id]);
    assert_eq!(look.next, Some(day("2025-04-09")));
    assert_eq!(raised(&desk, "2025-04-08").len(), 1);
    let over = look_on(&desk, "2025-04-09");
    assert!(over.due.is_empty());
    assert_eq!(over.resolution(key), Resolution::NoNews);
}

#[test]
fn work_that_goes_on_is_one_question_and_not_one_a_week() {
    let weekly = ["03-17", "03-24", "03-31", "04-07", "04-14", "04-21"];
    let weekly = weekly.map(|date| worked(&format!("2025-{date}"), "acme", Some("lee")));
    let desk = desk_of(&[comes_back(), weekly.into()].concat());
    let keys = |date| look_on(&desk, date).due.into_keys().collect::<Vec<_>>();
    let first = keys("2025-03-10");
    for date in ["2025-03-20", "2025-04-09", "2025-04-10", "2025-05-20"] {
        assert_eq!(keys(date), first, "{date}");
    }
    assert_eq!(keys("2025-05-21"), Vec::<String>::new(), "30 days after the last of it");
}

#[test]
fn a_ruling_settles_what_came_before_it_and_not_what_comes_after() {
    let story = [comes_back(), vec![ruled("2025-03-12", "acme", "kim")]].concat();
    let desk = desk_of(&story);
    let key = look_on(&desk, "2025-03-11").due.into_keys().next().unwrap();
    let settled = look_on(&desk, "2025-03-12");
    assert!(settled.due.is_empty());
    assert_eq!(settled.resolution(&key), Resolution::Ruled);
    let again = desk_of(&[story, vec![worked("2025-03-20", "acme", Some("lee"))]].concat());
    assert_eq!(raised(&again, "2025-03-20"), [(both(), "2025-03-20".to_owned())]);
    assert!(!look_on(&again, "2025-03-20").due.contains_key(&key), "another question");
    assert_eq!(look_on(&again, "2025-03-20").resolution(&key), Resolution::Ruled);
}

#[test]
fn a_hand_over_settles_it_too() {
    let story = [comes_back(), vec![handed_over("2025-03-12", "acme", "lee")]].concat();
    let desk = desk_of(&story);
    assert_eq!(raised(&desk, "2025-03-11").len(), 1);
    assert_eq!(raised(&desk, "2025-03-12"), []);
    let account = desk.account(id("acme")).unwrap();
    assert_eq!(account.owner_on(desk.firm(), day("2025-03-12")), Some(who("lee")));
    let more = desk_of(&[story, vec![worked("2025-03-20", "acme", Some("lee"))]].concat());
    assert_eq!(raised(&more, "2025-03-20"), [], "it is lee's now");
}

#[test]
fn a_ruling_of_the_same_moment_settles_the_work() {
    let story = [comes_back(), vec![ruled("2025-03-10", "acme", "kim")]].concat();
    assert_eq!(raised(&desk_of(&story), "2025-03-10"), []);
}

#[test]
fn work_without_a_name_asks_nobody() {
    let mut story = comes_back();
    story.pop();
    story.push(worked("2025-03-10", "acme", None));
    assert_eq!(raised(&desk_of(&story), "2025-03-10"), []);
}
