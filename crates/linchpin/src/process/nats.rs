//! NATS, as configured: the connection, and the doors on it.

use std::time::Duration;

use eyre::Context;
use linchpin_bus::nats::{Credentials, Nats, Settings, Tls};
use linchpin_ingest::nats::{Inbox, empty_inbox};
use linchpin_ledger::Ledger;
use tokio::sync::watch;

use super::stop::told;
use crate::config::Config;

/// Between two tries to reach the stream of the inbox.
const RETRY: Duration = Duration::from_secs(2);

/// How to reach NATS; `None` where the desk works without.
fn settings(config: &Config) -> Option<Settings> {
    let servers = config.text("nats.servers")?.split(',').map(|one| one.trim().to_owned());
    let text = |key| config.text(key).map(str::to_owned);
    let credentials = match (text("nats.credentials"), text("nats.user"), text("nats.token")) {
        (Some(file), _, _) => Credentials::File(file.into()),
        (None, Some(user), _) => {
            Credentials::Password { user, password: text("nats.password").unwrap_or_default() }
        }
        (None, None, Some(token)) => Credentials::Token(token),
        (None, None, None) => Credentials::None,
    };
    let certificate = text("nats.cert").zip(text("nats.key"));
    let servers: Vec<String> = servers.collect();
    Some(Settings {
        tls: Tls {
            required: servers.iter().any(|server| server.starts_with("tls://")),
            ca: text("nats.ca").map(Into::into),
            certificate: certificate.map(|(cert, key)| (cert.into(), key.into())),
        },
        servers,
        credentials,
        desk: text("nats.desk").unwrap_or_default(),
        replicas: usize::try_from(config.number("nats.replicas")).unwrap_or(1),
        patience: config.seconds("wait"),
    })
}

/// Connects to NATS, where it is configured. Where it stays away the process begins without it.
pub(super) async fn connect(config: &Config) -> eyre::Result<Option<Nats>> {
    let Some(settings) = settings(config) else { return Ok(None) };
    Nats::connect_in_time(settings).await.map(Some).wrap_err("NATS")
}

/// Connects to NATS, where it is configured and there.
pub(crate) async fn try_out(config: &Config) -> eyre::Result<Option<Nats>> {
    let Some(settings) = settings(config) else { return Ok(None) };
    Nats::connect(settings).await.map(Some).wrap_err("NATS")
}

/// Takes what lies in the durable inbox, from when NATS can be reached until told to stop.
pub(super) async fn take_from_inbox(
    ledger: Ledger,
    nats: Nats,
    stop: watch::Receiver<bool>,
) -> eyre::Result<()> {
    loop {
        match nats.inbox().await {
            Ok(stream) => {
                let inbox = Inbox::new(nats.client(), stream);
                match empty_inbox(ledger.clone(), inbox, stop.clone()).await {
                    Ok(()) => return Ok(()),
                    Err(error) => tracing::error!(%error, "the inbox is made anew"),
                }
            }
            Err(error) if error.is_passing() => tracing::warn!(%error, "the inbox waits"),
            Err(error) => return Err(error).wrap_err("the inbox"),
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = told(stop.clone()) => return Ok(()),
        }
    }
}
