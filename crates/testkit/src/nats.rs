//! Private nats-servers with JetStream: one, or three in a cluster. Each has a folder and ports
//! of its own on the loopback address, and is killed when it is dropped.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

mod cluster;

pub use cluster::NatsCluster;

/// How long a server may take until it serves, or until it has stopped.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(25);
/// How often another port is tried where somebody else has taken the one that was free.
const TRIES: usize = 5;

/// Where a nats-server is that is new enough: `LINCHPIN_NATS_SERVER`, `target/tools`, or `PATH`.
/// `None`, and a line that says so, where there is none.
///
/// # Panics
/// Where `LINCHPIN_NATS_SERVER` names something that is no nats-server 2.10 or newer.
pub fn nats_server() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LINCHPIN_NATS_SERVER") {
        let path = PathBuf::from(named);
        assert!(is_new_enough(&path), "{} is no nats-server 2.10 or newer", path.display());
        return Some(path);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let found = [target.join("tools/nats-server"), PathBuf::from("nats-server")]
        .into_iter()
        .find(|path| is_new_enough(path));
    if found.is_none() {
        crate::skip(
            "no nats-server 2.10 or newer in target/tools or on PATH; name one in \
             LINCHPIN_NATS_SERVER",
        );
    }
    found
}

fn is_new_enough(path: &Path) -> bool {
    let Ok(output) = Command::new(path).arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.trim().rsplit('v').next().unwrap_or_default();
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    (parts.next(), parts.next()) >= (Some(2), Some(10))
}

/// One nats-server.
#[derive(Debug)]
pub struct NatsServer {
    binary: PathBuf,
    folder: TempDir,
    name: String,
    ports: Ports,
    child: Option<Child>,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    client: u16,
    monitor: u16,
    cluster: u16,
}

impl Ports {
    fn free() -> Self {
        // Held together until all three are known, so that they differ.
        let held = [(); 3].map(|()| {
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback")
        });
        let [client, monitor, cluster] =
            held.map(|port| port.local_addr().expect("it is bound").port());
        Self { client, monitor, cluster }
    }
}

impl NatsServer {
    /// A server that runs; `None` where there is no nats-server.
    pub fn single() -> Option<Self> {
        Self::with("")
    }

    /// A server with more lines in its configuration, such as accounts or TLS.
    ///
    /// # Panics
    /// Where it does not begin to serve.
    pub fn with(more: &str) -> Option<Self> {
        let binary = nats_server()?;
        for _ in 0..TRIES {
            let mut server = Self::prepared(&binary, "n1", Ports::free());
            server.configure(more);
            server.spawn();
            if server.serves() {
                return Some(server);
            }
        }
        panic!("no nats-server began to serve in {TRIES} tries");
    }

    fn prepared(binary: &Path, name: &str, ports: Ports) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("linchpin-nats-")
            .tempdir()
            .expect("a folder for the server");
        Self { binary: binary.to_owned(), folder, name: name.to_owned(), ports, child: None }
    }

    fn configure(&self, more: &str) {
        let Ports { client, monitor, .. } = self.ports;
        let text = format!(
            "server_name: {}\nhost: 127.0.0.1\nport: {client}\nhttp: 127.0.0.1:{monitor}\n\
             log_file: \"{}\"\n\
             jetstream {{ store_dir: \"{}\", max_memory_store: 256MB, max_file_store: 4GB }}\n\
             {more}\n",
            self.name,
            self.log().display(),
            self.store().display(),
        );
        fs::write(self.folder.path().join("server.conf"), text).expect("a file in our folder");
    }

    /// Where clients connect to.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.ports.client)
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.ports.client
    }

    /// The server's process, where it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The folder in which JetStream keeps its streams.
    pub fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// What the server has logged.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Starts it again on the same ports and the same folder.
    ///
    /// # Panics
    /// Where it does not begin to serve.
    pub fn start(&mut self) {
        self.spawn();
        assert!(self.serves(), "nats-server {} does not serve: {}", self.name, self.tail());
    }

    fn spawn(&mut self) {
        assert!(self.child.is_none(), "nats-server {} runs already", self.name);
        let child = Command::new(&self.binary)
            .arg("-c")
            .arg(self.folder.path().join("server.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server starts");
        self.child = Some(child);
    }

    /// Whether it comes to serve; not where it ends before.
    fn serves(&mut self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let ended = self.child.as_mut().is_none_or(|c| !matches!(c.try_wait(), Ok(None)));
            if ended {
                self.child = None;
                return false;
            }
            if self.is_healthy() {
                return true;
            }
            std::thread::sleep(LOOK);
        }
        false
    }

    /// Whether it says of itself that it and its JetStream are well.
    pub fn is_healthy(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.ports.monitor)) else {
            return false;
        };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let asked = stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n");
        let mut answer = String::new();
        asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains(" 200 OK")
    }

    /// Ends it at once, as `kill -9` does.
    ///
    /// # Panics
    /// Where it cannot be ended.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        child.kill().expect("our own process can be killed");
        child.wait().expect("a killed process ends");
    }

    /// Ends it in good order.
    ///
    /// # Panics
    /// Where it does not end in time.
    pub fn stop(&mut self) {
        self.signal("-TERM");
        let Some(mut child) = self.child.take() else { return };
        let until = Instant::now() + PATIENCE;
        while child.try_wait().expect("our own process").is_none() {
            assert!(Instant::now() < until, "nats-server {} does not stop", self.name);
            std::thread::sleep(LOOK);
        }
    }

    /// Halts it: it neither answers nor ends until it is resumed.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let Some(child) = &self.child else { return };
        let sent = Command::new("kill").arg(signal).arg(child.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill {signal} of our own process");
    }

    /// A copy of what it has stored, for [`Self::put_back`]. The server must be stopped.
    ///
    /// # Panics
    /// Where it runs, or the copy cannot be made.
    pub fn copy_store(&self) -> TempDir {
        assert!(self.child.is_none(), "stop the server before its store is copied");
        let copy = tempfile::tempdir().expect("a folder for the copy");
        copy_all(&self.store(), copy.path());
        copy
    }

    /// Puts an older store in place of the present one, as a machine comes back that lost what it
    /// had not synced: the streams lose their tails. The server must be stopped.
    ///
    /// # Panics
    /// Where it runs, or the store cannot be put back.
    pub fn put_back(&self, copy: &TempDir) {
        assert!(self.child.is_none(), "stop the server before its store is put back");
        self.wipe();
        copy_all(copy.path(), &self.store());
    }

    /// Removes all that it has stored. The server must be stopped.
    ///
    /// # Panics
    /// Where it runs, or the store cannot be removed.
    pub fn wipe(&self) {
        assert!(self.child.is_none(), "stop the server before its store is wiped");
        if self.store().exists() {
            fs::remove_dir_all(self.store()).expect("our own folder");
        }
    }

    fn tail(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Killed also where it is paused; nothing more can be done where that fails.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("our own folder");
    for entry in fs::read_dir(from).expect("our own folder") {
        let entry = entry.expect("our own folder");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("our own file");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_stopped_started_paused_and_killed() {
        let Some(mut server) = NatsServer::single() else { return };
        server.stop();
        assert!(!server.is_healthy());
        server.start();
        server.pause();
        server.resume();
        assert!(server.is_healthy());
        server.kill();
        server.start();
        let pid = server.pid().expect("it runs");
        drop(server);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
