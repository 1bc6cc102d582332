//! What was once stored is read for ever: one payload of each type and schema version.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use linchpin_domain::decision::Decision;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::wire;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Every type with its newest schema version.
fn kinds() -> impl Iterator<Item = (&'static str, u32)> {
    let genesis = (Genesis::NAME, wire::newest_version(Genesis::NAME).unwrap());
    std::iter::once(genesis)
        .chain(Fact::KINDS.iter().copied())
        .chain(Decision::KINDS.iter().copied())
}

fn golden(name: &str, version: u32) -> String {
    let path = folder().join(format!("{name}.v{version}.json"));
    let text = std::fs::read_to_string(&path);
    let text =
        text.unwrap_or_else(|e| panic!("write a golden file for `{name}` version {version}: {e}"));
    text.strip_suffix('\n').expect("a golden file is one line").to_owned()
}

#[test]
fn every_version_of_every_type_is_read() {
    for (name, newest) in kinds() {
        for version in 1..=newest {
            let body = wire::decode(name, version, &golden(name, version))
                .unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(body.name(), name);
        }
    }
}

#[test]
fn the_newest_version_is_written_back_to_the_same_bytes() {
    for (name, newest) in kinds() {
        let text = golden(name, newest);
        let body = wire::decode(name, newest, &text).unwrap();
        assert_eq!(wire::encode(&body).unwrap(), (newest, text));
    }
}

#[test]
fn a_golden_fact_is_a_sensible_one() {
    for (name, newest) in Fact::KINDS {
        let Body::Fact(fact) = wire::decode(name, *newest, &golden(name, *newest)).unwrap() else {
            panic!("`{name}` is not read as a fact");
        };
        assert_eq!(fact.check(), Ok(()), "{name}");
    }
}

#[test]
fn no_golden_file_stands_for_nothing() {
    let known: BTreeSet<String> = kinds()
        .flat_map(|(name, newest)| (1..=newest).map(move |v| format!("{name}.v{v}.json")))
        .collect();
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, known);
}

#[test]
fn an_unknown_type_is_carried_and_a_newer_version_refused() {
    let unknown = wire::decode("moon.landed", 1, "{}").unwrap();
    assert_eq!(unknown, Body::Unknown { name: "moon.landed".to_owned() });
    assert!(matches!(
        wire::decode("account.renamed", 2, "{}"),
        Err(wire::WireError::TooNew { found: 2, known: 1, .. })
    ));
    assert!(matches!(
        wire::decode("account.renamed", 1, "{}"),
        Err(wire::WireError::Damaged { version: 1, .. })
    ));
}
