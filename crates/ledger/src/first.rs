//! The first entry of a ledger.

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Stream};
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::EntryId;

use crate::clock::Clock;
use crate::error::StorageError;
use crate::stored::Stored;
use crate::vault;

/// The first entry. A simulated ledger begins in 1970, before all input, so that its clock can
/// follow the input from there; and its id is the same every time, like all else in it.
pub(crate) fn first_entry(genesis: &Genesis, clock: &Clock) -> Result<Stored, StorageError> {
    let failed = |e: serde_json::Error| StorageError::Other(e.to_string());
    let (schema_version, payload) =
        linchpin_domain::wire::encode(&Body::Genesis(genesis.clone())).map_err(failed)?;
    let (id, at) = if genesis.simulated {
        (EntryId::named("ledger:created"), Timestamp::UNIX_EPOCH)
    } else {
        let at = clock.now();
        let mut random = [0; 10];
        vault::random(&mut random)?;
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        (EntryId(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()), at)
    };
    let mut first = Stored {
        position: 1,
        id,
        stream: Stream::Firm.to_string(),
        version: 1,
        name: Genesis::NAME.to_owned(),
        schema_version,
        occurred_us: at.as_microsecond(),
        recorded_us: at.as_microsecond(),
        batch: 1,
        correlation: None,
        causation: None,
        actor: "desk:ledger".to_owned(),
        payload,
        leaf_hash: [0; 32],
    };
    first.leaf_hash = first.leaf();
    Ok(first)
}
