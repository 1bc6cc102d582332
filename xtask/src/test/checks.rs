//! Verdicts that need no test to run.

use super::setup::{component, locked};
use super::{Outcome, Run};
use crate::house::{self, Done, answers, cargo};
use crate::{assets as vendored, tidy as rules};

/// The house rules.
pub(super) fn tidy(_: &mut Run) -> Done<Outcome> {
    rules::run().map(|()| Outcome::Passed)
}

/// The vendored web assets, against their list.
pub(super) fn assets(_: &mut Run) -> Done<Outcome> {
    if !vendored::listed() {
        return Ok(Outcome::Skipped(format!("there is no {}", vendored::LIST)));
    }
    vendored::run(false).map(|()| Outcome::Passed)
}

/// The layout of the code.
pub(super) fn format(_: &mut Run) -> Done<Outcome> {
    if component("fmt", "rustfmt").is_none() {
        return Ok(Outcome::Skipped("rustfmt is not installed".to_owned()));
    }
    passed(cargo().args(["fmt", "--all", "--check"]))
}

/// The lints, each a failure.
pub(super) fn clippy(_: &mut Run) -> Done<Outcome> {
    if component("clippy", "clippy").is_none() {
        return Ok(Outcome::Skipped("clippy is not installed".to_owned()));
    }
    let mut clippy = cargo();
    clippy.args(["clippy", "--workspace", "--all-targets"]).args(locked());
    passed(clippy.args(["--", "-D", "warnings"]))
}

/// Licences, sources and doubled versions. Advisories need the network, so they are asked for by hand.
pub(super) fn deny(_: &mut Run) -> Done<Outcome> {
    if !answers(cargo().args(["deny", "--version"])) {
        return Ok(Outcome::Skipped(
            "cargo-deny is not installed (cargo install --locked cargo-deny)".to_owned(),
        ));
    }
    passed(cargo().args(["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]))
}

/// Dependencies that nothing uses.
pub(super) fn machete(_: &mut Run) -> Done<Outcome> {
    if !answers(cargo().args(["machete", "--version"])) {
        return Ok(Outcome::Skipped(
            "cargo-machete is not installed (cargo install --locked cargo-machete)".to_owned(),
        ));
    }
    passed(cargo().arg("machete"))
}

fn passed(command: &mut std::process::Command) -> Done<Outcome> {
    house::run(command).map(|()| Outcome::Passed)
}
