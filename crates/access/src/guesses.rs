//! How often an address may come with tokens that are none.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Wrong tokens that an address may send at once.
const BURST: u32 = 20;
/// After which it may send one more.
const REFILL: Duration = Duration::from_secs(1);
/// Addresses remembered. When so many have guessed lately, all new ones share one count.
const MAX_ADDRESSES: usize = 4_096;

/// Counts the wrong tokens of each address. A token cannot be guessed; this keeps guesses from
/// costing a look-up each.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    /// By when all guesses of an address are forgiven: each adds a [`REFILL`] to it.
    forgiven: HashMap<IpAddr, Instant>,
    /// When those that are forgiven were last forgotten.
    swept: Option<Instant>,
}

impl Guesses {
    /// The seconds an address must wait before it may try an unknown token; `None` to go on.
    pub(crate) fn wait(&self, from: IpAddr) -> Option<u32> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = || counts.forgiven.get(&SHARED);
        let forgiven = counts.forgiven.get(&network(from)).or_else(shared)?;
        let left = forgiven.saturating_duration_since(Instant::now());
        let over = left.checked_sub(REFILL * (BURST - 1)).filter(|over| !over.is_zero())?;
        u32::try_from(over.as_millis().div_ceil(1_000)).ok()
    }

    /// Notes a wrong token.
    pub(crate) fn missed(&self, from: IpAddr) {
        let now = Instant::now();
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = counts.slot(network(from), now);
        let forgiven = counts.forgiven.entry(from).or_insert(now);
        *forgiven = ((*forgiven).max(now) + REFILL).min(now + REFILL * BURST);
    }
}

impl Counts {
    /// Under what an address is counted: itself, as long as there is room.
    fn slot(&mut self, from: IpAddr, now: Instant) -> IpAddr {
        if self.forgiven.contains_key(&from) || self.forgiven.len() < MAX_ADDRESSES {
            return from;
        }
        if self.swept.is_none_or(|swept| now.duration_since(swept) >= REFILL) {
            self.swept = Some(now);
            self.forgiven.retain(|_, forgiven| *forgiven > now);
        }
        if self.forgiven.len() < MAX_ADDRESSES { from } else { SHARED }
    }
}

/// Under which all addresses are counted that there is no room for.
const SHARED: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

/// What one sender has at their disposal: an IPv4 address, or 64 bits of IPv6.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 1))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_guesses_waits_and_others_do_not() {
        let guesses = Guesses::default();
        for _ in 0..BURST {
            assert_eq!(guesses.wait(v4(1)), None);
            guesses.missed(v4(1));
        }
        assert_eq!(guesses.wait(v4(1)), Some(1));
        assert_eq!(guesses.wait(v4(2)), None);
        tokio::time::advance(Duration::from_millis(1_500)).await;
        assert_eq!(guesses.wait(v4(1)), None);
        guesses.missed(v4(1));
        assert_eq!(guesses.wait(v4(1)), Some(1), "half a second is kept, not given anew");
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(guesses.wait(v4(1)), None);
        tokio::time::advance(Duration::from_secs(3_600)).await;
        for _ in 0..BURST {
            assert_eq!(guesses.wait(v4(1)), None, "an hour forgives no more than all");
            guesses.missed(v4(1));
        }
        assert_eq!(guesses.wait(v4(1)), Some(1));
    }

    #[test]
    fn neighbours_in_ipv6_are_one() {
        let at = |text: &str| network(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:1"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
        assert_ne!(at("::1"), SHARED);
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_is_bounded() {
        let guesses = Guesses::default();
        for n in 0..20_000 {
            guesses.missed(v4(n));
        }
        assert_eq!(guesses.0.lock().unwrap().forgiven.len(), MAX_ADDRESSES + 1);
        assert_eq!(guesses.wait(v4(99_999)), Some(1), "new ones share one count");
        tokio::time::advance(REFILL * BURST).await;
        assert_eq!(guesses.wait(v4(99_999)), None);
        guesses.missed(v4(99_999));
        assert!(guesses.0.lock().unwrap().forgiven.len() < 10, "what is forgiven is forgotten");
    }
}
