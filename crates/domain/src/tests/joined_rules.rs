//! What two accounts that are one client come to: who is above it, whose it is, who works there.

use super::story::*;
use super::world::*;
use crate::account::{Account, OwnershipEvent};
use crate::desk::Desk;
use crate::fact::*;
use crate::id::{AccountId, ContactId};
use crate::ownership::precedents_of;

/// The same desk whatever the order of arrival.
fn either_way(story: &[Told]) -> [Desk; 2] {
    let backwards: Vec<Told> = story.iter().rev().cloned().collect();
    [desk(story), desk(&backwards)]
}

fn and(story: &[Told], more: impl IntoIterator<Item = Told>) -> Vec<Told> {
    story.iter().cloned().chain(more).collect()
}

fn two() -> Vec<Told> {
    let kari = member("2024-01-01", "kari", Role::Director);
    vec![kari, registered("2024-01-01", "stays"), registered("2024-02-01", "copy")]
}

fn one() -> Told {
    merged("2025-06-01", "copy", "stays")
}

fn stays(desk: &Desk) -> &Account {
    desk.account(id("stays")).unwrap()
}

fn parent(desk: &Desk, date: &str) -> Option<AccountId> {
    desk.parent_on(id("stays"), day(date))
}

fn sponsored(date: &str, name: &str, sponsor: &str) -> Told {
    told(date, SponsorAssigned { account: id(name), sponsor: who(sponsor) })
}

