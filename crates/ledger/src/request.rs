//! What is asked of the ledger, and what it answers.

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Position, Stream, Version};
use linchpin_domain::id::EntryId;
use uuid::Uuid;

/// Most entries in one request.
pub const MAX_ENTRIES: usize = 10_000;
/// Largest request, in bytes of JSON.
pub const MAX_REQUEST: usize = 8 << 20;
/// Largest single entry, in bytes of JSON.
pub const MAX_PAYLOAD: usize = 256 << 10;
/// Longest actor, idempotency source or idempotency key, in bytes.
pub const MAX_ACTOR: usize = 200;

/// Entries to store, all or none.
#[derive(Debug, Clone)]
pub struct Append {
    /// Under which key the caller may ask again, should it not hear the answer.
    pub idempotency: Option<IdempotencyKey>,
    /// Where the stream must stand for the request to hold. Not asked where all entries are
    /// stored already, so that a repeated request is answered as it was.
    pub expected: Option<(Stream, Version)>,
    /// How far the input's clock has come, for a simulated ledger: when its story learns of
    /// things that happened before. A real ledger has a clock of its own and ignores it.
    pub clock: Option<Timestamp>,
    /// The entries, in the order in which they get their positions.
    pub entries: Vec<NewEntry>,
}

impl Append {
    /// Entries without further conditions.
    pub fn of(entries: Vec<NewEntry>) -> Self {
        Self { idempotency: None, expected: None, clock: None, entries }
    }
}

/// A caller's name for one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// Who asks; keys of different sources never meet.
    pub source: String,
    /// The name it gave the request.
    pub key: String,
}

/// An entry to store.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Its identity: the same id again is the same entry, however often it is told.
    pub id: EntryId,
    /// When it became true; `None` where that is when it is recorded. Kept to the microsecond.
    pub occurred_at: Option<Timestamp>,
    /// Who tells or concludes it, such as `import:orders` or `desk:classifier`.
    pub actor: String,
    /// What belongs to one piece of work carries the same one.
    pub correlation: Option<Uuid>,
    /// The entry that led to this one.
    pub causation: Option<EntryId>,
    /// What it says, personal data open.
    pub body: Body,
    /// What to do where the id is stored already.
    pub repeat: Repeat,
}

/// What to do with an id that is stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// The same content is no news; other content is a conflict.
    SameOnly,
    /// What is there stays, whatever it says: for decisions under deterministic ids.
    KeepFirst,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Of each entry, in the order of the request.
    pub outcomes: Vec<Outcome>,
    /// The last position of the ledger that the answer knows of.
    pub head: Position,
}

/// What became of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub position: Position,
    /// Whether this request stored it; else it was there already.
    pub fresh: bool,
}
