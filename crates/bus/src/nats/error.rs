//! What may go wrong with NATS, and what to do about it.

use linchpin_domain::entry::Position;
use linchpin_ledger::ReadError;

/// Why NATS cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NatsError {
    /// A setting does not hold.
    #[error("the NATS setting `{setting}` does not hold: {reason}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A server cannot be reached.
    #[error("NATS at {servers} cannot be reached: {reason}")]
    Away {
        /// Where it was looked for, without credentials.
        servers: String,
        /// What was found instead.
        reason: String,
    },
    /// A server does not let us in.
    #[error("NATS at {servers} refuses us: {reason}; check the credentials and the certificates")]
    Refused {
        /// Where, without credentials.
        servers: String,
        /// What it said.
        reason: String,
    },
    /// A server is too old: it would take settings that it does not know and ignore them.
    #[error(
        "nats-server {found} at {server} is too old: {} or newer is needed, for older ones \
         silently ignore settings; upgrade it",
        super::NEEDED
    )]
    TooOld {
        /// Which server.
        server: String,
        /// Its version as it says.
        found: String,
    },
    /// A server keeps no streams.
    #[error("nats-server {server} has no JetStream; add `jetstream {{}}` to its configuration")]
    NoJetStream {
        /// Which server.
        server: String,
    },
    /// There is no such stream yet.
    #[error("the stream {stream} does not exist; a relay creates it")]
    NoStream {
        /// Its name.
        stream: String,
    },
    /// A stream or consumer is not set as it has to be.
    #[error(
        "{what} is not set as it has to be: {}; mend it with `nats stream edit`, or delete it \
             and it is made anew",
        list(differences)
    )]
    Settings {
        /// `stream LINCHPIN` or `consumer of LINCHPIN`.
        what: String,
        /// Each difference.
        differences: Vec<Difference>,
    },
    /// A stream mirrors another ledger.
    #[error(
        "the stream {stream} mirrors another ledger ({found}, ours is {ours}); give this desk \
         another name, or delete the stream if its ledger is gone"
    )]
    OtherLedger {
        /// The stream.
        stream: String,
        /// The ledger that it says it mirrors.
        found: String,
        /// Ours.
        ours: String,
    },
    /// A stream holds more than the ledger.
    #[error(
        "the stream {stream} ends at {found} and the ledger at {head}: the ledger was put back to \
         an older state, or the stream is another's; find out which, then delete the stream and \
         it is made anew from the ledger"
    )]
    Ahead {
        /// The stream.
        stream: String,
        /// Its last sequence.
        found: Position,
        /// The end of the ledger.
        head: Position,
    },
    /// A stream holds something else than the ledger.
    #[error(
        "the stream {stream} differs from the ledger at {position}: {reason}; the ledger is the \
         truth: find out who wrote to the stream, then delete it and it is made anew"
    )]
    Differs {
        /// The stream.
        stream: String,
        /// Where.
        position: Position,
        /// What is odd about it.
        reason: String,
    },
    /// NATS did not do what was asked; the same may well succeed a little later.
    #[error("NATS could not {what}: {reason}")]
    Failed {
        /// What was asked.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// The ledger behind the stream could not be read.
    #[error(transparent)]
    Ledger(#[from] ReadError),
}

impl NatsError {
    /// Whether the same may well succeed a little later, without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Away { .. } | Self::NoStream { .. } | Self::Failed { .. } => true,
            Self::Ledger(error) => error.is_passing(),
            Self::Setting { .. }
            | Self::Refused { .. }
            | Self::TooOld { .. }
            | Self::NoJetStream { .. }
            | Self::Settings { .. }
            | Self::OtherLedger { .. }
            | Self::Ahead { .. }
            | Self::Differs { .. } => false,
        }
    }

    pub(crate) fn failed<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> Self {
        move |reason| Self::Failed { what, reason: reason.to_string() }
    }
}

/// A setting that is not as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which one.
    pub setting: &'static str,
    /// What was asked for.
    pub asked: String,
    /// What the server says.
    pub found: String,
}

fn list(differences: &[Difference]) -> String {
    let one = |d: &Difference| format!("`{}` is {} instead of {}", d.setting, d.found, d.asked);
    differences.iter().map(one).collect::<Vec<_>>().join(", ")
}
