//! `cargo xtask test`: sets up what the tests need and runs every check and test there is.
//!
//! A step that fails does not stop the others, so one run tells all there is to mend.

mod checks;
mod deployment;
mod servers;
mod setup;
mod suites;
mod tools;

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
#[derive(Default)]
struct Run {
    /// Debug binary, no browser.
    fast: bool,
    /// A Chromium that the browser tests can start.
    browser: Option<PathBuf>,
    /// The folder with the programs of a PostgreSQL server.
    postgres: Option<PathBuf>,
    /// A NATS server that tests start.
    nats_server: Option<PathBuf>,
    /// A Python that has a NATS client.
    python: Option<PathBuf>,
    /// The binary the end-to-end tests drive.
    binary: Option<PathBuf>,
    /// Real input, which is not part of the repository.
    data: Option<PathBuf>,
}

/// One step. A new one is a function and a line below.
struct Step {
    name: &'static str,
    act: fn(&mut Run) -> Done<Outcome>,
}

/// The steps in order: quick verdicts first, the tests last, so that their closing line stands at
/// the end of the output.
const STEPS: &[Step] = &[
    Step { name: "browser", act: setup::browser },
    Step { name: "postgres", act: servers::postgres },
    Step { name: "nats", act: servers::nats },
    Step { name: "python", act: servers::python },
    Step { name: "tidy", act: checks::tidy },
    Step { name: "assets", act: checks::assets },
    Step { name: "deployment", act: deployment::files },
    Step { name: "format", act: checks::format },
    Step { name: "clippy", act: checks::clippy },
    Step { name: "deny", act: checks::deny },
    Step { name: "machete", act: checks::machete },
    Step { name: "binary", act: setup::binary },
    Step { name: "asyncapi", act: deployment::asyncapi },
    Step { name: "doc tests", act: suites::doc_tests },
    Step { name: "spread", act: suites::spread },
    Step { name: "tests", act: suites::tests },
];

/// Runs every step, or those asked for, and prints what became of each.
pub(crate) fn run(arguments: &[&str]) -> Done {
    let Asked { fast, steps } = asked(arguments)?;
    let mut run = Run { fast, data: data(), ..Run::default() };
    let begun = Instant::now();
    let mut ended = Vec::new();
    for (number, step) in (1..).zip(&steps) {
        println!("\n== {number}/{} {}", steps.len(), step.name);
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

/// What the command line asks for.
struct Asked {
    fast: bool,
    steps: Vec<&'static Step>,
}

fn asked(arguments: &[&str]) -> Done<Asked> {
    let mut asked = Asked { fast: false, steps: STEPS.iter().collect() };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "--fast" => asked.fast = true,
            "--only" => {
                let names: Vec<&str> = words.next().copied().unwrap_or("").split(',').collect();
                if let Some(odd) = names.iter().find(|name| STEPS.iter().all(|s| s.name != **name))
                {
                    let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
                    let known = known.join(", ");
                    return Err(Failure::new(format!("no step `{odd}`; the steps are: {known}")));
                }
                asked.steps.retain(|step| names.contains(&step.name));
            }
            other => return Err(Failure::new(format!("`test` takes no `{other}`"))),
        }
    }
    Ok(asked)
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
    for (setup, step) in [
        ("one process on SQLite", "tests"),
        ("PostgreSQL, NATS, a process for each part", "spread"),
    ] {
        let ran = ended.iter().find(|(name, ..)| *name == step).map(|(.., outcome)| outcome);
        let said = match ran {
            Some(Ok(Outcome::Passed)) => "passed",
            Some(Ok(Outcome::Skipped(_))) => "SKIPPED",
            Some(Err(_)) => "FAILED",
            None => "not asked for",
        };
        println!("end to end on {setup}: {said}");
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
