//! An entry exactly as it is stored, and the hash that seals it.

use linchpin_domain::entry::{Position, Version};
use linchpin_domain::id::EntryId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Every stored column of an entry. Personal data stays sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where it stands in the ledger.
    pub position: Position,
    /// Its identity.
    pub id: EntryId,
    /// The stream's name.
    pub stream: String,
    /// Where it stands in its stream.
    pub version: Version,
    /// The type's name on the wire.
    pub name: String,
    /// The schema version of the payload.
    pub schema_version: u32,
    /// When it became true: microseconds since 1970 in UTC.
    pub occurred_us: i64,
    /// When it was recorded: microseconds since 1970 in UTC.
    pub recorded_us: i64,
    /// Position of the first entry stored by the same request.
    pub batch: Position,
    /// The piece of work it belongs to.
    pub correlation: Option<Uuid>,
    /// The entry that led to it.
    pub causation: Option<EntryId>,
    /// Who told or concluded it.
    pub actor: String,
    /// The exact JSON text.
    pub payload: String,
    /// What [`Stored::leaf`] gave when it was stored.
    pub leaf_hash: [u8; 32],
}

impl Stored {
    /// The leaf of RFC 6962: SHA-256 of a zero byte and then every column but the hash itself, in
    /// the order of the fields above, each behind its length (four bytes, big-endian; all ones
    /// where it is absent); numbers as eight bytes, big-endian. It does not depend on the engine.
    pub fn leaf(&self) -> [u8; 32] {
        let mut leaf = Leaf(Sha256::new_with_prefix([0]));
        leaf.number(self.position);
        leaf.bytes(self.id.0.as_bytes());
        leaf.bytes(self.stream.as_bytes());
        leaf.number(self.version);
        leaf.bytes(self.name.as_bytes());
        leaf.number(u64::from(self.schema_version));
        leaf.bytes(&self.occurred_us.to_be_bytes());
        leaf.bytes(&self.recorded_us.to_be_bytes());
        leaf.number(self.batch);
        leaf.optional(self.correlation);
        leaf.optional(self.causation.map(|id| id.0));
        leaf.bytes(self.actor.as_bytes());
        leaf.bytes(self.payload.as_bytes());
        leaf.0.finalize().into()
    }

    /// Whether the columns still give the hash stored beside them.
    pub fn is_intact(&self) -> bool {
        self.leaf() == self.leaf_hash
    }
}

struct Leaf(Sha256);

impl Leaf {
    fn bytes(&mut self, bytes: &[u8]) {
        // No column comes near four GiB: the largest is bounded by `MAX_PAYLOAD`, sealed.
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    fn optional(&mut self, id: Option<Uuid>) {
        match id {
            Some(id) => self.bytes(id.as_bytes()),
            None => self.0.update(u32::MAX.to_be_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Stored {
        Stored {
            position: 7,
            id: EntryId(Uuid::from_u128(1)),
            stream: "firm".to_owned(),
            version: 3,
            name: "member.named".to_owned(),
            schema_version: 1,
            occurred_us: -5,
            recorded_us: 9,
            batch: 6,
            correlation: None,
            causation: None,
            actor: "test".to_owned(),
            payload: "{}".to_owned(),
            leaf_hash: [0; 32],
        }
    }

    #[test]
    fn the_leaf_of_an_entry_is_the_same_for_ever() {
        let hex: String = sample().leaf().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "b741e37402b484bd6bfac56426d395247df50721bd71adc3a8590a1c8b30564e");
    }

    #[test]
    fn every_column_changes_the_leaf() {
        let base = sample();
        let changed: [fn(&mut Stored); 13] = [
            |s| s.position = 8,
            |s| s.id = EntryId(Uuid::from_u128(2)),
            |s| s.stream.push('x'),
            |s| s.version = 4,
            |s| s.name.push('x'),
            |s| s.schema_version = 2,
            |s| s.occurred_us = -6,
            |s| s.recorded_us = 10,
            |s| s.batch = 7,
            |s| s.correlation = Some(Uuid::nil()),
            |s| s.causation = Some(EntryId(Uuid::nil())),
            |s| s.actor.push('x'),
            |s| s.payload.push(' '),
        ];
        for change in changed {
            let mut other = base.clone();
            change(&mut other);
            assert_ne!(other.leaf(), base.leaf());
        }
    }
}
