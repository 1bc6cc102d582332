//! A policy from the first question to its third version, as a firm goes through it.

use linchpin_tests::Place;
use serde_json::{Value, json};

fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "nothing says {part}:\n{text}");
    }
}

/// Names one of us, as another system would: by an event.
fn name(place: &Place, id: &str, name: &str, role: &str) {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "hr", "type": "linchpin.member.named",
        "time": "2024-01-05T10:00:00Z",
        "data": {"member": id, "person": {"name": name}, "role": role},
    });
    let desk = linchpin_tests::Desk::start(place);
    let answer = desk.post("/v1/events", "application/cloudevents+json", event.to_string());
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(desk.stop());
}

#[test]
fn a_policy_is_written_checked_adopted_listed_and_compared() {
    let place = Place::new();
    let init = ["init", "--currency", "GBP", "--time-zone", "Europe/London", "--firm", "Quill"];
    place.run(&init);
    let new = ["policy", "new", "ours.toml", "--yes", "--much-revenue", "600000"];
    place.run(&[&new[..], &["--name", "Ours"]].concat());
    let again = place.refused(&new);
    has(&again, &["ours.toml is there already", "--force"]);
    let schema = std::fs::read_to_string(place.path().join("ours.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema, place.json(&["policy", "schema"]));
    let text = std::fs::read_to_string(place.path().join("ours.toml")).unwrap();
    assert!(text.starts_with("#:schema ./ours.schema.json\n"), "{text}");

    let said = place.run(&["policy", "check", "ours.toml"]).out;
    has(&said, &["a sound policy, “Ours”", "at 55 of 100 points", "£75,000 to £600,000"]);

    let adopted = place.run(&["policy", "adopt", "ours.toml"]).out;
    has(&adopted, &["“Ours” is in force from now on, as version 2"]);
    let again = place.run(&["policy", "adopt", "ours.toml"]).out;
    has(&again, &["in force already"]);
    assert_eq!(place.run(&["policy", "show"]).out, text);
    has(&place.run(&["policy", "show", "1"]).out, &["First policy"]);

    let list = place.run(&["policy", "list"]).out;
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.lines().last().unwrap().ends_with("in force"), "{list}");

    let diff = place.run(&["policy", "diff", "1", "current"]).out;
    has(&diff, &["It is called “Ours” (before: “First policy”)."]);
    has(&diff, &["Revenue: £75,000 to £600,000 in 12 months (before: £50,000 to £400,000"]);
    let same = place.run(&["policy", "diff", "ours.toml", "2"]).out;
    assert_eq!(same, "They say the same.\n");
    has(&place.refused(&["policy", "diff", "1", "7"]), &["no version 7: there are 1 to 2"]);
}

#[test]
fn a_policy_that_asks_for_approval_is_adopted_with_it_and_guards_its_place() {
    let place = Place::new();
    place.run(&["init"]);
    name(&place, "hr:kari", "Kari Berg", "key-account director");
    // Where the firm has a director, a first policy asks for theirs.
    place.run(&["policy", "new", "ours.toml", "--yes", "--name", "Ours"]);
    let bare = ["policy", "adopt", "ours.toml"];
    has(&place.refused(&bare), &["key-account director", "--approved-by \"Kari Berg=WHY\""]);
    let unknown = [&bare[..], &["--approved-by", "Odd Lie=Why not"]].concat();
    has(&place.refused(&unknown), &["nobody is called “Odd Lie”", "Kari Berg"]);
    assert_eq!(place.run(&["policy", "list"]).out.lines().count(), 2, "nothing was adopted");

    place.run(&[&bare[..], &["--approved-by", "Kari Berg=Agreed with the board"]].concat());
    has(&place.run(&["policy", "list"]).out, &["Kari Berg: Agreed with the board  in force"]);

    let text = std::fs::read_to_string(place.path().join("ours.toml")).unwrap();
    let section = "[adoption]\napproved_by = [\"key-account director\"]\n";
    place.file("free.toml", text.replace(section, "").replace("\"Ours\"", "\"Free\""));
    has(&place.refused(&["policy", "adopt", "free.toml"]), &["--approved-by"]);
    let diff = place.run(&["policy", "diff", "current", "free.toml"]).out;
    has(&diff, &["A policy in its place needs nobody’s approval (before: needs the approval of"]);
    place.run(&["policy", "adopt", "free.toml", "--approved-by", "hr:kari=No more forms"]);
    has(&place.run(&["policy", "show"]).out, &["name = \"Free\""]);
}
