//! Full contact lists: what changed between one list and the next.

use std::collections::BTreeSet;

use linchpin_domain::id::{AccountId, ContactId};
use linchpin_tests::{Place, data, example};
use serde_json::Value;

/// The source that the example map names.
const SOURCE: &str = "clients";

fn sync(place: &Place, file: &str, more: &[&str]) -> Value {
    let map = example("contacts.toml");
    place.json(&[&["sync", "contacts", file, "--map", &map, "--json"], more].concat())
}

/// Who is named by a report, with what changed: account, contact, before, after.
fn found(value: &Value) -> BTreeSet<Vec<String>> {
    let items = value.as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .map(|item| {
            let person = item.get("person").unwrap_or(item);
            let who = [text(&person["account_id"]), text(&person["contact_id"])];
            let what = ["before", "after"].into_iter().filter_map(|name| item.get(name).map(text));
            who.into_iter().chain(what).collect()
        })
        .collect()
}

/// The same, from the expected changes, whose ids are the list's own.
fn wanted(value: &Value) -> BTreeSet<Vec<String>> {
    let items = value.as_array().unwrap().iter();
    items
        .map(|item| {
            let text: Vec<String> =
                item.as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect();
            let outside = |id: &str| format!("{SOURCE}:{id}");
            let who = [
                AccountId::named(&outside(&text[0])).to_string(),
                ContactId::named(&outside(&text[1])).to_string(),
            ];
            who.into_iter().chain(text[2..].iter().cloned()).collect()
        })
        .collect()
}

#[test]
fn four_lists_yield_exactly_the_expected_changes() {
    let Some(expected) = data("contact-lists/expected-changes.json") else { return };
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    let place = Place::new();
    for date in ["2024-03-06", "2024-06-05", "2024-09-12", "2024-12-16"] {
        let list = data(&format!("contact-lists/{date}.csv")).unwrap().display().to_string();
        let report = sync(&place, &list, &[]);
        assert_eq!(report["held"], Value::Null, "{report}");
        if let Some(expected) = expected.get(date) {
            for what in ["joined", "left", "title_changed", "renamed"] {
                assert_eq!(found(&report[what]), wanted(&expected[what]), "{what} on {date}");
            }
        }
        let again = sync(&place, &list, &[]);
        for what in ["joined", "left", "title_changed", "renamed"] {
            assert!(found(&again[what]).is_empty(), "{what} on {date} again: {again}");
        }
    }
}

#[test]
fn a_list_cut_to_half_is_held_until_confirmed() {
    let list = |n: u32| {
        let rows = (0..n).map(|i| format!("ACME,P{i},Person {i},Clerk\n"));
        format!("client_id,contact_id,name,title\n{}", rows.collect::<String>())
    };
    let place = Place::new();
    let path = place.file("2026-01-01.csv", list(40)).display().to_string();
    assert_eq!(found(&sync(&place, &path, &[])["joined"]).len(), 40);
    let before = place.json(&["audit", "state"]);

    let half = place.file("2026-02-01.csv", list(20)).display().to_string();
    let map = example("contacts.toml");
    let held = place.try_run(&["sync", "contacts", &half, "--map", &map, "--json"]);
    assert!(!held.ok, "whoever syncs by night must notice");
    let held: Value = serde_json::from_str(&held.out).unwrap();
    assert_eq!((&held["known"], &held["listed"]), (&Value::from(40), &Value::from(20)), "{held}");
    assert_eq!(held["held"]["leaving"], 20, "{held}");
    assert_eq!(place.json(&["audit", "state"]), before, "nothing changes");
    let said = place.try_run(&["sync", "contacts", &half, "--map", &map]);
    assert!(said.out.contains("--confirm") || said.err.contains("--confirm"), "{said:?}");

    let confirmed = sync(&place, &half, &["--confirm"]);
    assert_eq!(found(&confirmed["left"]).len(), 20, "{confirmed}");
}

#[test]
fn a_row_that_cannot_be_read_makes_nobody_leave() {
    let place = Place::new();
    let good = "client_id,contact_id,name,title\nACME,P1,Ann,Clerk\nACME,P2,Ben,Clerk\nACME,P3,Cat,Clerk\n";
    let path = place.file("2026-01-01.csv", good).display().to_string();
    sync(&place, &path, &[]);
    let bad = good.replace("Ben", "B\u{0}en").replace("ACME,P2", "ACME,P2,too,many");
    let path = place.file("2026-02-01.csv", bad).display().to_string();
    let report = sync(&place, &path, &[]);
    assert!(found(&report["left"]).is_empty(), "{report}");
    assert_eq!(report["unreadable"]["rows"], 1, "{report}");
}
