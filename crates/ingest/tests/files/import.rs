//! An import: what it takes, and that it takes it once.

use std::future::Future;
use std::io::Write;
use std::pin::Pin;

use jiff::Timestamp;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::AccountId;
use linchpin_ingest::import::{
    ImportError, ImportOptions, Progress, Stage, StepError, Stepper, import,
};
use linchpin_ingest::map::Map;
use linchpin_testkit::{TempLedger, at};
use rust_decimal::Decimal;

use crate::unit::{ROWS, book, entries, example, facts, feed, orders, told, try_feed, write};

#[tokio::test]
async fn lines_become_invoices_credit_notes_and_orders_of_named_clients() {
    let desk = TempLedger::real().await;
    let summary = feed(&desk, book(ROWS)).await;
    assert_eq!(summary.lines, 5);
    assert_eq!(summary.without_account.lines, 1);
    assert_eq!(summary.without_account.amount, Some("28".parse().unwrap()));
    assert_eq!((summary.facts.new, summary.facts.known, summary.facts.links), (7, 0, 2));
    let by_kind: Vec<_> = summary.new_by_kind.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    let expected = [
        ("account.registered", 2),
        ("credit_note.issued", 1),
        ("engagement.recorded", 2),
        ("invoice.issued", 2),
    ];
    assert_eq!(by_kind, expected);

    let invoices = facts(desk.ledger(), |fact| match fact {
        Fact::InvoiceIssued(invoice) => Some(invoice.clone()),
        _ => None,
    });
    let invoices = invoices.await;
    let first =
        invoices.iter().find(|invoice| invoice.number.as_deref() == Some("536370")).unwrap();
    assert_eq!(first.account, "orders:12583".parse::<AccountId>().unwrap());
    assert_eq!(first.amount, "144".parse::<Decimal>().unwrap());
    assert_eq!(first.currency.code(), "GBP");
    assert_eq!(first.lines.len(), 2);
    let other =
        invoices.iter().find(|invoice| invoice.number.as_deref() == Some("536403")).unwrap();
    assert_eq!(other.amount, "178.08".parse::<Decimal>().unwrap());
    let notes = facts(desk.ledger(), |fact| match fact {
        Fact::CreditNoteIssued(note) => Some(note.amount),
        _ => None,
    });
    assert_eq!(notes.await, ["27.5".parse::<Decimal>().unwrap()]);
    let names = facts(desk.ledger(), |fact| match fact {
        Fact::AccountRegistered(told) => Some((told.name.clone(), told.country.clone())),
        _ => None,
    });
    assert!(names.await.contains(&("Customer 12583".to_owned(), Some("France".to_owned()))));
}

#[tokio::test]
async fn figures_with_a_decimal_comma_are_read_where_the_map_says_so() {
    let row = "536370,22728,CLOCK,24,2010-12-01 08:45:00,\"1.003,75\",12583.0,France";
    let desk = TempLedger::real().await;
    let text = example("orders.toml");
    let comma = text.replace(
        "[columns.CustomerID]",
        "[columns.UnitPrice]\ndecimal_comma = true\n\n[columns.CustomerID]",
    );
    let map = Map::parse(&comma).unwrap();
    try_feed(&desk, "o.csv", book([row]), &map, &ImportOptions::default()).await.unwrap();
    let amounts = facts(desk.ledger(), |fact| match fact {
        Fact::InvoiceIssued(invoice) => Some(invoice.amount),
        _ => None,
    });
    assert_eq!(amounts.await, ["24090".parse::<Decimal>().unwrap()]);
    // Without it nothing is guessed.
    let plain = TempLedger::real().await;
    let options = ImportOptions::default();
    let summary = try_feed(&plain, "o.csv", book([row]), &orders(), &options).await.unwrap();
    let said = format!("{:?}", summary.unreadable.first);
    assert!(said.contains("1.003,75") && said.contains("a number such as 12.50"), "{said}");
    assert!(said.contains("decimal_comma"), "{said}");
}

#[tokio::test]
async fn a_group_happened_when_its_earliest_line_did_in_the_firms_zone() {
    let desk = TempLedger::real().await;
    feed(&desk, book(ROWS)).await;
    let entries = entries(desk.ledger()).await;
    let invoice = entries.iter().find(|entry| match &entry.body {
        linchpin_domain::entry::Body::Fact(Fact::InvoiceIssued(it)) => it.lines.len() == 2,
        _ => false,
    });
    // Berlin is an hour ahead in winter.
    assert_eq!(invoice.unwrap().occurred_at, at("2010-12-01T07:45:00Z"));
}

