//! The tests themselves.

use std::process::Command;

use super::setup::locked;
use super::{Outcome, Run};
use crate::house::{self, Done, Failure, answers, cargo, in_ci};

/// What is run once more on the other set-up. The tests of the deployment bring servers and
/// processes of their own on either.
const SPREAD: &str = "package(linchpin-tests) & binary(suite) - test(/^(compose|guarded)::/)";

/// Each of them starts two servers and five processes.
const SPREAD_AT_ONCE: &str = "2";

/// Examples in documentation; the test runner does not know them.
pub(super) fn doc_tests(_: &mut Run) -> Done<Outcome> {
    house::run(cargo().args(["test", "--doc", "--quiet", "--workspace"]).args(locked()))?;
    Ok(Outcome::Passed)
}

/// The end-to-end tests once more, with PostgreSQL and NATS below and a process for each part.
pub(super) fn spread(run: &mut Run) -> Done<Outcome> {
    if run.binary.is_none() {
        return Err(Failure::new("there is no binary to drive; see the step `binary`"));
    }
    if run.postgres.is_none() || run.nats_server.is_none() {
        return Ok(Outcome::Skipped("it needs PostgreSQL and a nats-server".to_owned()));
    }
    if !answers(cargo().args(["nextest", "--version"])) {
        return Ok(Outcome::Skipped(
            "it needs cargo-nextest, which ends tests that hang".to_owned(),
        ));
    }
    let mut suite = cargo();
    suite.args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(locked());
    suite.args(["--filterset", SPREAD, "--test-threads", SPREAD_AT_ONCE]);
    if in_ci() {
        suite.args(["--profile", "ci"]);
    }
    hand_over(&mut suite, run);
    house::run(suite.env("LINCHPIN_SETUP", "spread"))?;
    Ok(Outcome::Passed)
}

/// Every other test of the workspace, by nextest where it is installed, else by cargo itself.
pub(super) fn tests(run: &mut Run) -> Done<Outcome> {
    if run.binary.is_none() {
        return Err(Failure::new("there is no binary to drive; see the step `binary`"));
    }
    let mut suite = cargo();
    if answers(cargo().args(["nextest", "--version"])) {
        suite.args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(locked());
        if in_ci() {
            suite.args(["--profile", "ci"]);
        }
    } else {
        println!("cargo-nextest is not installed: `cargo test` runs the tests, which takes longer");
        suite.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]).args(locked());
    }
    hand_over(&mut suite, run);
    house::run(suite.env("LINCHPIN_SETUP", "embedded"))?;
    Ok(Outcome::Passed)
}

/// Tells the tests what was set up. What is not set is left out, and the tests that need it say so.
fn hand_over(suite: &mut Command, run: &Run) {
    let found = [
        ("LINCHPIN_BIN", &run.binary),
        ("LINCHPIN_BROWSER", &run.browser),
        ("LINCHPIN_DATA", &run.data),
        ("LINCHPIN_POSTGRES_BIN", &run.postgres),
        ("LINCHPIN_NATS_SERVER", &run.nats_server),
        ("LINCHPIN_PYTHON", &run.python),
    ];
    for (name, path) in found {
        match path {
            Some(path) => suite.env(name, path),
            None => suite.env_remove(name),
        };
    }
}
