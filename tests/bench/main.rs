//! The benchmark: each figure beside the machine's own limit, measured in the same run by the
//! barest code that does the same durable work. Prints one JSON document.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measuring program: what fails ends it, and what it prints is its purpose"
)]

mod append;
mod replay;
mod world;

use serde_json::{Value, json};

/// One figure. `ours` and `limit` are in the same unit; higher is better unless `lower` says so.
pub(crate) struct Run {
    name: String,
    unit: &'static str,
    ours: f64,
    limit: f64,
}

impl Run {
    fn json(&self) -> Value {
        let round = |figure: f64| (figure * 1000.0).round() / 1000.0;
        json!({
            "name": self.name, "unit": self.unit, "ours": round(self.ours),
            "limit": round(self.limit), "ratio": round(self.ours / self.limit),
        })
    }
}

fn main() {
    let small = std::env::args().any(|arg| arg == "--small");
    let scale = if small { 10 } else { 1 };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runs = Vec::new();
    for callers in [1, 64, 512] {
        eprintln!("appends at {callers} callers");
        runs.push(runtime.block_on(append::at(callers, 40 * callers.max(16) / scale.min(4))));
    }
    for entries in [20_000 / scale, 200_000 / scale] {
        eprintln!("replay of {entries} entries");
        runs.push(runtime.block_on(replay::of(entries)));
    }
    let runs: Vec<Value> = runs.iter().map(Run::json).collect();
    println!("{}", serde_json::to_string_pretty(&json!({ "runs": runs })).unwrap());
}
