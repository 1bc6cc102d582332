//! Tokens that open the doors, kept beside the ledger as hashes.

use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::error::StorageError;

/// Longest name or role, in bytes.
const MAX_NAME: usize = 100;
/// Most tokens of one ledger, revoked ones among them.
const MAX_TOKENS: u64 = 10_000;

/// A token to keep.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What people call it; never given twice.
    pub name: String,
    /// What it may do, in the words of whoever checks it.
    pub role: String,
    /// The hash by which it is found.
    pub hash: [u8; 32],
}

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Since when it opens nothing any more.
    pub revoked_at: Option<Timestamp>,
}

/// Why a token was not kept, found or revoked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TokenError {
    /// The name was given before, maybe to one that is revoked.
    #[error("a token named `{0}` was made before: choose another name")]
    NameTaken(String),
    /// A name or role that is not kept.
    #[error("a token's {what} has 1 to {MAX_NAME} bytes and no control characters, not `{found}`")]
    Name {
        /// Which of the two.
        what: &'static str,
        /// What was given.
        found: String,
    },
    /// More than are kept.
    #[error("{MAX_TOKENS} tokens were made, more are not kept: use those that there are")]
    TooMany,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The tokens of a ledger.
#[derive(Clone)]
pub struct Tokens {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) clock: Clock,
}

impl Tokens {
    /// Keeps a token.
    ///
    /// # Errors
    /// Where its name was given before or is no name, where there are too many, or where the
    /// storage fails.
    pub async fn add(&self, token: NewToken) -> Result<(), TokenError> {
        named("name", &token.name)?;
        named("role", &token.role)?;
        if self.engine.tokens(None).await?.len() as u64 >= MAX_TOKENS {
            return Err(TokenError::TooMany);
        }
        if !self.engine.token_add(&token, self.now_us()).await? {
            return Err(TokenError::NameTaken(token.name));
        }
        Ok(())
    }

    /// The token with a hash, revoked or not.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn find(&self, hash: [u8; 32]) -> Result<Option<TokenRow>, TokenError> {
        Ok(self.engine.tokens(Some(hash)).await?.pop())
    }

    /// All tokens by name, revoked ones too; at most 10,000 were made.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn list(&self) -> Result<Vec<TokenRow>, TokenError> {
        Ok(self.engine.tokens(None).await?)
    }

    /// Takes a token out of force. Whether it was in force.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn revoke(&self, name: &str) -> Result<bool, TokenError> {
        Ok(self.engine.token_revoke(name, self.now_us()).await?)
    }

    /// Notes that a token was used. Within the same minute nothing is written.
    ///
    /// # Errors
    /// Where the storage fails, or the ledger was opened for reading.
    pub async fn touch(&self, name: &str) -> Result<(), TokenError> {
        Ok(self.engine.token_touch(name, self.now_us()).await?)
    }

    fn now_us(&self) -> i64 {
        self.clock.now().as_microsecond()
    }
}

fn named(what: &'static str, text: &str) -> Result<(), TokenError> {
    if text.is_empty() || text.len() > MAX_NAME || text.chars().any(char::is_control) {
        let found = text.chars().take(MAX_NAME).filter(|c| !c.is_control()).collect();
        return Err(TokenError::Name { what, found });
    }
    Ok(())
}
