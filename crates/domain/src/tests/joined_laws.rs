//! Laws of accounts that are one client, for every history.

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

use super::life::*;
use super::story::*;
use super::world::*;
use crate::account::Account;
use crate::desk::Desk;
use crate::fact::*;
use crate::id::ContactId;
use crate::policy::Track;
use crate::watch::look;

/// Any happening, and some in which it matters of which account it was told.
fn any_word() -> impl Strategy<Value = Told> {
    let client = || prop::sample::select(CLIENTS.to_vec());
    let date = (0_i64..700).prop_map(|n| (day("2024-01-01") + n.days()).to_string());
    let whose = (date, client(), client(), prop::sample::select(vec!["kari", "kim", "ola"]), 0..7);
    let whose = whose.prop_map(|(date, name, other, by, kind)| match kind {
        0 if name != other => {
            let moved = ContactMoved {
                account: id(name),
                contact: ContactId::named(by),
                to: id(other),
                title: date.clone(),
                level: Some(Level::Executive),
                role: None,
            };
            told(&date, moved)
        }
        1 => told(&date, SponsorAssigned { account: id(name), sponsor: who(by) }),
        2 => told(&date, AccountRenamed { account: id(name), name: format!("{name} by {by}") }),
        3 => claims(&date, name, by),
        4 => ruled(&date, name, by),
        5 => owned(&date, name, by),
        _ if name != other => belongs(&date, name, other),
        _ => cleared(&date, name),
    });
    prop_oneof![3 => any_told(), 2 => whose]
}

fn merges(told: &Told) -> bool {
    matches!(told.fact, Fact::AccountsMerged(_) | Fact::AccountsUnmerged(_))
}

/// A few merges and undoings, and other happenings, some of either taken back.
fn any_merged() -> impl Strategy<Value = (Vec<Told>, Vec<Told>)> {
    let client = || prop::sample::select(CLIENTS.to_vec());
    let pair = (client(), client(), 0_i64..700, prop::bool::weighted(0.2));
    let pairs = prop::collection::vec((pair, prop::bool::weighted(0.1)), 1..6);
    let words = prop::collection::vec((any_word(), prop::bool::weighted(0.1)), 1..40);
    (pairs, words).prop_map(|(merged_so, words)| {
        let (mut merging, mut others) = (Vec::new(), Vec::new());
        let undo = |told: &Told, all: &mut Vec<Told>| all.extend(back(told, false));
        for ((name, other, n, undone), taken_back) in merged_so {
            if name == other {
                continue;
            }
            let date = (day("2024-01-01") + n.days()).to_string();
            let told = if undone { unmerged } else { merged }(&date, name, other);
            if taken_back {
                undo(&told, &mut merging);
            }
            merging.push(told);
        }
        for (told, taken_back) in words {
            if taken_back && !merges(&told) {
                undo(&told, &mut others);
            }
            let to = if merges(&told) { &mut merging } else { &mut others };
            to.push(told);
        }
        (merging, others)
    })
}

