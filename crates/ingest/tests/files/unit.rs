//! Short ways to say what a test is about.

use std::path::{Path, PathBuf};

use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_ingest::import::{ImportError, ImportOptions, Summary, import};
use linchpin_ingest::map::Map;
use linchpin_ledger::Ledger;
use linchpin_testkit::TempLedger;

/// A map as `examples/` has it.
pub(crate) fn example(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    std::fs::read_to_string(file).unwrap()
}

/// The map of the order book.
pub(crate) fn orders() -> Map {
    Map::parse(&example("orders.toml")).unwrap()
}

/// The header of the order book.
pub(crate) const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/// Four lines of two invoices and a credit note.
pub(crate) const ROWS: [&str; 5] = [
    "536370,22728,ALARM CLOCK,24,2010-12-01 08:45:00,3.75,12583.0,France",
    "536370,POST,POSTAGE,3,2010-12-01 08:46:00,18.0,12583.0,France",
    "C536379,D,Discount,-1,2010-12-02 09:41:00,27.50,12583.0,France",
    "536403,22867,HAND WARMER,96,2010-12-01 11:27:00,1.855,12791.0,Netherlands",
    "536414,22139,RETROSPOT,56,2010-12-01 11:52:00,0.5,,Norway",
];

/// A table of the order book.
pub(crate) fn book<'r>(rows: impl IntoIterator<Item = &'r str>) -> String {
    let mut text = format!("{HEADER}\n");
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// A file beside a ledger.
pub(crate) fn write(desk: &TempLedger, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let file = desk.dir().join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

/// Imports a text as a file of that name.
pub(crate) async fn try_feed(
    desk: &TempLedger,
    name: &str,
    text: impl AsRef<[u8]>,
    map: &Map,
    options: &ImportOptions,
) -> Result<Summary, ImportError> {
    let file = write(desk, name, text);
    import(desk.ledger(), &file, map, options, None, &mut |_| {}).await
}

/// Imports an order book.
pub(crate) async fn feed(desk: &TempLedger, text: impl AsRef<[u8]>) -> Summary {
    try_feed(desk, "orders.csv", text, &orders(), &ImportOptions::default()).await.unwrap()
}

/// Imports an order book, taking what differs as corrections.
pub(crate) async fn feed_corrected(desk: &TempLedger, text: &str) -> Summary {
    let options = ImportOptions { correct: true, ..ImportOptions::default() };
    try_feed(desk, "orders.csv", text, &orders(), &options).await.unwrap()
}

/// All entries.
pub(crate) async fn entries(ledger: &Ledger) -> Vec<Entry> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let chunk = ledger.read(after, ledger.head().position).await.unwrap();
        let Some(last) = chunk.last() else { return all };
        after = last.position;
        all.extend(chunk);
    }
}

/// What is told, whatever the order of arrival.
pub(crate) async fn told(ledger: &Ledger) -> Vec<String> {
    let mut told: Vec<String> = entries(ledger)
        .await
        .iter()
        .filter(|entry| matches!(entry.body, Body::Fact(_)))
        .map(|entry| format!("{} {} {:?}", entry.id, entry.occurred_at, entry.body))
        .collect();
    told.sort();
    told
}

/// The facts of one kind.
pub(crate) async fn facts<T>(ledger: &Ledger, pick: impl Fn(&Fact) -> Option<T>) -> Vec<T> {
    let entries = entries(ledger).await;
    entries
        .iter()
        .filter_map(|entry| match &entry.body {
            Body::Fact(fact) => pick(fact),
            _ => None,
        })
        .collect()
}

/// The folder of real input, where there is one; where there is none, `cargo xtask test` says that
/// its suites were skipped.
pub(crate) fn real_data() -> Option<PathBuf> {
    let named = std::env::var_os("LINCHPIN_DATA").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    named.or(Some(beside)).filter(|folder| folder.join("orders").is_dir())
}
