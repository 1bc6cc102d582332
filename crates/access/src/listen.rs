//! Where a process may listen, and whom it asks for a token there.

use std::net::{IpAddr, SocketAddr};

use linchpin_ledger::{TokenError, Tokens};

use crate::role::Role;

/// Whom a process asks for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Nobody, for only this machine reaches it.
    Loopback,
    /// Everybody.
    Tokens,
}

impl Lock {
    /// The lock for an address to listen on. On loopback it is `Loopback`, unless tokens are
    /// wanted there as well: behind a proxy on the same machine everybody seems to be near.
    pub fn of(address: IpAddr, always: bool) -> Self {
        if address.is_loopback() && !always { Self::Loopback } else { Self::Tokens }
    }
}

/// Why a process must not listen on an address.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotSafe {
    /// Nobody could be let in, and so nobody has said who shall be.
    #[error(
        "--listen {0}: whoever comes this way needs a token, and none has been made: make one with \
         `linchpin token new --role operator --name NAME`; without any, a process may listen on \
         127.0.0.1 only"
    )]
    NoToken(SocketAddr),
    /// The tokens could not be read.
    #[error("--listen {0}: the tokens cannot be read: {1}")]
    Unknown(SocketAddr, TokenError),
}

/// Whether a process may listen on an address: where tokens are asked for, once one is in force.
///
/// # Errors
/// Where it may not, with what to do.
pub async fn may_listen(address: SocketAddr, lock: Lock, tokens: &Tokens) -> Result<(), NotSafe> {
    if lock == Lock::Loopback {
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
