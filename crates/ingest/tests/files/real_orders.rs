//! The real order book and the real agreements.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::{AccountId, ContractId};
use linchpin_domain::money::cents;
use linchpin_ingest::import::{ImportOptions, Summary, import};
use linchpin_ingest::map::Map;
use linchpin_ledger::Ledger;
use linchpin_testkit::TempLedger;
use rust_decimal::Decimal;

use crate::unit::{entries, example, facts, feed, real_data, told};

async fn feed_file(desk: &TempLedger, file: &Path, map: &str) -> Summary {
    let map = Map::parse(&example(map)).unwrap();
    import(desk.ledger(), file, &map, &ImportOptions::default(), None, &mut |_| {}).await.unwrap()
}

/// Revenue and orders of each client in the year up to a day, summed from the bare facts.
async fn figures(ledger: &Ledger, as_of: Date) -> BTreeMap<AccountId, (Decimal, u64)> {
    let zone = ledger.genesis().zone();
    let after = as_of.checked_sub(365.days()).unwrap();
    let mut figures: BTreeMap<AccountId, (Decimal, u64)> = BTreeMap::new();
    for entry in entries(ledger).await {
        let day = day_of(entry.occurred_at, &zone);
        if day <= after || day > as_of {
            continue;
        }
        match entry.body {
            Body::Fact(Fact::InvoiceIssued(it)) => {
                figures.entry(it.account).or_default().0 += it.amount
            }
            Body::Fact(Fact::CreditNoteIssued(it)) => {
                figures.entry(it.account).or_default().0 -= it.amount
            }
            Body::Fact(Fact::EngagementRecorded(it)) => {
                figures.entry(it.account).or_default().1 += 1
            }
            _ => {}
        }
    }
    figures
}

#[tokio::test]
async fn the_order_book_sums_to_the_cent_at_each_date() {
    let Some(data) = real_data() else { return };
    let desk = TempLedger::real().await;
    let summary = feed_file(&desk, &data.join("orders/orders.csv.gz"), "orders.toml").await;
    assert_eq!((summary.lines, summary.without_account.lines), (46_431, 1_480));
    // Of the whole file; 27,200.15 of it within the year up to 2011-12-09.
    assert_eq!(summary.without_account.amount, Some("27749.15".parse().unwrap()));
    assert_eq!((summary.unreadable.rows, summary.facts.conflicting), (0, 0));
    for date in ["2011-03-31", "2011-06-30", "2011-09-30", "2011-12-09"] {
        let text =
            std::fs::read_to_string(data.join(format!("orders/expected-{date}.json"))).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let figures = figures(desk.ledger(), date.parse().unwrap()).await;
        let customers = expected["customers"].as_array().unwrap();
        assert_eq!(figures.len(), customers.len(), "{date}");
        for customer in customers {
            let number = customer["customer"].as_str().unwrap();
            let (revenue, count) =
                figures[&format!("orders:{number}").parse::<AccountId>().unwrap()];
            assert_eq!(
                cents(revenue),
                customer["revenue_2dp"].as_str().unwrap(),
                "{date} {number}"
            );
            assert_eq!(Some(count), customer["orders"].as_u64(), "{date} {number}");
        }
    }
}

#[tokio::test]
async fn the_order_book_again_and_shuffled_adds_nothing() {
    let Some(data) = real_data() else { return };
    let file = std::fs::File::open(data.join("orders/orders.csv.gz")).unwrap();
    let text = std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    // A shuffle that any run repeats.
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.sort_by_key(|row| {
        row.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
    });
    let shuffled = format!("{header}\n{}\n", rows.join("\n"));

    let desk = TempLedger::real().await;
    let first = feed(&desk, &text).await;
    let before = (desk.ledger().head().position, told(desk.ledger()).await);
    for text in [&text, &shuffled] {
        let again = feed(&desk, text).await;
        assert_eq!((again.facts.new, again.facts.known), (0, first.facts.new));
    }
    assert_eq!((desk.ledger().head().position, told(desk.ledger()).await), before);

    let other = TempLedger::real().await;
    feed(&other, &shuffled).await;
    assert_eq!(told(other.ledger()).await, before.1);
}

