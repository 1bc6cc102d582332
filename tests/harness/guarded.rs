//! The NATS of a deployment: three servers with `deploy/nats/nats.conf`, its accounts, its TLS,
//! and secrets from `deploy/make-secrets.sh`.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use linchpin_testkit::nats_server;
use tempfile::TempDir;

/// Tries to find ports that nobody else takes in between.
const TRIES: usize = 5;

/// The secrets of a deployment, in a folder of their own.
pub struct Secrets {
    dir: TempDir,
}

impl Secrets {
    /// New ones; `None`, and a line that says so, where there is no openssl.
    pub fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            eprintln!("SKIPPED: no openssl, with which secrets are made");
            return None;
        }
        let secrets = Self { dir: tempfile::tempdir().unwrap() };
        secrets.make(&[]);
        Some(secrets)
    }

    /// Runs the script once more, with further names of hosts.
    pub fn make(&self, hosts: &[&str]) {
        let mut script = Command::new(deploy("make-secrets.sh"));
        let ran = script.arg("--into").arg(self.dir.path()).args(hosts).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// What a secret says.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap()
    }
}

/// Three servers, killed when dropped.
pub struct GuardedNats {
    dir: TempDir,
    binary: PathBuf,
    secrets: PathBuf,
    ports: [[u16; 3]; 3],
    servers: [Option<Child>; 3],
}

impl GuardedNats {
    /// Servers that serve; `None` where there is no nats-server.
    pub fn start(secrets: &Secrets) -> Option<Self> {
        let binary = nats_server()?;
        for _ in 0..TRIES {
            let dir = tempfile::tempdir().unwrap();
            fs::copy(deploy("nats/nats.conf"), dir.path().join("nats.conf")).unwrap();
            let passwords = secrets.path().join("passwords.conf");
            fs::copy(passwords, dir.path().join("passwords.conf")).unwrap();
            let mut nats = Self {
                dir,
                binary: binary.clone(),
                secrets: secrets.path().to_owned(),
                ports: free_ports(),
                servers: [None, None, None],
            };
            (0..3).for_each(|number| nats.spawn(number));
            if nats.serve() {
                return Some(nats);
            }
        }
        panic!("no cluster began to serve in {TRIES} tries");
    }

    /// Where clients connect to.
    pub fn urls(&self) -> Vec<String> {
        self.ports.iter().map(|[client, ..]| format!("tls://127.0.0.1:{client}")).collect()
    }

    /// Kills one at once.
    pub fn kill(&mut self, number: usize) {
        if let Some(mut server) = self.servers[number].take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Starts one that was killed; it need not serve yet.
    pub fn spawn(&mut self, number: usize) {
        assert!(self.servers[number].is_none(), "it runs already");
        let here = |port: u16| format!("127.0.0.1:{port}");
        let [client, route, monitor] = self.ports[number];
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(self.dir.path().join("nats.conf"));
        command.arg("--log").arg(self.dir.path().join(format!("{number}.log")));
        command
            .env("NATS_NAME", format!("nats-{}", number + 1))
            .env("NATS_LISTEN", here(client))
            .env("NATS_ROUTE", here(route))
            .env("NATS_MONITOR", here(monitor))
            .env("NATS_STORE", self.dir.path().join(number.to_string()))
            .env("NATS_CA", self.secrets.join("ca.crt"))
            .env("NATS_CERT", self.secrets.join("nats.crt"))
            .env("NATS_KEY", self.secrets.join("nats.key"));
        for (peer, [_, route, _]) in (1..).zip(self.ports) {
            command.env(format!("NATS_PEER_{peer}"), format!("tls://{}", here(route)));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.servers[number] = Some(command.spawn().unwrap());
    }

    /// Whether all come to serve; not where one ends before.
    fn serve(&mut self) -> bool {
        for _ in 0..600 {
            let ended = |server: &mut Option<Child>| {
                server.as_mut().is_none_or(|server| !matches!(server.try_wait(), Ok(None)))
            };
            if self.servers.iter_mut().any(ended) {
                return false;
            }
            if self.ports.iter().all(|[.., monitor]| healthy(*monitor)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the servers do not find together: {}", self.log(0));
    }

    /// What a server has said.
    pub fn log(&self, number: usize) -> String {
        fs::read_to_string(self.dir.path().join(format!("{number}.log"))).unwrap_or_default()
    }
}

impl Drop for GuardedNats {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = (0..3).map(|number| self.log(number)).collect::<String>();
            let odd = |line: &&str| ["[ERR]", "[WRN]", "[FTL]"].iter().any(|l| line.contains(l));
            logs.lines().filter(odd).take(40).for_each(|line| eprintln!("{line}"));
        }
        for server in self.servers.iter_mut().flatten() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// A file of the deployment.
pub fn deploy(name: &str) -> PathBuf {
    repository().join("deploy").join(name)
}

/// The repository's top folder.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn healthy(monitor: u16) -> bool {
    ureq::get(format!("http://127.0.0.1:{monitor}/healthz")).call().is_ok()
}

/// Three ports for each of three servers. Held together until all are known, so that they differ.
fn free_ports() -> [[u16; 3]; 3] {
    let held = [[(); 3]; 3].map(|row| row.map(|()| TcpListener::bind("127.0.0.1:0").unwrap()));
    held.map(|row| row.map(|port| port.local_addr().unwrap().port()))
}
