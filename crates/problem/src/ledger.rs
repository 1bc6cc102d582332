//! What the ledger's errors mean to whoever asked over HTTP.

use linchpin_ledger::{AppendError, QuarantineError, ReadError, StorageError};

use super::Problem;

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        let problem = match error {
            AppendError::Conflict { position, .. } => Self::conflict(format!(
                "an event with this source and id was told before with other content (entry \
                 {position}): give it another id, or retract the first"
            )),
            AppendError::KeyReused { .. } => Self::key_reused(),
            AppendError::WrongVersion { .. } => Self::conflict(error.to_string()),
            AppendError::TooLarge { .. } => Self::too_large(error.to_string()),
            AppendError::Invalid { reason, .. } => Self::refused(reason),
            AppendError::Busy => Self::later(1, error.to_string()),
            AppendError::Locked | AppendError::Closed => Self::later(5, error.to_string()),
            AppendError::DiskFull | AppendError::ReadOnly => Self::later(60, error.to_string()),
            AppendError::Stored(error) => error.into(),
            AppendError::Storage(error) => error.into(),
        };
        problem.storing()
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => error.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<QuarantineError> for Problem {
    fn from(error: QuarantineError) -> Self {
        match error {
            QuarantineError::Storage(error) => error.into(),
            other => Self::failed(other.to_string()),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Busy => Self::later(1, error.to_string()),
            StorageError::Away(_) | StorageError::Unsure(_) => Self::later(2, error.to_string()),
            StorageError::Locked | StorageError::Closed => Self::later(5, error.to_string()),
            StorageError::DiskFull | StorageError::ReadOnly => Self::later(60, error.to_string()),
            other => Self::failed(other.to_string()),
        }
    }
}
