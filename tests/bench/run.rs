//! One figure, and how it is written.

use std::time::Duration;

use serde_json::{Value, json};

/// One figure beside the machine's own limit, in the same unit. Where it counts what is done in a
/// second, more is better; where it is a time or a size, less is.
pub(crate) struct Run {
    name: String,
    unit: &'static str,
    ours: f64,
    limit: f64,
}

impl Run {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, ours: f64, limit: f64) -> Self {
        Self { name: name.into(), unit, ours, limit }
    }

    pub(crate) fn json(&self) -> Value {
        let round = |figure: f64| (figure * 1000.0).round() / 1000.0;
        json!({
            "name": self.name, "unit": self.unit, "ours": round(self.ours),
            "limit": round(self.limit), "ratio": round(self.ours / self.limit),
        })
    }
}

/// What each costs at ten times the size, against what it costs at the tenth; of all that is
/// counted a second and measured at both. The limit is what it may be.
pub(crate) fn growth(runs: &[Run], tenth: &str, whole: &str) -> Vec<Run> {
    let grown = |small: &Run| {
        let name = small.name.strip_suffix(tenth)?;
        let whole = runs.iter().find(|run| run.name == format!("{name}{whole}"))?;
        let cost = small.ours / whole.ours;
        Some(Run::new(format!("{name}.growth"), "x", cost, 1.2))
    };
    runs.iter().filter(|run| run.unit == "1/s").filter_map(grown).collect()
}

/// The median and the 99th of a hundred, in milliseconds.
pub(crate) struct Spread {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

impl Spread {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |share: f64| {
            let index = ((times.len() - 1) as f64 * share).round() as usize;
            times[index].as_secs_f64() * 1e3
        };
        Self { p50: at(0.5), p99: at(0.99) }
    }
}

/// Both figures of a spread, beside those of the limit.
pub(crate) fn spreads(name: &str, ours: &Spread, limit: &Spread) -> [Run; 2] {
    [
        Run::new(format!("{name}.p50"), "ms", ours.p50, limit.p50),
        Run::new(format!("{name}.p99"), "ms", ours.p99, limit.p99),
    ]
}
