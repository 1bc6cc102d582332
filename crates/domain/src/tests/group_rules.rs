//! A client is judged with its group: who belongs to it on a day, and what adds up.

use super::story::*;
use super::world::*;
use crate::desk::{Desk, Loop};
use crate::fact::Level;
use crate::id::AccountId;
use crate::policy::{Status, assess};

/// A key account from a group's revenue of 100 in 365 days, and stays one from 50.
const GROUP: &str = r#"
name = "Groups"
enters_at = 10
stays_from = 5
grace_days = 30
[[criterion]]
id = "revenue"
title = "Revenue of the group"
measure = "revenue"
scope = "group"
window_days = 365
from = 0
to = 100
points = 10
missing = "no points"
why = "The group decides together."
[[criterion]]
id = "own"
title = "Own revenue"
measure = "revenue"
window_days = 365
at_least = 1000000
points = 1
missing = "no points"
why = "To compare."
[[criterion]]
id = "contacts"
title = "Contacts"
measure = "active contacts"
scope = "group"
at_least = 100
points = 1
missing = "no points"
why = "Who knows us."
[[criterion]]
id = "levels"
title = "Levels"
measure = "levels reached"
scope = "group"
at_least = 100
points = 1
missing = "no points"
why = "How high."
[[criterion]]
id = "fit"
title = "Strategic fit"
measure = "judgement"
of = "strategic fit"
scope = "group"
at_least = 100
points = 1
missing = "no points"
why = "Where we want to go."
"#;

fn group(story: &[Told]) -> Desk {
    desk_under(GROUP, "name = \"none\"", story)
}

/// Mother over daughter over grandchild, and an aunt beside the daughter.
fn family() -> Vec<Told> {
    vec![
        registered("2024-01-01", "mother"),
        belongs("2024-01-02", "daughter", "mother"),
        belongs("2024-01-02", "aunt", "mother"),
        belongs("2024-01-02", "grandchild", "daughter"),
    ]
}

fn members(desk: &Desk, name: &str, date: &str) -> Vec<AccountId> {
    of(desk, name).group_on(day(date)).into_iter().map(|account| account.id).collect()
}

