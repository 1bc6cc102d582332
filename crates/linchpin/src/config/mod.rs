//! Configuration: a flag before the environment, the environment before the file, the file before
//! the default; and for every value, where it came from.

mod file;
mod flags;
mod setting;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use linchpin_ledger::LedgerUrl;

use crate::process::Process;
pub(crate) use flags::{Everywhere, Flags, HEADING};
pub(crate) use setting::{LEDGER, SETTINGS, Setting, TOKENS, address};
use setting::{LOG, OTEL};

/// The file that is read where none is named.
const USUAL_FILE: &str = "linchpin.toml";
/// Largest file that is read, configuration or secret, in bytes.
const MAX_FILE: u64 = 64 << 10;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Env(&'static str),
    /// A file of its own, named by a variable or by the configuration file.
    Secret(String),
    /// The configuration file: its name and line.
    File(String, usize),
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "--{name}"),
            Self::Env(name) => f.write_str(name),
            Self::Secret(from) => f.write_str(from),
            Self::File(name, line) => write!(f, "{name}:{line}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from; an empty one is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// What is configured, and what is wrong with it.
#[derive(Debug, Default)]
pub(crate) struct Config {
    found: HashMap<&'static str, Found>,
    /// What is wrong, each with its place.
    pub(crate) wrong: Vec<String>,
    /// What is odd, but hinders nothing.
    pub(crate) odd: Vec<String>,
    /// What gives a secret away; said by every command.
    pub(crate) careless: Vec<String>,
}

/// The world that a configuration is read from, so that a test can bring its own.
pub(crate) struct World<'a> {
    /// The file named by `--config` or `LINCHPIN_CONFIG`.
    pub(crate) file: Option<&'a Path>,
    /// The variables of the environment.
    pub(crate) env: &'a HashMap<String, String>,
}

impl Config {
    /// Gathers the settings. It never fails: what is wrong is listed in it.
    pub(crate) fn gather(flags: &[&Flags], world: &World<'_>) -> Self {
        let mut this = Self::default();
        let from_file = this.read_file(world.file);
        for setting in SETTINGS {
            let flag = flags.iter().find_map(|flags| flags.get(setting.flag?));
            let found = match flag {
                Some(value) => Some(Found {
                    value: value.to_owned(),
                    origin: Origin::Flag(setting.flag.unwrap_or_default()),
                }),
                None => this.in_env(setting, world.env).or_else(|| {
                    let given = from_file.get(setting.key);
                    given.and_then(|(value, origin)| this.opened(value, origin.clone()))
                }),
            };
            let found = found.unwrap_or_else(|| Found {
                value: setting.default.to_owned(),
                origin: Origin::Default,
            });
            this.check(setting, &found);
            this.found.insert(setting.key, found);
        }
        this.check_together();
        this.look_for_typos(world.env);
        this
    }

    /// A setting as it was found.
    pub(crate) fn found(&self, key: &str) -> Option<&Found> {
        self.found.get(key)
    }

