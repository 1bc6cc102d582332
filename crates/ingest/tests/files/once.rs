//! What is told once: the first telling is kept, and others are said.

use linchpin_domain::fact::Fact;
use linchpin_ingest::import::{ImportOptions, Summary};
use linchpin_testkit::TempLedger;

use crate::unit::{ROWS, book, facts, feed, orders, try_feed};

/// The customer 12583 again, later, from elsewhere.
const MOVED: &str = "536500,22728,ALARM CLOCK,1,2010-12-05 08:45:00,3.75,12583.0,Belgium";
const MOVED_TOO: &str = "536501,22728,ALARM CLOCK,1,2010-12-06 08:45:00,3.75,12583.0,Belgium";
/// And earlier.
const BEFORE: &str = "536001,22728,ALARM CLOCK,1,2010-11-05 08:45:00,3.75,12583.0,Spain";

fn counts(summary: &Summary) -> (u64, u64, u64) {
    (summary.facts.new, summary.facts.known, summary.facts.kept_first)
}

async fn countries(desk: &TempLedger) -> Vec<String> {
    facts(desk.ledger(), |fact| match fact {
        Fact::AccountRegistered(it) => it.country.clone(),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_file_that_tells_otherwise_later_says_so_once_for_each_telling() {
    let rows = [&ROWS[..], &[MOVED, MOVED_TOO]].concat();
    let desk = TempLedger::real().await;
    let first = feed(&desk, book(rows.iter().copied())).await;
    assert_eq!(counts(&first), (11, 0, 1));
    let kept = &first.kept_first[0];
    assert_eq!((kept.kind.as_str(), kept.key.as_str()), ("account.registered", "12583"));
    assert_eq!(kept.position, 0);
    let again = feed(&desk, book(rows.iter().copied())).await;
    assert_eq!(counts(&again), (0, 11, 1));
    assert!(again.kept_first[0].position > 0);
    assert_eq!(countries(&desk).await, ["France", "Netherlands"]);
}

#[tokio::test]
async fn another_file_that_tells_otherwise_is_not_counted_as_known() {
    let desk = TempLedger::real().await;
    feed(&desk, book(ROWS)).await;
    let options = ImportOptions { dry_run: true, ..ImportOptions::default() };
    let tried = try_feed(&desk, "more.csv", book([BEFORE, MOVED]), &orders(), &options).await;
    let done = feed(&desk, book([BEFORE, MOVED])).await;
    for summary in [tried.unwrap(), done] {
        // Two invoices and two orders are new; of the customer two countries were not taken.
        assert_eq!(counts(&summary), (4, 0, 2));
    }
    let same = feed(&desk, book([BEFORE, ROWS[0], ROWS[1]])).await;
    assert_eq!(counts(&same), (0, 5, 1));
    assert_eq!(countries(&desk).await, ["France", "Netherlands"]);
}

#[tokio::test]
async fn a_dry_run_tells_what_the_first_telling_in_the_file_would_be() {
    let desk = TempLedger::real().await;
    let options = ImportOptions { dry_run: true, ..ImportOptions::default() };
    // More than one batch lies between the two tellings.
    let mut rows: Vec<String> = (0..900)
        .map(|n| format!("{n},A,x,1,2010-12-0{} 08:00:00,2,{}.0,France", n % 4 + 1, n % 90))
        .collect();
    rows.push("9000,A,x,1,2010-12-07 08:00:00,2,5.0,Norway".to_owned());
    let text = book(rows.iter().map(String::as_str));
    let tried = try_feed(&desk, "orders.csv", &text, &orders(), &options).await.unwrap();
    assert_eq!(counts(&tried), (901 * 2 + 90, 0, 1));
    let done = feed(&desk, &text).await;
    assert_eq!(counts(&done), counts(&tried));
    assert_eq!(done.new_by_kind, tried.new_by_kind);
}
