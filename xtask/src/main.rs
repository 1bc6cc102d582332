//! House tasks: `cargo xtask test`, `tidy`, `bench`, `assets`.
//!
//! Written with few dependencies on purpose: this is the first thing a newcomer compiles.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "talking to the terminal is its job")]

mod assets;
mod bench;
mod house;
mod test;
mod tidy;

use std::process::ExitCode;

use house::Failure;

const USAGE: &str = "\
usage: cargo xtask TASK

  test [--fast] [--only STEP,…]
                       set up what the tests need, check the house rules, run every test
                       (--fast: drive the debug binary, leave the browser out; --only: these steps)
  tidy                 check the house rules that a program can check
  bench [ARGUMENTS]    run the benches; JSON on standard output, progress on standard error
  assets [--registry]  compare the vendored web assets with their recorded SHA-256
                       (--registry: and with what the npm registry serves)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test", rest @ ..] => test::run(rest),
        ["tidy"] => tidy::run(),
        ["bench", rest @ ..] => bench::run(rest),
        ["assets"] => assets::run(false),
        ["assets", "--registry"] => assets::run(true),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        unknown => Err(Failure::new(format!("no task `{}`\n\n{USAGE}", unknown.join(" ")))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
