//! NATS JetStream: how it is reached, what streams the desk keeps there, and what an entry looks
//! like on it.

mod consumer;
mod error;
mod message;
mod mirror;
mod origin;
mod settings;
mod stream;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State as Link;
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, Event};
use tokio::time::Instant;

pub(crate) use consumer::follow;
pub use error::{Difference, NatsError};
pub use message::kind_of;
pub(crate) use message::{Odd, decode, encode, hex, subject};
pub(crate) use mirror::{Mirrored, check, ensure};
pub(crate) use origin::Origin;
pub use settings::{Credentials, Names, Settings, Tls};

/// The oldest nats-server that knows all settings that we ask for: the metadata of a stream came
/// with it.
const NEEDED: Version = Version(2, 10, 0);
/// How long an answer of JetStream may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long an acknowledgement may take. Servers that have lost their leader never answer what
/// was sent to it, and to publish once more harms nothing.
const ACKNOWLEDGED: Duration = Duration::from_secs(2);
/// Pauses between tries to make the first connection.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A connection to NATS, which makes itself anew as long as there is a server. Clones are the
/// same connection.
#[derive(Clone)]
pub struct Nats(Arc<Inner>);

struct Inner {
    client: Client,
    context: Context,
    publishing: Context,
    names: Names,
    replicas: usize,
    servers: String,
    /// Since when there is no connection.
    away: Arc<Mutex<Option<Instant>>>,
    /// When another server was last asked for.
    moved: Mutex<Option<Instant>>,
}

/// How the connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is one.
    Connected {
        /// The server's name.
        server: String,
        /// Its version.
        version: String,
    },
    /// There is none.
    Away {
        /// For how long.
        lasting: Duration,
    },
    /// There is one to a server that must not be used.
    TooOld {
        /// The server's name.
        server: String,
        /// Its version.
        version: String,
    },
}

impl Nats {
    /// Connects. A server that cannot be reached is tried again for [`Settings::patience`].
    ///
    /// # Errors
    /// Where a setting does not hold, no server can be reached in time or lets us in, or the one
    /// that does is too old or keeps no streams.
    pub async fn connect(settings: Settings) -> Result<Self, NatsError> {
        settings.check()?;
        let away = Arc::new(Mutex::new(None));
        let client = first_connection(&settings, &away).await?;
        let nats = Self::over(&settings, client, away);
        nats.usable()?;
        Ok(nats)
    }

    /// Connects like [`Self::connect`], but goes on without a connection where no server can be
    /// reached in time: it makes itself once there is one. So a process that is started while
    /// NATS is away works as one does from which NATS went away.
    ///
    /// # Errors
    /// As for [`Self::connect`], but for servers that cannot be reached.
    pub async fn connect_in_time(settings: Settings) -> Result<Self, NatsError> {
        let error = match Self::connect(settings.clone()).await {
            Err(error) if error.is_passing() => error,
            done => return done,
        };
        tracing::warn!(%error, "NATS is away; work begins without it");
        let away = Arc::new(Mutex::new(Some(Instant::now())));
        let options = noting(settings.options(0).await?, &away).retry_on_initial_connect();
        let client = options.connect(settings.servers.as_slice()).await;
        let client = client.map_err(|error| failure(&settings, &error))?;
        Ok(Self::over(&settings, client, away))
    }

    fn over(settings: &Settings, client: Client, away: Arc<Mutex<Option<Instant>>>) -> Self {
        let mut context = jetstream::new(client.clone());
        context.set_timeout(ANSWER);
        let mut publishing = context.clone();
        publishing.set_timeout(ACKNOWLEDGED);
        Self(Arc::new(Inner {
            names: Names::of(&settings.desk),
            replicas: settings.replicas,
            servers: settings.shown(),
            client,
            context,
            publishing,
            away,
            moved: Mutex::default(),
        }))
    }

    /// The connection itself.
    pub fn client(&self) -> Client {
        self.0.client.clone()
    }

    /// How the connection stands now.
    pub fn state(&self) -> State {
        if self.0.client.connection_state() != Link::Connected {
            let since = *self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
            return State::Away { lasting: since.map(|s| s.elapsed()).unwrap_or_default() };
        }
        let info = self.0.client.server_info();
        let (server, version) = (info.server_name, info.version);
        if Version::read(&version).is_some_and(|version| version >= NEEDED) {
            State::Connected { server, version }
        } else {
            State::TooOld { server, version }
        }
    }

    /// The subject on which facts are handed in by request and reply.
    pub fn ingest_subject(&self) -> &str {
        &self.0.names.ingest_subject
    }

    /// The subject of facts that wait in the inbox stream.
    pub fn inbox_subject(&self) -> &str {
        &self.0.names.inbox_subject
    }

    /// The subjects of all entries, as a consumer filters for them.
    pub fn entry_subjects(&self) -> String {
        format!("{}.>", self.0.names.entry)
    }

    /// The name of the stream of entries.
    pub fn stream_name(&self) -> &str {
        &self.0.names.stream
    }

