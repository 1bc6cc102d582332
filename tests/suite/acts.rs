//! What people do with clients, on the command line.

use linchpin_tests::{Desk, Place};
use serde_json::{Value, json};

/// A ledger with a director, two account managers and clients.
fn firm() -> Place {
    let place = Place::new();
    place.run(&["init", "--time-zone", "Europe/Stockholm"]);
    let mut facts = Vec::new();
    let people = [
        ("marit", "Marit Berg", "key-account director"),
        ("jonas", "Jonas Lind", "account manager"),
        ("eva", "Eva Holm", "account manager"),
    ];
    for (member, name, role) in people {
        let member = format!("staff:{member}");
        facts.push((
            "member.named",
            json!({"member": member, "person": {"name": name}, "role": role}),
        ));
    }
    for name in ["Acme", "Acme Tools", "Acme Tools Ltd", "Bolt"] {
        let account = format!("crm:{}", name.replace(' ', "-"));
        facts.push(("account.registered", json!({"account": account, "name": name})));
        if name != "Acme Tools Ltd" {
            let owned = json!({"account": account, "owner": "staff:jonas"});
            facts.push(("ownership.owner_assigned", owned));
        }
    }
    let events: Vec<String> = facts
        .into_iter()
        .enumerate()
        .map(|(id, (kind, data)): (usize, (&str, Value))| {
            let kind = format!("linchpin.{kind}");
            json!({
                "specversion": "1.0", "id": id.to_string(), "source": "/desk", "type": kind,
                "time": "2024-01-10T08:00:00Z", "data": data,
            })
            .to_string()
        })
        .collect();
    let desk = Desk::start(&place);
    let answer = desk.post("/v1/events", "application/x-ndjson", events.join("\n"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    desk.settle();
    assert!(desk.stop());
    place
}

fn account(place: &Place, args: &[&str]) -> String {
    place.run(&[&["account"], args].concat()).out
}

fn refused(place: &Place, args: &[&str]) -> String {
    place.refused(&[&["account"], args].concat())
}

#[test]
fn groups_are_made_merged_and_parted_by_name() {
    let place = firm();
    let by = ["--by", "Eva Holm"];
    let set = [&["parent", "Acme Tools", "--parent", "Acme"][..], &by].concat();
    let said = account(&place, &set);
    assert!(said.contains("Acme Tools: belongs to Acme"), "{said}");
    assert!(account(&place, &set).contains("so already"), "twice is once");
    let back = [&["parent", "acme", "--parent", "Acme Tools"][..], &by].concat();
    let why = refused(&place, &back);
    assert!(why.contains("close a loop: Acme → Acme Tools → Acme"), "{why}");

    let merge = ["merge", "crm:Acme-Tools-Ltd", "--into", "Acme Tools", "--reason", "one company"];
    let merge = [&merge[..], &by].concat();
    assert!(account(&place, &merge).contains("merged into Acme Tools"));
    let listed = place.json(&["status", "--json", "--top", "0"]);
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 3, "{listed}");
    let unmerge = ["unmerge", "Acme Tools Ltd", "--reason", "two after all"];
    let unmerge = [&unmerge[..], &by].concat();
    assert!(account(&place, &unmerge).contains("stands for itself again"));
    let why = refused(&place, &unmerge);
    assert!(why.contains("no duplicate is called “Acme Tools Ltd”"), "{why}");
    let listed = place.json(&["status", "--json", "--top", "0"]);
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 4, "{listed}");
}

#[test]
fn a_status_is_overridden_by_name_and_a_name_must_be_whole() {
    let place = firm();
    let because = ["--by", "Marit Berg", "--reason", "the owner is our guest"];
    let nominate = [&["nominate", "Bolt"][..], &because].concat();
    let why = refused(&place, &nominate);
    assert!(why.contains("points, 45 needed; override it instead"), "{why}");
    let end = [&["end-override", "Bolt"][..], &because].concat();
    assert!(refused(&place, &end).contains("no override holds today"));
    let overridden = ["override", "Bolt", "--to", "key", "--expires"];
    let too_long = [&overridden[..], &["2199-01-01"], &because].concat();
    assert!(refused(&place, &too_long).contains("3 years at most"));
    let today = place.json(&["status", "--json"])["clocks"]["as_of"].as_str().unwrap().to_owned();
    let today: jiff::civil::Date = today.parse().unwrap();
    let expires = today.saturating_add(jiff::ToSpan::days(100)).to_string();
    let said = account(&place, &[&overridden[..], &[&expires], &because].concat());
    assert!(said.contains("It is key today."), "{said}");
    assert!(account(&place, &end).contains("It is standard today."));

    let why = refused(&place, &[&["nominate", "Bol"][..], &because].concat());
    assert!(why.contains("no account is called “Bol”"), "{why}");
    let nobody = ["nominate", "Bolt", "--by", "Kari", "--reason", "x"];
    assert!(refused(&place, &nobody).contains("nobody is called “Kari”"));
}

