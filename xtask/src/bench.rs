//! `cargo xtask bench`: runs the benches and hands their JSON on.

use std::process::Stdio;

use serde_json::Value;

use crate::house::{Done, Failure, cargo, command, target_dir};

/// Runs the bench binary, optimised, with the desk beside it. Its progress goes to standard error;
/// its JSON, once its shape has been checked, goes to standard output, and a table of it to
/// standard error.
pub(crate) fn run(arguments: &[&str]) -> Done {
    eprintln!("building the desk and the benches, optimised; the first time this takes minutes");
    let build = ["build", "--release", "--quiet", "-p", "linchpin", "-p", "linchpin-tests"];
    let built = cargo().args(build).args(["--bin", "linchpin", "--bin", "bench"]).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err(Failure::new("the benches cannot be built"));
    }
    let release = target_dir().join("release");
    let mut bench = command(release.join("bench"));
    bench.env("LINCHPIN_BIN", release.join("linchpin")).args(arguments).stderr(Stdio::inherit());
    let output =
        bench.output().map_err(|e| Failure::new(format!("the benches cannot be started: {e}")))?;
    if !output.status.success() {
        return Err(Failure::new(format!("the benches failed ({})", output.status)));
    }
    let text = String::from_utf8(output.stdout)
        .map_err(|e| Failure::new(format!("the benches wrote something that is not UTF-8: {e}")))?;
    let table = table(&text)?;
    eprint!("{table}");
    print!("{text}");
    Ok(())
}

fn table(json: &str) -> Done<String> {
    let odd = |what: &str| Failure::new(format!("the benches' JSON is not as agreed: {what}"));
    let value: Value = serde_json::from_str(json).map_err(|e| odd(&e.to_string()))?;
    let runs = value["runs"].as_array().ok_or_else(|| odd("`runs` is no list"))?;
    let mut lines =
        format!("{:<40} {:>14} {:>14} {:>7}  unit\n", "bench", "ours", "limit", "ratio");
    for run in runs {
        let name = run["name"].as_str().ok_or_else(|| odd("a run has no `name`"))?;
        let unit = run["unit"].as_str().ok_or_else(|| odd(&format!("`{name}` has no `unit`")))?;
        let number = |field: &str, digits: usize| match &run[field] {
            Value::Null => "-".to_owned(),
            other => other.as_f64().map_or_else(|| other.to_string(), |n| format!("{n:.digits$}")),
        };
        let (ours, limit, ratio) = (number("ours", 1), number("limit", 1), number("ratio", 2));
        lines.push_str(&format!("{name:<40} {ours:>14} {limit:>14} {ratio:>7}  {unit}\n"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn a_run_without_a_limit_shows_a_dash() {
        let json = r#"{"runs":[{"name":"import","unit":"lines/s","ours":81234.5,"limit":null,"ratio":null}]}"#;
        let shown = table(json).unwrap();
        assert!(shown.contains("import"), "{shown}");
        assert!(shown.contains("81234.5              -       -  lines/s"), "{shown}");
    }

    #[test]
    fn json_of_another_shape_is_refused_by_name() {
        let why = table(r#"{"runs":[{"unit":"x"}]}"#).unwrap_err().to_string();
        assert!(why.contains("`name`"), "{why}");
    }
}
