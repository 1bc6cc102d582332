//! The desk spread out: PostgreSQL, three nats-servers, two processes of each part.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use linchpin_testkit::{NatsCluster, PostgresServer};
use linchpin_tests::binary;
use tempfile::TempDir;

use crate::schedule::Part;

/// How long a process may take until it is ready, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(90);

/// Everything that runs.
pub(crate) struct Topology {
    pub(crate) postgres: PostgresServer,
    pub(crate) nats: NatsCluster,
    pub(crate) processes: Vec<Process>,
    dir: TempDir,
    schema: String,
}

/// One process of the desk, with an address that it keeps.
pub(crate) struct Process {
    pub(crate) part: Part,
    pub(crate) address: String,
    name: String,
    child: Option<Child>,
}

impl Topology {
    /// Starts all of it on a new ledger; `None`, and it is said, where a server is missing here.
    pub(crate) fn start() -> Option<Self> {
        let postgres = PostgresServer::single()?;
        let nats = NatsCluster::new()?;
        let schema = postgres.fresh_schema();
        let both = Part::ALL.into_iter().flat_map(|part| [(part, 0), (part, 1)]);
        // Held together until all are known, so that they differ.
        let held: Vec<_> = both.map(|it| (it, TcpListener::bind("127.0.0.1:0").unwrap())).collect();
        let processes = held.into_iter().map(|((part, number), port)| Process {
            part,
            address: port.local_addr().unwrap().to_string(),
            name: format!("{}-{number}", part.name()),
            child: None,
        });
        let processes = processes.collect();
        let dir = tempfile::tempdir().unwrap();
        let mut topology = Self { postgres, nats, processes, dir, schema };
        let made = topology.command(&["init", "--currency", "EUR", "--time-zone", "Europe/Berlin"]);
        let made = { made }.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        (0..topology.processes.len()).for_each(|at| topology.spawn(at));
        topology.ready();
        Some(topology)
    }

    /// A command on the ledger.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).current_dir(self.dir.path()).env("LINCHPIN_LEDGER", self.ledger());
        command.env("LINCHPIN_NATS", self.nats.urls().join(",")).env("LINCHPIN_NATS_REPLICAS", "3");
        command.env_remove("RUST_LOG").env("TZ", "UTC").stdin(Stdio::null());
        command
    }

    /// The ledger's address, password and all.
    pub(crate) fn ledger(&self) -> String {
        self.postgres.address(&self.schema)
    }

    /// Where a part's two processes listen.
    pub(crate) fn addresses(&self, part: Part) -> Vec<String> {
        let of_part = self.processes.iter().filter(|process| process.part == part);
        of_part.map(|process| process.address.clone()).collect()
    }

    /// The place of a part's process among all.
    pub(crate) fn at(&self, part: Part, number: usize) -> usize {
        let mut of_part = (0..self.processes.len()).filter(|at| self.processes[*at].part == part);
        of_part.nth(number).unwrap()
    }

    /// Starts a process that does not run; it need not be ready yet.
    pub(crate) fn spawn(&mut self, at: usize) {
        let (name, address) = (self.processes[at].name.clone(), self.processes[at].address.clone());
        assert!(self.processes[at].child.is_none(), "{name} runs");
        let part = self.processes[at].part.name();
        let snapshots = self.dir.path().join(&name).display().to_string();
        let mut command =
            self.command(&[part, "--listen", &address, "--wait", "60", "--snapshots", &snapshots]);
        let log = File::options().create(true).append(true).open(self.log(&name)).unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.processes[at].child = Some(command.spawn().unwrap());
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self, at: usize) {
        let mut child = self.processes[at].child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends a process a signal by name.
    pub(crate) fn signal(&self, at: usize, signal: &str) {
        let id = self.processes[at].child.as_ref().unwrap().id().to_string();
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success()
        );
    }

    /// Starts again what ended by itself, as whoever runs the desk would, and says so.
    pub(crate) fn revive(&mut self) {
        for at in 0..self.processes.len() {
            let process = &mut self.processes[at];
            let ended = process.child.as_mut().and_then(|child| child.try_wait().unwrap());
            if let Some(status) = ended {
                process.child = None;
                eprintln!("{} ended by itself ({status}) and is started again", process.name);
                self.spawn(at);
            }
        }
    }

    /// Waits until every process says it is ready and has caught up.
    pub(crate) fn ready(&mut self) {
        let begun = Instant::now();
        let mut waiting: Vec<usize> = (0..self.processes.len()).collect();
        while !waiting.is_empty() {
            self.revive();
            waiting.retain(|at| !is_ready(&self.processes[*at].address));
            if begun.elapsed() > PATIENCE {
                self.tell();
                let names: Vec<_> = waiting.iter().map(|at| &self.processes[*at].name).collect();
                panic!("not ready in {PATIENCE:?}: {names:?}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What the processes have said, each its last lines.
    pub(crate) fn tell(&self) {
        for process in &self.processes {
            let log = std::fs::read_to_string(self.log(&process.name)).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(15)..];
            eprintln!("--- {}\n{}", process.name, last.join("\n"));
        }
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.log"))
    }
}

impl Drop for Topology {
    fn drop(&mut self) {
        for child in self.processes.iter_mut().filter_map(|process| process.child.as_mut()) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn is_ready(address: &str) -> bool {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(3)));
    let agent: ureq::Agent = config.build().into();
    agent.get(format!("http://{address}/readyz")).call().is_ok()
}