/// All that an account comes to, without where its facts stand in the ledger.
fn told_of(account: &Account) -> String {
    let text = format!("{account:?}");
    let mut parts = text.split("position: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn wholes(desk: &Desk) -> Vec<String> {
    desk.accounts().map(|account| told_of(account)).collect()
}

/// What is seen on a day of every client of whom anything is known by then.
fn seen_on(desk: &Desk, day: Date) -> Vec<String> {
    let known = CLIENTS.iter().filter_map(|name| desk.client(id(name)));
    let known = known.filter(|client| client.account().exists_on(day));
    let seen = known.map(|client| {
        let account = client.account();
        let way = desk.parents_on(account.id, day);
        let group: Vec<_> = client.group_on(day).iter().map(|it| it.id).collect();
        let whose = (account.owner_on(desk.firm(), day), account.sponsor_on(day), account.open_claims(desk.firm(), day));
        let named = (account.names.at(day).map(|(_, name)| name), account.registered_on(day));
        let people: Vec<_> = account.contacts_on(day).collect();
        let contracts: Vec<_> = account.contracts_on(day).collect();
        let mut spans = Vec::new();
        Track::follow(&client, day, &mut |it| spans.push((it.from, it.status, it.points)));
        // A relative's day is a day to look again, whether or not anything comes of it.
        spans.dedup_by_key(|(_, status, points)| (*status, *points));
        let look = look(&client, day);
        let text = format!(
            "{way:?} {group:?}\n{whose:?}\n{named:?}\n{people:?}\n{contracts:?}\n{spans:?}\n{:?} {:?}",
            look.due, look.quiet
        );
        let parts = text.split("position: ");
        parts.map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
    });
    seen.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn what_happens_on_a_day_leaves_what_is_seen_of_earlier_days_alone(
        (merging, others) in any_merged(), word in any_word(), before in prop::collection::vec(1_i64..500, 4),
    ) {
        // Of the firm some things count from before they were told, as who has which role.
        let of_a_client = crate::account::accounts_of(&word.fact).next().is_some();
        prop_assume!(of_a_client && !merges(&word));
        let story = [merging, others].concat();
        let (desk, later) = (live(&story), live(&[story, vec![word.clone()]].concat()));
        let day = desk.day_of(word.at);
        for days in before.into_iter().chain([1]) {
            let earlier = day - days.days();
            prop_assert_eq!(seen_on(&desk, earlier), seen_on(&later, earlier), "{} before {}", earlier, day);
        }
    }

    #[test]
    fn what_is_told_after_merges_is_joined_as_what_was_told_before_them(
        ((merging, others), shuffled) in any_merged().prop_flat_map(|told| {
            let all = [told.0.clone(), told.1.clone()].concat();
            (Just(told), Just(all).prop_shuffle())
        }),
    ) {
        let after = live(&[merging.clone(), others.clone()].concat());
        let before = live(&[others, merging].concat());
        prop_assert_eq!(wholes(&after), wholes(&before));
        prop_assert_eq!(wholes(&after), wholes(&live(&shuffled)));
        prop_assert_eq!(after.accounts().len(), after.accounts().count());
    }

    #[test]
    fn undoing_all_merges_gives_everybody_back_as_they_were((merging, others) in any_merged()) {
        let plain: Vec<Told> = others.iter().filter(|told| !merges(told)).cloned().collect();
        let never = live(&plain);
        let mut desk = live(&[merging, plain].concat());
        for name in CLIENTS {
            let undone = unmerged("2027-01-01", name, if name == "acme" { "beta" } else { "acme" });
            let body = crate::entry::Body::Fact(undone.fact);
            desk.apply(&entry(desk.position() + 1, undone.id, undone.at, body));
        }
        for name in CLIENTS {
            prop_assert_eq!(desk.survivor(id(name)), id(name));
            let bare = |desk: &Desk| desk.account(id(name)).map(|account| {
                let mut account = Account::clone(account);
                account.merged = Default::default();
                account.duplicates = Default::default();
                account.retracted.clear();
                told_of(&account)
            });
            let known = never.account(id(name)).is_some();
            prop_assert_eq!(bare(&desk).filter(|_| known), bare(&never));
        }
        for date in ["2024-06-30", "2025-06-30", "2026-06-30"] {
            prop_assert_eq!(seen_on(&desk, day(date)), seen_on(&never, day(date)));
        }
    }

    #[test]
    fn no_claim_and_no_ruling_is_lost((merging, others) in any_merged()) {
        let desk = live(&[merging, others].concat());
        let joined: usize = desk.accounts().map(|account| account.ownership().count()).sum();
        let told = CLIENTS.iter().filter_map(|name| desk.told_account(id(name)));
        let told: usize = told.map(|account| account.ownership().count()).sum();
        prop_assert_eq!(joined, told);
    }
}
