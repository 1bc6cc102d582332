//! Where settings come from, and what is said of wrong ones.

use std::net::TcpListener;

use linchpin_tests::Place;

use super::PORT;

#[test]
fn settings_are_told_with_where_they_come_from_and_what_is_wrong() {
    let place = Place::new();
    place.file("linchpin.toml", "max_lag = 5\n[listen]\nquery = \"127.0.0.1:9\"\n");
    let secret = place.file("secret", "hush\n").display().to_string();
    let mut command = place.command(&["config", "check", "--drain-delay", "7"]);
    command.env("LINCHPIN_NATS", "nats://127.0.0.1:4222").env("LINCHPIN_NATS_USER", "desk");
    command.env("LINCHPIN_NATS_PASSWORD_FILE", &secret).env("LINCHPIN_WIAT", "3");
    let told = command.output().unwrap();
    let out = String::from_utf8(told.stdout).unwrap();
    let err = String::from_utf8(told.stderr).unwrap();
    assert_eq!(told.status.code(), Some(0), "{out}{err}");
    let line = |key: &str| {
        let line = out.lines().find(|line| line.split_whitespace().next() == Some(key)).unwrap();
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(line("max_lag"), ["max_lag", "5", "linchpin.toml:1"]);
    assert_eq!(line("listen.query"), ["listen.query", "127.0.0.1:9", "linchpin.toml:3"]);
    assert_eq!(line("drain_delay"), ["drain_delay", "7", "--drain-delay"]);
    assert_eq!(line("wait"), ["wait", "0", "default"]);
    assert_eq!(line("nats.user"), ["nats.user", "desk", "LINCHPIN_NATS_USER"]);
    assert_eq!(line("nats.password")[..2], ["nats.password", "(hidden)"]);
    assert!(!out.contains("hush") && !err.contains("hush"), "{out}{err}");
    assert!(err.contains("LINCHPIN_WIAT is no setting, did you mean LINCHPIN_WAIT?"), "{err}");

    place.file("linchpin.toml", "max_lag = 5\n[nats]\nserver = \"x\"\n");
    let wrong = place.command(&["config", "check", "--wait", "soon"]).output().unwrap();
    let err = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{err}");
    let unknown = "linchpin.toml:3:1: unknown setting `nats.server`: did you mean `nats.servers`?";
    assert!(err.contains(unknown), "{err}");
    assert!(err.contains("--wait soon: write a whole number from 0 to 3600"), "{err}");
    assert!(place.refused(&["status"]).contains(unknown), "every command reads the file");
}

#[test]
fn settings_can_be_tried() {
    let place = Place::new();
    let check = |nats: &str| {
        let mut command = place.command(&["config", "check", "--connect"]);
        let told = command.env("LINCHPIN_NATS", nats).output().unwrap();
        (told.status.code(), String::from_utf8([told.stdout, told.stderr].concat()).unwrap())
    };
    let (code, said) = check("");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("error: ledger: no ledger at"), "{said}");
    place.run(&["init", "--firm", "Quill"]);
    let (code, said) = check("");
    assert_eq!(code, Some(0), "{said}");
    let found = |software| said.contains(&format!("ledger: Quill, 3 entries, {software}"));
    assert!(found("SQLite 3.") || found("PostgreSQL 1"), "{said}");
    // A port on which nobody listens any more.
    let free = TcpListener::bind(PORT).unwrap().local_addr().unwrap();
    let (code, said) = check(&format!("nats://{free}"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("error: NATS: ") && said.contains(&free.to_string()), "{said}");
}
