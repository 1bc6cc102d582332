//! Where a ledger is, and how it is opened.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Whether a ledger is opened to append to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Reads and appends.
    ReadWrite,
    /// Reads only; an append is refused.
    ReadOnly,
}

/// Where a ledger is: `sqlite:PATH`, or `sqlite:PATH?max_mib=N` for a file that must not grow
/// beyond N MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerUrl {
    path: PathBuf,
    max_mib: Option<u32>,
}

/// Why a text does not say where a ledger is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Another kind of place, or none named.
    #[error("`{0}` is no ledger: write sqlite:PATH")]
    Scheme(String),
    /// The path is missing.
    #[error("`{0}` names no file: write sqlite:PATH")]
    NoPath(String),
    /// What follows the question mark is not understood.
    #[error("`{0}` is no option of a ledger: write max_mib=N, N from 1 to 4194304")]
    Option(String),
}

impl LedgerUrl {
    /// A SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), max_mib: None }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The size in MiB beyond which the file must not grow.
    pub fn max_mib(&self) -> Option<u32> {
        self.max_mib
    }
}

impl FromStr for LedgerUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let place = text.strip_prefix("sqlite:").ok_or_else(|| BadUrl::Scheme(text.to_owned()))?;
        let (path, option) = place.split_once('?').unwrap_or((place, ""));
        if path.is_empty() {
            return Err(BadUrl::NoPath(text.to_owned()));
        }
        let max_mib = match option {
            "" => None,
            option => {
                let given = option.strip_prefix("max_mib=").and_then(|n| n.parse().ok());
                let bounded = given.filter(|mib| (1..=4_194_304).contains(mib));
                Some(bounded.ok_or_else(|| BadUrl::Option(option.to_owned()))?)
            }
        };
        Ok(Self { path: PathBuf::from(path), max_mib })
    }
}

impl fmt::Display for LedgerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.path.display())?;
        self.max_mib.map_or(Ok(()), |mib| write!(f, "?max_mib={mib}"))
    }
}
