//! `cargo xtask tidy`: the house rules a program can check. Each finding says what to do.

mod banned;
mod edges;
mod numbering;
mod paths;
mod size;
mod tokens;

use std::fmt;
use std::fs;
use std::path::Path;

use crate::house::{Done, Failure, command, root};

/// Largest file looked into, in bytes. What is larger is data, and no rule speaks of it.
const MAX_FILE: u64 = 4 << 20;

/// One breach of one rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    advice: String,
    /// Told, but no reason to fail.
    warning: bool,
}

impl Finding {
    fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, advice: advice.into(), warning: false }
    }

    fn warning(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self { warning: true, ..Self::new(path, line, rule, advice) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.warning { "warning: " } else { "" };
        write!(f, "{}:{}: {mark}{}: {}", self.path, self.line, self.rule, self.advice)
    }
}

/// A file of the repository.
struct Source {
    /// Relative to the top folder, with `/` between its parts.
    path: String,
    text: String,
}

/// Checks every rule on every file that git knows or would take.
pub(crate) fn run() -> Done {
    let paths = listed()?;
    let files: Vec<Source> = paths.iter().filter_map(|path| read(path)).collect();
    let mut findings = findings(&paths, &files);
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    let broken = findings.iter().filter(|finding| !finding.warning).count();
    let warned = findings.len() - broken;
    println!("tidy: {} files, {broken} broken rules, {warned} warnings", files.len());
    if broken == 0 {
        Ok(())
    } else {
        Err(Failure::new(format!("tidy found {broken} broken rules")))
    }
}

fn findings(paths: &[String], files: &[Source]) -> Vec<Finding> {
    let mut findings = numbering::check(paths);
    for file in files {
        findings.extend(paths::check(file));
        if file.path.ends_with(".rs") {
            findings.extend(size::check_file(file));
            match tokens::Tokens::read(&file.text) {
                Ok(tokens) => {
                    findings.extend(size::check_functions(&file.path, &tokens));
                    findings.extend(banned::check(&file.path, &tokens));
                }
                Err((line, why)) => findings.push(Finding::new(&file.path, line, "syntax", why)),
            }
        }
        if file.path.ends_with("Cargo.toml") {
            findings.extend(edges::check(file));
        }
    }
    findings
}

/// Every file that is tracked, and every new one that is not ignored.
fn listed() -> Done<Vec<String>> {
    let mut git = command("git");
    git.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let output = git.output().map_err(|e| Failure::new(format!("git cannot be started: {e}")))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("git cannot list the files: {}", why.trim())));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    let mut paths: Vec<String> =
        names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    paths.retain(|path| root().join(path).is_file());
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn read(path: &str) -> Option<Source> {
    let full: &Path = &root().join(path);
    if path == "Cargo.lock" || fs::metadata(full).ok()?.len() > MAX_FILE {
        return None;
    }
    let text = String::from_utf8(fs::read(full).ok()?).ok()?;
    Some(Source { path: path.to_owned(), text })
}