    /// The text of a setting; `None` where it is not set.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.found(key).map(|found| found.value.as_str()).filter(|value| !value.is_empty())
    }

    /// Where the ledger stands, unless a command has a place of its own for when none is named.
    pub(crate) fn ledger(&self, otherwise: &str) -> String {
        match self.found(LEDGER) {
            Some(found) if found.origin != Origin::Default => found.value.clone(),
            _ => otherwise.to_owned(),
        }
    }

    /// Whether log lines are JSON.
    pub(crate) fn json_log(&self) -> bool {
        self.text(LOG) == Some("json")
    }

    /// The folder of snapshots for a ledger; `None` where none are kept.
    pub(crate) fn snapshots(&self, ledger: &LedgerUrl) -> Option<PathBuf> {
        match self.text("snapshots") {
            Some("none") => None,
            Some(folder) => Some(PathBuf::from(folder)),
            None => ledger.file().map(|file| {
                let mut beside = file.as_os_str().to_owned();
                beside.push(".snapshots");
                PathBuf::from(beside)
            }),
        }
    }

    /// Where a process listens.
    ///
    /// # Errors
    /// Where the address is none.
    pub(crate) fn listen(&self, process: Process) -> eyre::Result<std::net::SocketAddr> {
        address(self.text(process.listen_key()).unwrap_or_default()).map_err(|e| eyre::eyre!(e))
    }

    /// A setting that is a number of seconds.
    pub(crate) fn seconds(&self, key: &str) -> Duration {
        Duration::from_secs(self.number(key))
    }

    /// A setting that is a whole number.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.text(key).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Stops where something is wrong.
    ///
    /// # Errors
    /// With all that is wrong.
    pub(crate) fn or_refuse(self) -> eyre::Result<Self> {
        if self.wrong.is_empty() {
            return Ok(self);
        }
        eyre::bail!("{}", self.wrong.join("\nerror: "))
    }

    fn read_file(&mut self, named: Option<&Path>) -> HashMap<String, (InFile, Origin)> {
        let path = named.unwrap_or(Path::new(USUAL_FILE));
        if named.is_none() && !path.exists() {
            return HashMap::new();
        }
        let name = path.display().to_string();
        let text = match bounded(path) {
            Ok(text) => text,
            Err(reason) => {
                self.wrong.push(format!("{name}: {reason}"));
                return HashMap::new();
            }
        };
        let (values, wrong) = file::read(&text);
        for (at, reason) in wrong {
            self.wrong.push(format!("{name}:{}:{}: {reason}", at.line, at.column));
        }
        let mut given = HashMap::new();
        for value in values {
            let origin = Origin::File(name.clone(), value.at.line);
            let (key, of_its_own) = match value.key.strip_suffix("_file") {
                Some(key) => (key.to_owned(), true),
                None => (value.key.clone(), false),
            };
            let place = format!("{name}:{}:{}", value.at.line, value.at.column);
            let in_file = InFile { value: value.value, of_its_own, place };
            if given.insert(key.clone(), (in_file, origin)).is_some() {
                self.wrong.push(format!("{name}: `{key}` and `{key}_file`: keep one of them"));
            }
        }
        given
    }

    fn opened(&mut self, given: &InFile, origin: Origin) -> Option<Found> {
        if !given.of_its_own {
            return Some(Found { value: given.value.clone(), origin });
        }
        match secret(Path::new(&given.value)) {
            Ok(value) => {
                Some(Found { value, origin: Origin::Secret(format!("{} ({origin})", given.value)) })
            }
            Err(reason) => {
                self.wrong.push(format!("{}: {}: {reason}", given.place, given.value));
                None
            }
        }
    }

    /// A variable, or the file that its sister variable names. An empty variable counts as unset.
    fn in_env(&mut self, setting: &Setting, env: &HashMap<String, String>) -> Option<Found> {
        let set = |name: &str| env.get(name).filter(|value| !value.is_empty());
        let plain = set(setting.env)
            .map(|value| Found { value: value.clone(), origin: Origin::Env(setting.env) });
        let sister = format!("{}_FILE", setting.env);
        let of_its_own = setting.secret.then(|| set(&sister)).flatten();
        if let (Some(_), Some(_)) = (&plain, of_its_own) {
            self.wrong.push(format!("{} and {sister} are both set: unset one", setting.env));
        }
        let theirs = (setting.key == "otlp").then(|| set(OTEL)).flatten();
        let theirs = theirs.map(|value| Found { value: value.clone(), origin: Origin::Env(OTEL) });
        match of_its_own {
            Some(path) if plain.is_none() => match secret(Path::new(path)) {
                Ok(value) => {
                    Some(Found { value, origin: Origin::Secret(format!("{path} ({sister})")) })
                }
                Err(reason) => {
                    self.wrong.push(format!("{sister}: {path}: {reason}"));
                    None
                }
            },
            _ => plain.or(theirs),
        }
    }

    fn check(&mut self, setting: &Setting, found: &Found) {
        if matches!(found.origin, Origin::Flag(_)) && tells_password(&found.value) {
            let instead =
                format!("put the address into {0} or a file named by {0}_FILE", setting.env);
            self.careless.push(careless(&found.origin, &instead));
        }
        if found.value.is_empty() && found.origin == Origin::Default {
            return;
        }
        if let Err(reason) = (setting.check)(&found.value) {
            let said = if setting.hides(&found.value) {
                String::new()
            } else {
                format!(" {}", found.value)
            };
            let place = match &found.origin {
                Origin::File(..) => format!("{}: {}{said}", found.origin, setting.key),
                _ => format!("{}{said}", found.origin),
            };
            let wrong = format!("{place}: {reason}");
            // One variable is the address of every process, and is wrong once.
            if !self.wrong.contains(&wrong) {
                self.wrong.push(wrong);
            }
        }
    }

    /// What does not go together.
    fn check_together(&mut self) {
        let set = |key| self.text(key).is_some();
        let mut wrong = Vec::new();
        let ways = [set("nats.credentials"), set("nats.user"), set("nats.token")];
        if ways.iter().filter(|way| **way).count() > 1 {
            wrong.push("nats: credentials, user and token are three ways to sign in: keep one");
        }
        if set("nats.user") != set("nats.password") {
            wrong.push("nats: user and password go together: set both, or neither");
        }
        if set("nats.cert") != set("nats.key") {
            wrong.push("nats: cert and key go together: set both, or neither");
        }
        let any = SETTINGS.iter().filter(|s| s.key.starts_with("nats."));
        let mut given =
            any.filter(|s| self.found(s.key).is_some_and(|found| found.origin != Origin::Default));
        if !set("nats.servers") && given.next().is_some() {
            wrong.push("nats: settings but no servers: set nats.servers too");
        }
        self.wrong.extend(wrong.into_iter().map(str::to_owned));
    }

    /// A variable that nobody reads may be one that somebody meant.
    fn look_for_typos(&mut self, env: &HashMap<String, String>) {
        let known = |name: &str| {
            name == "LINCHPIN_CONFIG"
                || SETTINGS.iter().any(|s| {
                    s.env == name || (s.secret && name.strip_suffix("_FILE") == Some(s.env))
                })
        };
        let mut strange: Vec<&String> =
            env.keys().filter(|name| name.starts_with("LINCHPIN_") && !known(name)).collect();
        strange.sort();
        for name in strange {
            let near = file::nearest(name, SETTINGS.iter().map(|setting| setting.env));
            let hint = near.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
            self.odd.push(format!("{name} is no setting{hint}"));
        }
    }
}

