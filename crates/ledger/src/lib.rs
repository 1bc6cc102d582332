//! The ledger: the only truth. Append, read, follow.
//!
//! [`Ledger`] holds what every engine shares: group commit by one writer, duplicates and
//! idempotency, sealing of personal data, typed decoding, the watch of the head. Below it an
//! engine (SQLite, PostgreSQL) stores and finds rows and knows nothing of what they mean.

mod clock;
mod codec;
mod copy;
mod engine;
mod error;
mod figures;
mod first;
mod judge;
mod ledger;
mod migrate;
mod postgres;
mod quarantine;
mod replay;
mod request;
mod shared;
mod sqlite;
mod stored;
mod token;
mod url;
mod vault;
mod writer;

pub use clock::Clock;
pub use copy::{Copied, CopyError, CopyStep};
pub use engine::Head;
pub use error::{AppendError, OpenError, ReadError, StorageError};
pub use ledger::{CHUNK, Ledger};
pub use migrate::Migrated;
pub use quarantine::{
    MAX_ORIGINAL, NewQuarantined, Quarantine, QuarantineError, Quarantined, QuarantinedId,
};
pub use replay::Replay;
pub use request::{
    Append, Appended, IdempotencyKey, MAX_ACTOR, MAX_ENTRIES, MAX_PAYLOAD, MAX_REQUEST, NewEntry,
    Outcome, Repeat,
};
pub use stored::Stored;
pub use token::{NewToken, TokenError, TokenRow, Tokens};
pub use url::{BadUrl, LedgerUrl, Mode};