#[tokio::test]
async fn a_broken_quote_on_line_40000_costs_its_invoice_alone() {
    let Some(data) = real_data() else { return };
    let file = std::fs::File::open(data.join("orders/orders.csv.gz")).unwrap();
    let text = std::io::read_to_string(flate2::read::GzDecoder::new(file)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let invoice = lines[39_999].split(',').next().unwrap().to_owned();
    let of_invoice = lines.iter().filter(|line| line.starts_with(&format!("{invoice},"))).count();
    let mut cells: Vec<&str> = lines[39_999].splitn(3, ',').collect();
    let broken = format!("\"{}", cells[2]);
    cells[2] = &broken;
    lines[39_999] = cells.join(",");

    let desk = TempLedger::real().await;
    let summary = feed(&desk, lines.join("\n")).await;
    assert_eq!(summary.lines, 46_431);
    assert_eq!((summary.unreadable.items, summary.unreadable.rows), (1, of_invoice as u64));
    assert!(summary.unreadable.first[0].place.starts_with("line 40000, column "));
    let invoices =
        summary.new_by_kind["invoice.issued"] + summary.new_by_kind["credit_note.issued"];
    let whole = TempLedger::real().await;
    let whole = feed(&whole, &text).await;
    let all = whole.new_by_kind["invoice.issued"] + whole.new_by_kind["credit_note.issued"];
    assert_eq!(invoices + 1, all);
}

#[tokio::test]
async fn agreements_are_read_in_both_spellings_and_the_year_20219_is_not() {
    let Some(data) = real_data() else { return };
    let desk = TempLedger::simulated().await;
    let summary =
        feed_file(&desk, &data.join("contracts/agreement_events.jsonl"), "contracts.toml").await;
    assert_eq!((summary.lines, summary.ignored, summary.unreadable.rows), (166, 10, 1));
    assert_eq!(summary.new_by_kind["contract.signed"], 114);
    assert_eq!(summary.new_by_kind["contract.amended"], 41);
    assert_eq!(summary.new_by_kind["account.registered"], 1);
    let first = &summary.unreadable.first[0];
    assert_eq!(first.place, "line 164, column start");
    assert!(first.reason.contains("20219-03-20"), "{}", first.reason);
    let ends = facts(desk.ledger(), |fact| match fact {
        Fact::ContractSigned(it) if it.contract == "ccs:RM3717".parse::<ContractId>().unwrap() => {
            Some(it.end)
        }
        _ => None,
    });
    assert_eq!(ends.await, ["2021-07-09".parse::<Date>().unwrap()]);

    let list =
        feed_file(&desk, &data.join("contracts/agreements_final.csv"), "agreements.toml").await;
    assert_eq!((list.lines, list.unreadable.rows), (115, 1));
    assert_eq!(list.new_by_kind["contract.signed"], 114);
    // The row of the year 20219 waits in both.
    assert_eq!(desk.ledger().quarantine().count_open().await.unwrap(), 2);
}

#[tokio::test]
async fn a_log_of_contact_changes_is_read_in_any_order() {
    let Some(data) = real_data() else { return };
    let file = data.join("contact-changes/changes.jsonl");
    let desk = TempLedger::real().await;
    let summary = feed_file(&desk, &file, "contact-changes.toml").await;
    assert_eq!((summary.lines, summary.facts.new, summary.unreadable.rows), (1_036, 1_036, 0));
    assert_eq!(summary.new_by_kind["contact.left"], 492);

    let text = std::fs::read_to_string(&file).unwrap();
    let mut rows: Vec<&str> = text.lines().collect();
    rows.reverse();
    let other = TempLedger::real().await;
    let map = Map::parse(&example("contact-changes.toml")).unwrap();
    let options = ImportOptions::default();
    crate::unit::try_feed(&other, "changes.jsonl", rows.join("\n"), &map, &options).await.unwrap();
    assert_eq!(told(other.ledger()).await, told(desk.ledger()).await);
}
