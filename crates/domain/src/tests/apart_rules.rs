//! What people have said of two accounts stands, from either side and through merges.

use super::story::*;
use crate::desk::Desk;
use crate::fact::*;
use crate::id::AccountId;

fn id(name: &str) -> AccountId {
    AccountId::named(name)
}

fn registered(name: &str) -> Told {
    let (account, name) = (id(name), name.to_owned());
    told("2024-01-01", AccountRegistered { account, name, country: None, sector: None })
}

fn dismissed(date: &str, account: &str, other: &str) -> Told {
    let (account, other) = (id(account), id(other));
    told(date, SuggestionDismissed { account, other, by: None, reason: None })
}

fn merged(date: &str, account: &str, into: &str) -> Told {
    let reason = "one client".to_owned();
    told(date, AccountsMerged { account: id(account), into: id(into), reason })
}

fn unmerged(date: &str, account: &str, from: &str) -> Told {
    let reason = "two clients".to_owned();
    told(date, AccountsUnmerged { account: id(account), from: id(from), reason })
}

fn taken_back(date: &str, account: &str, what: &Told) -> Told {
    let reason = "by mistake".to_owned();
    told(date, FactRetracted::of_account(id(account), what.id, reason))
}

/// The same desk whatever the order of arrival.
fn either_way(story: &[Told]) -> [Desk; 2] {
    let backwards: Vec<Told> = story.iter().rev().cloned().collect();
    [desk(story), desk(&backwards)]
}

fn names() -> [Told; 3] {
    ["Northgate", "Northgate Ltd", "Northgate Group"].map(registered)
}

#[test]
fn what_was_dismissed_is_so_from_both_sides_until_it_is_taken_back() {
    let no = dismissed("2024-02-01", "Northgate", "Northgate Ltd");
    let mut story = names().to_vec();
    story.push(no.clone());
    for desk in either_way(&story) {
        assert!(desk.told_apart(id("Northgate"), id("Northgate Ltd")));
        assert!(desk.told_apart(id("Northgate Ltd"), id("Northgate")));
        assert!(!desk.told_apart(id("Northgate"), id("Northgate Group")));
        let account = desk.account(id("Northgate")).unwrap();
        assert_eq!(account.busy_days(), 1, "how a client is filed is no day of its own");
    }
    story.push(taken_back("2024-03-01", "Northgate", &no));
    for desk in either_way(&story) {
        assert!(!desk.told_apart(id("Northgate"), id("Northgate Ltd")));
        assert!(!desk.told_apart(id("Northgate Ltd"), id("Northgate")));
    }
}

#[test]
fn it_holds_for_the_account_into_which_the_other_was_merged() {
    let mut story = names().to_vec();
    story.push(dismissed("2024-02-01", "Northgate", "Northgate Ltd"));
    story.push(merged("2024-03-01", "Northgate Ltd", "Northgate Group"));
    for desk in either_way(&story) {
        assert!(desk.told_apart(id("Northgate"), id("Northgate Group")));
        assert!(desk.told_apart(id("Northgate Group"), id("Northgate")));
    }
}

#[test]
fn whose_merge_was_undone_are_two_and_whose_merge_stands_are_one() {
    let mut story = names().to_vec();
    story.push(merged("2024-02-01", "Northgate", "Northgate Ltd"));
    for desk in either_way(&story) {
        assert!(!desk.told_apart(id("Northgate"), id("Northgate Ltd")), "they are one");
    }
    story.push(unmerged("2024-03-01", "Northgate", "Northgate Ltd"));
    for desk in either_way(&story) {
        assert!(desk.told_apart(id("Northgate"), id("Northgate Ltd")));
        assert!(desk.told_apart(id("Northgate Ltd"), id("Northgate")));
    }
}

#[test]
fn nobody_is_told_apart_from_itself_and_a_blank_reason_is_none() {
    let no = |other: &str, reason: Option<&str>| SuggestionDismissed {
        account: id("Northgate"),
        other: id(other),
        by: None,
        reason: reason.map(str::to_owned),
    };
    let check = |it: SuggestionDismissed| Fact::from(it).check();
    assert_eq!(check(no("Northgate", None)), Err("`other` is the account itself".to_owned()));
    assert_eq!(check(no("Northgate Ltd", Some(" "))), Err("`reason` is empty".to_owned()));
    assert_eq!(check(no("Northgate Ltd", None)), Ok(()));
}
