//! Where a ledger is, and how it is opened.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// The schema of a ledger on PostgreSQL unless another is named.
const SCHEMA: &str = "linchpin";
/// Longest name of a schema: PostgreSQL cuts names there, and a channel is named after it.
const MAX_SCHEMA: usize = 63;
/// How a server that others may stand before is asked to prove itself, unless told otherwise.
const CHECKED: &str = "sslmode=verify-full";
/// What may stand behind the question mark of a PostgreSQL address, beside the schema.
const OPTIONS: &[&str] = &["sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Whether a ledger is opened to append to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reads and appends.
    ReadWrite,
    /// Reads only; an append is refused.
    ReadOnly,
}

/// Where a ledger is: `sqlite:PATH`, or `sqlite:PATH?max_mib=N` for a file that must not grow
/// beyond N MiB; or `postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME&sslmode=MODE`. One
/// schema is one ledger. A server on another machine must prove itself (`verify-full`) unless
/// MODE says otherwise. Shown, it is without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct LedgerUrl(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    File {
        path: PathBuf,
        max_mib: Option<u32>,
    },
    Database {
        /// As sqlx takes it, password and all.
        address: String,
        schema: String,
        shown: String,
    },
}

/// Why a text does not say where a ledger is. It never repeats what may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Another kind of place, or none named.
    #[error(
        "`{0}` is no kind of ledger: write sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Scheme(String),
    /// The path is missing.
    #[error("`{0}` names no file: write sqlite:PATH")]
    NoPath(String),
    /// What follows the question mark is not understood.
    #[error("`{0}` is no option of a ledger: write max_mib=N, N from 1 to 4194304")]
    Option(String),
    /// The place on PostgreSQL is not understood.
    #[error(
        "the PostgreSQL address is not understood ({0}): write postgres://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME&sslmode=MODE, special characters in the password as %XX"
    )]
    Address(String),
}

impl LedgerUrl {
    /// A SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Place::File { path: path.into(), max_mib: None })
    }

    /// The file; `None` on PostgreSQL.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File { path, .. } => Some(path),
            Place::Database { .. } => None,
        }
    }

    /// The size in MiB beyond which the file must not grow.
    pub fn max_mib(&self) -> Option<u32> {
        match self.0 {
            Place::File { max_mib, .. } => max_mib,
            Place::Database { .. } => None,
        }
    }

    /// The schema on PostgreSQL.
    pub(crate) fn schema(&self) -> Option<&str> {
        match &self.0 {
            Place::File { .. } => None,
            Place::Database { schema, .. } => Some(schema),
        }
    }

    /// How PostgreSQL is reached; `None` for a file.
    pub(crate) fn database(&self) -> Option<Result<PgConnectOptions, sqlx::Error>> {
        match &self.0 {
            Place::File { .. } => None,
            Place::Database { address, .. } => Some(PgConnectOptions::from_str(address)),
        }
    }
}

impl FromStr for LedgerUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if let Some(place) = text.strip_prefix("sqlite:") {
            return file(text, place).map(Self);
        }
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        match rest {
            Some(rest) => database(rest).map(Self),
            None => Err(BadUrl::Scheme(kind_of(text))),
        }
    }
}

/// What stands before the first colon, unless that may be a password.
fn kind_of(text: &str) -> String {
    match text.split(':').next() {
        Some(kind) if !kind.contains('@') => kind.to_owned(),
        _ => "…".to_owned(),
    }
}

fn file(text: &str, place: &str) -> Result<Place, BadUrl> {
    let (path, option) = place.split_once('?').unwrap_or((place, ""));
    if path.is_empty() {
        return Err(BadUrl::NoPath(text.to_owned()));
    }
    let max_mib = match option {
        "" => None,
        option => {
            let given = option.strip_prefix("max_mib=").and_then(|n| n.parse().ok());
            let bounded = given.filter(|mib| (1..=4_194_304).contains(mib));
            Some(bounded.ok_or_else(|| BadUrl::Option(option.to_owned()))?)
        }
    };
    Ok(Place::File { path: PathBuf::from(path), max_mib })
}

