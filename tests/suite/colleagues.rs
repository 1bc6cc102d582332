//! Who of us is here, and what they think of a client, on the command line.

use linchpin_tests::{Desk, Place};
use serde_json::json;

/// A new ledger with one client and nobody named.
fn new() -> Place {
    let place = Place::new();
    place.run(&["init", "--time-zone", "Europe/Stockholm"]);
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/desk", "type": "linchpin.account.registered",
        "time": "2024-01-10T08:00:00Z", "data": {"account": "crm:acme", "name": "Acme"},
    });
    let desk = Desk::start(&place);
    let answer = desk.post("/v1/events", "application/cloudevents+json", event.to_string());
    assert_eq!(answer.status, 201, "{}", answer.body);
    desk.settle();
    assert!(desk.stop());
    place
}

#[test]
fn the_first_of_us_is_named_and_judges_a_client() {
    let place = new();
    assert!(place.run(&["member", "list"]).err.contains("linchpin member name NAME"));
    let name = |name: &str, role: &str, more: &[&str]| {
        [&["member", "name", name, "--role", role][..], more]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let run = |args: &[String]| place.run(&args.iter().map(String::as_str).collect::<Vec<_>>()).out;
    let refused =
        |args: &[String]| place.refused(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let marit = name("Marit Berg", "key-account-director", &["--id", "hr:1"]);
    let said = run(&marit);
    assert!(said.contains("Marit Berg: key-account director (entry #"), "{said}");
    assert!(run(&marit).contains("already"), "twice is once");
    let eva = name("Eva Holm", "key-account-director", &[]);
    assert!(refused(&eva).contains("by the key-account director"));
    run(&name("Eva Holm", "account-manager", &[]));
    run(&name("Eva Holm", "key-account-director", &["--by", "Marit Berg"]));
    let listed = place.json(&["member", "list", "--json"]);
    let roles: Vec<_> = listed.as_array().unwrap().iter().map(|it| &it["role"]).collect();
    assert_eq!(roles, ["key-account director"; 2], "{listed}");
    assert!(refused(&name("Bo", "janitor", &[])).contains("write account-manager"));

    let because = ["--by", "Eva Holm", "--reason", "they lead their market"];
    let judge = |more: &[&str]| {
        let all = [&["account", "judge", "Acme", "--of", "strategic-fit"][..], more, &because];
        all.concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let said = run(&judge(&["--score", "5"]));
    assert!(said.contains("Acme: strategic fit judged at 5 of 5 (entry #"), "{said}");
    assert!(run(&judge(&["--score", "5"])).contains("so already"));
    assert!(refused(&judge(&["--score", "6"])).contains("outside 0 to 5"));
    let long = judge(&["--score", "4", "--expires", "2199-01-01"]);
    assert!(refused(&long).contains("3 years at most"));
    let why = place.run(&["explain", "Acme"]).out;
    assert!(why.contains("Strategic fit") && why.contains("5 of 5"), "{why}");
}
