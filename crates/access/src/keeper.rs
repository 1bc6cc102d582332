//! Which tokens are in force, asked of the ledger and remembered for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use linchpin_ledger::{TokenError, TokenRow, Tokens};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use crate::caller::Caller;

/// How long an answer of the ledger is believed. With the look-up behind it, a token that is
/// revoked opens nothing a second later, in any process.
const FRESH: Duration = Duration::from_millis(500);
/// How long the last answer counts while the ledger cannot be asked: a database that starts anew
/// does not shut everybody out, and one that stays away opens nothing.
const STALE: Duration = Duration::from_secs(30);
/// Longest look-up.
const PATIENCE: Duration = Duration::from_secs(2);
/// Look-ups at one time at most.
const LOOKUPS: usize = 4;
/// Tokens remembered.
const MAX_KNOWN: usize = 1_024;
/// How often a token's last use is noted.
const TOUCH: Duration = Duration::from_secs(60);

/// Where the tokens stand.
pub(crate) trait Source: Send + Sync {
    /// The token with a hash.
    fn find(&self, hash: [u8; 32]) -> BoxFuture<'_, Result<Option<TokenRow>, TokenError>>;
    /// Notes that it was used.
    fn touch(&self, name: Arc<str>) -> BoxFuture<'static, ()>;
}

/// The ledger cannot say which tokens are in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the desk cannot check tokens now, for its database does not answer: try again in a moment"
)]
pub(crate) struct Away;

/// Says which tokens are in force.
pub(crate) struct Keeper {
    source: Box<dyn Source>,
    known: Mutex<HashMap<[u8; 32], Known>>,
    lookups: Semaphore,
}

/// A token that was in force when the ledger was last asked.
#[derive(Clone)]
struct Known {
    caller: Caller,
    /// When the ledger last said so.
    confirmed: Instant,
    /// When it was last asked, with or without an answer.
    asked: Instant,
    touched: Option<Instant>,
}

impl Keeper {
    pub(crate) fn new(source: impl Source + 'static) -> Self {
        let (known, lookups) = (Mutex::default(), Semaphore::new(LOOKUPS));
        Self { source: Box::new(source), known, lookups }
    }

    /// Whether a token was in force lately, by memory alone.
    pub(crate) fn knows(&self, hash: &[u8; 32]) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains_key(hash)
    }

    /// The holder of a token; `None` where it is not in force.
    ///
    /// # Errors
    /// Where the ledger cannot be asked, and has not been for too long.
    pub(crate) async fn caller(&self, hash: [u8; 32]) -> Result<Option<Caller>, Away> {
        if let Some(caller) = self.remembered(&hash) {
            return Ok(Some(caller));
        }
        let permit = timeout(PATIENCE, self.lookups.acquire()).await;
        let Ok(Ok(_permit)) = permit else { return self.last_said(&hash) };
        // Whoever waited for the same token before has asked.
        if let Some(caller) = self.remembered(&hash) {
            return Ok(Some(caller));
        }
        match timeout(PATIENCE, self.source.find(hash)).await {
            Ok(Ok(row)) => Ok(self.learn(hash, row)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "tokens cannot be checked");
                self.last_said(&hash)
            }
            Err(_) => {
                tracing::warn!("tokens cannot be checked: the ledger does not answer");
                self.last_said(&hash)
            }
        }
    }

    /// Returns once a token is no longer in force, or nobody can say whether it is.
    pub(crate) async fn gone(&self, hash: [u8; 32]) {
        while matches!(self.caller(hash).await, Ok(Some(_))) {
            sleep(FRESH).await;
        }
    }

    /// Notes that a token was used, at most once a minute.
    pub(crate) fn used(&self, hash: &[u8; 32]) {
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(token) = known.get_mut(hash) else { return };
        if token.touched.is_none_or(|before| now.duration_since(before) >= TOUCH) {
            token.touched = Some(now);
            tokio::spawn(self.source.touch(Arc::clone(&token.caller.name)));
        }
    }

    fn remembered(&self, hash: &[u8; 32]) -> Option<Caller> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let token = known.get(hash)?;
        let believed = token.asked.elapsed() < FRESH && token.confirmed.elapsed() < STALE;
        believed.then(|| token.caller.clone())
    }

    fn learn(&self, hash: [u8; 32], row: Option<TokenRow>) -> Option<Caller> {
        let caller = row.and_then(in_force);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(caller) = caller else {
            known.remove(&hash);
            return None;
        };
        let before = known.remove(&hash);
        if known.len() >= MAX_KNOWN
            && let Some(oldest) = known.iter().min_by_key(|(_, token)| token.asked)
        {
            let oldest = *oldest.0;
            known.remove(&oldest);
        }
        let now = Instant::now();
        let touched = before.and_then(|before| before.touched);
        known.insert(hash, Known { caller: caller.clone(), confirmed: now, asked: now, touched });
        Some(caller)
    }

    /// What the ledger said last, where that is not too long ago.
    fn last_said(&self, hash: &[u8; 32]) -> Result<Option<Caller>, Away> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let token = known.get_mut(hash).ok_or(Away)?;
        token.asked = Instant::now();
        let near = token.confirmed.elapsed() < STALE;
        near.then(|| Some(token.caller.clone())).ok_or(Away)
    }
}

fn in_force(row: TokenRow) -> Option<Caller> {
    if row.revoked_at.is_some() {
        return None;
    }
    match row.role.parse() {
        Ok(role) => Some(Caller { name: row.name.into(), role }),
        Err(error) => {
            tracing::warn!(token = row.name, %error, "a token was made by a newer version");
            None
        }
    }
}

impl Source for Tokens {
    fn find(&self, hash: [u8; 32]) -> BoxFuture<'_, Result<Option<TokenRow>, TokenError>> {
        Box::pin(Self::find(self, hash))
    }

    fn touch(&self, name: Arc<str>) -> BoxFuture<'static, ()> {
        let tokens = self.clone();
        Box::pin(async move {
            // Losing it is no harm: the next use notes it again.
            match timeout(PATIENCE, Self::touch(&tokens, &name)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a token's last use was not noted"),
                Err(_) => tracing::debug!("a token's last use was not noted in time"),
            }
        })
    }
}

#[cfg(test)]
#[path = "keeper_tests.rs"]
mod tests;