fn database(rest: &str) -> Result<Place, BadUrl> {
    let bad = |why: &str| BadUrl::Address(why.to_owned());
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut schema = SCHEMA.to_owned();
    let mut kept = Vec::new();
    for option in query.split('&').filter(|option| !option.is_empty()) {
        let (key, value) = option.split_once('=').ok_or_else(|| bad("an option has no value"))?;
        match key {
            "schema" => schema = named(value)?,
            key if OPTIONS.contains(&key) => kept.push(option),
            _ => {
                return Err(bad("only schema, sslmode, sslrootcert, sslcert and sslkey are taken"));
            }
        }
    }
    let address = |kept: &[&str]| match kept.join("&") {
        none if none.is_empty() => format!("postgres://{place}"),
        kept => format!("postgres://{place}?{kept}"),
    };
    let options = PgConnectOptions::from_str(&address(&kept)).map_err(|e| match e {
        sqlx::Error::Configuration(why) => bad(&why.to_string()),
        _ => bad("it is no address"),
    })?;
    // The driver would take what it gets: in the clear, and from whoever answers.
    if !kept.iter().any(|option| option.starts_with("sslmode=")) && !is_near(&options) {
        kept.push(CHECKED);
    }
    let address = address(&kept);
    let (_, name) = place.split_once('/').ok_or_else(|| bad("it names no database"))?;
    // A password with a raw slash or at sign ends up there, and would be shown.
    if name.is_empty() || name.contains(['/', '@', '#']) || place.contains('#') {
        return Err(bad("it names no database"));
    }
    if !place.contains('@') {
        return Err(bad("it names no user"));
    }
    let mut query = format!("schema={schema}");
    for option in kept {
        query = format!("{query}&{option}");
    }
    let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
    let shown = format!("postgres://{user}@{host}:{port}/{name}?{query}");
    Ok(Place::Database { address, schema, shown })
}

/// Whether the server is on this machine, where nobody stands between.
fn is_near(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A schema's name goes into statements and names a channel, so it is kept plain.
fn named(schema: &str) -> Result<String, BadUrl> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = schema.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let taken = schema == "public" || schema.starts_with("pg_") || schema == "information_schema";
    if !starts || taken || schema.len() > MAX_SCHEMA || !schema.chars().all(plain) {
        return Err(BadUrl::Address(
            "a schema has 1 to 63 of a-z, 0-9 and _, begins with no digit, and is not PostgreSQL's own"
                .to_owned(),
        ));
    }
    Ok(schema.to_owned())
}

impl fmt::Display for LedgerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File { path, max_mib } => {
                write!(f, "sqlite:{}", path.display())?;
                max_mib.map_or(Ok(()), |mib| write!(f, "?max_mib={mib}"))
            }
            Place::Database { shown, .. } => f.write_str(shown),
        }
    }
}

impl fmt::Debug for LedgerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LedgerUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_ledger_is_can_be_written_and_read() {
        for text in ["sqlite:ledger.db", "sqlite:/var/lib/desk/l.db?max_mib=10"] {
            let url: LedgerUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), text);
            assert!(url.file().is_some());
        }
        for text in ["ledger.db", "sqlite:", "mysql://x", "sqlite:a?max_mib=0", "sqlite:a?x=1"] {
            assert!(text.parse::<LedgerUrl>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_elsewhere_proves_itself_unless_told_otherwise() {
        let shown = |text: &str| text.parse::<LedgerUrl>().unwrap().to_string();
        for near in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]", "%2Frun%2Fpostgresql"] {
            let url = shown(&format!("postgres://desk:pw@{near}/firm"));
            assert!(!url.contains("sslmode"), "{url}");
        }
        for far in ["db", "10.0.0.7", "[2001:db8::1]", "localhost.example"] {
            let url = format!("postgres://desk:pw@{far}/firm");
            assert!(shown(&url).ends_with("schema=linchpin&sslmode=verify-full"), "{url}");
            let parsed: LedgerUrl = url.parse().unwrap();
            let mode = parsed.database().unwrap().unwrap().get_ssl_mode();
            assert!(matches!(mode, sqlx::postgres::PgSslMode::VerifyFull), "{mode:?}");
            for mode in ["disable", "prefer", "require", "verify-ca"] {
                let told = shown(&format!("{url}?sslmode={mode}"));
                assert!(told.ends_with(&format!("?schema=linchpin&sslmode={mode}")), "{told}");
            }
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: LedgerUrl =
            "postgres://desk:s%40cret@db.local:5433/firm?sslmode=require&schema=a1"
                .parse()
                .unwrap();
        let shown = "postgres://desk@db.local:5433/firm?schema=a1&sslmode=require";
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), format!("LedgerUrl({shown})"));
        assert_eq!(url.schema(), Some("a1"));
        assert_eq!(url.file(), None);
        for text in [
            "postgre://desk:s3cret@db/firm",
            "desk-s3cret@db/firm",
            "postgres://desk:s3cret@db",
            "postgres://desk:s3cret@db/",
            "postgres://desk:12/s3cret@db/firm",
            "postgres://desk:12#s3cret@db/firm",
            "postgres://desk:s3cret@db:port/firm",
            "postgres://desk:s3cret@db/firm?sslmode=maybe",
            "postgres://desk:s3cret@db/firm?schema=Big",
            "postgres://desk:s3cret@db/firm?schema=pg_x",
            "postgres://desk:s3cret@db/firm?password=s3cret",
            "postgres://desk:s3cret@db/firm?schema",
            "postgres://db/firm",
        ] {
            let refused = text.parse::<LedgerUrl>().unwrap_err();
            assert!(!refused.to_string().contains("s3cret"), "{refused}");
        }
    }
}
