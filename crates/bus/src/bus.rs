//! Over which way entries reach a service.

use linchpin_domain::entry::Position;
use linchpin_ledger::Ledger;

use crate::Feed;
use crate::nats::Nats;

/// A ledger and the way on which news of it comes. Clones are the same bus.
#[derive(Debug, Clone)]
pub struct Bus {
    ledger: Ledger,
    nats: Option<Nats>,
}

impl Bus {
    /// The ledger itself is the bus: a watch of its head says that it is time to read.
    pub fn local(ledger: Ledger) -> Self {
        Self { ledger, nats: None }
    }

    /// News comes over NATS, where a relay mirrors the ledger. History comes from the ledger, and
    /// so does everything while NATS is away.
    pub fn over_nats(ledger: Ledger, nats: Nats) -> Self {
        Self { ledger, nats: Some(nats) }
    }

    /// The ledger that it carries.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub(crate) fn nats(&self) -> Option<&Nats> {
        self.nats.as_ref()
    }

    /// A feed of what comes after a position; 0 for everything.
    pub fn feed(&self, after: Position) -> Feed {
        Feed::new(self.clone(), after)
    }
}

impl From<Ledger> for Bus {
    fn from(ledger: Ledger) -> Self {
        Self::local(ledger)
    }
}
