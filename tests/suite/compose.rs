//! What is handed to those who run the desk spread out, read as data: image, compose file, secrets,
//! Prometheus. None of it needs an engine.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use linchpin_tests::{Secrets, deploy, repository};
use serde_json::Value;

/// The processes and where they listen, as the code has it.
const PROCESSES: [(&str, u16); 5] =
    [("query", 7400), ("ingest", 7401), ("classifier", 7402), ("notifier", 7403), ("relay", 7404)];

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn services() -> serde_json::Map<String, Value> {
    yaml("docker-compose.yml")["services"].as_object().unwrap().clone()
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_compose_file_starts_each_process_at_its_own_port() {
    let services = services();
    let code = read("crates/linchpin/src/process/mod.rs");
    let image = read("Dockerfile");
    let exposed = image.lines().find_map(|line| line.strip_prefix("EXPOSE ")).unwrap();
    for (name, port) in PROCESSES {
        assert!(code.contains(&format!("127.0.0.1:{port}")), "{port} is no default of the code");
        assert!(exposed.split(' ').any(|word| word == port.to_string()), "{port} is not exposed");
        let service = &services[name];
        assert_eq!(strings(&service["command"]), [name]);
        assert_eq!(service["environment"]["LINCHPIN_LISTEN"], format!("0.0.0.0:{port}"));
        assert!(service["container_name"].is_null(), "{name} could not be doubled");
        let scraped = yaml("deploy/prometheus/prometheus.yml")["scrape_configs"][0].clone();
        let target = scraped["dns_sd_configs"].as_array().unwrap().iter();
        let found = target.filter(|t| strings(&t["names"]) == [name] && t["port"] == port);
        assert_eq!(found.count(), 1, "Prometheus does not watch {name}");
    }
    // Two of a kind cannot share a port of the machine.
    for name in ["classifier", "notifier", "relay"] {
        assert!(services[name]["ports"].is_null(), "{name} could not be doubled");
    }
    for (name, service) in &services {
        for port in strings(&service["ports"]) {
            let near = port.starts_with("127.0.0.1:")
                || port.starts_with("${LINCHPIN_PUBLISH:-127.0.0.1}:");
            assert!(near, "{name} publishes {port} to everyone");
        }
    }
}

#[test]
fn every_service_is_bounded_pinned_and_waits_for_what_it_needs() {
    for (name, service) in services() {
        let image = service["image"].as_str().unwrap();
        let tag = image.split_once(':').unwrap_or_else(|| panic!("{name}: {image} has no tag")).1;
        assert!(tag != "latest" && tag.starts_with(|c: char| c.is_ascii_digit() || c == 'v'));
        assert!(service["mem_limit"].is_string(), "{name} has no bound on memory");
        assert!(service["logging"]["options"]["max-size"].is_string(), "{name}: endless logs");
        assert!(strings(&service["security_opt"]).contains(&"no-new-privileges:true".to_owned()));
        if name != "postgres" {
            assert_eq!(strings(&service["cap_drop"]), ["ALL"], "{name}");
            assert_eq!(service["read_only"], true, "{name}");
        }
        for (other, how) in service["depends_on"].as_object().into_iter().flatten() {
            let awaited = &services()[other];
            match how["condition"].as_str().unwrap() {
                "service_healthy" => assert!(awaited["healthcheck"]["test"].is_array(), "{other}"),
                "service_completed_successfully" => assert_eq!(awaited["restart"], "no"),
                odd => panic!("{name} waits for {other} by {odd}"),
            }
        }
    }
}

#[test]
fn what_is_mounted_and_copied_is_there() {
    let secrets = Secrets::new();
    let whole = yaml("docker-compose.yml");
    for (name, secret) in whole["secrets"].as_object().unwrap() {
        let file = secret["file"].as_str().unwrap();
        assert_eq!(file, format!("./deploy/secrets/{name}"));
        let made = secrets.as_ref().is_none_or(|made| made.path().join(name).is_file());
        assert!(made, "make-secrets.sh makes no {name}");
    }
    for (name, service) in services() {
        let given: BTreeSet<String> = service["secrets"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|s| s["source"].as_str().or_else(|| s.as_str()).unwrap().to_owned())
            .collect();
        let known = |secret: &String| whole["secrets"][secret].is_object();
        assert!(given.iter().all(known), "{name}: {given:?}");
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            let Some(secret) = value.as_str().and_then(|v| v.strip_prefix("/run/secrets/")) else {
                continue;
            };
            assert!(given.contains(secret), "{name}: {variable} names {secret}, which it has not");
        }
        for volume in strings(&service["volumes"]) {
            let (from, rest) = volume.split_once(':').unwrap();
            if let Some(path) = from.strip_prefix("./") {
                assert!(repository().join(path).exists(), "{name} mounts {path}");
                assert!(rest.ends_with(":ro"), "{name} could write to {path}");
            } else if !from.starts_with('/') {
                assert!(whole["volumes"][from].is_object(), "{name}: no volume {from}");
            }
        }
    }
    let ignored = read(".dockerignore");
    let sent = ignored.lines().filter_map(|line| line.strip_prefix('!'));
    for path in sent {
        assert!(repository().join(path).exists(), "the build is sent {path}");
    }
    // What the workspace is made of, and what the code reads in while it is compiled.
    for needed in ["Cargo.toml", "Cargo.lock", "crates", "migrations", "xtask", "tests/Cargo.toml"]
    {
        assert!(ignored.lines().any(|line| line == format!("!{needed}")), "{needed} is missing");
    }
}

