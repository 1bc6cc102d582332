//! An invoice that comes again with other lines.

use linchpin_domain::account::Account;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_testkit::TempLedger;
use rust_decimal::Decimal;

use crate::unit::{ROWS, book, entries, feed, feed_corrected, told};

/// The invoice 536370 with another quantity, and with nothing sold.
const MORE: &str = "536370,22728,ALARM CLOCK,26,2010-12-01 08:45:00,3.75,12583.0,France";
const BACK: &str = "536370,22728,ALARM CLOCK,-1,2010-12-01 08:45:00,3.75,12583.0,France";

fn with(first: &'static str) -> String {
    let mut rows = ROWS;
    rows[0] = first;
    if first == BACK {
        rows[1] = BACK;
    }
    book(rows)
}

async fn account(desk: &TempLedger) -> Account {
    let mut fold = Desk::default();
    for entry in entries(desk.ledger()).await {
        fold.apply(&entry);
    }
    Account::clone(fold.account("orders:12583".parse::<AccountId>().unwrap()).unwrap())
}

/// Revenue and orders as the fold has them.
async fn books(desk: &TempLedger) -> (Decimal, usize) {
    let account = account(desk).await;
    let far = jiff::civil::date(2100, 1, 1);
    let sum = account.invoiced().until(far).map(|(_, invoiced)| invoiced.amount).sum();
    (sum, account.engagements_between(jiff::civil::Date::MIN, far).count())
}

fn money(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn it_is_reported_and_not_taken() {
    let desk = TempLedger::real().await;
    feed(&desk, book(ROWS)).await;
    let before = told(desk.ledger()).await;
    let summary = feed(&desk, with(MORE)).await;
    assert_eq!((summary.facts.new, summary.facts.conflicting), (0, 1));
    let conflict = &summary.conflicts[0];
    assert_eq!((conflict.kind.as_str(), conflict.key.as_str()), ("invoice.issued", "536370"));
    assert_eq!(conflict.old_amount, Some(money("144")));
    assert_eq!(conflict.new_amount, Some(money("151.5")));
    assert_eq!(told(desk.ledger()).await, before);
}

#[tokio::test]
async fn it_is_taken_as_a_correction_when_asked() {
    let desk = TempLedger::real().await;
    feed(&desk, book(ROWS)).await;
    assert_eq!(books(&desk).await, (money("116.5"), 1));
    let summary = feed_corrected(&desk, &with(MORE)).await;
    assert_eq!((summary.facts.new, summary.facts.corrected), (0, 1));
    assert_eq!(books(&desk).await, (money("124"), 1));

    // Again, with and without asking: it is known.
    let head = desk.ledger().head().position;
    assert_eq!(feed_corrected(&desk, &with(MORE)).await.facts.corrected, 0);
    assert_eq!(feed(&desk, with(MORE)).await.facts.conflicting, 0);
    assert_eq!(desk.ledger().head().position, head);

    // The first version is the one that differs now; corrected back, it stands under a third id.
    let summary = feed(&desk, book(ROWS)).await;
    assert_eq!(summary.conflicts[0].old_amount, Some(money("151.5")));
    assert_eq!(feed_corrected(&desk, &book(ROWS)).await.facts.corrected, 1);
    assert_eq!(books(&desk).await, (money("116.5"), 1));
    assert_eq!(feed_corrected(&desk, &book(ROWS)).await.facts.corrected, 0);
}

#[tokio::test]
async fn what_the_corrected_group_tells_no_more_is_taken_back_and_may_come_again() {
    let desk = TempLedger::real().await;
    feed(&desk, book(ROWS)).await;
    let summary = feed_corrected(&desk, &with(BACK)).await;
    // The invoice, and the order that it no longer is.
    assert_eq!(summary.facts.corrected, 2);
    assert_eq!(books(&desk).await, (money("-35"), 0));
    assert_eq!(feed_corrected(&desk, &with(BACK)).await.facts.corrected, 0);

    assert_eq!(feed_corrected(&desk, &book(ROWS)).await.facts.corrected, 2);
    assert_eq!(books(&desk).await, (money("116.5"), 1));
    let head = desk.ledger().head().position;
    assert_eq!(feed(&desk, book(ROWS)).await.facts.conflicting, 0);
    assert_eq!(desk.ledger().head().position, head);
}

#[tokio::test]
async fn many_corrections_of_one_invoice_keep_their_order() {
    let desk = TempLedger::real().await;
    for quantity in 1..=40 {
        let row = format!("1,A,X,{quantity},2010-12-01 08:45:00,2,12583.0,France");
        feed_corrected(&desk, &book([row.as_str()])).await;
        assert_eq!(books(&desk).await, (Decimal::from(quantity * 2), 1));
    }
}
