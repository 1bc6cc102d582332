//! Input that is wrong: each gets a clear error with its place, and nothing is half-applied.

use std::fmt::Write as _;

use linchpin_tests::{Desk, Place, example, skipped_when_spread};
use serde_json::{Value, json};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn import(place: &Place, content: impl AsRef<[u8]>) -> Value {
    let file = place.file("orders.csv", content).display().to_string();
    place.json(&["import", &file, "--map", &example("orders.toml"), "--json"])
}

fn quarantine(place: &Place) -> Vec<Value> {
    place.json(&["quarantine", "list", "--json"]).as_array().unwrap().clone()
}

#[test]
fn a_broken_quote_on_line_40_000_loses_one_line() {
    let mut text = HEADER.to_owned();
    for n in 0..50_000 {
        let item = if n == 39_998 { "\"broken" } else { "whole" };
        writeln!(text, "{n},A,{item},1,2011-03-04 10:00:00,2.00,{}.0,Eire", n % 50).unwrap();
    }
    let place = Place::new();
    let summary = import(&place, text);
    assert_eq!(summary["lines"], 50_000, "{summary}");
    let items = quarantine(&place);
    assert_eq!(items.len(), 1, "{items:?}");
    assert!(items[0]["place"].as_str().unwrap().replace(',', "").contains("40000"), "{items:?}");
    let accounts = place.json(&["status", "--as-of", "2011-12-31", "--json"]);
    assert_eq!(accounts["total_revenue"], "99998.00", "every other line was taken");
}

#[test]
fn rows_that_cannot_be_read_wait_and_can_be_mended() {
    let place = Place::new();
    let rows = [
        b"1,A,x,1,2011-02-31 10:00:00,2.00,1.0,Eire\n".to_vec(),
        b"2,A,x,many,2011-03-01 10:00:00,2.00,1.0,Eire\n".to_vec(),
        b"3,A,x,1,2011-03-01 10:00:00,2.00,1.0,Eire\n".to_vec(),
        b"4,A,x,1,2011-03-01 10:00:00,2.00,1.0,\xff\xfe\n".to_vec(),
        b"5,A,x,1,2011-03-01 10:00:00\n".to_vec(),
        b"6,A,x,1,2011-03-01 10:00:00,2.00,1.0,Eire\n6,B,x,oops,2011-03-01 10:00:00,9.00,1.0,Eire\n".to_vec(),
    ];
    let content = [HEADER.as_bytes().to_vec(), rows.concat()].concat();
    import(&place, &content);
    let items = quarantine(&place);
    let said: String = items.iter().map(Value::to_string).collect();
    assert_eq!(items.len(), 5, "{said}");
    for word in ["2011-02-31", "many", "UTF-8", "oops"] {
        assert!(said.contains(word), "nothing says {word}: {said}");
    }
    let status = place.json(&["status", "--as-of", "2011-12-31", "--json"]);
    assert_eq!(status["total_revenue"], "2.00", "invoice 6 is taken whole or not at all");

    import(&place, &content);
    assert_eq!(quarantine(&place).len(), 5, "the same rows again wait once");

    let many = items.iter().find(|item| item.to_string().contains("many")).unwrap();
    let number = many["id"].to_string();
    let shown = place.run(&["quarantine", "show", &number]).out;
    let mended = shown.split("\n\n").nth(1).unwrap().replace("many", "3");
    let mended = place.file("mended.csv", mended).display().to_string();
    let map = example("orders.toml");
    place.run(&["quarantine", "retry", &number, "--with", &mended, "--map", &map]);
    let status = place.json(&["status", "--as-of", "2011-12-31", "--json"]);
    assert_eq!(status["total_revenue"], "8.00");
    assert_eq!(quarantine(&place).len(), 4);
}

#[test]
fn files_and_maps_that_are_wrong_say_where() {
    let place = Place::new();
    let map = example("orders.toml");
    let missing = place.refused(&["import", "nowhere.csv", "--map", &map]);
    assert!(missing.contains("nowhere.csv"), "{missing}");
    let file = place.file("orders.csv", "Number,Day\n1,2\n").display().to_string();
    let columns = place.refused(&["import", &file, "--map", &map]);
    assert!(columns.contains("InvoiceNo") && columns.contains("Number"), "{columns}");
    let good = std::fs::read_to_string(&map).unwrap();
    let bad = place.file("bad.toml", good.replace("credit_note.issued", "weather.changed"));
    let unknown = place.refused(&["import", &file, "--map", &bad.display().to_string()]);
    assert!(unknown.contains("bad.toml:") && unknown.contains("weather.changed"), "{unknown}");
}

#[test]
fn a_policy_that_names_an_unknown_measure_says_where() {
    let place = Place::new();
    place.run(&["init"]);
    let good = place.run(&["policy", "show"]).out;
    let measure = "\nmeasure = \"revenue\"";
    let line = 2 + good[..good.find(measure).unwrap()].matches('\n').count();
    let bad = place.file("policy.toml", good.replace(measure, "\nmeasure = \"charm\""));
    let bad = bad.display().to_string();
    for verb in ["check", "adopt"] {
        let said = place.refused(&["policy", verb, &bad]);
        assert!(
            said.contains(&format!("policy.toml:{line}:11: ")) && said.contains("charm"),
            "{said}"
        );
        assert!(said.contains("revenue"), "it says what was expected: {said}");
    }
    assert_eq!(place.run(&["policy", "list"]).out.lines().count(), 2, "nothing was adopted");
}

