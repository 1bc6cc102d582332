//! A wholesaler's invoice lines: revenue, orders, rank and share on four dates, against figures
//! that an independent program computed.

use std::collections::BTreeMap;
use std::path::Path;

use linchpin_tests::{Place, data, example, gunzip, shuffle};
use serde_json::Value;

const DATES: [&str; 4] = ["2011-03-31", "2011-06-30", "2011-09-30", "2011-12-09"];

fn import(place: &Place, file: &Path, more: &[&str]) -> Value {
    let (file, map) = (file.display().to_string(), example("orders.toml"));
    let args = [&["import", &file, "--map", &map, "--json"], more].concat();
    place.json(&args)
}

fn status(place: &Place, date: &str) -> BTreeMap<String, Value> {
    let portfolio = place.json(&["status", "--as-of", date, "--json"]);
    assert_eq!(portfolio["as_of"], date);
    let accounts = portfolio["accounts"].as_array().unwrap().iter();
    accounts.map(|row| (row["external_id"].as_str().unwrap().to_owned(), row.clone())).collect()
}

fn agrees_with_expected(place: &Place) {
    for date in DATES {
        let Some(path) = data(&format!("orders/expected-{date}.json")) else { return };
        let expected: Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let found = status(place, date);
        for customer in expected["customers"].as_array().unwrap() {
            let id = customer["customer"].as_str().unwrap();
            let row = found.get(id).unwrap_or_else(|| panic!("{id} is missing on {date}"));
            assert_eq!(row["revenue"], customer["revenue_2dp"], "revenue of {id} on {date}");
            assert_eq!(row["orders"], customer["orders"], "orders of {id} on {date}");
            assert_eq!(row["rank"], customer["rank"], "rank of {id} on {date}");
            let (share, wanted) =
                (row["share"].as_f64().unwrap(), customer["share"].as_f64().unwrap());
            assert!(
                (share - wanted).abs() < 1e-9,
                "share of {id} on {date}: {share}, not {wanted}"
            );
        }
        assert_eq!(found.len() as u64, expected["customers_known"].as_u64().unwrap(), "{date}");
    }
}

#[test]
fn figures_agree_to_the_cent_and_the_file_again_adds_nothing() {
    let Some(orders) = data("orders/orders.csv.gz") else { return };
    let place = Place::new();
    let first = import(&place, &orders, &[]);
    assert_eq!(first["lines"], 46_431);
    assert_eq!(first["without_account"]["lines"], 1_480);
    assert_eq!(first["without_account"]["amount"], "27749.15");
    assert_eq!(first["unreadable"]["rows"], 0);
    agrees_with_expected(&place);

    let again = import(&place, &orders, &[]);
    assert_eq!(again["facts"]["new"], 0, "{again}");
    assert_eq!(again["facts"]["conflicting"], 0, "{again}");

    let text = gunzip(&orders);
    let (header, lines) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = lines.lines().collect();
    shuffle(&mut lines, 42);
    let shuffled = place.file("shuffled.csv", format!("{header}\n{}\n", lines.join("\n")));
    let shuffled = import(&place, &shuffled, &[]);
    assert_eq!(shuffled["facts"]["new"], 0, "{shuffled}");
    assert_eq!(shuffled["facts"]["conflicting"], 0, "{shuffled}");
    agrees_with_expected(&place);

    let replay = place.json(&["audit", "replay", "--json"]);
    assert_eq!(replay["differences"], Value::Array(Vec::new()));
    assert_eq!(replay["not_yet_decided"], 0);
}

#[test]
fn an_order_of_arrival_leaves_no_trace() {
    let Some(orders) = data("orders/orders.csv.gz") else { return };
    let text = gunzip(&orders);
    let (header, lines) = text.split_once('\n').unwrap();
    let mut lines: Vec<&str> = lines.lines().collect();
    shuffle(&mut lines, 7);
    let place = Place::new();
    let file = place.file("orders.csv", format!("{header}\n{}\n", lines.join("\n")));
    import(&place, &file, &[]);
    agrees_with_expected(&place);
}

const SMALL: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536370,A,Clock,2,2010-12-01 08:45:00,3.75,12583.0,France
536370,B,Plate,1,2010-12-01 08:45:00,0.85,12583.0,France
C536380,A,Clock,-1,2010-12-02 09:00:00,3.75,12583.0,France
536390,A,Clock,5,2010-12-03 09:00:00,3.75,,France
";

#[test]
fn an_invoice_that_comes_again_with_other_lines_is_taken_only_when_asked() {
    let place = Place::new();
    let file = place.file("orders.csv", SMALL);
    let first = import(&place, &file, &[]);
    assert_eq!(first["without_account"]["lines"], 1, "{first}");
    assert_eq!(status(&place, "2010-12-31")["12583"]["revenue"], "4.60");
    assert_eq!(status(&place, "2010-12-31")["12583"]["orders"], 1);

    let file = place.file("orders.csv", SMALL.replace("0.85", "10.85"));
    let reported = import(&place, &file, &[]);
    assert_eq!(reported["facts"]["conflicting"], 1, "{reported}");
    assert_eq!(reported["facts"]["new"], 0, "{reported}");
    assert_eq!(status(&place, "2010-12-31")["12583"]["revenue"], "4.60");

    let corrected = import(&place, &file, &["--correct"]);
    assert_eq!(corrected["facts"]["corrected"], 1, "{corrected}");
    assert_eq!(status(&place, "2010-12-31")["12583"]["revenue"], "14.60");
    let again = import(&place, &file, &["--correct"]);
    assert_eq!(
        (&again["facts"]["corrected"], &again["facts"]["new"]),
        (&Value::from(0), &Value::from(0)),
        "{again}"
    );

    let back = place.file("orders.csv", SMALL);
    import(&place, &back, &["--correct"]);
    assert_eq!(status(&place, "2010-12-31")["12583"]["revenue"], "4.60");
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = Place::new();
    place.run(&["init", "--currency", "GBP"]);
    let file = place.file("orders.csv", SMALL);
    let dry = import(&place, &file, &["--dry-run"]);
    assert!(dry["facts"]["new"].as_u64().unwrap() > 0, "{dry}");
    assert!(status(&place, "2010-12-31").is_empty());
}
