//! Rows that cannot be read: each with its place and reason, and the others are taken.

use linchpin_domain::fact::Fact;
use linchpin_ingest::import::{ImportError, ImportOptions, Summary};
use linchpin_testkit::TempLedger;

use crate::unit::{ROWS, book, facts, feed, orders, try_feed};

const OTHER: &str = "536500,1,X,1,2010-12-03 08:45:00,3.75,12999.0,Spain";

/// Feeds the usual rows and one that is broken, of another invoice.
async fn with(row: &str) -> (TempLedger, Summary) {
    let desk = TempLedger::real().await;
    let mut rows = ROWS.to_vec();
    rows.insert(2, row);
    rows.push(OTHER);
    let summary = feed(&desk, book(rows)).await;
    assert_eq!(summary.facts.new, 10, "{:?}", summary.unreadable);
    assert_eq!(summary.unreadable.rows, 1);
    (desk, summary)
}

#[tokio::test]
async fn each_broken_row_is_named_by_place_and_reason() {
    for (row, place, reason) in [
        (
            "7,1,X,one,2010-12-01 08:45:00,3.75,1.0,UK",
            "line 4, column Quantity",
            "`Quantity` is `one`: expected a number such as 12.50",
        ),
        (
            "7,1,X,1,2011-02-31 08:45:00,3.75,1.0,UK",
            "line 4, column InvoiceDate",
            "`InvoiceDate` is `2011-02-31 08:45:00`: expected a moment of the form %Y-%m-%d %H:%M:%S",
        ),
        ("7,1,X,1,2010-12-01 08:45:00,3.75,1.0", "line 4", "the row has 7 cells, the header 8"),
        (
            "7,1,\"X\"Y,1,2010-12-01 08:45:00,3.75,1.0,UK",
            "line 4, column 8",
            "the quoted cell ends here, but something follows it: write a quote inside quotes twice",
        ),
        (
            ",1,X,1,2010-12-01 08:45:00,3.75,1.0,UK",
            "line 4, column InvoiceNo",
            "`InvoiceNo` is empty",
        ),
    ] {
        let (desk, summary) = with(row).await;
        let first = &summary.unreadable.first[0];
        assert_eq!((first.place.as_str(), first.reason.as_str()), (place, reason));
        let item = desk.ledger().quarantine().list(0, 10).await.unwrap().remove(0);
        assert_eq!((item.source.as_str(), item.place.as_str()), ("import:orders.csv", place));
        assert!(item.original.unwrap().contains(row));
    }
}

#[tokio::test]
async fn a_quote_that_is_never_closed_costs_one_line() {
    let desk = TempLedger::real().await;
    let mut rows: Vec<String> = Vec::new();
    for n in 0..500 {
        let text = match n {
            200 => "\"BROKEN".to_owned(),
            300 => "\"FINE, LARGE\"".to_owned(),
            320 => "\"TWO\nLINES\"".to_owned(),
            _ => "PLAIN".to_owned(),
        };
        rows.push(format!("{n},1,{text},1,2010-12-01 08:45:00,1.5,12583.0,France"));
    }
    let summary = feed(&desk, book(rows.iter().map(String::as_str))).await;
    assert_eq!((summary.lines, summary.unreadable.rows), (500, 1));
    let first = &summary.unreadable.first[0];
    assert_eq!(first.place, "line 202, column 7");
    assert_eq!(first.reason, "the quote opened here is never closed");
    assert_eq!(summary.new_by_kind["invoice.issued"], 499);
}

#[tokio::test]
async fn a_quote_closed_by_a_later_row_costs_one_line() {
    let desk = TempLedger::real().await;
    let rows = [
        "1,1,\"BROKEN,1,2010-12-01 08:45:00,1.5,12583.0,France",
        "2,1,PLAIN,1,2010-12-01 08:45:00,1.5,12583.0,France",
        "3,1,\"FINE, LARGE\",1,2010-12-01 08:45:00,1.5,12583.0,France",
        "4,1,PLAIN,1,2010-12-01 08:45:00,1.5,12583.0,France",
    ];
    let summary = feed(&desk, book(rows)).await;
    assert_eq!((summary.lines, summary.unreadable.rows), (4, 1));
    assert_eq!(summary.new_by_kind["invoice.issued"], 3);
}