/// The file that the flag names, else the variable; an empty variable counts as unset.
pub(crate) fn named(flag: Option<PathBuf>, env: Option<OsString>) -> Option<PathBuf> {
    flag.or_else(|| env.filter(|name| !name.is_empty()).map(PathBuf::from))
}

/// What is said of a command line with a password in it.
pub(crate) fn careless(place: impl fmt::Display, instead: &str) -> String {
    format!(
        "{place} holds a password, which others on this machine can read: {instead}, or the \
         password into PGPASSWORD or ~/.pgpass"
    )
}

/// Whether an address holds a password before its host.
pub(crate) fn tells_password(address: &str) -> bool {
    let Some((_, place)) = address.split_once("://") else { return false };
    place.rsplit_once('@').is_some_and(|(who, _)| who.contains(':'))
}

/// A value of the file, perhaps one that stands in a file of its own.
struct InFile {
    value: String,
    of_its_own: bool,
    place: String,
}

/// What a file holds, without the line end that editors put there.
pub(crate) fn secret(path: &Path) -> Result<String, String> {
    let text = bounded(path)?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn bounded(path: &Path) -> Result<String, String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    file.take(MAX_FILE + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_FILE {
        return Err(format!("it is larger than {MAX_FILE} bytes"));
    }
    Ok(text)
}
