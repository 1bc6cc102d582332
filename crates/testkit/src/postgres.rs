//! Private PostgreSQL servers: each with a folder and a port of its own on the loopback address,
//! fsync on, gone when it is dropped. The first start on a machine makes a template folder with
//! `initdb`; every other start copies it and takes well under a second, so a test has its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use linchpin_ledger::LedgerUrl;
use tempfile::TempDir;

/// How long a server may take until it answers, or until it has stopped.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(10);
/// How often another port is tried where somebody else has taken the one that was free.
const TRIES: usize = 5;
/// The oldest that the ledger takes.
const OLDEST: u32 = 15;
/// The user and its password.
const USER: &str = "linchpin";
const PASSWORD: &str = "for-tests";
/// Starts the server as a child and ends it when the test's end of the pipe is closed, by whatever
/// way the test ends: so no server stays behind.
const GUARD: &str = "exec 3<&0; \"$@\" 3<&- & pid=$!; \
    (cat <&3 >/dev/null; kill -QUIT $pid 2>/dev/null) & wait $pid";
/// How the servers are set up, beside port and folders. The commit waits for the disk, as in life.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "fsync=on",
    "shared_buffers=32MB",
    "min_wal_size=2MB",
    "max_wal_size=256MB",
    "max_connections=60",
    "log_min_messages=warning",
];

/// The folder of PostgreSQL's programs, 15 or newer: `LINCHPIN_POSTGRES_BIN`, `PATH`, or where
/// Debian puts them. `None`, and a line that says so, where there are none.
///
/// # Panics
/// Where `LINCHPIN_POSTGRES_BIN` names something else.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so where its output goes")]
pub fn postgres_bin() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LINCHPIN_POSTGRES_BIN") {
        let folder = PathBuf::from(named);
        assert!(version(&folder) >= OLDEST, "{} has no PostgreSQL 15 or newer", folder.display());
        return Some(folder);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = std::env::split_paths(&path)
        .chain(debian.map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").exists() && version(folder) >= OLDEST);
    if found.is_none() {
        eprintln!(
            "SKIPPED: no PostgreSQL 15 or newer on PATH or in /usr/lib/postgresql; name the \
             folder of its programs in LINCHPIN_POSTGRES_BIN"
        );
    }
    // A link from elsewhere would not find its own files.
    let program = fs::canonicalize(found?.join("postgres")).ok()?;
    program.parent().map(Path::to_owned)
}

/// The major version of the server in a folder; 0 where there is none.
fn version(folder: &Path) -> u32 {
    let Ok(output) = Command::new(folder.join("postgres")).arg("--version").output() else {
        return 0;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok());
    number.unwrap_or(0)
}

/// One PostgreSQL server.
#[derive(Debug)]
pub struct PostgresServer {
    bin: PathBuf,
    folder: TempDir,
    port: u16,
    owner: Option<(u32, u32)>,
    settings: Vec<String>,
    guard: Option<Child>,
    schemas: AtomicU32,
}

impl PostgresServer {
    /// A server that runs; `None` where there is no PostgreSQL.
    pub fn single() -> Option<Self> {
        Self::with(|_| Vec::new())
    }