#[tokio::test]
async fn the_same_file_again_adds_nothing_in_whatever_order_its_lines_stand() {
    let desk = TempLedger::real().await;
    feed(&desk, book(ROWS)).await;
    let before = (desk.ledger().head().position, told(desk.ledger()).await);
    let mut rows = ROWS;
    for turn in 0..ROWS.len() {
        rows.rotate_left(1);
        if turn % 2 == 0 {
            rows.swap(0, 3);
        }
        let summary = feed(&desk, book(rows)).await;
        assert_eq!((summary.facts.new, summary.facts.known, summary.facts.links), (0, 7, 0));
        assert_eq!(summary.conflicts, []);
    }
    assert_eq!((desk.ledger().head().position, told(desk.ledger()).await), before);

    let other = TempLedger::real().await;
    feed(&other, book(rows)).await;
    assert_eq!(told(other.ledger()).await, before.1);
}

#[tokio::test]
async fn a_dry_run_says_all_and_stores_nothing() {
    let desk = TempLedger::real().await;
    let head = desk.ledger().head();
    let options = ImportOptions { dry_run: true, ..ImportOptions::default() };
    let mut rows = ROWS.to_vec();
    rows.push("536500,1,X,one,2010-12-01 08:45:00,3.75,12583.0,France");
    let summary = try_feed(&desk, "orders.csv", book(rows), &orders(), &options).await.unwrap();
    assert!(summary.dry_run);
    assert_eq!((summary.facts.new, summary.unreadable.rows), (7, 1));
    assert_eq!(desk.ledger().head(), head);
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 0);
}

#[tokio::test]
async fn a_packed_file_is_read_as_if_it_were_not() {
    let desk = TempLedger::real().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(book(ROWS).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let options = ImportOptions::default();
    let summary = try_feed(&desk, "orders.csv.gz", &packed, &orders(), &options).await.unwrap();
    assert_eq!(summary.facts.new, 7);

    let cut = &packed[..packed.len() - 20];
    let other = TempLedger::real().await;
    let refused = try_feed(&other, "orders.csv.gz", cut, &orders(), &options).await;
    assert!(matches!(refused, Err(ImportError::Read { .. })), "{refused:?}");
    assert_eq!(other.ledger().head().position, 1);
}

#[tokio::test]
async fn each_wrong_file_has_its_own_error() {
    let desk = TempLedger::real().await;
    let map = orders();
    let options = ImportOptions::default();
    let missing = desk.dir().join("none.csv");
    let refused = import(desk.ledger(), &missing, &map, &options, None, &mut |_| {}).await;
    assert!(matches!(refused, Err(ImportError::Missing(_))), "{refused:?}");
    let refused = import(desk.ledger(), desk.dir(), &map, &options, None, &mut |_| {}).await;
    assert!(matches!(refused, Err(ImportError::Open { .. })), "{refused:?}");
    for (name, text, said) in [
        ("empty.csv", "", "`empty.csv` is empty"),
        ("head.csv", &book([]) as &str, "`head.csv` is empty"),
        ("empty.csv.gz", "", "`empty.csv.gz` is empty"),
        ("plain.csv.gz", "a,b\n", "`plain.csv.gz` is not gzip"),
        ("quote.csv", "a,\"b\n", "the first line of `quote.csv` has a broken quote"),
    ] {
        let refused = try_feed(&desk, name, text, &map, &options).await.unwrap_err().to_string();
        assert!(refused.starts_with(said), "{refused}");
    }
    let other = "InvoiceNo,Quantity,Quantity\n1,2,3\n";
    let refused = try_feed(&desk, "other.csv", other, &map, &options).await.unwrap_err();
    let ImportError::ColumnTwice { column, .. } = &refused else { panic!("{refused:?}") };
    assert_eq!(column, "Quantity");
    let refused = try_feed(&desk, "other.csv", "InvoiceNo,Menge\n1,2\n", &map, &options).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("no column") && refused.contains("`CustomerID`"), "{refused}");
    assert!(refused.contains("its columns are `InvoiceNo`, `Menge`"), "{refused}");
    assert_eq!(desk.ledger().head().position, 1);
}

/// Notes which day is lived through when.
struct Diary<'d> {
    days: Vec<(Timestamp, u64)>,
    ledger: &'d linchpin_ledger::Ledger,
}

