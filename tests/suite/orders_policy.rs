//! Who is a key account on real orders under stated policies, against figures that an independent
//! program computed, and against a course lived through day by day from the raw lines. Nothing of
//! the desk's own rules is used for what is expected.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_tests::{Place, data, example, gunzip};
use serde_json::Value;

const DATES: [&str; 4] = ["2011-03-31", "2011-06-30", "2011-09-30", "2011-12-09"];

/// A key account by revenue and orders of the last 365 days, from one day to the next.
const AT_ONCE: &str = r#"
name = "At once"
enters_at = 2
stays_from = 2
grace_days = 0
"#;

/// The same with a trial, a band in which nothing changes and a grace.
const SLOWLY: &str = r#"
name = "Slowly"
enters_at = 3
stays_from = 2
grace_days = 10
trial_days = 20
[[criterion]]
id = "some"
title = "Some revenue"
measure = "revenue"
window_days = 365
at_least = 4000
points = 1
missing = "no points"
why = "What it takes to stay."
"#;

const CRITERIA: &str = r#"
[[criterion]]
id = "revenue"
title = "Revenue"
measure = "revenue"
window_days = 365
at_least = 5000
points = 1
missing = "no points"
why = "A few clients bring most of it."
[[criterion]]
id = "orders"
title = "Orders"
measure = "engagements"
window_days = 365
at_least = 3
points = 1
missing = "no points"
why = "One large order is luck."
"#;

const REVENUE: f64 = 5_000.0;
const ORDERS: u64 = 3;

/// A place that took in all orders and judges them by a policy from the first day on.
pub(crate) fn judged_by(policy: &str) -> Option<Place> {
    let orders = data("orders/orders.csv.gz")?;
    let place = Place::new();
    place.run(&["import", &orders.display().to_string(), "--map", &example("orders.toml")]);
    let policy = place.file("policy.toml", policy);
    place.run(&["policy", "adopt", &policy.display().to_string(), "--from", "2010-12-01"]);
    Some(place)
}

/// Each customer's status on a day, and since when.
fn statuses(place: &Place, date: &str) -> BTreeMap<String, (String, String)> {
    let portfolio = place.json(&["status", "--as-of", date, "--json"]);
    let rows = portfolio["accounts"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row =
        |row: &Value| (text(&row["external_id"]), (text(&row["status"]), text(&row["since"])));
    rows.map(row).collect()
}

#[test]
fn the_key_accounts_of_each_date_follow_from_the_expected_figures() {
    let Some(place) = judged_by(&format!("{AT_ONCE}{CRITERIA}")) else { return };
    for date in DATES {
        let Some(path) = data(&format!("orders/expected-{date}.json")) else { return };
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let enough = |customer: &&Value| {
            let revenue: f64 = customer["revenue"].as_str().unwrap().parse().unwrap();
            revenue >= REVENUE && customer["orders"].as_u64().unwrap() >= ORDERS
        };
        let customers = expected["customers"].as_array().unwrap().iter();
        let wanted = customers.filter(enough).map(|it| it["customer"].as_str().unwrap().to_owned());
        let wanted: BTreeSet<String> = wanted.collect();
        let found = statuses(&place, date).into_iter();
        let found = found.filter(|(_, (status, _))| status == "key").map(|(id, _)| id);
        assert_eq!(found.collect::<BTreeSet<String>>(), wanted, "{date}");
        assert!(wanted.len() >= 10, "{date}: {} are enough to tell", wanted.len());
    }
}

/// What a customer's lines come to on each day: thousandths of the currency, and orders.
type Ledger = BTreeMap<Date, (i64, u32)>;

/// One invoice as its lines have it.
#[derive(Default)]
struct Invoice {
    customer: String,
    day: Option<Date>,
    thousandths: i64,
    ordered: bool,
}

/// The customers' days, from the raw lines.
fn ledgers(text: &str) -> BTreeMap<String, Ledger> {
    let mut invoices: BTreeMap<String, Invoice> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let fields = fields(line);
        let [number, _, _, quantity, at, price, customer, _] = &fields[..] else {
            panic!("{line}")
        };
        if customer.is_empty() {
            continue;
        }
        let day: Date = at.split(' ').next().unwrap().parse().unwrap();
        let quantity: i64 = quantity.parse().unwrap();
        let invoice = invoices.entry(number.clone()).or_default();
        invoice.customer = customer.trim_end_matches(".0").to_owned();
        invoice.day = Some(invoice.day.map_or(day, |earlier| earlier.min(day)));
        invoice.thousandths += quantity * thousandths(price);
        invoice.ordered |= quantity > 0 && !number.starts_with('C');
    }
    let mut ledgers: BTreeMap<String, Ledger> = BTreeMap::new();
    for invoice in invoices.into_values() {
        let ledger = ledgers.entry(invoice.customer).or_default();
        let day = ledger.entry(invoice.day.unwrap()).or_default();
        day.0 += invoice.thousandths;
        day.1 += u32::from(invoice.ordered);
    }
    ledgers
}

