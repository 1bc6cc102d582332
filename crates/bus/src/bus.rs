//! Over which way entries reach a service.

use linchpin_domain::entry::Position;
use linchpin_ledger::Ledger;

use crate::Feed;

/// A ledger and the way on which news of it comes. Clones are the same bus.
#[derive(Debug, Clone)]
pub struct Bus {
    ledger: Ledger,
}

impl Bus {
    /// The ledger itself is the bus: a watch of its head says that it is time to read.
    pub fn local(ledger: Ledger) -> Self {
        Self { ledger }
    }

    /// The ledger that it carries.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
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