fn ids(names: &[&str]) -> Vec<AccountId> {
    let mut ids: Vec<AccountId> = names.iter().map(|name| id(name)).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn revenue_contacts_and_levels_of_the_whole_group_add_up() {
    let mut story = family();
    story.extend([
        billed("2025-01-10", "mother", 10),
        billed("2025-01-11", "daughter", 20),
        billed("2025-01-12", "grandchild", 30),
        billed("2025-01-13", "aunt", 40),
        billed("2025-01-13", "stranger", 500),
        met("2025-01-13", "aunt", "ann", Level::Executive),
        met("2025-01-13", "mother", "ben", Level::Manager),
        met("2025-01-13", "grandchild", "cat", Level::Manager),
    ]);
    let desk = group(&story);
    for name in ["mother", "daughter", "grandchild", "aunt"] {
        let figure = |criterion| figure(&desk, name, criterion, "2025-02-01").unwrap();
        assert_eq!(figure("revenue"), "100", "{name}");
        assert_eq!((figure("contacts"), figure("levels")), ("3".to_owned(), "2".to_owned()));
        assert_eq!(status_on(&desk, name, "2025-02-01"), Status::Key, "{name}");
    }
    assert_eq!(figure(&desk, "grandchild", "own", "2025-02-01").as_deref(), Some("30"));
    assert_eq!(figure(&desk, "stranger", "revenue", "2025-02-01").as_deref(), Some("500"));
}

#[test]
fn a_groups_figure_names_the_facts_of_all_as_its_evidence() {
    let mut story = family();
    story.extend([billed("2025-01-10", "aunt", 10), billed("2025-01-11", "grandchild", 20)]);
    let desk = group(&story);
    let assessment = assess(&of(&desk, "daughter"), day("2025-02-01")).unwrap();
    let mut evidence: Vec<_> = assessment.criteria[0].evidence.iter().map(|(id, _)| *id).collect();
    evidence.sort_unstable();
    let mut expected = vec![story[4].id, story[5].id];
    expected.sort_unstable();
    assert_eq!(evidence, expected);
}

#[test]
fn the_judgement_of_the_ultimate_parent_counts_else_the_clients_own() {
    let mut story = family();
    story.extend([
        judged("2025-01-01", "daughter", 2, "2026-12-31"),
        judged("2025-03-01", "mother", 5, "2025-06-30"),
        judged("2025-03-01", "aunt", 1, "2026-12-31"),
    ]);
    let desk = group(&story);
    let fit = |name, date| figure(&desk, name, "fit", date);
    assert_eq!(fit("daughter", "2025-02-28").as_deref(), Some("2"));
    assert_eq!(fit("daughter", "2025-03-01").as_deref(), Some("5"));
    assert_eq!(fit("grandchild", "2025-03-01").as_deref(), Some("5"));
    assert_eq!(fit("daughter", "2025-07-01").as_deref(), Some("2"), "the mother's has lapsed");
    assert_eq!(
        fit("grandchild", "2025-07-01"),
        None,
        "the daughter's says nothing of her subsidiary"
    );
    let changes_on = assess(&of(&desk, "daughter"), day("2025-04-01")).unwrap().changes_on();
    assert_eq!(changes_on, Some(day("2025-07-01")));
}

#[test]
fn a_subsidiary_counts_from_its_day_and_no_longer_after_it_has_left() {
    let story = [
        billed("2025-01-01", "mother", 40),
        billed("2025-01-02", "daughter", 60),
        belongs("2025-03-01", "daughter", "mother"),
        cleared("2025-05-01", "daughter"),
    ];
    let desk = group(&story);
    for (date, mother, daughter) in [
        ("2025-02-28", "40", "60"),
        ("2025-03-01", "100", "100"),
        ("2025-04-30", "100", "100"),
        ("2025-05-01", "40", "60"),
    ] {
        assert_eq!(figure(&desk, "mother", "revenue", date).as_deref(), Some(mother), "{date}");
        assert_eq!(figure(&desk, "daughter", "revenue", date).as_deref(), Some(daughter), "{date}");
    }
    let mother = [
        ("2025-01-01", Status::Standard),
        ("2025-03-01", Status::Key),
        ("2025-05-01", Status::UnderReview),
        ("2025-05-31", Status::Released),
    ];
    assert_eq!(statuses(&desk, "mother", "2025-12-01"), course(&mother));
    let daughter = [("2025-01-02", Status::Standard), ("2025-03-01", Status::Key)];
    assert_eq!(
        statuses(&desk, "daughter", "2025-12-01"),
        course(&daughter),
        "60 is enough to stay"
    );
}

#[test]
fn a_subsidiary_that_is_sold_counts_for_its_new_group_alone() {
    let story = [
        billed("2025-01-01", "daughter", 60),
        belongs("2025-02-01", "daughter", "mother"),
        belongs("2025-03-01", "daughter", "buyer"),
        registered("2025-01-01", "mother"),
        registered("2025-01-01", "buyer"),
    ];
    let desk = group(&story);
    let revenue = |name, date| figure(&desk, name, "revenue", date).unwrap();
    assert_eq!(
        (revenue("mother", "2025-02-15"), revenue("buyer", "2025-02-15")),
        ("60".to_owned(), "0".to_owned())
    );
    assert_eq!(
        (revenue("mother", "2025-03-15"), revenue("buyer", "2025-03-15")),
        ("0".to_owned(), "60".to_owned())
    );
    assert_eq!(members(&desk, "daughter", "2025-03-15"), ids(&["daughter", "buyer"]));
}

#[test]
fn a_groups_figure_leaves_its_window_without_a_word() {
    let story = [
        registered("2025-01-01", "mother"),
        belongs("2025-01-01", "daughter", "mother"),
        billed("2025-01-10", "daughter", 100),
    ];
    let desk = group(&story);
    let expected = [
        ("2025-01-01", Status::Standard),
        ("2025-01-10", Status::Key),
        ("2026-01-10", Status::UnderReview),
        ("2026-02-09", Status::Released),
    ];
    assert_eq!(statuses(&desk, "mother", "2027-01-01"), course(&expected));
}

#[test]
fn who_was_only_named_as_a_parent_has_no_day_of_its_own() {
    let desk =
        group(&[belongs("2025-01-01", "daughter", "mother"), billed("2025-01-10", "daughter", 9)]);
    assert_eq!(of(&desk, "mother").account().first_day(), None);
    assert_eq!(of(&desk, "daughter").top_on(day("2025-02-01")), id("mother"));
    assert_eq!(desk.parent_on(id("daughter"), day("2025-02-01")), Some(id("mother")));
    assert_eq!(desk.parent_on(id("daughter"), day("2024-12-31")), None);
}

fn permutations(story: &[Told]) -> Vec<Vec<Told>> {
    if story.len() < 2 {
        return vec![story.to_vec()];
    }
    let mut all = Vec::new();
    for (at, first) in story.iter().enumerate() {
        let rest = [&story[..at], &story[at + 1..]].concat();
        all.extend(
            permutations(&rest).into_iter().map(|rest| [vec![first.clone()], rest].concat()),
        );
    }
    all
}

#[test]
fn a_loop_is_read_without_its_newest_link_in_any_order_of_arrival() {
    let links = [
        belongs("2025-01-01", "a", "b"),
        belongs("2025-02-01", "b", "c"),
        belongs("2025-03-01", "c", "a"),
        belongs("2025-01-15", "outside", "b"),
    ];
    for story in permutations(&links) {
        let desk = group(&story);
        for name in ["a", "b", "c", "outside"] {
            assert_eq!(of(&desk, name).top_on(day("2025-04-01")), id("c"), "{name} in {story:?}");
            assert_eq!(members(&desk, name, "2025-04-01"), ids(&["a", "b", "c", "outside"]));
        }
        assert_eq!(desk.parents_on(id("a"), day("2025-04-01")), [id("a"), id("b"), id("c")]);
        assert_eq!(desk.parents_on(id("a"), day("2025-01-31")), [id("a"), id("b")]);
    }
}

#[test]
fn links_of_one_moment_that_form_a_loop_are_read_the_same_in_any_order() {
    let links = ["a b", "b c", "c a"].map(|link| {
        let (one, other) = link.split_once(' ').unwrap();
        belongs("2025-01-01", one, other)
    });
    let newest = links.iter().max_by_key(|link| link.id).unwrap();
    let top = match &newest.fact {
        crate::fact::Fact::ParentSet(it) => it.account,
        other => panic!("{other:?}"),
    };
    for story in permutations(&links) {
        let desk = group(&story);
        for name in ["a", "b", "c"] {
            assert_eq!(of(&desk, name).top_on(day("2025-01-01")), top, "{story:?}");
        }
    }
}

#[test]
fn a_loop_ends_when_one_of_its_links_does() {
    let desk = group(&[
        belongs("2025-01-01", "a", "b"),
        belongs("2025-02-01", "b", "a"),
        cleared("2025-03-01", "a"),
    ]);
    assert_eq!(of(&desk, "a").top_on(day("2025-02-01")), id("b"), "the newer link does not count");
    assert_eq!(of(&desk, "b").top_on(day("2025-03-01")), id("a"), "it does once the older is gone");
}

fn refused(desk: &Desk, name: &str, parent: &str, from: &str) -> Option<Loop> {
    desk.may_belong(id(name), id(parent), day(from)).err()
}

#[test]
fn what_would_close_a_loop_is_refused_with_the_path() {
    let desk = group(&family());
    assert_eq!(refused(&desk, "stranger", "grandchild", "2025-01-01"), None);
    assert_eq!(refused(&desk, "grandchild", "aunt", "2025-01-01"), None, "it may move");
    let closed = refused(&desk, "mother", "grandchild", "2025-01-01").unwrap();
    assert_eq!(closed.day, day("2025-01-01"));
    assert_eq!(closed.path, ["mother", "grandchild", "daughter", "mother"].map(id));
    let says = closed.to_string();
    assert!(says.starts_with("on 2025-01-01 this would close a loop: "), "{says}");
    assert!(says.ends_with(&format!("{} → {}", id("daughter"), id("mother"))), "{says}");
    let itself = refused(&desk, "aunt", "aunt", "2025-01-01").unwrap();
    assert_eq!(itself.path, ["aunt", "aunt"].map(id));
}

#[test]
fn a_loop_on_a_day_to_come_is_refused_with_that_day() {
    let desk = group(&[
        registered("2025-01-01", "a"),
        registered("2025-01-01", "b"),
        belongs("2025-06-01", "b", "c"),
        belongs("2025-07-01", "c", "a"),
    ]);
    let closed = refused(&desk, "a", "b", "2025-02-01").unwrap();
    assert_eq!((closed.day, closed.path), (day("2025-07-01"), ["a", "b", "c", "a"].map(id).into()));
    let late = group(&[belongs("2025-06-01", "b", "a"), belongs("2025-04-01", "a", "other")]);
    assert_eq!(refused(&late, "a", "b", "2025-02-01"), None, "it ends before the other begins");
    assert!(refused(&late, "a", "b", "2025-05-01").is_some());
    let over = group(&[belongs("2025-01-01", "b", "a"), cleared("2025-03-01", "b")]);
    assert!(refused(&over, "a", "b", "2025-02-01").is_some());
    assert_eq!(refused(&over, "a", "b", "2025-03-01"), None, "b has left a by then");
}

#[test]
fn a_merge_counts_when_loops_are_looked_for() {
    let mut story = family();
    story.push(merged("2025-01-01", "copy", "grandchild"));
    let desk = group(&story);
    let closed = refused(&desk, "mother", "copy", "2025-02-01").unwrap();
    assert_eq!(closed.path, ["mother", "grandchild", "daughter", "mother"].map(id));
    let itself = refused(&desk, "grandchild", "copy", "2025-02-01").unwrap();
    assert_eq!(itself.path, ["grandchild", "grandchild"].map(id));
}

#[test]
fn a_fact_about_one_says_that_all_of_its_group_are_concerned() {
    let mut desk = group(&family());
    let told = billed("2025-01-10", "grandchild", 10);
    let entry = entry(desk.position() + 1, told.id, told.at, crate::entry::Body::Fact(told.fact));
    let changed = desk.apply(&entry);
    let mut concerned = changed.accounts;
    concerned.sort_unstable();
    assert_eq!(concerned, ids(&["mother", "daughter", "grandchild", "aunt"]));
    assert_eq!(changed.from, Some(day("2025-01-10")));
}

#[test]
fn what_comes_if_nothing_more_is_done_knows_no_later_link() {
    let story = [
        billed("2025-01-01", "mother", 40),
        billed("2025-01-02", "daughter", 60),
        belongs("2025-03-01", "daughter", "mother"),
    ];
    let desk = group(&story);
    let cut = of(&desk, "mother").cut(day("2025-02-01"));
    assert_eq!(cut.group_on(day("2025-04-01")).len(), 1);
    assert_eq!(of(&desk, "mother").group_on(day("2025-04-01")).len(), 2);
}
