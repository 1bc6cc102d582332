//! Every setting there is, once: its names, what it may say, what it is for.

use std::net::SocketAddr;

use linchpin_ledger::LedgerUrl;

use crate::cli::DEFAULT_LEDGER;
use crate::process::Process;

/// A setting and the names by which it can be given.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name in the file, tables before the dot.
    pub(crate) key: &'static str,
    /// Its name among the flags; none for what must not stand on a command line.
    pub(crate) flag: Option<&'static str>,
    /// Its name in the environment.
    pub(crate) env: &'static str,
    /// What stands for its value in the help.
    pub(crate) value_name: &'static str,
    /// What holds where nobody says anything; empty for nothing.
    pub(crate) default: &'static str,
    /// Whether it may hold a secret: then it can be read from a file of its own.
    pub(crate) secret: bool,
    /// What it is for, in one line.
    pub(crate) about: &'static str,
    /// Says what is wrong with a value.
    pub(crate) check: fn(&str) -> Result<(), String>,
}

impl Setting {
    /// Whether a value is shown to nobody: it is a secret, or an address with one in it.
    pub(crate) fn hides(&self, value: &str) -> bool {
        self.secret || value.contains('@')
    }
}

/// Where the ledger stands.
pub(crate) const LEDGER: &str = "ledger";
/// How log lines look.
pub(crate) const LOG: &str = "log";
/// Who needs a token.
pub(crate) const TOKENS: &str = "tokens";
/// Settings of every command; the others are those of the processes.
pub(crate) const EVERYWHERE: [&str; 2] = [LEDGER, LOG];

/// A name that somebody else gave to the address of the collector of traces.
pub(crate) const OTEL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

const PLAIN: Setting = Setting {
    key: "",
    flag: None,
    env: "",
    value_name: "TEXT",
    default: "",
    secret: false,
    about: "",
    check: anything,
};

/// All of them, in the order in which they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        key: LEDGER,
        flag: Some("ledger"),
        env: "LINCHPIN_LEDGER",
        value_name: "URL",
        default: DEFAULT_LEDGER,
        secret: true,
        about: "The ledger: sqlite:PATH or postgres://USER:PASSWORD@HOST/DB; demo uses \
                sqlite:linchpin-demo.db unless told otherwise",
        check: ledger,
    },
    Setting {
        key: LOG,
        flag: Some("log"),
        env: "LINCHPIN_LOG",
        value_name: "FORM",
        default: "text",
        about: "How log lines look on the error stream: text or json",
        check: log,
        ..PLAIN
    },
    Setting {
        key: "snapshots",
        flag: Some("snapshots"),
        env: "LINCHPIN_SNAPSHOTS",
        value_name: "DIR",
        about: "Where folds are kept between runs: a folder, or none; without it beside a SQLite \
                file, and nowhere for PostgreSQL",
        ..PLAIN
    },
    listen(Process::Serve),
    listen(Process::Ingest),
    listen(Process::Classifier),
    listen(Process::Notifier),
    listen(Process::Query),
    listen(Process::Relay),
    Setting {
        key: TOKENS,
        flag: Some("tokens"),
        env: "LINCHPIN_TOKENS",
        value_name: "WHEN",
        default: "beyond-loopback",
        about: "Who needs a token: beyond-loopback, or always; always behind a proxy on the same \
                machine, since through it everybody seems to be near",
        check: tokens,
        ..PLAIN
    },
    Setting {
        key: "wait",
        flag: Some("wait"),
        env: "LINCHPIN_WAIT",
        value_name: "SECONDS",
        default: "0",
        about: "How long to wait at the start for a ledger or a NATS that is not there yet",
        check: |text| whole(text, 0, 3600),
        ..PLAIN
    },
    Setting {
        key: "max_lag",
        flag: Some("max-lag"),
        env: "LINCHPIN_MAX_LAG",
        value_name: "ENTRIES",
        default: "10000",
        about: "How far a fold may be behind the ledger and the process still count as ready",
        check: |text| whole(text, 0, u64::MAX),
        ..PLAIN
    },
    Setting {
        key: "drain_delay",
        flag: Some("drain-delay"),
        env: "LINCHPIN_DRAIN_DELAY",
        value_name: "SECONDS",
        default: "0",
        about: "How long to go on answering after SIGTERM, while /readyz says 503 already",
        check: |text| whole(text, 0, 300),
        ..PLAIN
    },
    Setting {
        key: "otlp",
        flag: Some("otlp"),
        env: "LINCHPIN_OTLP",
        value_name: "URL",
        about: "Where traces go: the base address of an OpenTelemetry collector (OTLP over HTTP), \
                such as http://127.0.0.1:4318; also OTEL_EXPORTER_OTLP_ENDPOINT",
        check: otlp,
        ..PLAIN
    },
    Setting {
        key: "nats.servers",
        flag: Some("nats"),
        env: "LINCHPIN_NATS",
        value_name: "URLS",
        about: "NATS servers, commas between them: nats://HOST:PORT, or tls://HOST:PORT; without \
                it the desk works without NATS",
        check: servers,
        ..PLAIN
    },
    Setting {
        key: "nats.desk",
        flag: Some("nats-desk"),
        env: "LINCHPIN_NATS_DESK",
        value_name: "NAME",
        default: "linchpin",
        about: "The desk's name on NATS, where more than one desk uses the same servers",
        check: desk,
        ..PLAIN
    },
    Setting {
        key: "nats.replicas",
        flag: Some("nats-replicas"),
        env: "LINCHPIN_NATS_REPLICAS",
        value_name: "COUNT",
        default: "1",
        about: "How many servers keep each stream: 1, 3 or 5",
        check: replicas,
        ..PLAIN
    },
    Setting {
        key: "nats.credentials",
        flag: Some("nats-credentials"),
        env: "LINCHPIN_NATS_CREDENTIALS",
        value_name: "FILE",
        about: "A NATS credentials file (.creds) to sign in with",
        check: readable,
        ..PLAIN
    },
    Setting {
        key: "nats.user",
        flag: Some("nats-user"),
        env: "LINCHPIN_NATS_USER",
        value_name: "NAME",
        about: "The NATS user to sign in as",
        ..PLAIN
    },
    Setting {
        key: "nats.password",
        env: "LINCHPIN_NATS_PASSWORD",
        secret: true,
        about: "The NATS user's password",
        ..PLAIN
    },
    Setting {
        key: "nats.token",
        env: "LINCHPIN_NATS_TOKEN",
        secret: true,
        about: "A NATS token to sign in with, instead of user and password",
        ..PLAIN
    },
    Setting {
        key: "nats.ca",
        flag: Some("nats-ca"),
        env: "LINCHPIN_NATS_CA",
        value_name: "FILE",
        about: "The certificates by which to know the NATS servers (PEM)",
        check: readable,
        ..PLAIN
    },
    Setting {
        key: "nats.cert",
        flag: Some("nats-cert"),
        env: "LINCHPIN_NATS_CERT",
        value_name: "FILE",
        about: "The desk's own certificate for NATS (PEM)",
        check: readable,
        ..PLAIN
    },
    Setting {
        key: "nats.key",
        flag: Some("nats-key"),
        env: "LINCHPIN_NATS_KEY",
        value_name: "FILE",
        about: "The key of that certificate (PEM)",
        check: readable,
        ..PLAIN
    },
];