#[tokio::test]
async fn of_a_group_with_a_broken_row_nothing_is_taken() {
    for broken in [
        "536370,POST,\"POSTAGE,3,2010-12-01 08:46:00,18.0,12583.0,France",
        "536370,POST,POSTAGE,three,2010-12-01 08:46:00,18.0,12583.0,France",
        "536370,POST,POSTAGE,3,2010-12-01 08:46:00,18.0,12584.0,France",
        "536370,POST,POSTAGE,3,2010-12-01 08:46:00,18.0,12583.0",
    ] {
        let desk = TempLedger::real().await;
        let mut rows = ROWS;
        rows[1] = broken;
        let summary = feed(&desk, book(rows)).await;
        assert_eq!((summary.unreadable.rows, summary.unreadable.items), (2, 1), "{broken}");
        let place = &summary.unreadable.first[0].place;
        assert!(place.starts_with("line 3") || place.starts_with("lines 2, 3"), "{place}");
        let numbers = facts(desk.ledger(), |fact| match fact {
            Fact::InvoiceIssued(invoice) => invoice.number.clone(),
            _ => None,
        });
        assert_eq!(numbers.await, ["536403"]);
        let item = desk.ledger().quarantine().list(0, 10).await.unwrap().remove(0);
        let original = item.original.unwrap();
        assert!(original.contains(ROWS[0]) && original.contains(broken), "{original}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_cost_one_line() {
    let desk = TempLedger::real().await;
    let mut bytes = book(ROWS).into_bytes();
    bytes.extend_from_slice(b"536500,1,CAF\xc9,1,2010-12-03 08:45:00,3.75,12999.0,Spain\n");
    bytes.extend_from_slice(b"536501,1,CAFE,1,2010-12-03 08:45:00,3.75,12999.0,Spain\n");
    let summary = feed(&desk, bytes).await;
    assert_eq!((summary.facts.new, summary.unreadable.rows), (10, 1));
    let first = &summary.unreadable.first[0];
    assert_eq!(first.place, "line 7, column 13");
    assert!(first.reason.starts_with("the line is not UTF-8"), "{}", first.reason);
    assert_eq!(summary.unreadable.reasons["not UTF-8"], 1);
}

#[tokio::test]
async fn a_line_beyond_all_bounds_costs_one_line() {
    let desk = TempLedger::real().await;
    let mut text = book(ROWS);
    text.push_str(&"x".repeat(300_000));
    text.push('\n');
    text.push_str(OTHER);
    let summary = feed(&desk, text).await;
    assert_eq!((summary.facts.new, summary.unreadable.rows), (10, 1));
    assert_eq!(summary.unreadable.first[0].reason, "the line is longer than 65536 bytes");
}

#[tokio::test]
async fn the_same_broken_file_again_fills_nothing_twice() {
    let desk = TempLedger::real().await;
    let mut rows = ROWS;
    rows[1] = "536370,POST,\"POSTAGE,3,2010-12-01 08:46:00,18.0,12583.0,France";
    feed(&desk, book(rows)).await;
    rows.reverse();
    feed(&desk, book(rows)).await;
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 1);
}

#[tokio::test]
async fn a_file_of_which_no_row_can_be_read_is_refused_as_a_whole() {
    let desk = TempLedger::real().await;
    let rows: Vec<String> =
        (0..1_000).map(|n| format!("{n},1,X,1,01.12.2010,1.5,1.0,UK")).collect();
    let text = book(rows.iter().map(String::as_str));
    let options = ImportOptions::default();
    let refused = try_feed(&desk, "orders.csv", text, &orders(), &options).await.unwrap_err();
    assert!(matches!(refused, ImportError::NothingReadable { .. }), "{refused:?}");
    assert!(refused.to_string().contains("is it the right map?"), "{refused}");
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 0);
}

#[tokio::test]
async fn json_lines_that_are_none_are_named() {
    let map = linchpin_ingest::map::Map::parse(&crate::unit::example("contracts.toml")).unwrap();
    let text = r#"{"at":"2022-04-11T10:09:55+01:00","type":"contract_added","no":"R1","name":"One","start":"2021-09-13","end":"2025-09-12"}
{"at":"2022-04-11T10:09:55+01:00","type":"contract_added","no":"R2",
[1,2]
{"at":"2022-04-11T10:09:55+01:00","type":"contract_added","no":"R3","name":["x"],"start":"2021-09-13","end":"2025-09-12"}

{"at":"2022-04-11T10:09:55+01:00","type":"contract_added","no":"R4","name":"Four","start":"13-Sep-2021","end":"31-Feb-2025"}
{"at":"2022-04-11T10:09:55+01:00","type":"details_changed","no":"R1","fields":["x"]}
"#;
    let desk = TempLedger::real().await;
    let options = ImportOptions::default();
    let summary = try_feed(&desk, "events.jsonl", text, &map, &options).await.unwrap();
    assert_eq!((summary.lines, summary.ignored, summary.facts.new), (6, 1, 2));
    let places: Vec<&str> = summary.unreadable.first.iter().map(|it| it.place.as_str()).collect();
    assert_eq!(places, ["line 2, column 68", "line 3", "line 4", "line 6, column end"]);
}
