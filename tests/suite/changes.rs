//! A thousand dated changes of contacts, in order, shuffled and twice.

use std::collections::BTreeSet;

use linchpin_tests::{Desk, Place, data, shuffle};
use serde_json::{Value, json};

/// The changes as CloudEvents, one a line.
fn events() -> Option<Vec<String>> {
    let text = std::fs::read_to_string(data("contact-changes/changes.jsonl")?).unwrap();
    let events = text.lines().enumerate().map(|(number, line)| {
        let change: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| change[name].as_str().unwrap_or("").to_owned();
        let mut data = json!({
            "account": format!("congress:{}", field("org")),
            "contact": format!("congress:{}", field("person")),
        });
        if field("type") != "contact_left" {
            let title = field("title_after");
            let decides = ["Chairman", "Chair"].contains(&title.as_str());
            data["person"] = json!({ "name": field("name") });
            data["title"] = json!(title);
            data["role"] = if decides { json!("decision maker") } else { Value::Null };
        }
        let kind = match field("type").as_str() {
            "contact_joined" => "linchpin.contact.joined",
            "contact_left" => "linchpin.contact.left",
            "title_changed" => "linchpin.contact.changed",
            other => panic!("{other}"),
        };
        let event = json!({
            "specversion": "1.0", "id": number.to_string(), "source": "congress", "type": kind,
            "time": field("at"), "datacontenttype": "application/json", "data": data,
        });
        event.to_string()
    });
    Some(events.collect())
}

/// What is known in the end: the state, and the keys of the alerts that stand.
fn ending(place: &Place, founding: &[&str], events: &[String]) -> (String, BTreeSet<String>) {
    place.run(&[&["init", "--time-zone", "America/New_York"], founding].concat());
    let desk = Desk::start(place);
    for part in events.chunks(200) {
        let answer = desk.post("/v1/events", "application/x-ndjson", part.join("\n"));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    desk.settle();
    assert!(desk.stop());
    let replay = place.json(&["audit", "replay", "--json"]);
    assert_eq!(replay["differences"], json!([]), "{replay}");
    assert_eq!(replay["not_yet_decided"], 0);
    let alerts = place.json(&["alerts", "--json"]);
    let keys = alerts["alerts"].as_array().unwrap().iter().map(|alert| alert["key"].to_string());
    (place.run(&["audit", "state"]).out, keys.collect())
}

fn the_order_leaves_no_trace(founding: &[&str]) {
    let Some(events) = events() else { return };
    let (state, alerts) = ending(&Place::new(), founding, &events);
    assert!(!alerts.is_empty(), "some committee has lost its chair");

    let mut shuffled = events.clone();
    shuffle(&mut shuffled, 11);
    let (other_state, other_alerts) = ending(&Place::new(), founding, &shuffled);
    assert!(state == other_state, "shuffled, the state is another");
    assert_eq!(alerts, other_alerts, "shuffled");

    let twice = [shuffled, events].concat();
    let (other_state, other_alerts) = ending(&Place::new(), founding, &twice);
    assert!(state == other_state, "told twice, the state is another");
    assert_eq!(alerts, other_alerts, "told twice");
}

#[test]
fn the_order_of_changes_leaves_no_trace() {
    the_order_leaves_no_trace(&[]);
}

#[test]
fn the_order_of_changes_leaves_no_trace_on_a_simulated_ledger() {
    the_order_leaves_no_trace(&["--simulated"]);
}