/// A process listens where its own line of the table says; the flag and the variable are those of
/// whichever process is started.
const fn listen(process: Process) -> Setting {
    Setting {
        key: process.listen_key(),
        flag: Some("listen"),
        env: "LINCHPIN_LISTEN",
        value_name: "ADDR:PORT",
        default: process.default_listen(),
        secret: false,
        about: "The address to listen on; any but loopback needs tokens (see `linchpin token`) \
                [default: 127.0.0.1 and port 7400 for serve, query and demo, 7401 ingest, 7402 \
                classifier, 7403 notifier, 7404 relay]",
        check: |text| address(text).map(drop),
    }
}

/// An address to listen on.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.replacen("localhost:", "127.0.0.1:", 1);
    text.parse().map_err(|_| "write an address and a port, such as 127.0.0.1:7400".to_owned())
}

fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

fn ledger(text: &str) -> Result<(), String> {
    text.parse::<LedgerUrl>().map(drop).map_err(|error| error.to_string())
}

fn log(text: &str) -> Result<(), String> {
    match text {
        "text" | "json" => Ok(()),
        _ => Err("write text or json".to_owned()),
    }
}

fn tokens(text: &str) -> Result<(), String> {
    match text {
        "beyond-loopback" | "always" => Ok(()),
        _ => Err("write beyond-loopback or always".to_owned()),
    }
}

fn whole(text: &str, least: u64, most: u64) -> Result<(), String> {
    let fits = text.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number));
    if fits {
        return Ok(());
    }
    Err(match most {
        u64::MAX => format!("write a whole number from {least} on"),
        most => format!("write a whole number from {least} to {most}"),
    })
}

fn otlp(text: &str) -> Result<(), String> {
    let host = text.strip_prefix("http://").filter(|rest| !rest.is_empty());
    match host {
        Some(host) if host.contains('@') => {
            Err("leave user and password out of the address: it would be sent without TLS"
                .to_owned())
        }
        Some(_) => Ok(()),
        None => Err(
            "write http://HOST:PORT: traces go without TLS to a collector close by, which sends \
             them on"
                .to_owned(),
        ),
    }
}

fn servers(text: &str) -> Result<(), String> {
    for server in text.split(',').map(str::trim) {
        let known = ["nats://", "tls://"].iter().find_map(|scheme| server.strip_prefix(scheme));
        if known.is_none_or(str::is_empty) {
            return Err("write nats://HOST:PORT or tls://HOST:PORT, commas between".to_owned());
        }
        if known.is_some_and(|rest| rest.contains('@')) {
            return Err("leave user and password out of the address: there are settings for them"
                .to_owned());
        }
    }
    Ok(())
}

fn desk(text: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=32).contains(&text.len()) && text.chars().all(plain) {
        return Ok(());
    }
    Err("write 1 to 32 small letters, digits or `-`".to_owned())
}

fn replicas(text: &str) -> Result<(), String> {
    if ["1", "3", "5"].contains(&text) { Ok(()) } else { Err("write 1, 3 or 5".to_owned()) }
}

/// A file that is not there would only be missed when the servers are asked, and then look as if
/// they were away.
fn readable(path: &str) -> Result<(), String> {
    std::fs::File::open(path).map(drop).map_err(|error| error.to_string())
}
