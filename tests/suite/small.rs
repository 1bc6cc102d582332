//! The headline proofs on hand-made input, so that they run on every machine: an order book of two
//! years against figures counted here in plain integers, and three lists of contacts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use linchpin_tests::{Place, example, shuffle};
use serde_json::Value;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
/// Day 0. The second year is a leap year.
const FIRST: Date = date(2019, 1, 1);
/// Days on which it is asked: 29 September 2019, 29 February 2020 and 31 December 2020.
const ASKED: [i64; 3] = [271, 424, 730];
const WINDOW: i64 = 365;

/// A line of an invoice. Money is counted in thousandths.
struct Line {
    invoice: String,
    customer: Option<u32>,
    day: i64,
    quantity: i64,
    price: i64,
}

impl Line {
    fn amount(&self) -> i64 {
        self.quantity * self.price
    }

    fn text(&self) -> String {
        let (invoice, quantity) = (&self.invoice, self.quantity);
        let (whole, rest) = (self.price / 1_000, self.price % 1_000);
        let on = FIRST.saturating_add(self.day.days());
        let customer = self.customer.map(|id| format!("{id}.0")).unwrap_or_default();
        format!("{invoice},A,Clock,{quantity},{on} 10:30:00,{whole}.{rest:03},{customer},Eire")
    }
}

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Some 200 lines of nine customers, and some of nobody.
fn book() -> Vec<Line> {
    let mut dice = Dice(11);
    let mut lines = Vec::new();
    let mut add = |customer: Option<u32>, day: i64, items: &[(i64, i64)]| {
        let mark = if items.iter().all(|(quantity, _)| *quantity < 0) { "C" } else { "" };
        let invoice = format!("{mark}{}", 5_000 + lines.len());
        for (quantity, price) in items {
            let invoice = invoice.clone();
            lines.push(Line { invoice, customer, day, quantity: *quantity, price: *price });
        }
    };
    for customer in 101..=105 {
        for _ in 0..14 {
            let day = dice.roll(ASKED[2] + 40);
            let count = 1 + dice.roll(4);
            let sign = if dice.roll(6) == 0 { -1 } else { 1 };
            let items: Vec<_> =
                (0..count).map(|_| (sign * (1 + dice.roll(40)), 1 + dice.roll(30_000))).collect();
            add(Some(customer), day, &items);
        }
    }
    for asked in ASKED {
        // On the edges of each window: the day before it, its first day, its last, the day after.
        for (day, price) in
            [(asked - WINDOW, 1), (asked - WINDOW + 1, 20), (asked, 300), (asked + 1, 4_000)]
        {
            if day >= 0 {
                add(Some(106), day, &[(1, price)]);
            }
        }
        // Two who are alike share a rank.
        for alike in [107, 108] {
            add(Some(alike), asked - 5, &[(3, 41_005), (-1, 5)]);
        }
    }
    // One who only ever gave something back, and no order: its only other line is a sample.
    add(Some(109), 300, &[(-2, 1_115)]);
    add(Some(109), 301, &[(0, 500)]);
    for day in [10, 500] {
        add(None, day, &[(2, 3_333), (1, 7)]);
    }
    lines
}

fn file(lines: &[Line], seed: Option<u64>) -> String {
    let mut texts: Vec<String> = lines.iter().map(Line::text).collect();
    if let Some(seed) = seed {
        shuffle(&mut texts, seed);
    }
    format!("{HEADER}\n{}\n", texts.join("\n"))
}

/// What one customer came to within a window.
#[derive(Debug, Default)]
struct Figures<'l> {
    /// Whether anything happened at all. Who brought nothing ranks behind those who did.
    any: bool,
    /// In thousandths.
    revenue: i64,
    orders: BTreeSet<&'l str>,
    rank: usize,
}

/// The figures of all customers heard of by a day, counted in integers.
fn figures(lines: &[Line], asked: i64) -> BTreeMap<u32, Figures<'_>> {
    let mut counted: BTreeMap<u32, Figures<'_>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.day <= asked) {
        let Some(customer) = line.customer else { continue };
        let found = counted.entry(customer).or_default();
        if line.day <= asked - WINDOW {
            continue;
        }
        found.any = true;
        found.revenue += line.amount();
        if line.quantity > 0 && !line.invoice.starts_with('C') {
            found.orders.insert(&line.invoice);
        }
    }
    let all: Vec<(bool, i64)> = counted.values().map(|it| (it.any, it.revenue)).collect();
    for found in counted.values_mut() {
        let mine = (found.any, found.revenue);
        found.rank = 1 + all.iter().filter(|other| **other > mine).count();
    }
    counted
}

