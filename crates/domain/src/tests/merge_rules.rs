//! Two accounts that are one client: merged, told apart again, and what passes over.

use super::story::*;
use super::world::*;
use crate::alert::settle;
use crate::audit::Audit;
use crate::decision::{Decision, Resolution};
use crate::desk::{Changed, Desk};
use crate::entry::{Body, Entry, MadeFrom};
use crate::fact::Level;
use crate::id::EntryId;
use crate::policy::Status;
use crate::watch::{Look, look};

/// A key account from its own revenue of 100 in 365 days.
const OWN: &str = r#"
name = "Own"
enters_at = 10
stays_from = 5
grace_days = 30
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
[[criterion]]
id = "contacts"
title = "Contacts"
measure = "active contacts"
at_least = 100
points = 1
missing = "no points"
why = "Who knows us."
[[criterion]]
id = "group"
title = "Revenue of the group"
measure = "revenue"
scope = "group"
window_days = 365
at_least = 1000000
points = 1
missing = "no points"
why = "Who belongs to it."
"#;

fn own(story: &[Told]) -> Desk {
    desk_under(OWN, crate::watch::FIRST_WATCHLIST, story)
}

fn two() -> Vec<Told> {
    vec![
        registered("2024-01-01", "stays"),
        registered("2024-02-01", "copy"),
        billed("2025-01-01", "stays", 40),
        billed("2025-01-02", "copy", 60),
        met("2025-01-03", "stays", "ann", Level::Manager),
        met("2025-01-03", "copy", "ann", Level::Executive),
        met("2025-01-04", "copy", "ben", Level::Manager),
    ]
}

fn and(story: &[Told], more: impl IntoIterator<Item = Told>) -> Vec<Told> {
    story.iter().cloned().chain(more).collect()
}

/// The same desk whatever the order of arrival.
fn either_way(story: &[Told]) -> [Desk; 2] {
    let backwards: Vec<Told> = story.iter().rev().cloned().collect();
    [own(story), own(&backwards)]
}

