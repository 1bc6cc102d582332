//! What somebody ruled counts by the role that they had on its day, whichever door it came through.

use super::course_rules::{asks, under};
use super::story::*;
use super::world::*;
use crate::desk::Desk;
use crate::entry::Body;
use crate::fact::*;
use crate::ownership::precedents_of;
use crate::policy::Status::{self, Key, Nominated, Standard, Trial};
use crate::watch::Quiet;

fn overridden_by(by: &str, date: &str, to: Status, expires: &str) -> Told {
    let (account, by, reason) = (id("acme"), who(by), "the board wants it".to_owned());
    told(date, StatusOverridden { account, to, by, reason, expires: day(expires) })
}

fn ended_by(by: &str, date: &str) -> Told {
    told(date, OverrideEnded { account: id("acme"), by: who(by), reason: "no longer".to_owned() })
}

fn ruled_by(by: &str, date: &str, owner: &str) -> Told {
    let (account, owner, by) = (id("acme"), who(owner), who(by));
    let reason = "I say so".to_owned();
    told(date, OwnershipRuled { account, owner, by, reason, parent_history_counts: None })
}

fn handed(date: &str, from: &str, to: &str) -> Told {
    let handed = OwnerHandedOver {
        account: id("acme"),
        from: Some(who(from)),
        to: who(to),
        contacts: Vec::new(),
        contracts: Vec::new(),
        promises: Vec::new(),
        reason: "a new job".to_owned(),
    };
    told(date, handed)
}

#[test]
fn an_override_by_somebody_without_the_role_moves_nothing() {
    for by in ["kim", "nobody"] {
        let desk = asks(vec![
            billed("2025-01-01", "acme", 20),
            overridden_by(by, "2025-02-01", Key, "2025-12-31"),
        ]);
        assert_eq!(status_on(&desk, "acme", "2025-03-01"), Standard, "{by}");
    }
    let plain = under(
        "",
        "",
        &[billed("2025-01-01", "acme", 20), overridden_by("kim", "2025-02-01", Key, "2025-12-31")],
    );
    assert_eq!(status_on(&plain, "acme", "2025-03-01"), Key, "anybody may where nobody is asked");
}

#[test]
fn an_override_is_neither_replaced_nor_ended_by_somebody_without_the_role() {
    let desk = asks(vec![
        billed("2025-01-01", "acme", 20),
        overridden_by("kari", "2025-02-01", Key, "2025-12-31"),
        overridden_by("kim", "2025-03-01", Standard, "2025-12-31"),
        ended_by("kim", "2025-04-01"),
    ]);
    assert_eq!(status_on(&desk, "acme", "2025-03-01"), Key);
    assert_eq!(status_on(&desk, "acme", "2025-05-01"), Key);
    assert_eq!(status_on(&desk, "acme", "2026-01-01"), Standard);
}

#[test]
fn an_override_holds_no_longer_than_it_may_whatever_was_told() {
    let desk = asks(vec![
        billed("2025-01-01", "acme", 20),
        overridden_by("kari", "2025-02-01", Key, "2099-01-01"),
    ]);
    assert_eq!(status_on(&desk, "acme", "2028-02-01"), Key);
    assert_eq!(status_on(&desk, "acme", "2028-02-02"), Standard);
}

#[test]
fn what_somebody_ruled_on_their_last_day_stands() {
    let leaves = || gone("2025-02-01", "kari");
    let approved = asks(vec![
        billed("2025-01-01", "acme", 100),
        later(approved("2025-02-01", "acme", "kari"), -2),
        leaves(),
    ]);
    assert_eq!(status_on(&approved, "acme", "2025-03-01"), Trial);
    let overridden = asks(vec![
        billed("2025-01-01", "acme", 20),
        overridden_by("kari", "2025-02-01", Key, "2025-12-31"),
        leaves(),
    ]);
    assert_eq!(status_on(&overridden, "acme", "2025-03-01"), Key);
    let ruled = asks(vec![
        registered("2025-01-01", "acme"),
        ruled_by("kari", "2025-02-01", "kim"),
        leaves(),
    ]);
    assert_eq!(owner(&ruled, "2025-03-01"), Some("kim"));
    let firm = ruled.firm();
    assert!(firm.has_role(who("kari"), Role::Director, day("2025-02-01")));
    assert!(!firm.has_role(who("kari"), Role::Director, day("2025-02-02")));
    assert_eq!(firm.in_role(Role::Director, day("2025-02-01")), None, "nobody is asked who leaves");
}

#[test]
fn whoever_is_named_after_they_left_is_here_again() {
    let back = member("2025-03-01", "kari", Role::Director);
    let story = |approved_on: &str| {
        asks(vec![
            billed("2025-01-01", "acme", 100),
            gone("2025-02-01", "kari"),
            back.clone(),
            approved(approved_on, "acme", "kari"),
        ])
    };
    assert_eq!(status_on(&story("2025-02-15"), "acme", "2025-04-01"), Nominated);
    let desk = story("2025-03-02");
    assert_eq!(status_on(&desk, "acme", "2025-04-01"), Trial);
    assert_eq!(desk.firm().left_by(who("kari"), day("2025-02-20")), Some(day("2025-02-01")));
    assert_eq!(desk.firm().left_by(who("kari"), day("2025-03-01")), None);
}

