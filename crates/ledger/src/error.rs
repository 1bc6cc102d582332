//! What can go wrong, each with what to do about it.

use linchpin_domain::entry::{Position, Stream, Version};
use linchpin_domain::id::EntryId;

/// The storage below did not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// No room.
    #[error(
        "no room to store: free space on the disk (or raise the ledger's max_mib), then repeat; nothing was stored by halves"
    )]
    DiskFull,
    /// Not allowed to write.
    #[error(
        "the ledger cannot be written: check the permissions on its file and folder, or in its database"
    )]
    ReadOnly,
    /// Another process holds the ledger too long.
    #[error("the ledger is locked by another process: stop it or wait for it, then repeat")]
    Locked,
    /// The bytes are not what they must be.
    #[error("the ledger is damaged ({0}): stop writing to it and restore a backup")]
    Corrupt(String),
    /// The file is no database.
    #[error("the file is not a SQLite database: check the path")]
    NotADatabase,
    /// The database cannot be reached.
    #[error("the database cannot be reached ({0}): start it or wait for it, then repeat")]
    Away(String),
    /// The database lets us not in, or not do that.
    #[error(
        "the database refuses ({0}): check user, password, database and rights in the ledger's address"
    )]
    Refused(String),
    /// The database has not shown that it is the one meant.
    #[error(
        "the database has not proved itself (TLS: {0}): write sslmode=verify-full&sslrootcert=FILE into the ledger's address, FILE being its authority's certificate and the host a name that its own certificate holds; sslmode=disable only where nobody can listen in"
    )]
    Unproved(String),
    /// All connections are in use.
    #[error("too many reads at once: repeat later")]
    Busy,
    /// The ledger was closed.
    #[error("the ledger is closed")]
    Closed,
    /// The storage went away after it was told to store, and before it said whether it has.
    #[error(
        "the storage has not said whether it stored this ({0}): it may be stored; ask again under the same ids"
    )]
    Unsure(String),
    /// Anything else the engine says.
    #[error("the storage failed: {0}")]
    Other(String),
}

/// Why a ledger was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error(
        "no ledger at `{0}`: check the path, or the `?schema=`; or create a ledger there first with `linchpin init`, `import` or `demo`"
    )]
    Missing(String),
    /// To be created, but there is one.
    #[error(
        "a ledger already exists at `{0}`: open it, or name another file or another `?schema=`"
    )]
    Exists(String),
    /// Something else stands there.
    #[error(
        "`{path}` is not a Linchpin ledger ({found}): check the path; the file was left as it is"
    )]
    NotALedger {
        /// The file.
        path: String,
        /// What it looks like.
        found: String,
    },
    /// Its folder does not exist or is no folder.
    #[error("`{0}` cannot be created: its folder does not exist or cannot be written")]
    NoFolder(String),
    /// Written by a newer Linchpin.
    #[error(
        "the ledger `{path}` has schema {found}, this Linchpin reads up to {known}: use the newer Linchpin"
    )]
    TooNew {
        /// The file.
        path: String,
        /// Its schema.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// Must first be brought up to date.
    #[error(
        "the ledger `{path}` has schema {found}, this Linchpin needs {known}: run `linchpin migrate`, which brings it up to date"
    )]
    TooOld {
        /// The file.
        path: String,
        /// Its schema.
        found: i64,
        /// The one needed.
        known: i64,
    },
    /// The server is older than is needed.
    #[error(
        "the ledger `{path}` is on PostgreSQL {found}, 15 or newer is needed: upgrade the server"
    )]
    OldServer {
        /// Where it is.
        path: String,
        /// The version found.
        found: i32,
    },
    /// A copy was begun there and not ended.
    #[error("at `{0}` stands a copy that was cut short: remove it, then copy again")]
    HalfACopy(String),
    /// A time zone that this machine does not know.
    #[error("unknown time zone `{0}`: write an IANA name such as Europe/Berlin")]
    TimeZone(String),
    /// The first entry is not what it must be.
    #[error("the ledger `{path}` has no readable first entry ({reason}): restore a backup")]
    NoGenesis {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The storage failed.
    #[error("the ledger `{path}` cannot be opened: {source}")]
    Storage {
        /// The file.
        path: String,
        /// Why.
        source: StorageError,
    },
}

