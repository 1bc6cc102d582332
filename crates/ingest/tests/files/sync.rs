//! A full list: what it changes, what it must not, and that it does so once.

use jiff::civil::{Date, date};
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::{BuyingRole, Fact, Level};
use linchpin_domain::id::{AccountId, ContactId};
use linchpin_ingest::sync::{ContactsMap, SyncError, SyncOptions, SyncReport, sync_contacts};
use linchpin_testkit::{TempLedger, at};

use crate::unit::{entries, example, write};

pub(crate) const ROWS: [&str; 6] = [
    "A,1,Ada Lovelace,Chair",
    "A,2,Ben Ode,",
    "A,3,Cy Roe,Ranking Member",
    "B,1,Ada Lovelace,",
    "B,4,Di Poe,Chairman",
    "B,5,Ed Fox,",
];

pub(crate) fn list<'r>(rows: impl IntoIterator<Item = &'r str>) -> String {
    let mut text = "client_id,contact_id,name,title\n".to_owned();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

fn map() -> ContactsMap {
    ContactsMap::parse(&example("contacts.toml")).unwrap()
}

pub(crate) async fn sync_with(
    desk: &TempLedger,
    on: Date,
    text: impl AsRef<[u8]>,
    options: SyncOptions,
) -> Result<SyncReport, SyncError> {
    let file = write(desk, "list.csv", text);
    let options = SyncOptions { on: Some(on), ..options };
    sync_contacts(desk.ledger(), &file, &map(), &options, &mut |_| {}).await
}

/// Syncs a list that may shrink as it likes.
pub(crate) async fn sync(desk: &TempLedger, on: Date, text: impl AsRef<[u8]>) -> SyncReport {
    let options = SyncOptions { max_shrink: Some(1.0), ..SyncOptions::default() };
    sync_with(desk, on, text, options).await.unwrap()
}

pub(crate) fn account(id: &str) -> AccountId {
    format!("clients:{id}").parse().unwrap()
}

pub(crate) fn contact(id: &str) -> ContactId {
    format!("clients:{id}").parse().unwrap()
}

/// Who works where on a day: client, contact, title, level, role, name.
type Row = (String, String, String, Option<Level>, Option<BuyingRole>, String);

async fn active(desk: &TempLedger, day: Date) -> Vec<Row> {
    let mut fold = Desk::default();
    for entry in entries(desk.ledger()).await {
        fold.apply(&entry);
    }
    let mut found = Vec::new();
    for client in ["A", "B", "C"] {
        let Some(known) = fold.account(account(client)) else { continue };
        for number in 1..=9 {
            let number = number.to_string();
            let Some(it) = known.contact_on(contact(&number), day).filter(|it| it.active) else {
                continue;
            };
            let (title, name) = (it.picture.title.to_string(), it.name().to_owned());
            found.push((client.to_owned(), number, title, it.picture.level, it.picture.role, name));
        }
    }
    found
}

pub(crate) async fn who(desk: &TempLedger, day: Date) -> Vec<String> {
    active(desk, day).await.into_iter().map(|(client, number, ..)| client + &number).collect()
}

pub(crate) const MARCH: Date = date(2024, 3, 6);
pub(crate) const APRIL: Date = date(2024, 4, 6);
pub(crate) const MAY: Date = date(2024, 5, 6);

#[tokio::test]
async fn a_first_list_joins_everyone_with_level_and_role_by_title() {
    let desk = TempLedger::real().await;
    let report = sync(&desk, MARCH, list(ROWS)).await;
    assert_eq!((report.rows, report.listed, report.known), (6, 6, 0));
    assert_eq!((report.joined.len(), report.changes(), report.appended), (6, 6, 8));
    let rows = active(&desk, MARCH).await;
    let expected = |client: &str, number: &str, title: &str, level, role, name: &str| -> Row {
        (client.into(), number.into(), title.into(), level, role, name.into())
    };
    let (chair, decides) = (Some(Level::Executive), Some(BuyingRole::DecisionMaker));
    assert_eq!(rows[0], expected("A", "1", "Chair", chair, decides, "Ada Lovelace"));
    assert_eq!(
        rows[2],
        expected("A", "3", "Ranking Member", Some(Level::Director), None, "Cy Roe")
    );
    assert_eq!(rows[4], expected("B", "4", "Chairman", chair, decides, "Di Poe"));
    assert_eq!(rows[5], expected("B", "5", "", None, None, "Ed Fox"));
}

#[tokio::test]
async fn the_difference_becomes_facts_and_the_same_list_again_none() {
    let desk = TempLedger::real().await;
    sync(&desk, MARCH, list(ROWS)).await;
    let rows = [
        "A,1,Ada King,",
        "A,2,Ben Ode,",
        "B,1,Ada Lovelace,Chairwoman",
        "B,4,Di Poe,Chairman",
        "B,5,Edward Fox,",
        "B,6,Flo Day,",
    ];
    let report = sync(&desk, APRIL, list(rows)).await;
    let ids = |who: &linchpin_ingest::sync::Person| {
        format!(
            "{}{}",
            who.account.clone().unwrap_or_default(),
            who.contact.clone().unwrap_or_default()
        )
    };
    assert_eq!(report.joined.iter().map(ids).collect::<Vec<_>>(), ["B6"]);
    assert_eq!(report.left.iter().map(ids).collect::<Vec<_>>(), ["A"]);
    assert_eq!(report.left[0].contact_id, contact("3"));
    assert_eq!(report.left[0].name.as_deref(), Some("Cy Roe"));
    let changes = |list: &[linchpin_ingest::sync::Changed]| -> Vec<String> {
        list.iter().map(|it| format!("{} {}>{}", ids(&it.person), it.before, it.after)).collect()
    };
    assert_eq!(changes(&report.title_changed), ["A1 Chair>", "B1 >Chairwoman"]);
    assert_eq!(changes(&report.renamed), ["A1 Ada Lovelace>Ada King", "B5 Ed Fox>Edward Fox"]);
    assert_eq!((report.changes(), report.appended), (5, 5));

    let head = desk.ledger().head();
    for (day, text) in [(APRIL, list(rows)), (MARCH, list(ROWS)), (MAY, list(rows))] {
        let again = sync(&desk, day, text).await;
        assert_eq!((again.changes(), again.appended, again.held), (0, 0, None));
    }
    assert_eq!(desk.ledger().head(), head);
    assert_eq!(who(&desk, MARCH).await, ["A1", "A2", "A3", "B1", "B4", "B5"]);
    assert_eq!(who(&desk, APRIL).await, ["A1", "A2", "B1", "B4", "B5", "B6"]);
}

#[tokio::test]
async fn lists_of_one_day_follow_each_other() {
    let desk = TempLedger::real().await;
    let today = date(2024, 6, 1);
    for day in [APRIL, today] {
        for _ in 0..2 {
            sync(&desk, day, list(ROWS)).await;
            assert_eq!(who(&desk, day).await.len(), 6);
            sync(&desk, day, list(ROWS[..4].iter().copied())).await;
            assert_eq!(who(&desk, day).await, ["A1", "A2", "A3", "B1"]);
        }
        sync(&desk, day, list(ROWS)).await;
        assert_eq!(who(&desk, day).await.len(), 6);
    }
}

#[tokio::test]
async fn a_short_list_and_a_list_of_strangers_are_held_until_confirmed() {
    let desk = TempLedger::real().await;
    sync(&desk, MARCH, list(ROWS)).await;
    let head = desk.ledger().head();
    let strangers = ["A,6,X,", "A,7,Y,", "A,8,Z,", "B,6,U,", "B,7,V,", "B,8,W,"];
    for (rows, reason) in [
        (&ROWS[..3], "the list has 3 contacts, 6 are known: more than 20% fewer"),
        (&strangers[..], "6 of 6 known contacts are not on the list: more than 20%"),
        (&[], "the list has 0 contacts, 6 are known"),
    ] {
        let text = list(rows.iter().copied());
        let report = sync_with(&desk, APRIL, &text, SyncOptions::default()).await.unwrap();
        let held = report.held.unwrap();
        assert!(held.reason.starts_with(reason), "{}", held.reason);
        assert_eq!((report.appended, desk.ledger().head()), (0, head));
    }
    let confirm = SyncOptions { confirm: true, ..SyncOptions::default() };
    let report = sync_with(&desk, APRIL, list(ROWS[..3].iter().copied()), confirm).await.unwrap();
    assert_eq!((report.held, report.left.len(), report.appended), (None, 3, 3));
}

#[tokio::test]
async fn a_list_older_than_the_last_one_is_held() {
    let desk = TempLedger::real().await;
    sync(&desk, APRIL, list(ROWS)).await;
    let report = sync(&desk, MARCH, list(ROWS)).await;
    assert!(
        report.held.unwrap().reason.starts_with("the list is of 2024-03-06, but one of 2024-04-06")
    );
    assert_eq!(who(&desk, MARCH).await.len(), 0);
}

#[tokio::test]
async fn nobody_leaves_by_a_row_that_cannot_be_read() {
    let desk = TempLedger::real().await;
    sync(&desk, MARCH, list(ROWS)).await;
    for (rows, left, held) in [
        // The contact is readable, so it alone stays.
        (vec!["A,1,\"Ada,Chair", ROWS[1], ROWS[3], ROWS[4], ROWS[5]], 1, 0),
        // Only the client is: nobody leaves it.
        (vec!["A,,Ada,Chair", ROWS[3], ROWS[4]], 1, 3),
        // Not even that: nobody leaves.
        (vec![",1,Ada,Chair", ROWS[4]], 0, 5),
        // Twice, each time otherwise: it stays as it was.
        (vec!["A,1,Ada,Chair", "A,1,Ada,Vice Chair", "A,1,Ada,", ROWS[4]], 4, 0),
        // Twice alike is once.
        (vec![ROWS[0], ROWS[0], ROWS[4]], 4, 0),
    ] {
        let options =
            SyncOptions { max_shrink: Some(1.0), dry_run: true, ..SyncOptions::default() };
        let report = sync_with(&desk, APRIL, list(rows.clone()), options).await.unwrap();
        assert_eq!((report.left.len(), report.departures_held), (left, held), "{rows:?}");
        assert_eq!((report.joined.len(), report.appended), (0, 0));
    }
    let report =
        sync(&desk, APRIL, list(["A,1,\"Ada,Chair", ROWS[1], ROWS[2], ROWS[3], ROWS[4]])).await;
    assert_eq!(report.unreadable.first[0].place, "line 2, column 5");
    assert_eq!(who(&desk, APRIL).await, ["A1", "A2", "A3", "B1", "B4"]);
    let item = desk.ledger().quarantine().list(0, 10).await.unwrap().remove(0);
    assert_eq!(item.source, "sync:clients/list.csv");
}

#[tokio::test]
async fn what_the_list_does_not_say_is_kept() {
    let desk = TempLedger::real().await;
    let map = ContactsMap::parse(
        "source = \"clients\"\n[fields]\naccount = { column = \"client_id\" }\n\
         contact = { column = \"contact_id\" }\nname = { column = \"name\" }\n",
    )
    .unwrap();
    sync(&desk, MARCH, list(ROWS)).await;
    let file = write(&desk, "names-2024-04-06.csv", list(ROWS).replace("Ada Lovelace", "Ada King"));
    let options = SyncOptions::default();
    let report = sync_contacts(desk.ledger(), &file, &map, &options, &mut |_| {}).await.unwrap();
    assert_eq!((report.on, report.renamed.len(), report.changes()), (APRIL, 2, 2));
    let rows = active(&desk, APRIL).await;
    assert_eq!(
        (rows[0].2.as_str(), rows[0].3, rows[0].5.as_str()),
        ("Chair", Some(Level::Executive), "Ada King")
    );
}

#[tokio::test]
async fn a_list_from_the_future_is_refused_unless_the_ledger_is_simulated() {
    let desk = TempLedger::real().await;
    let tomorrow = date(2024, 6, 2);
    let refused = sync_with(&desk, tomorrow, list(ROWS), SyncOptions::default()).await;
    assert!(matches!(refused, Err(SyncError::Future { .. })));
    let desk = TempLedger::simulated().await;
    assert_eq!(sync(&desk, tomorrow, list(ROWS)).await.joined.len(), 6);
    assert_eq!(desk.ledger().now(), at("2024-06-02T10:00:00Z"));
}

#[tokio::test]
async fn a_sync_that_stopped_is_finished_by_running_it_again() {
    let rows: Vec<String> = (0..1_300).map(|n| format!("{},{n},Name {n},", n % 50)).collect();
    let text = list(rows.iter().map(String::as_str));
    let desk = TempLedger::real().await;
    let file = write(&desk, "2024-03-06.csv", &text);
    let (map, options) = (map(), SyncOptions::default());
    let mut stop = |step: linchpin_ingest::import::Progress| {
        assert_ne!(step.stage, linchpin_ingest::import::Stage::Storing, "stopped");
    };
    let work = sync_contacts(desk.ledger(), &file, &map, &options, &mut stop);
    let stopped = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(work)).await;
    assert!(stopped.is_err());
    let report = sync_contacts(desk.ledger(), &file, &map, &options, &mut |_| {}).await.unwrap();
    assert_eq!(report.joined.len(), 800);
    let joined = crate::unit::facts(desk.ledger(), |fact| match fact {
        Fact::ContactJoined(joined) => Some(joined.contact),
        _ => None,
    });
    assert_eq!(joined.await.len(), 1_300);
}
