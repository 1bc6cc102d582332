//! Making tokens.

use std::io;

use linchpin_ledger::{NewToken, TokenError, Tokens};

use crate::role::Role;
use crate::token::Token;

/// Longest name of a token, in bytes: it stands in the actor of entries beside other words.
const MAX_NAME: usize = 64;

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum NotIssued {
    /// The name cannot stand in an entry's actor.
    #[error("a token's name has 1 to {MAX_NAME} letters, digits, `.`, `-` or `_`")]
    Name,
    /// The machine has no randomness to give.
    #[error("the machine gives no random numbers: {0}")]
    Random(io::Error),
    /// The ledger does not keep it.
    #[error(transparent)]
    Kept(#[from] TokenError),
}

/// Makes a token of this name and role. It is known here alone from now on: the ledger keeps its
/// hash.
///
/// # Errors
/// Where the name does not do or was given before, or the ledger cannot keep it.
pub async fn issue(tokens: &Tokens, name: &str, role: Role) -> Result<Token, NotIssued> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
        return Err(NotIssued::Name);
    }
    let token = Token::random().map_err(NotIssued::Random)?;
    let (name, role) = (name.to_owned(), role.name().to_owned());
    tokens.add(NewToken { name, role, hash: token.hash() }).await?;
    Ok(token)
}
