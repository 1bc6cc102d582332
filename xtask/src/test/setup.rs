//! What the tests need on the machine.

use super::{Outcome, Run, tools};
use crate::house::{self, Done, Failure, answers, cargo, command, on_path, target_dir};

/// Names under which Chromium goes.
const BROWSERS: &[&str] =
    &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Finds a Chromium for the browser tests; where there is none, installs it if it may.
pub(super) fn browser(run: &mut Run) -> Done<Outcome> {
    if run.fast {
        return Ok(Outcome::Skipped("--fast leaves the browser tests out".to_owned()));
    }
    let find = || BROWSERS.iter().find_map(|name| on_path(name));
    run.browser = find();
    if run.browser.is_none() && tools::apt(&["chromium"]).is_ok() {
        run.browser = find();
    }
    match &run.browser {
        Some(path) => {
            println!("browser tests use {}", path.display());
            Ok(Outcome::Passed)
        }
        None => Ok(Outcome::Skipped(format!(
            "no Chromium on PATH ({}), so the browser tests are left out; install it, on Debian with \
             `apt-get install chromium`",
            BROWSERS.join(", ")
        ))),
    }
}

/// Builds the binary that the end-to-end tests drive.
pub(super) fn binary(run: &mut Run) -> Done<Outcome> {
    let mut build = cargo();
    build.arg("build").args(locked());
    // The debug binary is built as the tests build it, so that nothing is compiled twice.
    let folder = if run.fast {
        build.args(["--workspace", "--bins"]);
        "debug"
    } else {
        build.args(["--release", "--package", "linchpin"]);
        "release"
    };
    house::run(&mut build)?;
    let path = target_dir().join(folder).join(format!("linchpin{}", std::env::consts::EXE_SUFFIX));
    if !path.is_file() {
        return Err(Failure::new(format!("cargo built no {}", path.display())));
    }
    run.binary = Some(path);
    Ok(Outcome::Passed)
}

/// Makes sure a part of the tool chain is there; None where it is missing and cannot be added.
pub(super) fn component(subcommand: &str, component: &str) -> Option<()> {
    let there = || answers(cargo().args([subcommand, "--version"]));
    if !there() && on_path("rustup").is_some() {
        house::run(command("rustup").args(["component", "add", component])).ok()?;
    }
    there().then_some(())
}

/// On a build server the lock file must be right as committed.
pub(super) fn locked() -> &'static [&'static str] {
    if house::in_ci() { &["--locked"] } else { &[] }
}