/// All that is told of one account, the merges left aside.
fn told_of(desk: &Desk, name: &str) -> String {
    let mut account = crate::account::Account::clone(desk.told_account(id(name)).unwrap());
    account.merged = Default::default();
    account.duplicates = Default::default();
    account.retracted.clear();
    // Positions are evidence only; they differ by the order of arrival.
    let text = format!("{account:?}");
    let mut parts = text.split("position: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn a_duplicates_history_counts_on_every_day() {
    for desk in either_way(&and(&two(), [merged("2025-06-01", "copy", "stays")])) {
        assert_eq!(figure(&desk, "stays", "revenue", "2025-01-02").as_deref(), Some("100"));
        assert_eq!(figure(&desk, "stays", "contacts", "2025-01-04").as_deref(), Some("2"));
        let expected = [("2024-01-01", Status::Standard), ("2025-01-02", Status::Key)];
        assert_eq!(statuses(&desk, "stays", "2025-12-01"), course(&expected));
        assert!(desk.client(id("copy")).is_none(), "it is no client of its own");
        assert_eq!(desk.survivor(id("copy")), id("stays"));
        assert_eq!(desk.account(id("copy")).unwrap().id, id("stays"), "but is still found");
        assert_eq!(desk.duplicates_of(id("stays")).collect::<Vec<_>>(), [id("copy")]);
        assert_eq!((desk.accounts().len(), desk.accounts().count()), (1, 1));
        assert_eq!(desk.account(id("stays")).unwrap().name_on(day("2025-07-01")), "stays");
    }
}

#[test]
fn facts_told_to_the_duplicate_later_count_for_the_account_that_stays() {
    let story =
        and(&two(), [merged("2025-02-01", "copy", "stays"), billed("2025-03-01", "copy", 7)]);
    for desk in either_way(&story) {
        assert_eq!(figure(&desk, "stays", "revenue", "2025-03-01").as_deref(), Some("107"));
    }
}

#[test]
fn claims_pass_over_but_the_account_manager_does_not() {
    let story = and(
        &two(),
        [
            owned("2024-01-02", "stays", "kim"),
            owned("2025-01-05", "copy", "lee"),
            claims("2025-01-06", "copy", "max"),
            merged("2025-06-01", "copy", "stays"),
        ],
    );
    for desk in either_way(&story) {
        let account = desk.account(id("stays")).unwrap();
        assert_eq!(account.owner_on(desk.firm(), day("2025-07-01")), Some(who("kim")));
        let claims: Vec<_> =
            account.open_claims(desk.firm(), day("2025-07-01")).iter().map(|it| it.by).collect();
        assert_eq!(claims, [who("max")]);
    }
}

#[test]
fn where_the_account_that_stays_has_nobody_the_duplicates_manager_keeps_the_client() {
    let story =
        and(&two(), [owned("2025-01-05", "copy", "lee"), merged("2025-06-01", "copy", "stays")]);
    for desk in either_way(&story) {
        let account = desk.account(id("stays")).unwrap();
        assert_eq!(account.owner_on(desk.firm(), day("2025-07-01")), Some(who("lee")));
    }
}

#[test]
fn the_place_in_a_group_is_that_of_the_account_that_stays() {
    let group = [
        belongs("2025-01-01", "stays", "mother"),
        belongs("2025-01-01", "copy", "stranger"),
        belongs("2025-01-01", "branch", "copy"),
        billed("2025-01-05", "mother", 1_000),
        billed("2025-01-05", "branch", 10_000),
        billed("2025-01-05", "stranger", 100_000),
        merged("2025-06-01", "copy", "stays"),
    ];
    for desk in either_way(&and(&two(), group)) {
        assert_eq!(desk.parent_on(id("copy"), day("2025-02-01")), Some(id("mother")));
        assert_eq!(desk.parent_on(id("branch"), day("2025-02-01")), Some(id("stays")));
        for name in ["stays", "mother", "branch"] {
            let revenue = figure(&desk, name, "group", "2025-02-01");
            assert_eq!(revenue.as_deref(), Some("11100"), "{name}");
        }
        let alone = figure(&desk, "stranger", "group", "2025-02-01");
        assert_eq!(alone.as_deref(), Some("100000"));
    }
}

#[test]
fn undoing_a_merge_gives_both_back_exactly() {
    let apart = either_way(&two());
    let story = and(
        &two(),
        [merged("2025-06-01", "copy", "stays"), unmerged("2025-08-01", "copy", "stays")],
    );
    for (desk, never) in either_way(&story).iter().zip(&apart) {
        assert_eq!(desk.accounts().len(), 2);
        for name in ["stays", "copy"] {
            assert_eq!(told_of(desk, name), told_of(never, name));
            let all = |desk| statuses(desk, name, "2026-12-01");
            assert_eq!(all(desk), all(never));
            for date in ["2025-01-02", "2025-07-01", "2025-09-01"] {
                let seen =
                    |desk| ["revenue", "contacts", "group"].map(|it| figure(desk, name, it, date));
                assert_eq!(seen(desk), seen(never), "{name} on {date}");
            }
        }
    }
}

#[test]
fn of_merges_and_undoings_of_one_moment_the_undoing_counts() {
    let story = and(
        &two(),
        [merged("2025-06-01", "copy", "stays"), unmerged("2025-06-01", "copy", "stays")],
    );
    for desk in either_way(&story) {
        assert_eq!(desk.survivor(id("copy")), id("copy"));
    }
}

#[test]
fn a_merge_that_was_never_true_leaves_no_trace() {
    let merge = merged("2025-06-01", "copy", "stays");
    for named in ["copy", "stays"] {
        let story = and(&two(), [merge.clone(), taken_back("2025-07-01", named, &merge)]);
        for desk in either_way(&story) {
            assert_eq!(desk.accounts().len(), 2, "taken back under the name of {named}");
            assert_eq!(figure(&desk, "stays", "revenue", "2025-02-01").as_deref(), Some("40"));
            assert_eq!(figure(&desk, "copy", "revenue", "2025-02-01").as_deref(), Some("60"));
        }
    }
}

#[test]
fn a_merge_of_a_merge_reads_all_three_as_one() {
    let story = and(
        &two(),
        [
            billed("2025-01-03", "third", 5),
            merged("2025-06-01", "copy", "stays"),
            merged("2025-07-01", "stays", "third"),
        ],
    );
    for desk in either_way(&story) {
        assert_eq!(figure(&desk, "third", "revenue", "2025-02-01").as_deref(), Some("105"));
        assert_eq!(desk.accounts().len(), 1);
        assert_eq!(desk.duplicates_of(id("third")).count(), 2);
    }
    let half_undone = and(&story, [unmerged("2025-08-01", "stays", "third")]);
    for desk in either_way(&half_undone) {
        assert_eq!(figure(&desk, "stays", "revenue", "2025-02-01").as_deref(), Some("100"));
        assert_eq!(figure(&desk, "third", "revenue", "2025-02-01").as_deref(), Some("5"));
    }
}

#[test]
fn of_merges_that_form_a_loop_the_newest_does_not_count() {
    let story =
        and(&two(), [merged("2025-06-01", "copy", "stays"), merged("2025-07-01", "stays", "copy")]);
    for desk in either_way(&story) {
        assert_eq!(desk.survivor(id("copy")), id("stays"));
        assert_eq!(desk.survivor(id("stays")), id("stays"));
        assert_eq!(desk.accounts().len(), 1);
    }
}

/// Tells a desk one more thing.
fn tell(desk: &mut Desk, told: Told) -> Changed {
    desk.apply(&entry(desk.position() + 1, told.id, told.at, Body::Fact(told.fact)))
}

#[test]
fn a_merge_may_change_every_day_of_both() {
    let mut desk = own(&two());
    let changed = tell(&mut desk, merged("2025-06-01", "copy", "stays"));
    assert_eq!(changed.from, None, "a merge has no day");
    assert!(changed.accounts.contains(&id("copy")) && changed.accounts.contains(&id("stays")));
    let later = tell(&mut desk, billed("2025-07-01", "copy", 1));
    assert!(later.accounts.contains(&id("stays")), "{later:?}");
}

#[test]
fn who_loses_a_duplicate_to_another_account_is_concerned_too() {
    let mut desk = own(&and(&two(), [merged("2025-06-01", "copy", "stays")]));
    let changed = tell(&mut desk, merged("2025-07-01", "copy", "third"));
    assert!(changed.accounts.contains(&id("stays")), "{changed:?}");
    let mut desk = own(&and(&two(), [merged("2025-06-01", "copy", "stays")]));
    let changed = tell(&mut desk, unmerged("2025-07-01", "copy", "another"));
    assert!(changed.accounts.contains(&id("stays")), "{changed:?}");
    assert_eq!(figure(&desk, "stays", "revenue", "2025-02-01").as_deref(), Some("40"));
}

#[test]
fn who_loses_a_member_of_its_group_to_the_place_of_another_is_concerned_too() {
    let story = [belongs("2025-01-01", "copy", "stranger"), merged("2025-06-01", "copy", "stays")];
    let mut desk = own(&and(&two(), story));
    assert_eq!(desk.parent_on(id("stays"), day("2025-02-01")), Some(id("stranger")));
    let changed = tell(&mut desk, belongs("2025-07-01", "stays", "mother"));
    assert!(changed.accounts.contains(&id("stranger")), "{changed:?}");
    assert_eq!(changed.from, Some(day("2025-07-01")), "it says nothing of earlier days");
    assert_eq!(desk.parent_on(id("stays"), day("2025-06-30")), Some(id("stranger")));
    assert_eq!(desk.parent_on(id("stays"), day("2025-07-01")), Some(id("mother")));
}

#[test]
fn who_loses_a_subsidiary_to_a_merge_is_concerned_too() {
    let story = [
        belongs("2025-01-01", "copy", "mother"),
        cleared("2025-01-01", "stays"),
        billed("2025-01-05", "mother", 1_000),
    ];
    let mut desk = own(&and(&two(), story));
    assert_eq!(figure(&desk, "mother", "group", "2025-02-01").as_deref(), Some("1060"));
    let changed = tell(&mut desk, merged("2025-06-01", "copy", "stays"));
    assert!(changed.accounts.contains(&id("mother")), "{changed:?}");
    assert_eq!(figure(&desk, "mother", "group", "2025-02-01").as_deref(), Some("1000"));
}

/// A desk on which the alerts of both accounts were raised, then some more was told.
fn watched(more: &[Told]) -> (Desk, Vec<Entry>) {
    let story = and(&two(), [told("2025-03-01", gone_from("copy", "ben"))]);
    let mut desk = Desk::default();
    let mut entries = Vec::new();
    let mut take = |desk: &mut Desk, id, at, body| {
        let next = entry(desk.position() + 1, id, at, body);
        desk.apply(&next);
        entries.push(next);
    };
    let genesis = crate::genesis::Genesis {
        firm: "Test".to_owned(),
        currency: crate::money::Currency::EUR,
        time_zone: "Europe/Berlin".to_owned(),
        simulated: false,
    };
    let rules =
        crate::fact::WatchlistAdopted { document: crate::watch::FIRST_WATCHLIST.to_owned() };
    let rules = told("2020-01-01", rules);
    take(&mut desk, EntryId::named("genesis"), rules.at, Body::Genesis(genesis));
    let all = std::iter::once(rules).chain(story).chain(more.iter().cloned());
    let first_of_more = 1 + two().len() + 1;
    for (number, told) in all.enumerate() {
        take(&mut desk, told.id, told.at, Body::Fact(told.fact));
        if number + 1 < first_of_more {
            continue;
        }
        let today = desk.day_of(told.at);
        for name in ["stays", "copy"] {
            let found = desk.client(id(name)).map_or_else(Look::merged, |it| look(&it, today));
            let made_from = MadeFrom { position: desk.position(), on: today, version: 1 };
            for decision in settle(desk.alerts(), desk.firm(), id(name), &found, made_from) {
                let id = EntryId::named(&format!("{} {decision:?}", desk.position()));
                take(&mut desk, id, told.at, Body::Decision(decision));
            }
        }
    }
    (desk, entries)
}

fn gone_from(name: &str, contact: &str) -> crate::fact::ContactLeft {
    let contact = crate::id::ContactId::named(contact);
    crate::fact::ContactLeft { account: id(name), contact }
}

/// What was decided about alerts: of which account, and whether it was raised or why resolved.
fn decided(entries: &[Entry]) -> Vec<(bool, Option<Resolution>)> {
    let decided = entries.iter().filter_map(|entry| match &entry.body {
        Body::Decision(Decision::AlertRaised(it)) => Some((it.account == id("copy"), None)),
        Body::Decision(Decision::AlertResolved(it)) => {
            Some((it.account == id("copy"), Some(it.reason)))
        }
        _ => None,
    });
    decided.collect()
}

fn audited(entries: &[Entry]) -> u64 {
    let mut audit = Audit::default();
    entries.iter().for_each(|entry| audit.note(entry));
    entries.iter().for_each(|entry| audit.recompute(entry));
    assert_eq!(audit.differences(), []);
    audit.checked()
}

#[test]
fn the_alerts_of_a_duplicate_are_resolved_as_merged_and_come_back_when_it_is_undone() {
    let (desk, entries) = watched(&[merged("2025-03-05", "copy", "stays")]);
    let resolved = Some(Resolution::Merged);
    assert_eq!(decided(&entries), [(true, None), (false, None), (true, resolved)]);
    assert_eq!(desk.alerts().of(id("stays")).filter(|it| it.stands()).count(), 1);
    assert_eq!(audited(&entries), 3);

    let undone = [merged("2025-03-05", "copy", "stays"), unmerged("2025-03-09", "copy", "stays")];
    let (desk, entries) = watched(&undone);
    let gone = Some(Resolution::NoLongerTrue);
    let after = [(false, gone), (true, None)];
    assert_eq!(decided(&entries)[3..], after, "back to where it was");
    let again = desk.alerts().of(id("copy")).last().unwrap();
    assert_eq!((again.stands(), again.raised.episode), (true, 2));
    assert_eq!(audited(&entries), 5);
}
