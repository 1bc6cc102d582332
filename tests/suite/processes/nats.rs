//! A process with NATS, while it is there and while it is not.

use std::time::Duration;

use linchpin_testkit::NatsServer;
use linchpin_tests::{Desk, Place};
use serde_json::{Value, json};

use super::{KIND, PORT, joined, left, raised, until};

fn health(desk: &Desk) -> Value {
    let answer = desk.get("/readyz");
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn wait_for(desk: &Desk, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
    until(what, || Some(health(desk)).filter(|health| holds(health)))
}

#[test]
fn a_desk_works_by_a_detour_while_nats_is_away() {
    let Some(mut server) = NatsServer::single() else { return };
    let place = Place::new();
    let url = server.url();
    let with_nats = |args: &[&str]| {
        let mut command = place.command(args);
        command.env("LINCHPIN_NATS", &url);
        command
    };
    let desk = Desk::start_with(with_nats(&["serve", "--listen", PORT]));
    assert_eq!(desk.post("/v1/events", KIND, joined()).status, 201);
    let mirrored = |health: &Value| {
        health["relay"]["role"] == "leader"
            && health["relay"]["behind"] == 0
            && health["relay"]["position"].as_u64().is_some_and(|position| position >= 4)
    };
    let well = wait_for(&desk, "the mirror", mirrored);
    assert_eq!((&well["status"], &well["nats"]["state"]), (&json!("ok"), &json!("connected")));
    let tried = with_nats(&["config", "check", "--connect"]).output().unwrap();
    let said = String::from_utf8(tried.stdout).unwrap();
    assert!(said.contains("\nNATS: ") && said.contains("nats-server 2."), "{said}");

    server.kill();
    let away = wait_for(&desk, "away", |health| health["nats"]["state"] == "away");
    assert_eq!(away["status"], "degraded");
    assert!(desk.get("/metrics").body.contains("linchpin_nats_connected 0"));
    let trace = "22222222222222222222222222222222";
    let parent = format!("00-{trace}-00f067aa0ba902b7-00");
    let headers = [("content-type", KIND), ("traceparent", parent.as_str())];
    assert_eq!(super::post_with(&desk, "/v1/events", &headers, &left()).0, 201);
    raised(&desk, trace);
    // A process that is started meanwhile works too, once its patience with NATS has ended.
    let late = Desk::start_with(with_nats(&["notifier", "--listen", PORT]));
    assert_eq!(health(&late)["status"], "degraded");

    server.start();
    for desk in [&desk, &late] {
        wait_for(desk, "the connection", |health| health["status"] == "ok");
    }
    wait_for(&desk, "the mirror again", mirrored);
    for desk in [desk, late] {
        assert!(desk.stop());
    }
}

#[test]
fn of_two_relays_one_leads_and_a_stopped_one_gives_way_at_once() {
    let Some(server) = NatsServer::single() else { return };
    let place = Place::new();
    place.run(&["init"]);
    let relay = || {
        let mut command = place.command(&["relay", "--listen", PORT]);
        command.env("LINCHPIN_NATS", server.url());
        Desk::start_with(command)
    };
    let first = relay();
    wait_for(&first, "a leader", |health| health["relay"]["role"] == "leader");
    let second = relay();
    assert_eq!(health(&second)["relay"]["role"], "standby");
    assert_eq!(health(&second)["status"], "ok", "to stand by is no fault");
    assert!(first.stop());
    // The lease was given back: nobody waits for it to run out, which takes ten seconds.
    let begun = std::time::Instant::now();
    wait_for(&second, "the other leader", |health| health["relay"]["role"] == "leader");
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert!(second.stop());
}