#[test]
fn a_leavers_clients_pass_over_in_one_go() {
    let place = firm();
    let member = |args: &[&str]| place.run(&[&["member"], args].concat()).out;
    let left = member(&["leave", "Jonas Lind", "--by", "Marit Berg"]);
    assert!(left.contains("3 accounts are to be handed over"), "{left}");
    assert!(member(&["leave", "Jonas Lind", "--by", "Marit Berg"]).contains("has left already"));
    let over = ["hand-over", "Jonas Lind", "--to", "Eva Holm", "--to", "Marit Berg"];
    let over = [&over[..], &["--by", "Marit Berg", "--reason", "Jonas has left"]].concat();
    let plan = member(&[&over[..], &["--dry-run"]].concat());
    assert!(plan.contains("3 accounts would pass over"), "{plan}");
    let owned = |name: &str| {
        let members = place.json(&["member", "list", "--json"]);
        let mut members = members.as_array().unwrap().iter();
        let found = members.find(|it| it["name"] == name).unwrap();
        found["accounts"].as_u64().unwrap()
    };
    assert_eq!(owned("Jonas Lind"), 3, "a plan changes nothing");
    assert!(member(&over).contains("3 accounts passed over"));
    assert_eq!(owned("Jonas Lind"), 0);
    assert_eq!(owned("Eva Holm") + owned("Marit Berg"), 3);
    assert_eq!(owned("Eva Holm").abs_diff(owned("Marit Berg")), 1, "they are shared out evenly");
    assert!(member(&over).contains("there is nothing to hand over"));
}

/// Acme has a contract of which notice must be given within a month: Jonas is told of it.
fn notice_nears(place: &Place) {
    let today = place.json(&["status", "--json"])["clocks"]["as_of"].as_str().unwrap().to_owned();
    let today: jiff::civil::Date = today.parse().unwrap();
    let day = |days: i64| today.saturating_add(jiff::ToSpan::days(days)).to_string();
    let signed = json!({
        "account": "crm:Acme", "contract": "crm:framework", "title": "Framework",
        "kind": "framework", "start": day(-300), "end": day(60), "notice_days": 30,
    });
    let event = json!({
        "specversion": "1.0", "id": "signed", "source": "/desk", "type": "linchpin.contract.signed",
        "time": "2024-01-11T08:00:00Z", "data": signed,
    });
    let desk = Desk::start(place);
    let answer = desk.post("/v1/events", "application/cloudevents+json", event.to_string());
    assert_eq!(answer.status, 201, "{}", answer.body);
    desk.settle();
    assert!(desk.stop());
}

#[test]
fn who_takes_a_client_over_gets_its_open_alerts() {
    let place = firm();
    notice_nears(&place);
    let told = || {
        let alerts = place.json(&["alerts", "--json"]);
        let mut alerts = alerts["alerts"].as_array().unwrap().iter();
        let notice = alerts.find(|it| it["rule"] == "notice").unwrap();
        assert_eq!(notice["state"], "open");
        (notice["to"].as_str().unwrap().to_owned(), notice["passed_on"].clone())
    };
    assert_eq!(told(), ("Jonas Lind".to_owned(), Value::Null));
    let because = ["--by", "Marit Berg", "--reason", "she knows them"];
    account(&place, &[&["hand-over", "Acme", "--to", "Eva Holm"][..], &because].concat());
    let (to, passed) = told();
    assert_eq!(to, "Eva Holm");
    assert!(passed.as_str().unwrap().contains("Jonas Lind is no longer"), "{passed}");

    place.run(&["member", "leave", "Eva Holm", "--by", "Marit Berg"]);
    let (to, passed) = told();
    assert_eq!(to, "nobody yet: there is no account manager");
    assert!(passed.as_str().unwrap().contains("Eva Holm left the firm"), "{passed}");
    let over = ["member", "hand-over", "Eva Holm", "--to", "Jonas Lind"];
    place.run(&[&over[..], &because].concat());
    assert_eq!(told().0, "Jonas Lind");
    let replayed = place.run(&["audit", "replay"]).out;
    assert!(replayed.contains("No difference"), "{replayed}");
}
