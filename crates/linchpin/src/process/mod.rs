//! A process of the desk: some of its parts on one ledger, with health, figures and a good end.
//!
//! One function builds every process from the set of parts that it runs; `serve` is the full set.

pub(crate) mod described;
mod health;
mod listen;
mod measure;
pub(crate) mod nats;
mod parts;
mod stop;
mod trace;

use std::process::ExitCode;
use std::time::Duration;

use eyre::{Context, bail};
use linchpin_access::{Gate, Lock, may_listen};
use linchpin_ledger::{Ledger, LedgerUrl};
use tokio::net::TcpListener;

use crate::config::{Config, TOKENS};
use crate::place;

pub(crate) use listen::listen;
pub(crate) use parts::Parts;
use stop::Stop;

/// How long a stop waits for answers under way, and then for what is concluded to be stored.
const DRAIN: Duration = Duration::from_secs(10);
/// How long the ledger may then take to close. With the two waits before, a stop without a delay
/// of its own ends within the 30 s that those who stop processes usually give it.
const CLOSING: Duration = Duration::from_secs(6);

/// The processes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    Serve,
    Ingest,
    Classifier,
    Notifier,
    Query,
    Relay,
}

impl Process {
    /// Its name, which is also that of its command.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Ingest => "ingest",
            Self::Classifier => "classifier",
            Self::Notifier => "notifier",
            Self::Query => "query",
            Self::Relay => "relay",
        }
    }

    /// The setting that says where it listens.
    pub(crate) const fn listen_key(self) -> &'static str {
        match self {
            Self::Serve => "listen.serve",
            Self::Ingest => "listen.ingest",
            Self::Classifier => "listen.classifier",
            Self::Notifier => "listen.notifier",
            Self::Query => "listen.query",
            Self::Relay => "listen.relay",
        }
    }

    /// Where it listens unless told otherwise.
    pub(crate) const fn default_listen(self) -> &'static str {
        match self {
            Self::Serve | Self::Query => "127.0.0.1:7400",
            Self::Ingest => "127.0.0.1:7401",
            Self::Classifier => "127.0.0.1:7402",
            Self::Notifier => "127.0.0.1:7403",
            Self::Relay => "127.0.0.1:7404",
        }
    }

    /// What it runs.
    const fn parts(self) -> Parts {
        let serve = matches!(self, Self::Serve);
        Parts {
            ingest: serve || matches!(self, Self::Ingest),
            classifier: serve || matches!(self, Self::Classifier),
            notifier: serve || matches!(self, Self::Notifier),
            query: serve || matches!(self, Self::Query),
            relay: serve || matches!(self, Self::Relay),
        }
    }

    /// What it says when it is up.
    fn greeting(self, address: std::net::SocketAddr) -> String {
        match self {
            Self::Serve => format!("The desk is open: http://{address}/"),
            other => format!("The {} is at work: http://{address}/", other.name()),
        }
    }
}

/// A ledger with the place it stands at.
pub(crate) struct Opened {
    pub(crate) ledger: Ledger,
    pub(crate) place: LedgerUrl,
}

/// Runs a process until it is told to stop or a part of it fails. What is under way is answered,
/// what was concluded is stored; a second signal stops at once.
pub(crate) async fn run(
    process: Process,
    opened: Opened,
    listener: TcpListener,
    config: &Config,
) -> eyre::Result<ExitCode> {
    let address = listener.local_addr()?;
    let Opened { ledger, place } = opened;
    let lock = Lock::of(address.ip(), config.text(TOKENS) == Some("always"));
    may_listen(address, lock, &ledger.tokens()).await?;
    let gate = Gate::new(ledger.tokens(), lock);
    let figures = measure::install(process)?;
    place::hold(&place);
    let stop = Stop::new();
    let nats = nats::connect(config).await?;
    let mut signals = stop::Signals::listen();
    let plan = parts::Plan {
        process,
        ledger: ledger.clone(),
        place,
        nats,
        config,
        figures,
        gate,
        stop: &stop,
    };
    let mut desk = parts::build(plan)?;
    desk.serve(listener);
    crate::say::line(process.greeting(address));
    crate::say::line("Stop it with Ctrl-C.");
    let failed = tokio::select! {
        () = signals.next() => None,
        report = desk.broken() => Some(report),
    };
    let ended = tokio::select! {
        () = desk.drain(stop, config.seconds("drain_delay")) => true,
        () = signals.next() => false,
    };
    if !ended {
        bail!(
            "told to stop twice: stopped at once; what was concluded and not stored is concluded again at the next start"
        );
    }
    if tokio::time::timeout(CLOSING, ledger.close()).await.is_err() {
        tracing::warn!("the ledger took longer than {} s to close and was left", CLOSING.as_secs());
    }
    match failed {
        None => Ok(ExitCode::SUCCESS),
        Some(report) => Err(report),
    }
}

/// Opens the ledger of a process that does not found one. While it is not there, or cannot be
/// reached, waits for as long as is configured.
pub(crate) async fn open(config: &Config, url: &str) -> eyre::Result<Opened> {
    let place = place::url(url)?;
    let patience = tokio::time::Instant::now() + config.seconds("wait");
    let mut said = false;
    loop {
        let error = match place::open_existing(&place).await {
            Ok(ledger) => return Ok(Opened { ledger, place }),
            Err(error) => error,
        };
        if !place::may_come(&error) || tokio::time::Instant::now() >= patience {
            let advice = "make one first: `linchpin init --ledger ...`, or wait for it with --wait";
            let missing = matches!(error, linchpin_ledger::OpenError::Missing(_));
            let report = eyre::Report::from(error);
            return Err(if missing { report.wrap_err(advice) } else { report });
        }
        if !std::mem::replace(&mut said, true) {
            tracing::warn!(%error, "waiting for the ledger");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Starts a process of its own, whose ledger another one founds.
pub(crate) async fn alone(process: Process, config: &Config, url: &str) -> eyre::Result<ExitCode> {
    let listener = listen(config.listen(process)?).await?;
    let opened = open(config, url).await.wrap_err_with(|| format!("the {}", process.name()))?;
    run(process, opened, listener, config).await
}