#[test]
fn ledgers_that_are_not_there_or_no_ledgers_say_so() {
    let place = Place::new();
    let missing = place.refused(&["status"]);
    let named = if place.is_spread() { "?schema=ledger_" } else { "ledger.db" };
    assert!(missing.contains(named) && missing.contains("linchpin init"), "{missing}");
    place.file("ledger.db", "I am a shopping list, and rather long for one.".repeat(40));
    let file = place.path().join("ledger.db");
    let other = place.refused(&["--ledger", &format!("sqlite:{}", file.display()), "status"]);
    assert!(other.contains("not a Linchpin ledger"), "{other}");
    let scheme = place.try_run(&["--ledger", "mysql:x", "status"]);
    assert!(scheme.err.contains("sqlite:PATH"), "{}", scheme.err);
}

#[test]
fn a_full_disk_is_said_and_nothing_is_half_applied() {
    if skipped_when_spread("only a file can be given a limit of its own") {
        return;
    }
    let place = Place::new();
    place.run(&["init", "--currency", "GBP"]);
    let mut text = HEADER.to_owned();
    for n in 0..20_000 {
        writeln!(text, "{n},A,x,1,2011-03-04 10:00:00,2.00,{}.0,Eire", n % 50).unwrap();
    }
    let file = place.file("orders.csv", text).display().to_string();
    let small = format!("{}?max_mib=2", place.url());
    let full =
        place.try_run(&["--ledger", &small, "import", &file, "--map", &example("orders.toml")]);
    assert!(!full.ok && full.err.contains("no room"), "{full:?}");
    place.run(&["import", &file, "--map", &example("orders.toml")]);
    let status = place.json(&["status", "--as-of", "2011-12-31", "--json"]);
    assert_eq!(status["total_revenue"], "40000.00", "with room, the rest is taken, once");
}

fn event(data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": "1", "source": "test", "type": "linchpin.contract.signed",
        "time": "2026-01-05T10:00:00Z", "data": data,
    })
    .to_string()
}

#[test]
fn events_that_are_wrong_are_problems_with_a_place() {
    let place = Place::new();
    place.run(&["init"]);
    let desk = Desk::start(&place);
    let good = json!({
        "account": "crm:1", "contract": "crm:1", "title": "Frame", "kind": "framework",
        "start": "2026-01-01", "end": "2026-12-31",
    });
    let with = |field: &str, value: Value| {
        let mut data = good.clone();
        data[field] = value;
        event(&data)
    };
    let structured = "application/cloudevents+json";
    let cases = [
        (with("notice_days", json!("ninety")), "notice_days"),
        (with("colour", json!("red")), "colour"),
        (with("end", json!("2026-02-31")), "2026-02"),
        (with("kind", json!("handshake")), "retainer"),
        ("{\"specversion\":".to_owned(), "\"line\":1"),
    ];
    for (body, says) in cases {
        let answer = desk.post("/v1/events", structured, &body);
        assert!([400, 422].contains(&answer.status), "{}: {}", answer.status, answer.body);
        assert_eq!(answer.kind, "application/problem+json");
        assert!(answer.body.contains(says), "nothing says {says}: {}", answer.body);
    }
    let invalid = desk.post("/v1/events", structured, b"{\"specversion\":\"1.0\xff\"}");
    assert!([400, 422].contains(&invalid.status), "{}", invalid.body);
    let huge = desk.try_post("/v1/events", structured, vec![b' '; 100 << 20]);
    if let Ok(answer) = huge {
        assert_eq!(answer.status, 413, "{}", answer.body);
    }
    assert_eq!(desk.head(), 3, "nothing of it was stored");
    assert_eq!(desk.post("/v1/events", structured, event(&good)).status, 201);
}

#[test]
fn memory_does_not_grow_with_the_file_and_pipes_see_no_progress() {
    let peak = |lines: u32| {
        let place = Place::new();
        let mut text = HEADER.to_owned();
        for n in 0..lines {
            writeln!(text, "{},A,x,1,2011-03-04 10:00:00,2.00,7.0,Eire", n / 40).unwrap();
        }
        let file = place.file("orders.csv", text).display().to_string();
        let map = example("orders.toml");
        let mut child = place
            .command(&["import", &file, "--map", &map, "--dry-run"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            peak = peak.max(linchpin_tests::peak_kib(child.id()));
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !said.contains('\r') && !said.contains("per_sec") && !said.contains("/s,"),
            "{said}"
        );
        peak
    };
    let (small, large) = (peak(20_000), peak(400_000));
    assert!(large < small * 2 + 16_000, "{small} KiB for 20,000 lines, {large} KiB for 400,000");
}
