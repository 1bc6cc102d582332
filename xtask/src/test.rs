//! `cargo xtask test`: sets up what the tests need and runs every check and test there is.
//!
//! A step that fails does not stop the others, so one run tells all there is to mend.

mod checks;
mod setup;
mod suites;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::house::{Done, Failure, root};

/// How a step ended well.
enum Outcome {
    Passed,
    /// Not done, and why, and what to do about it.
    Skipped(String),
}

/// What the steps found out for those after them.
struct Run {
    /// Debug binary, no browser.
    fast: bool,
    /// A Chromium that the browser tests can start.
    browser: Option<PathBuf>,
    /// The binary the end-to-end tests drive.
    binary: Option<PathBuf>,
    /// Real input, which is not part of the repository.
    data: Option<PathBuf>,
}

/// One step. New ones (a message server, a second database) are a function and a line below.
struct Step {
    name: &'static str,
    act: fn(&mut Run) -> Done<Outcome>,
}

/// The steps in order: quick verdicts first, the tests last, so that their closing line stands at
/// the end of the output.
const STEPS: &[Step] = &[
    Step { name: "browser", act: setup::browser },
    Step { name: "tidy", act: checks::tidy },
    Step { name: "assets", act: checks::assets },
    Step { name: "format", act: checks::format },
    Step { name: "clippy", act: checks::clippy },
    Step { name: "deny", act: checks::deny },
    Step { name: "machete", act: checks::machete },
    Step { name: "binary", act: setup::binary },
    Step { name: "doc tests", act: suites::doc_tests },
    Step { name: "tests", act: suites::tests },
];

/// Runs every step and prints what became of each.
pub(crate) fn run(fast: bool) -> Done {
    let mut run = Run { fast, browser: None, binary: None, data: data() };
    let begun = Instant::now();
    let mut ended = Vec::new();
    for (number, step) in (1..).zip(STEPS) {
        println!("\n== {number}/{} {}", STEPS.len(), step.name);
        let step_begun = Instant::now();
        let outcome = (step.act)(&mut run);
        match &outcome {
            Ok(Outcome::Passed) => {}
            Ok(Outcome::Skipped(why)) => println!("skipped: {why}"),
            Err(failure) => println!("failed: {failure}"),
        }
        ended.push((step.name, step_begun.elapsed(), outcome));
    }
    summary(&ended, &run, begun.elapsed())
}

/// The folder with real input: named by LINCHPIN_DATA, or beside the repository.
fn data() -> Option<PathBuf> {
    let named = std::env::var_os("LINCHPIN_DATA").map(|dir| root().join(dir));
    let dir = named.unwrap_or_else(|| root().join("../shared/data"));
    dir.canonicalize().ok().filter(|dir| dir.is_dir())
}

fn summary(ended: &[(&str, Duration, Done<Outcome>)], run: &Run, took: Duration) -> Done {
    println!("\n== summary");
    for (name, took, outcome) in ended {
        let verdict = match outcome {
            Ok(Outcome::Passed) => "passed".to_owned(),
            Ok(Outcome::Skipped(why)) => format!("skipped: {why}"),
            Err(failure) => {
                format!("FAILED: {}", failure.to_string().lines().next().unwrap_or_default())
            }
        };
        println!("{name:<10} {:>8.1} s  {verdict}", took.as_secs_f64());
    }
    match &run.data {
        Some(_) => println!("real data: found; the suites that need it were part of the tests"),
        None => println!(
            "real data: not found, so the suites that need it were SKIPPED (name its folder in \
             LINCHPIN_DATA, or put it at ../shared/data)"
        ),
    }
    let failed = ended.iter().filter(|(.., outcome)| outcome.is_err()).count();
    println!("total      {:>8.1} s  {} steps, {failed} failed", took.as_secs_f64(), ended.len());
    if failed == 0 { Ok(()) } else { Err(Failure::new(format!("{failed} steps failed"))) }
}
