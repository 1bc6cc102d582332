//! Driving the real binary, as a user would: files in, commands, a browser's requests, and kills.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    missing_docs,
    reason = "for tests only: what is not there fails the test, and what is skipped is said"
)]

mod browser;
mod desk;
mod files;
mod guarded;
mod setup;

pub use browser::Browser;
pub use desk::{Answer, Desk, peak_kib};
pub use files::{data, gunzip, shuffle};
pub use guarded::{GuardedNats, Secrets, deploy, repository};
pub use setup::{Setup, skipped_when_spread};

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder of its own with a ledger in it, and the commands on it.
pub struct Place {
    dir: TempDir,
    /// The servers below it, where the run is spread out.
    servers: Option<setup::Servers>,
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// What it printed, as JSON.
    pub fn json(&self) -> Value {
        assert!(self.ok, "the command failed: {}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON ({e}): {}", self.out))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            ok: output.status.success(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Place {
    pub fn new() -> Self {
        let spread = Setup::of_this_run() == Setup::Spread;
        Self { dir: tempfile::tempdir().unwrap(), servers: spread.then(setup::Servers::start) }
    }

    /// One on a SQLite file, whatever the set-up of the run.
    pub fn embedded() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), servers: None }
    }

    /// Whether its desk is a process for each part, on servers of its own.
    pub fn is_spread(&self) -> bool {
        self.servers.is_some()
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A file in the folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The ledger's url.
    pub fn url(&self) -> String {
        match &self.servers {
            Some(servers) => servers.ledger(),
            None => format!("sqlite:{}", self.dir.path().join("ledger.db").display()),
        }
    }

    /// A command on the ledger, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.dir.path()).env("LINCHPIN_LEDGER", self.url());
        if let Some(servers) = &self.servers {
            command.env("LINCHPIN_NATS", servers.nats.url());
        }
        command.env_remove("RUST_LOG").env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    /// Runs a command, whatever it comes to.
    pub fn try_run(&self, args: &[&str]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// Runs a command that must succeed.
    pub fn run(&self, args: &[&str]) -> Ran {
        let ran = self.try_run(args);
        assert!(ran.ok, "linchpin {args:?} failed:\n{}{}", ran.out, ran.err);
        ran
    }

    /// Runs a command that must fail, and gives what it said.
    pub fn refused(&self, args: &[&str]) -> String {
        let ran = self.try_run(args);
        assert!(!ran.ok, "linchpin {args:?} should have failed:\n{}", ran.out);
        assert!(ran.err.starts_with("error: ") || ran.err.contains("\nerror: "), "{}", ran.err);
        ran.err
    }

    /// Runs a command that prints JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(args).json()
    }
}

/// The binary under test.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("LINCHPIN_BIN") {
        return path.into();
    }
    let mut folder = std::env::current_exe().unwrap();
    while folder.pop() {
        let path = folder.join("linchpin");
        if path.is_file() {
            return path;
        }
    }
    panic!("no binary to test: run `cargo build -p linchpin`, or set LINCHPIN_BIN")
}

/// The example mappings that the README names.
pub fn example(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    root.join("examples").join(name).display().to_string()
}
