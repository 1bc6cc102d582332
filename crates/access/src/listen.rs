//! Where a process may listen.

use std::net::SocketAddr;

use linchpin_ledger::{TokenError, Tokens};

use crate::role::Role;

/// Why a process must not listen on an address.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotSafe {
    /// Nobody could be let in, and so nobody has said who shall be.
    #[error(
        "--listen {0}: others can reach this address, and they need a token, but none has been \
         made: make one with `linchpin token new --role operator --name NAME`, or listen on \
         127.0.0.1"
    )]
    NoToken(SocketAddr),
    /// The tokens could not be read.
    #[error("--listen {0}: the tokens cannot be read: {1}")]
    Unknown(SocketAddr, TokenError),
}

/// Whether a process may listen on an address: always on loopback, and anywhere else once there
/// is a token that is in force.
///
/// # Errors
/// Where it may not, with what to do.
pub async fn may_listen(address: SocketAddr, tokens: &Tokens) -> Result<(), NotSafe> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let tokens = tokens.list().await.map_err(|error| NotSafe::Unknown(address, error))?;
    let usable = |role: &str| role.parse::<Role>().is_ok();
    if tokens.iter().any(|token| token.revoked_at.is_none() && usable(&token.role)) {
        Ok(())
    } else {
        Err(NotSafe::NoToken(address))
    }
}
