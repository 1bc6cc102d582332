//! Whose an entry on NATS is, and how the ledger's own processes know that it is no forgery.

use hmac::{Hmac, KeyInit as _, Mac as _};
use linchpin_domain::entry::Position;
use linchpin_domain::id::EntryId;
use linchpin_ledger::Ledger;
use sha2::Sha256;

/// A ledger as it is known on NATS. Who may publish there, but does not hold the ledger, cannot
/// seal an entry: a leaf hash can be computed by anyone.
#[derive(Clone)]
pub(crate) struct Origin {
    source: String,
    key: [u8; 32],
}

impl Origin {
    /// Of a ledger, by the id of its first entry.
    pub(crate) fn of(ledger: &Ledger, genesis: EntryId) -> Self {
        Self::new(genesis, ledger.secret_for("bus"))
    }

    pub(crate) fn new(genesis: EntryId, key: [u8; 32]) -> Self {
        Self { source: format!("urn:linchpin:ledger:{}", genesis.0), key }
    }

    /// The source of all its entries.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The seal of an entry.
    pub(super) fn seal(&self, position: Position, leaf: &[u8; 32]) -> [u8; 32] {
        self.mac(position, leaf).finalize().into_bytes().into()
    }

    /// Whether a seal is the one of an entry. How long that takes does not depend on the seal.
    pub(super) fn has_sealed(&self, position: Position, leaf: &[u8; 32], seal: &[u8; 32]) -> bool {
        self.mac(position, leaf).verify_slice(seal).is_ok()
    }

    fn mac(&self, position: Position, leaf: &[u8; 32]) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key);
        let mut mac = mac.expect("HMAC takes keys of any length");
        mac.update(&position.to_be_bytes());
        mac.update(leaf);
        mac
    }
}
