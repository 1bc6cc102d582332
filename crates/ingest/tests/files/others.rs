//! A full list beside other tellers: it says who has left only of those it told of itself.

use jiff::civil::Date;
use linchpin_domain::fact::{ContactJoined, ContactLeft, ContactMoved, Fact, FactRetracted};
use linchpin_domain::id::EntryId;
use linchpin_domain::private::Private;
use linchpin_ingest::sync::SyncOptions;
use linchpin_testkit::{TempLedger, told};

use crate::sync::{APRIL, MARCH, MAY, ROWS, account, contact, list, sync, sync_with, who};

fn joined(client: &str, number: &str, name: &str) -> ContactJoined {
    ContactJoined {
        account: account(client),
        contact: contact(number),
        person: Private::named(name),
        title: String::new(),
        level: None,
        role: None,
    }
}

async fn synced(desk: &TempLedger, on: Date, rows: &[&str]) -> linchpin_ingest::sync::SyncReport {
    sync(desk, on, list(rows.iter().copied())).await
}

#[tokio::test]
async fn contacts_told_of_by_others_stay_at_the_lists_own_clients_too() {
    let desk = TempLedger::real().await;
    let other = |name, client, number| told(name, "2024-01-01", joined(client, number, "Someone"));
    desk.append(vec![other("a", "C", "7"), other("b", "A", "8")]).await;
    for day in [MARCH, APRIL, MAY] {
        let report = synced(&desk, day, &ROWS).await;
        assert_eq!((report.left.len(), report.held), (0, None));
        assert_eq!(who(&desk, day).await, ["A1", "A2", "A3", "A8", "B1", "B4", "B5", "C7"]);
    }
    // Nor do they count where it is asked whether the list is too short.
    let short = list(ROWS[..5].iter().copied());
    let report = sync_with(&desk, MAY, short, SyncOptions::default()).await.unwrap();
    assert_eq!((report.held, report.known, report.left.len()), (None, 6, 1));
}

#[tokio::test]
async fn one_told_of_by_others_and_listed_unchanged_is_the_lists_from_then_on() {
    let desk = TempLedger::real().await;
    desk.append(vec![told("ben", "2024-01-01", joined("A", "2", "Ben Ode"))]).await;
    let first = synced(&desk, MARCH, &ROWS).await;
    assert_eq!((first.joined.len(), first.confirmed, first.changes()), (5, 1, 5));
    let again = synced(&desk, MARCH, &ROWS).await;
    assert_eq!((again.confirmed, again.appended), (0, 0));
    let report = synced(&desk, APRIL, &[ROWS[0], ROWS[2], ROWS[3], ROWS[4], ROWS[5]]).await;
    assert_eq!(report.left.iter().map(|who| who.contact_id).collect::<Vec<_>>(), [contact("2")]);
}

#[tokio::test]
async fn who_left_and_came_back_by_anothers_word_is_not_the_lists() {
    let desk = TempLedger::real().await;
    synced(&desk, MARCH, &ROWS).await;
    let (a, ben, cy) = (account("A"), contact("2"), contact("3"));
    let away = ContactMoved {
        account: a,
        contact: cy,
        to: account("C"),
        title: String::new(),
        level: None,
        role: None,
    };
    desk.append(vec![
        told("ben left", "2024-03-10", ContactLeft { account: a, contact: ben }),
        told("ben back", "2024-03-11", joined("A", "2", "Ben Ode")),
        told("cy moved", "2024-03-10", away),
    ])
    .await;
    let report = synced(&desk, APRIL, &[ROWS[0], ROWS[3], ROWS[4], ROWS[5]]).await;
    assert_eq!(report.left.len(), 0, "{report:?}");
    assert_eq!(who(&desk, APRIL).await, ["A1", "A2", "B1", "B4", "B5", "C3"]);

    // The move was another's: taken back, naming the other client, Cy is at A by the list's word.
    let reason = "another Cy".to_owned();
    let fact = EntryId::named("cy moved");
    let back = FactRetracted::of_account(account("C"), fact, reason);
    desk.append(vec![told("no move", "2024-04-07", Fact::from(back))]).await;
    let report = synced(&desk, MAY, &[ROWS[0], ROWS[3], ROWS[4], ROWS[5]]).await;
    assert_eq!(report.left.iter().map(|who| who.contact_id).collect::<Vec<_>>(), [cy]);
}

#[tokio::test]
async fn what_could_not_be_read_is_settled_by_a_whole_list_of_the_same_source() {
    let desk = TempLedger::real().await;
    let quarantine = desk.ledger().quarantine();
    let broken = ["A,1,\"Ada,Chair", ROWS[1], ROWS[2], ROWS[3], ROWS[4], ROWS[5]];
    synced(&desk, MARCH, &ROWS).await;
    assert_eq!(synced(&desk, APRIL, &broken).await.unreadable.rows, 1);
    quarantine.add("sync:others/list.csv", "line 2", "r", "another source").await.unwrap();
    quarantine.add("import:list.csv", "line 2", "r", "another door").await.unwrap();
    assert_eq!(quarantine.count_open().await.unwrap(), 3);

    // Neither a list that is broken itself, nor one that is held or only tried, makes it good.
    assert_eq!(synced(&desk, MAY, &broken).await.settled, 0);
    let dry = SyncOptions { dry_run: true, ..SyncOptions::default() };
    assert_eq!(sync_with(&desk, MAY, list(ROWS), dry).await.unwrap().settled, 0);
    let held = sync_with(&desk, MAY, list([ROWS[0]]), SyncOptions::default()).await.unwrap();
    assert!(held.held.is_some() && held.settled == 0);
    assert_eq!(quarantine.count_open().await.unwrap(), 3);

    assert_eq!(synced(&desk, MAY, &ROWS).await.settled, 1);
    let open: Vec<String> =
        quarantine.list(0, 10).await.unwrap().into_iter().map(|item| item.source).collect();
    assert_eq!(open, ["sync:others/list.csv", "import:list.csv"]);
}