/// Why a read gave nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReadError {
    /// A stored entry cannot be believed.
    #[error("entry {position} is damaged ({reason}): run an audit and restore a backup")]
    Damaged {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        reason: String,
    },
    /// A known type in a version that only a newer Linchpin reads.
    #[error("entry {position}: {reason}: use the newer Linchpin")]
    TooNew {
        /// Where it stands.
        position: Position,
        /// Which type and version.
        reason: String,
    },
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a request was not stored. Nothing of it was, unless the storage says [`Unsure`] or the
/// ledger was closed meanwhile: then it may be stored, and asking again under the same ids tells.
///
/// [`Unsure`]: StorageError::Unsure
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// An id that is stored already, with other content.
    #[error(
        "entry {index} of the request ({id}) differs from what stands under its id at position {position}: give it another id, or retract the first"
    )]
    Conflict {
        /// Its place in the request, from 0.
        index: usize,
        /// The id.
        id: EntryId,
        /// Where the first stands.
        position: Position,
    },
    /// The stream has moved on.
    #[error(
        "`{stream}` stands at version {found}, the request expected {expected}: read it again, then decide anew"
    )]
    WrongVersion {
        /// The stream.
        stream: Stream,
        /// Where it was expected to stand.
        expected: Version,
        /// Where it stands.
        found: Version,
    },
    /// The idempotency key was used for other content.
    #[error(
        "the key `{key}` of `{key_source}` was used for another request: use a new key for new content"
    )]
    KeyReused {
        /// Who asked.
        key_source: String,
        /// The key.
        key: String,
    },
    /// Larger than any request may be.
    #[error("{what} is {found}, at most {limit} is taken: send less at once")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        found: usize,
        /// How large it may be.
        limit: usize,
    },
    /// An entry that can never be stored.
    #[error("entry {index} of the request cannot be stored: {reason}")]
    Invalid {
        /// Its place in the request, from 0.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Too much waits already.
    #[error("too many requests are waiting to be stored: repeat later")]
    Busy,
    /// The ledger was opened for reading.
    #[error("the ledger was opened for reading only")]
    ReadOnly,
    /// No room.
    #[error(
        "no room to store: free space on the disk (or raise the ledger's max_mib), then repeat; nothing was stored by halves"
    )]
    DiskFull,
    /// Another process holds the ledger too long.
    #[error("the ledger is locked by another process: stop it or wait for it, then repeat")]
    Locked,
    /// The ledger was closed. Where the request was already waiting, ask again: the same ids are
    /// stored once.
    #[error("the ledger is closed")]
    Closed,
    /// What stands in the ledger could not be compared with.
    #[error(transparent)]
    Stored(#[from] ReadError),
    /// The storage failed.
    #[error("{0}")]
    Storage(StorageError),
}

impl StorageError {
    /// Whether the same may well succeed a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy | Self::Locked | Self::DiskFull | Self::Away(_) | Self::Unsure(_))
    }
}

impl ReadError {
    /// Whether the same may well be read a little later.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_passing())
    }
}

impl AppendError {
    /// Whether the same request may well be stored a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy | Self::Locked | Self::DiskFull => true,
            Self::Storage(error) => error.is_passing(),
            Self::Stored(error) => error.is_passing(),
            _ => false,
        }
    }
}

impl From<StorageError> for AppendError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::DiskFull => Self::DiskFull,
            StorageError::Locked => Self::Locked,
            StorageError::ReadOnly => Self::ReadOnly,
            StorageError::Closed => Self::Closed,
            other => Self::Storage(other),
        }
    }
}