fn handed(date: &str, name: &str, to: &str) -> Told {
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

fn moved(date: &str, contact: &str, from: &str, to: &str) -> Told {
    let moved = ContactMoved {
        account: id(from),
        contact: ContactId::named(contact),
        to: id(to),
        title: "Chief".to_owned(),
        level: Some(Level::Executive),
        role: None,
    };
    told(date, moved)
}

fn claimants(desk: &Desk, date: &str) -> Vec<crate::id::MemberId> {
    stays(desk).open_claims(desk.firm(), day(date)).iter().map(|it| it.by).collect()
}

#[test]
fn who_takes_in_its_parent_keeps_the_group_above_it() {
    let links = [belongs("2024-03-01", "stays", "copy"), belongs("2024-02-01", "copy", "mother")];
    for desk in either_way(&and(&two(), and(&links, [one()]))) {
        assert_eq!(parent(&desk, "2024-02-15"), Some(id("mother")), "the copy was there before");
        assert_eq!(parent(&desk, "2025-01-01"), Some(id("mother")));
        assert_eq!(of(&desk, "mother").group_on(day("2025-01-01")).len(), 2);
    }
}

#[test]
fn who_is_merged_into_its_parent_leaves_the_parent_where_it_is() {
    let links = [belongs("2024-03-01", "copy", "stays"), belongs("2024-02-01", "stays", "mother")];
    for desk in either_way(&and(&two(), and(&links, [one()]))) {
        assert_eq!(parent(&desk, "2024-02-15"), Some(id("mother")));
        assert_eq!(parent(&desk, "2025-01-01"), Some(id("mother")));
    }
}

#[test]
fn a_link_to_the_other_of_two_says_only_that_the_client_left_who_was_above_it() {
    let links = [
        belongs("2024-02-01", "stays", "first"),
        belongs("2024-03-01", "stays", "copy"),
        belongs("2024-04-01", "copy", "second"),
        belongs("2024-06-01", "stays", "third"),
    ];
    for desk in either_way(&and(&two(), and(&links, [one()]))) {
        for (date, expected) in [
            ("2024-01-31", None),
            ("2024-02-15", Some(id("first"))),
            ("2024-03-15", None),
            ("2024-05-01", Some(id("second"))),
            ("2024-06-01", Some(id("third"))),
        ] {
            assert_eq!(parent(&desk, date), expected, "{date}");
        }
    }
}

#[test]
fn a_word_of_today_on_who_is_above_it_leaves_earlier_years_alone() {
    let story = and(&two(), [belongs("2024-02-01", "copy", "mother"), one()]);
    let told_since = and(&story, [cleared("2026-01-01", "stays")]);
    for desk in either_way(&told_since) {
        assert_eq!(parent(&desk, "2024-07-01"), Some(id("mother")));
        assert_eq!(parent(&desk, "2025-12-31"), Some(id("mother")));
        assert_eq!(parent(&desk, "2026-01-01"), None);
    }
}

#[test]
fn a_hand_over_of_today_leaves_earlier_account_managers_alone() {
    let story = and(&two(), [owned("2024-02-01", "copy", "eva"), one()]);
    for desk in either_way(&and(&story, [handed("2026-01-01", "stays", "kim")])) {
        assert_eq!(stays(&desk).owner_on(desk.firm(), day("2024-07-01")), Some(who("eva")));
        assert_eq!(stays(&desk).owner_on(desk.firm(), day("2026-01-01")), Some(who("kim")));
    }
}

#[test]
fn a_name_of_today_leaves_earlier_names_alone() {
    let called = |date: &str, name: &str, new: &str| {
        told(date, AccountRenamed { account: id(name), name: new.to_owned() })
    };
    let story = [
        billed("2024-01-01", "stays", 1),
        registered("2024-02-01", "copy"),
        one(),
        called("2026-01-01", "stays", "New name"),
        called("2026-02-01", "copy", "Another"),
    ];
    for desk in either_way(&story) {
        assert_eq!(stays(&desk).name_on(day("2024-07-01")), "copy");
        assert_eq!(stays(&desk).name_on(day("2026-01-01")), "New name");
        assert_eq!(stays(&desk).name_on(day("2026-03-01")), "New name");
    }
}

#[test]
fn of_two_duplicates_the_one_that_was_merged_first_speaks_first() {
    // Ids fall either way, so that neither order of ids can be what decides.
    for (first, second) in [("copy", "other"), ("other", "copy")] {
        let story = [
            registered("2024-01-01", "stays"),
            belongs("2024-03-01", first, "mother"),
            belongs("2024-02-01", second, "stranger"),
            owned("2024-03-01", first, "eva"),
            owned("2024-02-01", second, "ola"),
            merged("2025-06-01", first, "stays"),
            merged("2025-07-01", second, "stays"),
        ];
        for desk in either_way(&story) {
            assert_eq!(parent(&desk, "2025-01-01"), Some(id("mother")), "{first} first");
            assert_eq!(parent(&desk, "2024-02-15"), Some(id("stranger")), "nobody else speaks");
            assert_eq!(stays(&desk).owner_on(desk.firm(), day("2025-01-01")), Some(who("eva")));
            assert_eq!(stays(&desk).owner_on(desk.firm(), day("2024-02-15")), Some(who("ola")));
        }
    }
}

/// The copy was claimed and ruled on before it was merged into a client of Kim's.
fn disputed() -> Vec<Told> {
    and(
        &two(),
        [
            owned("2024-01-02", "stays", "kim"),
            claims("2024-03-01", "copy", "ben"),
            ruled("2024-04-01", "copy", "eva"),
            sponsored("2024-05-01", "copy", "ann"),
            one(),
        ],
    )
}

#[test]
fn what_was_ruled_of_a_duplicate_stays_ruled_and_stays_a_precedent() {
    for desk in either_way(&disputed()) {
        assert_eq!(claimants(&desk, "2025-07-01"), []);
        assert_eq!(claimants(&desk, "2024-03-15"), [who("ben")]);
        let precedents = precedents_of(&of(&desk, "stays"));
        assert_eq!(precedents.iter().map(|it| it.owner).collect::<Vec<_>>(), [who("eva")]);
        assert_eq!(stays(&desk).owner_on(desk.firm(), day("2025-07-01")), Some(who("kim")));
        assert_eq!(stays(&desk).sponsor_on(day("2025-07-01")), Some(who("ann")));
    }
}

#[test]
fn a_ruling_before_the_merge_settles_only_what_it_was_about() {
    let before = and(&disputed(), [claims("2024-02-01", "stays", "max")]);
    for desk in either_way(&before) {
        assert_eq!(claimants(&desk, "2025-07-01"), [who("max")], "it was about the copy");
        let look = look_at(&desk, "2025-07-01");
        assert!(look.contains(&"2024-02-01".to_owned()), "{look:?}");
    }
    let other = and(
        &two(),
        [claims("2024-03-01", "copy", "ben"), ruled("2024-04-01", "stays", "kim"), one()],
    );
    for desk in either_way(&other) {
        assert_eq!(claimants(&desk, "2025-07-01"), [who("ben")], "nobody ruled on that");
        assert_eq!(stays(&desk).owner_on(desk.firm(), day("2025-07-01")), Some(who("kim")));
    }
}

/// The first days of the disputes that are due.
fn look_at(desk: &Desk, date: &str) -> Vec<String> {
    let look = crate::watch::look(&of(desk, "stays"), day(date));
    look.due.values().map(|it| it.day.to_string()).collect()
}

#[test]
fn a_ruling_since_the_merge_settles_the_claims_of_both() {
    let open = [claims("2024-03-01", "copy", "ben"), claims("2024-03-02", "stays", "max"), one()];
    for name in ["stays", "copy"] {
        let story = and(&two(), and(&open, [ruled("2025-07-01", name, "eva")]));
        for desk in either_way(&story) {
            assert_eq!(claimants(&desk, "2025-06-30"), [who("ben"), who("max")]);
            assert_eq!(claimants(&desk, "2025-07-01"), [], "told of {name}");
            assert_eq!(stays(&desk).owner_on(desk.firm(), day("2025-07-01")), Some(who("eva")));
        }
    }
}

#[test]
fn a_ruling_settles_all_that_was_one_by_then_however_often_it_was_merged_since() {
    let story = and(
        &two(),
        [
            claims("2024-03-01", "copy", "ben"),
            claims("2024-03-02", "third", "max"),
            one(),
            ruled("2025-07-01", "stays", "eva"),
            merged("2025-08-01", "stays", "third"),
        ],
    );
    for desk in either_way(&story) {
        let account = desk.account(id("third")).unwrap();
        let open = account.open_claims(desk.firm(), day("2025-09-01"));
        assert_eq!(open.iter().map(|it| it.by).collect::<Vec<_>>(), [who("max")]);
        let rulings = account.ownership();
        let rulings = rulings.filter(|(_, it)| matches!(it, OwnershipEvent::Ruled { .. }));
        assert_eq!(rulings.count(), 1, "told once");
    }
}

#[test]
fn whoever_claims_both_claims_once() {
    let both = [claims("2024-03-01", "copy", "ben"), claims("2024-03-05", "stays", "ben"), one()];
    for desk in either_way(&and(&two(), both)) {
        let open = stays(&desk).open_claims(desk.firm(), day("2025-07-01"));
        assert_eq!(open.iter().map(|it| it.source.day).collect::<Vec<_>>(), [day("2024-03-05")]);
    }
}

#[test]
fn a_contact_who_moved_between_the_two_works_for_the_client() {
    for (from, to) in [("stays", "copy"), ("copy", "stays")] {
        let story = and(
            &two(),
            [met("2024-03-01", from, "ann", Level::Manager), moved("2024-09-01", "ann", from, to)],
        );
        for desk in either_way(&and(&story, [one()])) {
            let ann = stays(&desk).contact_on(ContactId::named("ann"), day("2025-01-01")).unwrap();
            assert!(ann.active, "from {from} to {to}");
            assert_eq!((ann.left_for, ann.since), (None, day("2024-03-01")));
            assert_eq!(ann.picture.title.as_ref(), "Chief");
            assert_eq!(stays(&desk).seats(day("2025-01-01")).count(), 1);
        }
        let undone = and(&story, [one(), unmerged("2025-07-01", "copy", "stays")]);
        for desk in either_way(&undone) {
            let left = desk.account(id(from)).unwrap();
            let left = left.contact_on(ContactId::named("ann"), day("2025-01-01")).unwrap();
            assert_eq!((left.active, left.left_for), (false, Some(id(to))));
        }
    }
}

#[test]
fn a_contact_who_moved_between_two_duplicates_works_for_the_client() {
    let story = [
        registered("2024-01-01", "stays"),
        met("2024-03-01", "copy", "ann", Level::Manager),
        moved("2024-09-01", "ann", "copy", "third"),
        one(),
        merged("2025-06-02", "third", "stays"),
    ];
    for desk in either_way(&story) {
        assert_eq!(stays(&desk).active_contacts(day("2025-01-01")).count(), 1);
    }
}

#[test]
fn whom_a_client_was_told_apart_from_it_stays_apart_from_when_it_is_merged() {
    let story = and(
        &two(),
        [
            registered("2024-01-01", "another"),
            merged("2024-05-01", "copy", "another"),
            unmerged("2024-06-01", "copy", "another"),
            one(),
        ],
    );
    for desk in either_way(&story) {
        assert!(desk.told_apart(id("stays"), id("another")));
        assert!(desk.told_apart(id("another"), id("copy")));
    }
}