fn owner(desk: &Desk, date: &str) -> Option<&'static str> {
    let owner = desk.account(id("acme")).unwrap().owner_on(desk.firm(), day(date))?;
    ["kari", "kim", "lee", "ola"].into_iter().find(|name| who(name) == owner)
}

fn open(desk: &Desk, date: &str) -> Vec<&'static str> {
    let claims = desk.account(id("acme")).unwrap().open_claims(desk.firm(), day(date));
    let named = |by| ["kari", "kim", "lee", "ola"].into_iter().find(|name| who(name) == by);
    claims.iter().filter_map(|claim| named(claim.by)).collect()
}

#[test]
fn a_ruling_on_ownership_by_somebody_else_settles_nothing_and_is_no_precedent() {
    let story = |by: &str| {
        asks(vec![
            owned("2025-01-01", "acme", "ola"),
            claims("2025-01-10", "acme", "kim"),
            ruled_by(by, "2025-02-01", "kim"),
        ])
    };
    let desk = story("kim");
    assert_eq!((owner(&desk, "2025-02-01"), open(&desk, "2025-02-01")), (Some("ola"), vec!["kim"]));
    assert!(precedents_of(&of(&desk, "acme")).is_empty());
    let desk = story("kari");
    assert_eq!((owner(&desk, "2025-02-01"), open(&desk, "2025-02-01")), (Some("kim"), vec![]));
    assert_eq!(precedents_of(&of(&desk, "acme")).len(), 1);
}

#[test]
fn naming_whoever_ruled_has_their_clients_looked_at_again_and_no_others() {
    let story = [
        registered("2025-01-01", "acme"),
        worked("2025-01-01", "other", Some("ola")),
        ruled_by("kari", "2025-02-01", "kim"),
    ];
    let mut desk = under("", "", &story);
    assert_eq!(owner(&desk, "2025-03-01"), None);
    let mut tell = |told: Told| {
        let position = desk.position() + 1;
        (desk.apply(&entry(position, told.id, told.at, Body::Fact(told.fact))), desk.clone())
    };
    let acme = || vec![id("acme")];
    let (changed, desk) = tell(member("2025-01-01", "kari", Role::Director));
    assert_eq!((changed.rules, changed.accounts, changed.from), (false, acme(), None));
    assert_eq!(owner(&desk, "2025-03-01"), Some("kim"));
    let (changed, _) = tell(member("2025-04-01", "kari", Role::Director));
    assert_eq!((changed.rules, changed.accounts), (false, vec![]), "a name alone moves nothing");
    let (changed, _) = tell(gone("2025-05-01", "kim"));
    assert_eq!((changed.rules, changed.accounts), (false, acme()));
    let (changed, _) = tell(member("2025-06-01", "kim", Role::AccountManager));
    assert_eq!((changed.rules, changed.accounts), (false, acme()), "back again");
    let (changed, _) = tell(member("2025-06-01", "lee", Role::Director));
    assert_eq!((changed.rules, changed.accounts), (false, vec![]), "who has no client moves none");
}

#[test]
fn whoever_becomes_the_account_manager_has_no_claim_left_for_good() {
    let story = vec![
        owned("2025-01-01", "acme", "ola"),
        claims("2025-01-10", "acme", "kim"),
        claims("2025-01-11", "acme", "lee"),
        handed("2025-02-01", "ola", "kim"),
        handed("2025-03-01", "kim", "ola"),
        claims("2025-03-10", "acme", "ola"),
    ];
    let desk = asks(story);
    assert_eq!(open(&desk, "2025-01-31"), ["kim", "lee"]);
    assert_eq!(open(&desk, "2025-02-01"), ["lee"]);
    assert_eq!(open(&desk, "2025-03-01"), ["lee"], "handed on, it does not come back");
    assert_eq!(open(&desk, "2025-03-10"), ["lee"], "nobody claims what is theirs");
}

#[test]
fn a_dispute_is_one_alert_until_it_is_over_and_then_says_how_it_ended() {
    let claims = |date, by| claims(date, "acme", by);
    let mut story = vec![
        member("2020-01-01", "kari", Role::Director),
        owned("2025-01-01", "acme", "ola"),
        claims("2025-01-10", "kim"),
        claims("2025-01-11", "lee"),
    ];
    let key = |desk: &Desk, date| look_on(desk, date).due.into_keys().collect::<Vec<_>>();
    let first = key(&desk(&story), "2025-01-20");
    assert_eq!(first.len(), 1);
    story.push(handed("2025-02-01", "ola", "kim"));
    assert_eq!(key(&desk(&story), "2025-02-01"), first, "the claim of lee still stands");
    story.push(handed("2025-02-02", "kim", "lee"));
    let over = desk(&story);
    let look = look_on(&over, "2025-02-02");
    assert!(look.due.is_empty());
    assert_eq!(look.quiet.get(&first[0]), Some(&Quiet::HandedOver));
    let merged = desk(&[story, vec![ruled_by("kari", "2025-02-03", "ola")]].concat());
    assert_eq!(look_on(&merged, "2025-02-03").quiet.get(&first[0]), Some(&Quiet::HandedOver));
}