impl Stepper for Diary<'_> {
    fn until<'a>(
        &'a mut self,
        at: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>> {
        Box::pin(async move {
            self.days.push((at, self.ledger.head().position));
            if self.days.len() > 2 { Err("enough".into()) } else { Ok(()) }
        })
    }
}

#[tokio::test]
async fn a_simulated_history_is_lived_through_day_by_day() {
    let desk = TempLedger::simulated().await;
    let file = write(&desk, "orders.csv", book(ROWS));
    let mut diary = Diary { days: Vec::new(), ledger: desk.ledger() };
    let (map, options) = (orders(), ImportOptions::default());
    import(desk.ledger(), &file, &map, &options, Some(&mut diary), &mut |_| {}).await.unwrap();
    // Six facts and two links on the first day, one on the second.
    assert_eq!(diary.days, [(at("2010-11-30T23:00:00Z"), 1), (at("2010-12-01T23:00:00Z"), 9)]);
    assert_eq!(desk.ledger().now(), at("2010-12-02T08:41:00Z"));

    let more = "536600,1,X,1,2010-12-07 08:45:00,3.75,12583.0,France";
    let file = write(&desk, "more.csv", book([more]));
    let stopped = import(desk.ledger(), &file, &map, &options, Some(&mut diary), &mut |_| {}).await;
    assert!(matches!(stopped, Err(ImportError::Step(_))));
}

#[tokio::test]
async fn progress_goes_through_reading_and_grouping_to_storing() {
    let desk = TempLedger::real().await;
    let file = write(&desk, "orders.csv", book(ROWS));
    let mut seen: Vec<Progress> = Vec::new();
    let options = ImportOptions::default();
    import(desk.ledger(), &file, &orders(), &options, None, &mut |step| seen.push(step))
        .await
        .unwrap();
    let length = std::fs::metadata(&file).unwrap().len();
    let whole = |stage, done| Progress { stage, done, total: Some(done) };
    let expected =
        [whole(Stage::Reading, length), whole(Stage::Grouping, 5), whole(Stage::Storing, 3)];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn an_import_that_stopped_is_finished_by_running_it_again() {
    let rows: Vec<String> = (0..3_000)
        .map(|n| {
            let (day, hour) = (n / 24 % 28 + 1, n % 24);
            let customer = n % 37;
            format!("{n},A{n},x,2,2011-02-{day:02} {hour:02}:00:00,1.25,{customer}.0,France")
        })
        .collect();
    let text = book(rows.iter().map(String::as_str));
    let whole = TempLedger::real().await;
    feed(&whole, &text).await;

    let desk = TempLedger::real().await;
    let file = write(&desk, "orders.csv", &text);
    let (map, options) = (orders(), ImportOptions::default());
    for stop_at in [1, 3] {
        let mut batches = 0;
        let mut stop = |step: Progress| {
            if step.stage == Stage::Storing {
                batches += 1;
                assert!(batches < stop_at, "stopped");
            }
        };
        let ledger = desk.ledger().clone();
        let work = import(&ledger, &file, &map, &options, None, &mut stop);
        let stopped = futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(work)).await;
        assert!(stopped.is_err());
        assert!(desk.ledger().head().position > 1);
    }
    let summary = feed(&desk, &text).await;
    assert!(summary.facts.known > 0 && summary.facts.new > 0, "{:?}", summary.facts);
    assert_eq!(told(desk.ledger()).await, told(whole.ledger()).await);
    assert_eq!(feed(&desk, &text).await.facts.new, 0);
}

#[tokio::test]
async fn rows_with_one_key_that_say_different_things_are_not_believed() {
    let map = Map::parse(
        r#"
source = "crm"
occurred_at = { const = "2024-01-01" }
[[fact]]
type = "account.renamed"
key = "{id}"
[fact.fields]
account = { column = "id", id = true }
name = { column = "name" }
"#,
    )
    .unwrap();
    let text = "id,name\n1,Ada Ltd\n2,Bell plc\n1,Ada Limited\n2,Bell plc\n";
    let desk = TempLedger::real().await;
    let summary =
        try_feed(&desk, "names.csv", text, &map, &ImportOptions::default()).await.unwrap();
    assert_eq!((summary.facts.new, summary.unreadable.rows), (1, 2));
    let first = &summary.unreadable.first[0];
    assert_eq!(first.place, "lines 2, 4");
    assert_eq!(first.reason, "rows with one key differ in `name`: `Ada Limited` and `Ada Ltd`");
}