    /// A server with more settings (`ssl=on`). They may name files that are put into the folder.
    ///
    /// # Panics
    /// Where it does not begin to serve.
    pub fn with(prepare: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        let bin = postgres_bin()?;
        let owner = owner();
        let folder = folder(owner);
        let settings = prepare(folder.path());
        copy(&template(&bin, owner), &folder.path().join("data"));
        for entry in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            give(&entry.path(), owner);
        }
        let (port, schemas) = (0, AtomicU32::new(0));
        let mut server = Self { bin, folder, port, owner, settings, guard: None, schemas };
        for _ in 0..TRIES {
            server.port = free_port();
            server.spawn();
            if server.serves() {
                return Some(server);
            }
            server.end("QUIT");
        }
        panic!("no PostgreSQL began to serve in {TRIES} tries:\n{}", server.log());
    }

    /// Where clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's folder, for files that belong to it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the server keeps its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The address of a ledger in a schema, password and all, for a command line.
    pub fn address(&self, schema: &str) -> String {
        let port = self.port;
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres?schema={schema}")
    }

    /// The address of a ledger in a schema.
    ///
    /// # Panics
    /// Where the name is none for a schema.
    pub fn url(&self, schema: &str) -> LedgerUrl {
        self.address(schema).parse().expect("it is an address")
    }

    /// The name of a schema that nobody on this server has used yet.
    pub fn fresh_schema(&self) -> String {
        format!("ledger_{}", self.schemas.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Starts it again after [`Self::stop`] or [`Self::kill`], on the same port and folder.
    ///
    /// # Panics
    /// Where it does not begin to serve.
    pub fn start(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.spawn();
            if self.serves() {
                return;
            }
            // What a killed one has left in memory goes once the last of its processes has.
            self.end("QUIT");
            assert!(Instant::now() < deadline, "PostgreSQL does not start:\n{}", self.log());
        }
    }

    /// Stops it as an administrator would: open transactions are undone, clients cut off.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// Kills it without warning, as a loss of power to the process would.
    pub fn kill(&mut self) {
        self.end("KILL");
    }

    /// Holds it where it is: it answers nobody, and nobody is cut off.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn spawn(&mut self) {
        let log = self.folder.path().join("log");
        let log = File::options().create(true).append(true).open(log).expect("a file for its log");
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "sh"]).arg(self.bin.join("postgres"));
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        let sockets = format!("unix_socket_directories={}", self.folder.path().display());
        let own = self.settings.iter().map(String::as_str);
        for setting in SETTINGS.iter().copied().chain([sockets.as_str()]).chain(own) {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        command.current_dir(self.folder.path());
        as_owner(&mut command, self.owner);
        self.guard = Some(command.spawn().expect("sh starts"));
    }

    /// Waits until it serves; `false` where it ended instead.
    fn serves(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !self.has_ended() {
            // The eighth line of its file says `ready` once it takes connections.
            let said = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            let ready = said.lines().nth(7).is_some_and(|line| line.trim() == "ready");
            if ready && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(LOOK);
        }
        false
    }

    fn has_ended(&mut self) -> bool {
        self.guard.as_mut().is_none_or(|guard| !matches!(guard.try_wait(), Ok(None)))
    }

    fn end(&mut self, signal: &str) {
        self.signal(signal);
        let deadline = Instant::now() + PATIENCE;
        while !self.has_ended() && Instant::now() < deadline {
            std::thread::sleep(LOOK);
        }
        // Closes the pipe, which ends whatever has not ended yet.
        if let Some(mut guard) = self.guard.take() {
            let _ = guard.wait();
        }
    }

    fn signal(&self, signal: &str) {
        let Ok(file) = fs::read_to_string(self.data().join("postmaster.pid")) else { return };
        let Some(pid) = file.lines().next() else { return };
        let _ = Command::new("kill").args([&format!("-{signal}"), pid]).status();
    }

    /// What it logged since it was started.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.resume();
        self.end("QUIT");
    }
}

fn free_port() -> u16 {
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on loopback");
    held.local_addr().expect("it is bound").port()
}

/// The user under whom servers run where the tests run as root, which PostgreSQL refuses.
fn owner() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().expect("`id` runs");
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map_while(|id| id.parse().ok());
        Some((ids.next()?, ids.next()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).expect("a user who is not root"))
}

fn as_owner(command: &mut Command, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner {
        std::os::unix::process::CommandExt::gid(command, group);
        std::os::unix::process::CommandExt::uid(command, user);
    }
}

fn give(path: &Path, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner {
        std::os::unix::fs::chown(path, Some(user), Some(group)).expect("root gives files away");
    }
}

fn folder(owner: Option<(u32, u32)>) -> TempDir {
    let made = tempfile::Builder::new().prefix("linchpin-postgres-").tempdir();
    let made = made.expect("a folder for the server");
    give(made.path(), owner);
    made
}

/// The folder that each server copies, made once for a version of PostgreSQL and a user.
fn template(bin: &Path, owner: Option<(u32, u32)>) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    let tools = target.join("tools");
    fs::create_dir_all(&tools).expect("a folder below target");
    let user = if owner.is_some() { "root" } else { "own" };
    let base = tools.join(format!("postgres-{}-{user}", version(bin)));
    let lock = File::options().create(true).append(true).open(base.with_extension("lock"));
    let lock = lock.expect("a file to lock");
    lock.lock().expect("the file system knows locks");
    if base.exists() {
        return base;
    }
    let making = folder(owner);
    let words = making.path().join("password");
    fs::write(&words, PASSWORD).expect("a file in our folder");
    give(&words, owner);
    let mut command = Command::new(bin.join("initdb"));
    command.args(["-A", "scram-sha-256", "-U", USER, "--no-locale", "-E", "UTF8"]);
    command.args(["--wal-segsize=1", "--no-sync", "-D"]).arg(making.path().join("data"));
    command.arg("--pwfile").arg(&words).current_dir(making.path());
    as_owner(&mut command, owner);
    let output = command.output().expect("initdb starts");
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    let aside = base.with_extension("making");
    let _ = fs::remove_dir_all(&aside);
    copy(&making.path().join("data"), &aside);
    fs::rename(aside, &base).expect("within one folder");
    base
}

/// Copies a folder with all that is in it, owners and permissions too.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(status.is_ok_and(|status| status.success()), "{} was not copied", from.display());
}
