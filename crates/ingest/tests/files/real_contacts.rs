//! The four real contact lists, against what an independent program found changed.

use std::path::Path;

use linchpin_domain::id::{AccountId, ContactId};
use linchpin_ingest::sync::{ContactsMap, Person, SyncOptions, SyncReport, sync_contacts};
use linchpin_testkit::TempLedger;
use serde_json::{Value, json};

use crate::unit::{entries, example, real_data, write};

const LISTS: [&str; 4] = ["2024-03-06", "2024-06-05", "2024-09-12", "2024-12-16"];

async fn sync(desk: &TempLedger, file: &Path) -> SyncReport {
    let map = ContactsMap::parse(&example("contacts.toml")).unwrap();
    sync_contacts(desk.ledger(), file, &map, &SyncOptions::default(), &mut |_| {}).await.unwrap()
}

async fn desk() -> TempLedger {
    let desk = TempLedger::real().await;
    desk.clock().set(linchpin_testkit::at("2026-11-01"));
    desk
}

fn ids(person: &Person) -> Value {
    let contact = person.contact.clone().map_or_else(|| json!(person.contact_id), |id| json!(id));
    json!([person.account, contact])
}

/// The ids of a departure as the ledger has them: who is not on the list has no id there.
fn gone(expected: &Value) -> Value {
    let id = |at: usize| format!("clients:{}", expected[at].as_str().unwrap());
    let account: AccountId = id(0).parse().unwrap();
    let contact: ContactId = id(1).parse().unwrap();
    json!([account, contact])
}

fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_key(Value::to_string);
    items
}

#[tokio::test]
async fn the_four_lists_in_order_change_exactly_what_changed_and_again_nothing() {
    let Some(data) = real_data() else { return };
    let lists = data.join("contact-lists");
    let text = std::fs::read_to_string(lists.join("expected-changes.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let desk = desk().await;
    for (at, date) in LISTS.iter().enumerate() {
        let report = sync(&desk, &lists.join(format!("{date}.csv"))).await;
        assert_eq!((report.on.to_string().as_str(), &report.held), (*date, &None));
        if at == 0 {
            assert_eq!((report.joined.len(), report.changes()), (3_872, 3_872));
            continue;
        }
        let list = |name: &str| sorted(expected[*date][name].as_array().unwrap().clone());
        assert_eq!(sorted(report.joined.iter().map(ids).collect()), list("joined"), "{date}");
        let left = report.left.iter().map(|who| json!([who.account_id, who.contact_id]));
        assert_eq!(
            sorted(left.collect()),
            sorted(list("left").iter().map(gone).collect()),
            "{date}"
        );
        let changed = |changes: &[linchpin_ingest::sync::Changed]| {
            let change = |it: &linchpin_ingest::sync::Changed| {
                json!([it.person.account, it.person.contact, it.before, it.after])
            };
            sorted(changes.iter().map(change).collect())
        };
        assert_eq!(changed(&report.title_changed), list("title_changed"), "{date}");
        assert_eq!(changed(&report.renamed), list("renamed"), "{date}");
        assert!(report.otherwise_changed.is_empty());
    }
    let before = entries(desk.ledger()).await.len();
    for date in LISTS {
        let report = sync(&desk, &lists.join(format!("{date}.csv"))).await;
        assert_eq!((report.changes(), report.appended, report.held), (0, 0, None), "{date}");
    }
    assert_eq!(entries(desk.ledger()).await.len(), before);
}

#[tokio::test]
async fn half_a_list_is_held_with_the_counts() {
    let Some(data) = real_data() else { return };
    let desk = desk().await;
    sync(&desk, &data.join("contact-lists/2024-03-06.csv")).await;
    let head = desk.ledger().head();
    let text = std::fs::read_to_string(data.join("contact-lists/2024-06-05.csv")).unwrap();
    let half: Vec<&str> = text.lines().take(text.lines().count() / 2).collect();
    let report = sync(&desk, &write(&desk, "2024-06-05.csv", half.join("\n"))).await;
    let held = report.held.unwrap();
    assert_eq!(
        held.reason,
        "the list has 1933 contacts, 3872 are known: more than 20% fewer; confirm it if that is true"
    );
    assert_eq!((report.appended, desk.ledger().head()), (0, head));
}
