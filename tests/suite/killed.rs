//! `kill -9` at random moments: what was acknowledged is there once, and the end is the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use linchpin_tests::{Desk, Place, example};
use serde_json::{Value, json};

/// How often to kill; `LINCHPIN_KILLS` asks for more.
fn kills() -> u64 {
    std::env::var("LINCHPIN_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// Pseudo-random moments, the same every run.
fn moment(seed: u64, most_ms: u64) -> Duration {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Duration::from_millis((mixed ^ (mixed >> 29)) % most_ms)
}

fn orders(invoices: u32) -> String {
    let mut text = String::from(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
    );
    for n in 0..invoices {
        let (month, day, customer) = (n % 12 + 1, n % 28 + 1, n % 97);
        for item in 0..4 {
            writeln!(
                text,
                "{n},I{item},Thing,{},2011-{month:02}-{day:02} 10:00:00,1.25,{customer}.0,Eire",
                item + 1
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn an_import_killed_again_and_again_ends_in_the_same_state() {
    let whole = Place::new();
    let text = orders(6_000);
    let map = example("orders.toml");
    let import = |place: &Place| {
        let file = place.file("orders.csv", &text).display().to_string();
        place.command(&["import", &file, "--map", &map])
    };
    assert!(import(&whole).output().unwrap().status.success());

    let killed = Place::new();
    let mut cut_short = 0;
    for n in 0..kills() {
        let mut child =
            import(&killed).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(moment(n, 900));
        cut_short += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(cut_short > 0, "every import was faster than its kill");
    let resumed = import(&killed).output().unwrap();
    assert!(resumed.status.success(), "{}", String::from_utf8_lossy(&resumed.stderr));
    let state = |place: &Place| place.run(&["audit", "state", "--as-of", "2011-12-31"]).out;
    assert!(state(&whole) == state(&killed), "the state is another");
    assert_eq!(killed.json(&["audit", "replay", "--json"])["differences"], json!([]));
}

fn event(number: u64) -> String {
    json!({
        "specversion": "1.0", "id": number.to_string(), "source": "traffic",
        "type": "linchpin.contact.joined", "time": "2026-01-05T10:00:00Z",
        "data": {
            "account": format!("traffic:{}", number % 7), "contact": format!("traffic:{number}"),
            "person": { "name": format!("Person {number}") },
        },
    })
    .to_string()
}

#[test]
fn what_was_acknowledged_under_live_traffic_is_there_once() {
    let place = Place::new();
    place.run(&["init"]);
    let kind = "application/cloudevents+json";
    let mut acknowledged: BTreeSet<u64> = BTreeSet::new();
    let mut number = 0;
    for round in 0..kills() {
        let mut desk = Desk::start(&place);
        let address = desk.door().to_owned();
        let killer = std::thread::spawn({
            let wait = moment(round, 700) + Duration::from_millis(100);
            move || {
                std::thread::sleep(wait);
                desk.kill();
            }
        });
        loop {
            let Ok(answer) = send(&address, kind, &event(number)) else { break };
            assert!([200, 201].contains(&answer), "{answer}");
            acknowledged.insert(number);
            number += 1;
        }
        killer.join().unwrap();
    }
    assert!(acknowledged.len() > 20, "only {} got through", acknowledged.len());

    let desk = Desk::start(&place);
    for number in &acknowledged {
        let again = desk.post("/v1/events", kind, event(*number));
        assert_eq!(again.status, 200, "{number} was acknowledged, but is new: {}", again.body);
    }
    desk.settle();
    let mut told: Vec<String> = Vec::new();
    let mut expected = 0;
    for position in 1..=desk.head() {
        let entry = desk.get(&format!("/v1/entries/{position}"));
        assert_eq!(entry.status, 200, "positions have a gap at {position}");
        expected += 1;
        let entry: Value = entry.json();
        told.extend(entry["item"]["id"].as_str().map(str::to_owned));
    }
    told.sort();
    told.dedup();
    assert_eq!(told.len(), expected, "an entry stands twice");
    assert!(desk.stop());
    assert_eq!(place.json(&["audit", "replay", "--json"])["differences"], json!([]));
}

fn send(address: &str, kind: &str, body: &str) -> Result<u16, ureq::Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.timeout_global(Some(Duration::from_secs(5))).build().into();
    let request = agent.post(format!("{address}/v1/events")).header("content-type", kind);
    Ok(request.send(body)?.status().as_u16())
}
