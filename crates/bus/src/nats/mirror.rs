//! Whether the stream of entries mirrors this ledger. It is looked at before a relay writes to
//! it and before a feed believes it: a stream of another ledger, one that is ahead of ours or
//! ends otherwise is refused, never overwritten.

use std::collections::HashMap;

use async_nats::jetstream::stream::{Info, Stream};
use linchpin_domain::entry::Position;
use linchpin_ledger::{Ledger, ReadError, Stored};

use super::message::{decode, hex};
use super::{Nats, NatsError, Origin, stream};

/// Under which keys a stream says whose ledger it mirrors. Two simulated ledgers share the id of
/// their first entry, so its hash tells them apart.
const GENESIS: &str = "linchpin.genesis";
const GENESIS_LEAF: &str = "linchpin.genesis-leaf";

/// Most messages looked at one by one: more than a relay has in flight.
const DOUBTED: u64 = 512;

/// A stream that mirrors this ledger.
pub(crate) struct Mirrored {
    pub(crate) stream: Stream,
    /// Whose its messages are.
    pub(crate) origin: Origin,
    /// Its last sequence, which is a position.
    pub(crate) last: Position,
}

/// The stream, if there is one and it mirrors this ledger.
///
/// # Errors
/// Where there is none, NATS or the ledger is away, or the stream is not the one it has to be.
pub(crate) async fn check(ledger: &Ledger, nats: &Nats) -> Result<Mirrored, NatsError> {
    nats.ready().await?;
    let first = first(ledger).await?;
    let found = stream::existing(nats, &stream::entries(nats, metadata(&first))).await?;
    judged(ledger, found, &first).await
}

/// Like [`check`], and creates the stream where there is none. What came last beyond `known`, the
/// last position that it is known to hold, is looked at one by one: where a stranger's message has
/// taken a place, those that were in flight behind it may have been accepted.
pub(crate) async fn ensure(
    ledger: &Ledger,
    nats: &Nats,
    known: Position,
) -> Result<Mirrored, NatsError> {
    nats.ready().await?;
    let first = first(ledger).await?;
    let found = stream::ensured(nats, stream::entries(nats, metadata(&first))).await?;
    let mirrored = judged(ledger, found, &first).await?;
    let state = &mirrored.stream.cached_info().state;
    // Another relay may have led since this one last knew.
    let from = (known.max(mirrored.last.saturating_sub(DOUBTED)) + 1).max(state.first_sequence);
    for position in from..mirrored.last {
        same(ledger, &mirrored.stream, &mirrored.origin, position).await?;
    }
    Ok(mirrored)
}

async fn first(ledger: &Ledger) -> Result<Stored, NatsError> {
    let missing = || ReadError::Damaged { position: 1, reason: "it is missing".to_owned() };
    Ok(ledger.stored(1).await?.ok_or_else(missing)?)
}

fn metadata(first: &Stored) -> HashMap<String, String> {
    HashMap::from([
        (GENESIS.to_owned(), first.id.0.to_string()),
        (GENESIS_LEAF.to_owned(), hex(&first.leaf_hash)),
    ])
}

async fn judged(ledger: &Ledger, stream: Stream, first: &Stored) -> Result<Mirrored, NatsError> {
    let Info { config, state, .. } = stream.cached_info();
    let name = config.name.clone();
    let ours = metadata(first);
    if ours.iter().any(|(key, value)| config.metadata.get(key) != Some(value)) {
        let said = |key| config.metadata.get(key).map_or("none named", String::as_str);
        return Err(NatsError::OtherLedger {
            found: format!("{} {:.8}", said(GENESIS), said(GENESIS_LEAF)),
            ours: format!("{} {:.8}", first.id.0, hex(&first.leaf_hash)),
            stream: name,
        });
    }
    // Looked up after the stream, so that a ledger that grows is never behind its own mirror.
    let head = ledger.refresh().await?.position;
    let last = state.last_sequence;
    if last > head {
        return Err(NatsError::Ahead { stream: name, found: last, head });
    }
    let origin = Origin::of(ledger, first.id);
    if state.messages > 0 {
        same(ledger, &stream, &origin, last).await?;
    }
    Ok(Mirrored { stream, origin, last })
}

/// Whether a stream holds at a position what the ledger holds there.
async fn same(
    ledger: &Ledger,
    stream: &Stream,
    origin: &Origin,
    position: Position,
) -> Result<(), NatsError> {
    let name = stream.cached_info().config.name.clone();
    let differs = |reason| NatsError::Differs { stream: name, position, reason };
    let found = stream.get_raw_message(position).await;
    let found = found.map_err(NatsError::failed("read a message of a stream"))?;
    let held = match decode(position, &found.headers, &found.payload, origin) {
        Ok(held) => held,
        Err(odd) => return Err(differs(odd.to_string())),
    };
    let leaf = ledger.stored(position).await?.map(|stored| stored.leaf_hash);
    if leaf == Some(held.leaf_hash) {
        return Ok(());
    }
    Err(differs("the leaf hashes are not the same".to_owned()))
}
