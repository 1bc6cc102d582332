//! The dated history of framework agreements, lived through.

use std::collections::BTreeMap;

use linchpin_tests::{Place, data, example};
use serde_json::Value;

/// Title → lead time, of the deadlines of one rule.
fn deadlines(place: &Place, more: &[&str], rule: &str) -> BTreeMap<String, u64> {
    let args = [&["alerts", "--json", "--all", "--as-of", "2021-05-01"], more].concat();
    let alerts = place.json(&args);
    let alerts = alerts["alerts"].as_array().unwrap().iter().filter(|alert| alert["rule"] == rule);
    let lead = |alert: &Value| alert["lead_days"].as_u64().unwrap();
    alerts
        .map(|alert| {
            (format!("{}|{}", alert["title"].as_str().unwrap(), alert["day"]), lead(alert))
        })
        .collect()
}

/// Ends of agreements as a list in the data gives them at a moment: number → last day.
fn ends(path: &std::path::Path, known_at: &str) -> BTreeMap<String, String> {
    let mut ends = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        if event["at"].as_str().unwrap() > known_at {
            continue;
        }
        let number = event["no"].as_str().unwrap().to_owned();
        let end = event["end"].as_str().or_else(|| event["after"][1].as_str());
        if let Some(end) = end {
            ends.insert(number, iso(end));
        }
    }
    ends
}

/// Both spellings of a date: 09-Jul-2021 and 2021-07-09.
fn iso(date: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = date.split('-').collect();
    match MONTHS.iter().position(|month| *month == parts[1]) {
        Some(month) => format!("{}-{:02}-{}", parts[2], month + 1, parts[0]),
        None => date.to_owned(),
    }
}

fn lived_through() -> Option<(Place, std::path::PathBuf)> {
    let history = data("contracts/agreement_events.jsonl")?;
    let place = Place::new();
    let (file, map) = (history.display().to_string(), example("contracts.toml"));
    place.run(&["import", &file, "--map", &map, "--simulated", "--time-zone", "Europe/London"]);
    Some((place, history))
}

#[test]
fn agreements_near_their_end_are_listed_as_known_then_and_as_known_now() {
    let Some((place, history)) = lived_through() else { return };
    for (more, known_at) in [(&["--known-at", "2021-05-01"][..], "2021-05-01T23:59"), (&[], "9999")]
    {
        let listed = deadlines(&place, more, "contract-end");
        let days = |end: &str| -> i64 {
            let epoch = |text: &str| {
                let numbers: Vec<i64> = text.split('-').map(|n| n.parse().unwrap()).collect();
                let (y, m, d) = (numbers[0], numbers[1], numbers[2]);
                let shifted = (m + 9) % 12;
                let y = y - shifted / 10;
                365 * y + y / 4 - y / 100 + y / 400 + (shifted * 306 + 5) / 10 + d
            };
            epoch(end) - epoch("2021-05-01")
        };
        let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
        for end in ends(&history, known_at).values().filter(|end| end.len() == 10) {
            let left = days(end);
            let lead = [30, 90, 180].into_iter().find(|lead| (0..=*lead).contains(&left));
            if let Some(lead) = lead {
                *wanted.entry(format!("{end} {lead}")).or_default() += 1;
            }
        }
        let mut found: BTreeMap<String, u64> = BTreeMap::new();
        for (title, lead) in &listed {
            let day = title.rsplit('|').next().unwrap().trim_matches('"');
            *found.entry(format!("{day} {lead}")).or_default() += 1;
        }
        assert!(!wanted.is_empty());
        assert_eq!(found, wanted, "known at {known_at}");
    }
    assert_ne!(
        deadlines(&place, &["--known-at", "2021-05-01"], "contract-end"),
        deadlines(&place, &[], "contract-end"),
        "some ends were moved later"
    );
}

#[test]
fn the_alerts_of_each_day_were_raised_on_that_day() {
    let Some((place, _)) = lived_through() else { return };
    let replay = place.json(&["audit", "replay", "--json"]);
    assert_eq!(replay["differences"], Value::Array(Vec::new()), "{replay}");
    assert!(replay["decisions_recomputed"].as_u64().unwrap() > 300, "{replay}");
    let quarantine = place.json(&["quarantine", "list", "--json"]);
    let items = quarantine.as_array().unwrap();
    assert_eq!(items.len(), 1, "{quarantine}");
    assert!(items[0]["reason"].to_string().contains("20219-03-20"), "{quarantine}");
}