    /// The stream of facts that wait to be taken in; created where there is none.
    ///
    /// # Errors
    /// Where NATS is away, or the stream is not set as it has to be: each difference is named.
    pub async fn inbox(&self) -> Result<jetstream::stream::Stream, NatsError> {
        self.ready().await?;
        stream::ensured(self, stream::inbox(self)).await
    }

    /// Whether there is a connection to a server that may be used. From one that is too old the
    /// connection moves on to another of the cluster, if there is one.
    pub(crate) async fn ready(&self) -> Result<(), NatsError> {
        let usable = self.usable();
        if matches!(usable, Err(NatsError::TooOld { .. })) && self.may_move_on() {
            // It fails only where the client has ended, and then nothing is to be reached.
            let _ = self.0.client.force_reconnect().await;
        }
        usable
    }

    /// Whether it is time to try another server.
    fn may_move_on(&self) -> bool {
        let mut moved = self.0.moved.lock().unwrap_or_else(PoisonError::into_inner);
        let may = moved.is_none_or(|moved| moved.elapsed() > LONGEST_PAUSE);
        if may {
            *moved = Some(Instant::now());
        }
        may
    }

    fn usable(&self) -> Result<(), NatsError> {
        match self.state() {
            State::Connected { server, .. } if !self.0.client.server_info().jetstream => {
                Err(NatsError::NoJetStream { server })
            }
            State::Connected { .. } => Ok(()),
            State::Away { lasting } => Err(NatsError::Away {
                servers: self.0.servers.clone(),
                reason: format!("no connection for {} s", lasting.as_secs()),
            }),
            State::TooOld { server, version } => Err(NatsError::TooOld { server, found: version }),
        }
    }

    pub(crate) fn context(&self) -> &Context {
        &self.0.context
    }

    pub(crate) fn publishing(&self) -> &Context {
        &self.0.publishing
    }

    pub(crate) fn names(&self) -> &Names {
        &self.0.names
    }

    pub(crate) fn replicas(&self) -> usize {
        self.0.replicas
    }
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Nats({} at {})", self.0.names.stream, self.0.servers)
    }
}

async fn first_connection(
    settings: &Settings,
    away: &Arc<Mutex<Option<Instant>>>,
) -> Result<Client, NatsError> {
    let until = Instant::now() + settings.patience;
    let mut pause = SHORTEST_PAUSE;
    let mut turn = 0;
    loop {
        let options = noting(settings.options(turn).await?, away);
        let error = match options.connect(settings.servers.as_slice()).await {
            Ok(client) => return Ok(client),
            Err(error) => failure(settings, &error),
        };
        if !error.is_passing() || Instant::now() + pause > until {
            return Err(error);
        }
        tracing::warn!(%error, "NATS is not there yet");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        turn += 1;
    }
}

/// Options of a client that notes since when there is no connection.
fn noting(options: ConnectOptions, away: &Arc<Mutex<Option<Instant>>>) -> ConnectOptions {
    let away = Arc::clone(away);
    options.event_callback(move |event| {
        note(&away, &event);
        std::future::ready(())
    })
}

fn failure(settings: &Settings, error: &ConnectError) -> NatsError {
    let (servers, reason) = (settings.shown(), error.to_string());
    match error.kind() {
        ConnectErrorKind::ServerParse => NatsError::Setting { setting: "servers", reason },
        ConnectErrorKind::Authentication
        | ConnectErrorKind::AuthorizationViolation
        | ConnectErrorKind::Tls => NatsError::Refused { servers, reason },
        ConnectErrorKind::Dns
        | ConnectErrorKind::TimedOut
        | ConnectErrorKind::Io
        | ConnectErrorKind::MaxReconnects => NatsError::Away { servers, reason },
    }
}

/// Keeps since when there is no connection, and says so in the log.
fn note(away: &Mutex<Option<Instant>>, event: &Event) {
    let mut since = away.lock().unwrap_or_else(PoisonError::into_inner);
    match event {
        Event::Connected => {
            if let Some(since) = since.take() {
                tracing::info!(after_s = since.elapsed().as_secs(), "NATS is back");
            }
        }
        Event::Disconnected if since.is_none() => {
            tracing::warn!("NATS is away");
            *since = Some(Instant::now());
        }
        // Nobody here holds the connection any longer: it was ended on purpose.
        Event::Closed => *since = since.or_else(|| Some(Instant::now())),
        other => tracing::debug!(event = %other, "NATS says"),
    }
}

/// A version of nats-server; what comes before a release counts as the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl Version {
    fn read(text: &str) -> Option<Self> {
        let release = text.trim_start_matches('v').split(['-', '+']).next()?;
        let mut parts = release.split('.').map(|part| part.parse().ok());
        Some(Self(parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        let new_enough = |text| Version::read(text).is_some_and(|version| version >= NEEDED);
        for good in ["2.10.0", "2.10.26", "2.15.1", "3.0.0", "2.11.0-RC.1", "v2.12.0"] {
            assert!(new_enough(good), "{good}");
        }
        for old in ["2.9.10", "2.9.99", "1.4.1", "", "new", "2"] {
            assert!(!new_enough(old), "{old}");
        }
    }
}