/// The fields of a line of CSV, in which a comma may stand between quotation marks.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}

fn thousandths(price: &str) -> i64 {
    let (whole, part) = price.split_once('.').unwrap_or((price, ""));
    let part = format!("{part:0<3}");
    assert_eq!(part.len(), 3, "a price has three places at most: {price}");
    whole.parse::<i64>().unwrap() * 1_000 + part.parse::<i64>().unwrap()
}

/// Where a customer stands, as lived through day by day.
struct Life {
    status: &'static str,
    since: Date,
    /// Since when it is a key account, reviews included.
    key_since: Date,
}

impl Life {
    fn turn(&mut self, status: &'static str, day: Date) {
        (self.status, self.since) = (status, day);
    }

    /// One day, with its points: key from 3 on, as long as there are 2.
    fn live(&mut self, day: Date, points: u32) {
        let on_trial = self.key_since + 20.days() > day;
        match self.status {
            "standard" | "released" if points >= 3 => {
                self.key_since = day;
                self.turn("key (trial)", day);
            }
            "key (trial)" | "key" if points < 2 => self.turn("under review", day),
            "key (trial)" if !on_trial => self.turn("key", day),
            "under review" if points >= 2 => {
                self.turn(if on_trial { "key (trial)" } else { "key" }, day);
            }
            "under review" if self.since + 10.days() <= day => self.turn("released", day),
            _ => {}
        }
    }
}

fn points(ledger: &Ledger, day: Date) -> u32 {
    let window = ledger.range(day - 364.days()..=day).map(|(_, of_day)| *of_day);
    let (money, orders) = window.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    u32::from(money >= 4_000_000) + u32::from(money >= 5_000_000) + u32::from(orders >= 3)
}

#[test]
fn trials_reviews_and_releases_fall_on_the_days_that_the_raw_lines_give() {
    let Some(place) = judged_by(&format!("{SLOWLY}{CRITERIA}")) else { return };
    let ledgers = ledgers(&gunzip(&data("orders/orders.csv.gz").unwrap()));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for date in ["2011-02-20", DATES[0], DATES[1], DATES[2], DATES[3], "2012-02-29"] {
        let last: Date = date.parse().unwrap();
        let mut found = statuses(&place, date);
        for (customer, ledger) in &ledgers {
            let first = *ledger.keys().next().unwrap();
            if first > last {
                continue;
            }
            let mut life = Life { status: "standard", since: first, key_since: first };
            first.series(1.day()).take_while(|day| *day <= last).for_each(|day| {
                life.live(day, points(ledger, day));
            });
            let wanted = (life.status.to_owned(), life.since.to_string());
            *seen.entry(wanted.0.clone()).or_default() += 1;
            assert_eq!(found.remove(customer), Some(wanted), "{customer} on {date}");
        }
        assert!(found.is_empty(), "{found:?} on {date}");
    }
    for status in ["standard", "key (trial)", "key", "under review", "released"] {
        assert!(seen.contains_key(status), "nobody was {status}: {seen:?}");
    }
}
