//! The sample firm: what a new user sees.

use linchpin_tests::{Desk, Place};
use serde_json::json;

const PAGES: [&str; 8] = [
    "/",
    "/portfolio",
    "/alerts",
    "/policy",
    "/look-back",
    "/quarantine",
    "/portfolio.csv",
    "/portfolio?status=key&sort=score",
];

fn demo(place: &Place, today: &str) {
    place.run(&["demo", "--no-serve", "--today", today]);
}

#[test]
fn the_demo_shows_key_accounts_and_things_to_do_and_every_decision_holds() {
    let place = Place::new();
    demo(&place, "2026-11-20");
    let replay = place.json(&["audit", "replay", "--json"]);
    assert_eq!(replay["differences"], json!([]), "{replay}");
    assert_eq!(replay["not_yet_decided"], 0, "{replay}");
    let portfolio = place.json(&["status", "--json"]);
    let key = portfolio["accounts"].as_array().unwrap().iter().filter(|row| row["status"] == "key");
    assert!((8..=25).contains(&key.count()));
    let alerts = place.json(&["alerts", "--json"]);
    let rules: Vec<&str> =
        alerts["alerts"].as_array().unwrap().iter().map(|a| a["rule"].as_str().unwrap()).collect();
    for rule in ["decision-maker-lost", "contact-left", "notice", "ownership-disputed"] {
        assert!(rules.contains(&rule), "no {rule} in {rules:?}");
    }

    let desk = Desk::start(&place);
    for page in PAGES {
        let answer = desk.get(page);
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
    }
    assert!(desk.get("/").body.contains("Simulated"), "it says so on every page");
    assert_eq!(desk.get("/nothing").status, 404);
    assert!(desk.stop(), "told to stop, it ends well");
}

#[test]
fn the_same_seed_and_day_make_the_same_firm() {
    let (one, other) = (Place::new(), Place::new());
    demo(&one, "2026-11-20");
    demo(&other, "2026-11-20");
    let state = |place: &Place| place.run(&["audit", "state"]).out;
    assert!(state(&one) == state(&other));
    assert_eq!(
        one.json(&["alerts", "--json", "--all"]),
        other.json(&["alerts", "--json", "--all"])
    );
}

#[test]
fn an_alert_is_taken_in_hand_by_a_plain_form() {
    let place = Place::new();
    demo(&place, "2026-11-20");
    let desk = Desk::start(&place);
    let alerts = desk.get("/v1/alerts?state=open").json();
    let id = alerts["alerts"][0]["id"].as_str().unwrap().to_owned();
    let form = "application/x-www-form-urlencoded";
    let path = format!("/v1/alerts/{id}/acknowledge");
    let answer = desk.post(&path, form, "return_to=%2Falerts&note=calling");
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.header("location").unwrap().starts_with("/alerts"));
    let again = desk.post(&path, "application/json", "{}");
    assert_eq!(
        (again.status, again.kind.as_str()),
        (409, "application/problem+json"),
        "{}",
        again.body
    );
    let open = desk.get("/v1/alerts?state=open").json();
    assert!(!open["alerts"].to_string().contains(&id), "who acted sees it done at once");
    desk.settle();
    assert!(desk.stop());
    assert_eq!(place.json(&["audit", "replay", "--json"])["differences"], json!([]));
}
