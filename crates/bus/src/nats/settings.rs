//! How to reach NATS, and under which names.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::{ConnectOptions, ReconnectToServer, Server};

use super::NatsError;

/// How to reach NATS.
#[derive(Clone)]
pub struct Settings {
    /// The servers: `nats://HOST:PORT` or `tls://HOST:PORT`, any number of one cluster.
    pub servers: Vec<String>,
    /// How we say who we are.
    pub credentials: Credentials,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Under which name the desk goes: streams and subjects begin with it.
    pub desk: String,
    /// How many servers keep each stream: 1, 3 or 5.
    pub replicas: usize,
    /// How long to wait for the first connection.
    pub patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            credentials: Credentials::None,
            tls: Tls::default(),
            desk: "linchpin".to_owned(),
            replicas: 1,
            patience: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({} at {}, {:?})", self.desk, self.shown(), self.credentials)
    }
}

/// How we say who we are. Never shown.
#[derive(Clone, Default)]
pub enum Credentials {
    /// The servers ask nobody.
    #[default]
    None,
    /// A file as `nsc` writes it: a JWT and its seed.
    File(PathBuf),
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token.
    Token(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::File(_) => "File(..)",
            Self::Password { .. } => "Password(..)",
            Self::Token(_) => "Token(..)",
        })
    }
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Refuse a connection that is not encrypted.
    pub required: bool,
    /// The authorities trusted beside those of the machine, as PEM.
    pub ca: Option<PathBuf>,
    /// Our certificate and its key, as PEM.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

/// Longest name of a desk.
const MAX_DESK: usize = 32;
/// A server that says nothing for twice as long is taken for dead.
const PING: Duration = Duration::from_secs(5);
/// How long a connection and an answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// Longest pause between two tries to connect again.
const LONGEST_PAUSE_MS: u64 = 2_000;

impl Settings {
    /// Whether they hold by themselves.
    pub(super) fn check(&self) -> Result<(), NatsError> {
        let wrong =
            |setting, reason: &str| NatsError::Setting { setting, reason: reason.to_owned() };
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.servers.is_empty() {
            return Err(wrong("servers", "none is named; one is `nats://HOST:4222`"));
        }
        if self.desk.is_empty() || self.desk.len() > MAX_DESK || !self.desk.chars().all(fits) {
            let reason = "it takes 1 to 32 of a-z, 0-9 and `-`";
            return Err(wrong("desk", reason));
        }
        if !matches!(self.replicas, 1 | 3 | 5) {
            return Err(wrong("replicas", "it is 1, 3 or 5"));
        }
        Ok(())
    }

    /// The options of the client. It begins with the server whose turn it is.
    pub(super) async fn options(&self, turn: usize) -> Result<ConnectOptions, NatsError> {
        let turn = AtomicUsize::new(turn);
        let pause = |tries: usize| {
            let doubled = 50_u64.saturating_mul(1 << tries.min(8));
            Duration::from_millis(doubled.min(LONGEST_PAUSE_MS))
        };
        let mut options = ConnectOptions::new()
            .name(format!("{} desk", self.desk))
            .ping_interval(PING)
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .reconnect_delay_callback(pause)
            .reconnect_to_server_callback(move |servers: Vec<Server>, _| {
                // One after another: by itself the client would stay with a server that is too
                // old for as long as the others have failed it more often.
                let at = turn.fetch_add(1, Ordering::Relaxed) % servers.len().max(1);
                let addr = servers.get(at).map(|server| server.addr.clone());
                std::future::ready(addr.map(|addr| ReconnectToServer { addr, delay: None }))
            });
        options = match &self.credentials {
            Credentials::None => options,
            Credentials::File(path) => {
                options.credentials_file(path).await.map_err(|e| NatsError::Setting {
                    setting: "credentials",
                    reason: format!("{} cannot be read: {e}", path.display()),
                })?
            }
            Credentials::Password { user, password } => {
                let options = options.user_and_password(user.clone(), password.clone());
                match inbox_prefix(user) {
                    Some(prefix) => options.custom_inbox_prefix(prefix),
                    None => options,
                }
            }
            Credentials::Token(token) => options.token(token.clone()),
        };
        if self.tls.required || self.tls.certificate.is_some() {
            options = options.require_tls(true);
        }
        if let Some(ca) = &self.tls.ca {
            options = options.add_root_certificates(ca.clone());
        }
        if let Some((certificate, key)) = &self.tls.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        Ok(options)
    }

    /// The servers without what may be secret in their addresses.
    pub(super) fn shown(&self) -> String {
        let one = |url: &String| match (url.split_once("://"), url.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
            (None, Some((_, place))) => place.to_owned(),
            (_, None) => url.clone(),
        };
        self.servers.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Where answers to a user come: under a name of its own, so that the servers can keep users of one
/// account from listening to what others are answered. `None` where no subject can carry the name.
fn inbox_prefix(user: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (!user.is_empty() && user.chars().all(fits)).then(|| format!("_INBOX_{user}"))
}

/// The names under which a desk is found on NATS.
#[derive(Debug, Clone)]
pub struct Names {
    /// The stream of entries.
    pub stream: String,
    /// The stream of facts that wait to be taken in.
    pub inbox: String,
    /// Entries: `<desk>.entry`, then the kind and the type.
    pub entry: String,
    /// The subject of the inbox.
    pub inbox_subject: String,
    /// The subject of facts handed in by request and reply.
    pub ingest_subject: String,
}

impl Names {
    /// Those of the desk of a name.
    pub fn of(desk: &str) -> Self {
        let stream = desk.to_ascii_uppercase();
        Self {
            inbox: format!("{stream}_INBOX"),
            stream,
            entry: format!("{desk}.entry"),
            inbox_subject: format!("{desk}.inbox"),
            ingest_subject: format!("{desk}.ingest"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_shown() {
        let settings = Settings {
            servers: vec!["nats://me:geheim@a:4222".to_owned(), "b:4222".to_owned()],
            credentials: Credentials::Token("geheim".to_owned()),
            ..Settings::default()
        };
        assert_eq!(settings.shown(), "nats://a:4222, b:4222");
        assert!(!format!("{settings:?}").contains("geheim"));
    }

    #[test]
    fn answers_come_under_the_name_of_the_user_where_a_subject_can_carry_it() {
        assert_eq!(inbox_prefix("relay").as_deref(), Some("_INBOX_relay"));
        for odd in ["", "a.b", "a b", "*", ">", "Zoë"] {
            assert_eq!(inbox_prefix(odd), None);
        }
    }

    #[test]
    fn a_desk_has_a_name_that_subjects_can_carry() {
        let named = |desk: &str| Settings {
            servers: vec!["nats://a".to_owned()],
            desk: desk.to_owned(),
            ..Settings::default()
        };
        assert!(named("north-2").check().is_ok());
        for bad in ["", "a.b", "A", "a b", "a*", &"a".repeat(33)] {
            assert!(matches!(named(bad).check(), Err(NatsError::Setting { setting: "desk", .. })));
        }
        assert_eq!(Names::of("north-2").stream, "NORTH-2");
    }
}
