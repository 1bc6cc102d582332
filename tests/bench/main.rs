//! The benchmark: each figure beside the machine's own limit, measured in the same run by the
//! barest code that does the same durable work. Prints one JSON document.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measuring program: what fails ends it, and what it prints is its purpose"
)]

mod append;
mod bare;
mod desk;
mod http;
mod postgres;
mod replay;
mod run;
mod trial;
mod two;
mod world;

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use crate::run::{Run, growth};

/// How much is measured.
pub(crate) struct Size {
    /// Entries that the ledger holds.
    pub(crate) entries: u64,
    /// Appends and requests that are measured.
    pub(crate) appends: usize,
    /// The end of a figure's name where the size is told by number: `.2m`.
    pub(crate) count: &'static str,
    /// The end of a figure's name where the full size is what is meant.
    pub(crate) suffix: &'static str,
    /// Where files are put.
    pub(crate) folder: PathBuf,
}

/// A tenth of the size, and the size.
fn sizes(quick: bool) -> [Size; 2] {
    // Beside the binary: a folder for passing files may lie in memory, where nothing is durable.
    let folder = std::env::current_exe().unwrap().with_file_name("bench.tmp");
    std::fs::create_dir_all(&folder).unwrap();
    let size = |entries, appends, count, suffix| {
        let folder = folder.clone();
        Size { entries, appends, count, suffix, folder }
    };
    if quick {
        [size(2_000, 2_000, ".2k", ".tenth"), size(20_000, 8_000, ".20k", "")]
    } else {
        [size(200_000, 40_000, ".200k", ".tenth"), size(2_000_000, 40_000, ".2m", "")]
    }
}

/// What is measured together, and the figures that come of it.
const GROUPS: [(&str, &[&str]); 7] = [
    ("append.sqlite", &[]),
    ("append.postgres", &[]),
    ("replay.sqlite", &[]),
    ("replay.postgres", &[]),
    ("trial", &["day.passing"]),
    ("two.ledgers", &[]),
    ("desk", &["restart", "memory", "status.query", "alert.latency", "http.ingest"]),
];

async fn measure(group: &str, size: &Size) -> Vec<Run> {
    match group {
        "append.sqlite" => append::sqlite(size).await,
        "append.postgres" => append::postgres(size).await,
        "replay.sqlite" => replay::sqlite(size).await,
        "replay.postgres" => replay::postgres(size).await,
        "trial" => trial::sqlite(size).await,
        "two.ledgers" => two::postgres(size).await,
        _ => desk::sqlite(size).await,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let [flag, file] = arguments.as_slice()
        && flag == "--bare"
    {
        return runtime.block_on(bare::serve(file));
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let filter = arguments.iter().find(|argument| !argument.starts_with('-'));
    let is_wanted = |group: &str, figures: &[&str]| {
        filter.is_none_or(|filter| {
            group.contains(filter.as_str())
                || figures.iter().any(|name| name.contains(filter.as_str()))
        })
    };
    let sizes = sizes(quick);
    let started = Instant::now();
    let mut runs: Vec<Run> = Vec::new();
    for (group, figures) in GROUPS {
        for size in sizes.iter().filter(|_| is_wanted(group, figures)) {
            let seconds = started.elapsed().as_secs();
            eprintln!("[{seconds:>5} s] {group} with {} entries", size.entries);
            runs.extend(runtime.block_on(measure(group, size)));
        }
    }
    let [tenth, whole] = &sizes;
    runs.extend(growth(&runs, tenth.suffix, whole.suffix));
    runs.extend(growth(&runs, tenth.count, whole.count));
    let runs: Vec<Value> = runs.iter().map(Run::json).collect();
    println!("{}", serde_json::to_string_pretty(&json!({ "runs": runs })).unwrap());
}
