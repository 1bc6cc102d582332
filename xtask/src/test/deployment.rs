//! What is handed to those who run the desk, read by the tools that will read it there: the
//! Dockerfile, the compose file, the scripts, Prometheus' settings; and the document that tells
//! other programs what they may consume.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::tools::{self, Had};
use super::{Outcome, Run};
use crate::house::{self, Done, Failure, answers, command, on_path, root};

/// Holds the pinned packages with which the AsyncAPI document is checked, and the checker.
const ASYNCAPI: &str = "tests/tools/asyncapi";

/// How one file, or several of a kind, came out.
enum Read {
    Well,
    Wrong(String),
    Skipped(String),
}

/// Dockerfile, scripts, compose file and Prometheus' settings, each by its own tool.
pub(super) fn files(run: &mut Run) -> Done<Outcome> {
    if run.fast {
        return Ok(Outcome::Skipped("--fast leaves the files of the deployment out".to_owned()));
    }
    let (mut wrong, mut not_read) = (Vec::new(), Vec::new());
    for read in [dockerfile(), scripts(), compose(), prometheus()] {
        match read {
            Read::Well => {}
            Read::Wrong(what) => wrong.push(what),
            Read::Skipped(why) => not_read.push(why),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::new(wrong.join("; ")));
    }
    if not_read.is_empty() {
        return Ok(Outcome::Passed);
    }
    Ok(Outcome::Skipped(format!("in part; not read were: {}", not_read.join("; "))))
}

fn dockerfile() -> Read {
    by(tools::wheel("tests/tools/hadolint.txt", "hadolint"), "the Dockerfile", |hadolint| {
        vec![with(&hadolint, &["Dockerfile"])]
    })
}

fn scripts() -> Read {
    by(tools::wheel("tests/tools/shellcheck.txt", "shellcheck"), "the scripts", |shellcheck| {
        let mut command = command(shellcheck);
        command.args([".ci/run"]).args(shell_scripts());
        vec![command]
    })
}

/// `docker compose config`, by the plugin where it is there, else by Debian's docker-compose. Neither
/// needs an engine.
fn compose() -> Read {
    let plugin = || answers(command("docker").args(["compose", "version"]));
    let arguments = ["--file", "docker-compose.yml", "config", "--quiet"];
    if on_path("docker").is_some() && plugin() {
        let words = [&["compose"][..], &arguments].concat();
        return by(Ok("docker".into()), "docker-compose.yml", |docker| vec![with(&docker, &words)]);
    }
    let find = || on_path("docker-compose");
    let had = find().ok_or(()).or_else(|()| {
        tools::apt(&["docker-compose"])?;
        find().ok_or_else(|| "the package docker-compose brought no program".to_owned())
    });
    by(had, "docker-compose.yml", |program| vec![with(&program, &arguments)])
}

fn prometheus() -> Read {
    let find =
        on_path("promtool").map_or_else(|| tools::unpacked("prometheus", "usr/bin/promtool"), Ok);
    by(find, "Prometheus' settings", |promtool| {
        let folder = "deploy/prometheus";
        vec![
            with(
                &promtool,
                &["check", "config", "--syntax-only", &format!("{folder}/prometheus.yml")],
            ),
            with(&promtool, &["check", "rules", &format!("{folder}/alerts.yml")]),
            with(&promtool, &["test", "rules", &format!("{folder}/alerts.test.yml")]),
        ]
    })
}

/// The AsyncAPI document that the binary prints, read by the reference parser.
pub(super) fn asyncapi(run: &mut Run) -> Done<Outcome> {
    if run.fast {
        return Ok(Outcome::Skipped("--fast leaves the AsyncAPI document out".to_owned()));
    }
    let Some(binary) = &run.binary else {
        return Ok(Outcome::Skipped("there is no binary to print it; see `binary`".to_owned()));
    };
    if on_path("node").is_none() || on_path("npm").is_none() {
        return Ok(Outcome::Skipped("no node and npm, which the parser needs".to_owned()));
    }
    let place = match npm() {
        Ok(place) => place,
        Err(why) => return Ok(Outcome::Skipped(why)),
    };
    let printed = command(binary).args(["schema", "asyncapi"]).output();
    let printed =
        printed.map_err(|e| Failure::new(format!("the binary cannot be started: {e}")))?;
    if !printed.status.success() {
        let said = String::from_utf8_lossy(&printed.stderr);
        return Err(Failure::new(format!("`linchpin schema asyncapi` failed: {said}")));
    }
    let document = place.join("asyncapi.json");
    let unwritten = |e: std::io::Error| Failure::new(format!("{}: {e}", document.display()));
    fs::write(&document, printed.stdout).map_err(unwritten)?;
    house::run(command("node").current_dir(&place).args(["check.mjs", "asyncapi.json"]))?;
    Ok(Outcome::Passed)
}

/// The parser and what it needs, installed by the committed lock file.
fn npm() -> Had {
    let place = tools::folder().join("asyncapi");
    let lock = root().join(ASYNCAPI).join("package-lock.json");
    let odd = |e: std::io::Error| format!("{}: {e}", place.display());
    let wanted = fs::read(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    fs::create_dir_all(&place).map_err(odd)?;
    let stamp = place.join("installed");
    let had = fs::read(&stamp).is_ok_and(|had| had == wanted);
    for name in ["package.json", "package-lock.json", "check.mjs"] {
        fs::copy(root().join(ASYNCAPI).join(name), place.join(name)).map_err(odd)?;
    }
    if !had {
        let mut install = command("npm");
        install.current_dir(&place).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        let failed = |_| "npm could not install @asyncapi/parser (no network?)".to_owned();
        house::run(&mut install).map_err(failed)?;
        fs::write(&stamp, &wanted).map_err(odd)?;
    }
    Ok(place)
}

/// Runs a tool on what it reads, where the tool could be had.
fn by(tool: Had, what: &str, commands: impl FnOnce(PathBuf) -> Vec<Command>) -> Read {
    let tool = match tool {
        Ok(tool) => tool,
        Err(why) => return Read::Skipped(format!("{what}: {why}")),
    };
    let failed = commands(tool).iter_mut().find_map(|command| house::run(command).err());
    failed.map_or(Read::Well, |failure| Read::Wrong(format!("{what}: {failure}")))
}

fn with(program: &Path, arguments: &[&str]) -> Command {
    let mut command = command(program);
    command.args(arguments);
    command
}

/// Every shell script below `deploy`, from the repository's top.
fn shell_scripts() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).into_iter().flatten().flatten() {
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "sh") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
