//! Fault runs: the desk spread out over processes, twice each, under load all the time, while
//! parts of it are killed, stopped and held; and then a look at everything that was answered.
//!
//! `LINCHPIN_FAULTS` says how many runs (1), `LINCHPIN_SEED` with which seed they begin (1). The
//! first run meets each kind of fault once; further ones some of them in an order of their own.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "for tests only: what is not there fails the test, and what happens is said"
)]

mod check;
mod check_tests;
mod facts;
mod history;
mod load;
mod run;
mod schedule;
mod stream;
mod topology;

#[test]
fn faults_under_load_lose_nothing_repeat_nothing_and_tell_nothing_wrong() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (runs, seed) =
        (number("LINCHPIN_FAULTS").unwrap_or(1), number("LINCHPIN_SEED").unwrap_or(1));
    let mut all = history::Figures::default();
    for run in 0..runs {
        let faults = schedule::of(seed + run, run == 0);
        let Some(figures) = run::run(seed + run, &faults) else { return };
        eprintln!("seed {}: {figures}", seed + run);
        all += figures;
    }
    eprintln!("{runs} runs: {all}");
}