/// Thousandths as money with two places, half away from zero.
fn cents(thousandths: i64) -> String {
    let cents = (thousandths.abs() + 5) / 10;
    let sign = if thousandths < 0 && cents > 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

fn agrees(place: &Place, lines: &[Line]) {
    for asked in ASKED {
        let day = FIRST.saturating_add(asked.days()).to_string();
        let expected = figures(lines, asked);
        let total: i64 = expected.values().map(|figures| figures.revenue).sum();
        let portfolio = place.json(&["status", "--as-of", &day, "--json"]);
        let rows = portfolio["accounts"].as_array().unwrap();
        assert_eq!(rows.len(), expected.len(), "customers on {day}");
        assert_eq!(portfolio["total_revenue"], cents(total), "{day}");
        for row in rows {
            let id: u32 = row["external_id"].as_str().unwrap().parse().unwrap();
            let wanted = &expected[&id];
            assert_eq!(row["revenue"], cents(wanted.revenue), "revenue of {id} on {day}");
            assert_eq!(row["orders"], wanted.orders.len(), "orders of {id} on {day}");
            assert_eq!(row["rank"], wanted.rank, "rank of {id} on {day}");
            let share = wanted.revenue as f64 / total as f64;
            let found = row["share"].as_f64().unwrap();
            assert!((found - share).abs() < 1e-12, "share of {id} on {day}: {found}, not {share}");
        }
    }
}

fn import(place: &Place, content: String) -> Value {
    let file = place.file("orders.csv", content).display().to_string();
    place.json(&["import", &file, "--map", &example("orders.toml"), "--json"])
}

#[test]
fn the_book_holds_what_is_worth_trying() {
    let lines = book();
    assert!((190..=230).contains(&lines.len()), "{} lines", lines.len());
    let all: Vec<_> = ASKED.iter().map(|asked| figures(&lines, *asked)).collect();
    assert_eq!(all[2].len(), 9);
    let any = |found: fn(&Figures<'_>) -> bool| all.iter().any(|it| it.values().any(found));
    assert!(any(|it| it.revenue % 10 == 5), "half a cent, rounded up");
    assert!(any(|it| it.revenue < 0 && it.orders.is_empty()), "only money given back");
    assert!(any(|it| !it.any && it.rank == 9), "nothing within the window");
    assert!(all.iter().all(|it| it[&107].rank == it[&108].rank), "two share a rank");
    // Counted by hand: the edges of one window lie within the others.
    assert_eq!(all.iter().map(|it| it[&106].revenue).collect::<Vec<_>>(), [321, 4_641, 4_620]);
    assert_eq!(cents(-5), "-0.01");
    assert_eq!(
        (cents(4), cents(-4), cents(123_455)),
        ("0.00".into(), "0.00".into(), "123.46".into())
    );
}

#[test]
fn figures_agree_to_the_cent_at_first_again_and_shuffled() {
    let lines = book();
    let place = Place::new();
    let first = import(&place, file(&lines, None));
    assert_eq!(first["lines"], lines.len());
    let nobodys = || lines.iter().filter(|line| line.customer.is_none());
    assert_eq!(first["without_account"]["lines"], nobodys().count());
    let sum = first["without_account"]["amount"].as_str().unwrap().replace('.', "");
    assert_eq!(sum.parse::<i64>().unwrap(), nobodys().map(Line::amount).sum::<i64>());
    assert_eq!(first["unreadable"]["rows"], 0, "{first}");
    agrees(&place, &lines);

    let before = place.json(&["audit", "state"]);
    for seed in [None, Some(1), Some(2)] {
        let again = import(&place, file(&lines, seed));
        assert_eq!(
            (&again["facts"]["new"], &again["facts"]["conflicting"]),
            (&0.into(), &0.into())
        );
        assert_eq!(place.json(&["audit", "state"]), before, "shuffled by {seed:?}");
    }
    agrees(&place, &lines);
    let replay = place.json(&["audit", "replay", "--json"]);
    assert_eq!(replay["differences"], Value::Array(Vec::new()));

    let other = Place::new();
    import(&other, file(&lines, Some(3)));
    agrees(&other, &lines);
}

/// Who works where: client, contact, name, title.
type Row = [&'static str; 4];

const JANUARY: [Row; 14] = [
    ["A", "1", "Ada Ames", "Chair"],
    ["A", "2", "Ben Bird", ""],
    ["A", "3", "Cy Cole", "Buyer"],
    ["A", "4", "Di Dunn", ""],
    ["A", "5", "Ed East", ""],
    ["B", "1", "Ada Ames", ""],
    ["B", "6", "Flo Ford", "Chairman"],
    ["B", "7", "Gus Gray", ""],
    ["B", "8", "Hal Hunt", "Buyer"],
    ["B", "9", "Ida Iles", ""],
    ["C", "10", "Jo \"JJ\" Jay, Sr.", "Vice Chair"],
    ["C", "11", "Kay Kerr", ""],
    ["C", "12", "Lou Lamb", ""],
    ["C", "13", "Mia Moss", ""],
];

fn list(rows: &[Row]) -> String {
    let mut text = "client_id,contact_id,name,title\n".to_owned();
    for [client, contact, name, title] in rows {
        let name = name.replace('"', "\"\"");
        writeln!(text, "{client},{contact},\"{name}\",{title}").unwrap();
    }
    text
}

/// A list from the one before it: without some, with others anew or in place of theirs.
fn after(before: &[Row], gone: &[(&str, &str)], now: &[Row]) -> Vec<Row> {
    let same = |row: &Row, other: &Row| row[..2] == other[..2];
    let stays =
        |row: &&Row| !gone.contains(&(row[0], row[1])) && !now.iter().any(|other| same(row, other));
    before.iter().filter(stays).chain(now).copied().collect()
}

/// What a report names: the client, the person, and what was and is.
fn said(report: &Value, what: &str) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let line = |item: &Value| {
        let person = item.get("person").unwrap_or(item);
        let mut line = format!("{} {}", text(&person["account"]), text(&person["name"]));
        if let (Some(before), Some(after)) = (item.get("before"), item.get("after")) {
            write!(line, ": {} > {}", text(before), text(after)).unwrap();
        }
        line
    };
    report[what].as_array().unwrap().iter().map(line).collect()
}

fn synced(place: &Place, day: &str, rows: &[Row], expected: [(&str, &[&str]); 4]) {
    let path = place.file(&format!("{day}.csv"), list(rows)).display().to_string();
    let map = example("contacts.toml");
    let sync = || place.json(&["sync", "contacts", &path, "--map", &map, "--json"]);
    let report = sync();
    assert_eq!(report["held"], Value::Null, "{report}");
    for (what, wanted) in expected {
        let wanted: BTreeSet<String> = wanted.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(said(&report, what), wanted, "{what} on {day}");
    }
    let again = sync();
    assert_eq!(again["appended"], 0, "{again}");
    for (what, _) in expected {
        assert!(said(&again, what).is_empty(), "{what} on {day} again: {again}");
    }
}

#[test]
fn three_lists_yield_exactly_what_changed_between_them() {
    let place = Place::new();
    let everyone: Vec<String> =
        JANUARY.iter().map(|[client, _, name, _]| format!("{client} {name}")).collect();
    let everyone: Vec<&str> = everyone.iter().map(String::as_str).collect();
    let none: &[&str] = &[];
    synced(
        &place,
        "2024-01-10",
        &JANUARY,
        [("joined", &everyone), ("left", none), ("title_changed", none), ("renamed", none)],
    );

    // The chair becomes a member at one client only; Gus is gone; Ben goes from A to C.
    let february = after(
        &JANUARY,
        &[("B", "7"), ("A", "2")],
        &[["A", "1", "Ada Ames", ""], ["B", "9", "Ida Irons", ""], ["C", "2", "Ben Bird", "Buyer"]],
    );
    synced(
        &place,
        "2024-02-10",
        &february,
        [
            ("joined", &["C Ben Bird"]),
            ("left", &["A Ben Bird", "B Gus Gray"]),
            ("title_changed", &["A Ada Ames: Chair > "]),
            ("renamed", &["B Ida Irons: Ida Iles > Ida Irons"]),
        ],
    );

    // Gus is back; Mia is gone; Kay has another name and a title at once.
    let march = after(
        &february,
        &[("C", "13")],
        &[["B", "7", "Gus Gray", "Chair"], ["C", "11", "Kay King", "Ranking Member"]],
    );
    synced(
        &place,
        "2024-03-10",
        &march,
        [
            ("joined", &["B Gus Gray"]),
            ("left", &["C Mia Moss"]),
            ("title_changed", &["C Kay King:  > Ranking Member"]),
            ("renamed", &["C Kay King: Kay Kerr > Kay King"]),
        ],
    );
}