#[test]
fn secrets_are_made_once_and_kept() {
    let Some(secrets) = Secrets::new() else { return };
    let before = ["ledger_url", "nats_relay", "ca.crt", "nats.crt"].map(|name| secrets.read(name));
    secrets.make(&[]);
    let after = ["ledger_url", "nats_relay", "ca.crt", "nats.crt"].map(|name| secrets.read(name));
    assert_eq!(before, after);
    assert!(secrets.read("ledger_url").contains(&secrets.read("ledger_password")));
    assert!(secrets.read("passwords.conf").contains(&secrets.read("nats_relay")));
    let ignored = read(".gitignore");
    assert!(ignored.lines().any(|line| line == "/deploy/secrets"), "they could be committed");
}

#[test]
fn a_certificate_made_anew_names_every_host_ever_asked_for() {
    let Some(secrets) = Secrets::new() else { return };
    let named = |name: &str| {
        let mut asked = Command::new("openssl");
        asked.args(["x509", "-noout", "-ext", "subjectAltName", "-in"]);
        let said = asked.arg(secrets.path().join(name)).output().unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    secrets.make(&["db.example", "10.0.0.7"]);
    // A certificate that is there is kept; without its file it is made anew.
    assert!(!named("nats.crt").contains("db.example"));
    fs::remove_file(secrets.path().join("nats.crt")).unwrap();
    secrets.make(&["db.example"]);
    for host in ["DNS:db.example", "IP Address:10.0.0.7", "DNS:nats-1", "DNS:localhost"] {
        assert!(named("nats.crt").contains(host), "{}", named("nats.crt"));
    }
    assert_eq!(secrets.read("hosts"), "db.example\n10.0.0.7\n");
}

#[test]
fn every_figure_that_an_alert_asks_for_is_one_the_desk_tells() {
    let code = all_code();
    let rules = fs::read_to_string(deploy("prometheus/alerts.yml")).unwrap();
    let asked: BTreeSet<&str> = rules
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| word.starts_with("linchpin_"))
        .map(|word| word.strip_suffix("_count").unwrap_or(word))
        .collect();
    assert!(asked.len() >= 5, "{asked:?}");
    for figure in asked {
        assert!(code.contains(&format!("\"{figure}\"")), "nobody tells {figure}");
    }
}

/// The source of all crates.
fn all_code() -> String {
    let mut code = String::new();
    let mut folders = vec![repository().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    code
}
