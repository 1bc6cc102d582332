//! Between entries as they are meant and entries as they are stored.

use std::collections::HashMap;

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Entry, Position, Stream};
use linchpin_domain::private::{PersonId, Private};
use linchpin_domain::wire::{self, WireError};
use uuid::Uuid;

use crate::engine::Record;
use crate::error::{AppendError, ReadError};
use crate::request::{
    Append, IdempotencyKey, MAX_ACTOR, MAX_ENTRIES, MAX_PAYLOAD, MAX_REQUEST, NewEntry,
};
use crate::stored::Stored;
use crate::vault::{KeyState, Secret};

/// A request that is in bounds, with the plain text of its bodies.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) request: Append,
    pub(crate) texts: Vec<Text>,
    pub(crate) bytes: usize,
    /// With a key: what the request says, hashed under the ledger's secret.
    pub(crate) hash: Option<[u8; 32]>,
}

/// A body as JSON, personal data open.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) schema_version: u32,
    pub(crate) json: String,
}

impl Prepared {
    /// Checks a request by itself and writes its bodies.
    pub(crate) fn new(request: Append, secret: &Secret) -> Result<Self, AppendError> {
        within("the number of entries in a request", request.entries.len(), MAX_ENTRIES)?;
        if let Some(IdempotencyKey { source, key }) = &request.idempotency {
            within("the idempotency source", source.len(), MAX_ACTOR)?;
            within("the idempotency key", key.len(), MAX_ACTOR)?;
            if source.chars().chain(key.chars()).any(char::is_control) {
                let reason = "its idempotency key holds a control character".to_owned();
                return Err(AppendError::Invalid { index: 0, reason });
            }
        }
        let mut texts = Vec::with_capacity(request.entries.len());
        let mut bytes = 0;
        for (index, entry) in request.entries.iter().enumerate() {
            check(entry).map_err(|reason| AppendError::Invalid { index, reason })?;
            let (schema_version, json) = wire::encode(&entry.body)
                .map_err(|e| AppendError::Invalid { index, reason: e.to_string() })?;
            within("an entry in bytes", json.len(), MAX_PAYLOAD)?;
            bytes += json.len();
            within("a request in bytes", bytes, MAX_REQUEST)?;
            texts.push(Text { schema_version, json });
        }
        let hash = request.idempotency.is_some().then(|| hash(&request, &texts, secret));
        Ok(Self { request, texts, bytes, hash })
    }
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), AppendError> {
    if found > limit {
        return Err(AppendError::TooLarge { what, found, limit });
    }
    Ok(())
}

fn check(entry: &NewEntry) -> Result<(), String> {
    if entry.actor.is_empty() || entry.actor.len() > MAX_ACTOR {
        return Err(format!(
            "the actor has {} bytes, 1 to {MAX_ACTOR} are taken",
            entry.actor.len()
        ));
    }
    if entry.actor.chars().any(char::is_control) {
        return Err("the actor holds a control character".to_owned());
    }
    match &entry.body {
        Body::Genesis(_) => Err("only creating a ledger writes its first entry".to_owned()),
        Body::Unknown { name } => Err(format!("the type `{name}` is unknown to this Linchpin")),
        Body::Decision(_) => Ok(()),
        Body::Fact(fact) => {
            let mut fact = fact.clone();
            if fact.private().is_some_and(|(_, private)| private.sealed.is_some()) {
                return Err("`sealed` is for the ledger alone: give personal data open".to_owned());
            }
            // Among others this refuses personal data without a person to seal it under.
            fact.check()
        }
    }
}

/// Everything the caller decides about the content; not what may differ when it asks again (who
/// carried it, the trace it belongs to, the version it then expects).
fn hash(request: &Append, texts: &[Text], secret: &Secret) -> [u8; 32] {
    let mut parts: Vec<Vec<u8>> = Vec::with_capacity(texts.len() * 4);
    for (entry, text) in request.entries.iter().zip(texts) {
        parts.push(entry.id.0.as_bytes().to_vec());
        parts.push(entry.body.name().as_bytes().to_vec());
        parts.push(
            entry.occurred_at.map_or(Vec::new(), |at| at.as_microsecond().to_be_bytes().to_vec()),
        );
        parts.push(text.json.as_bytes().to_vec());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    secret.hash(&parts)
}

/// An entry as an engine has found it, personal data still sealed.
pub(crate) type Decoded = Result<Entry, ReadError>;

/// Reads an entry that an engine has found.
pub(crate) fn decode(record: &Record<'_>) -> Decoded {
    let position = record.position;
    let moment = |us| {
        Timestamp::from_microsecond(us).map_err(|_| ReadError::Damaged {
            position,
            reason: "its time lies out of range".to_owned(),
        })
    };
    Ok(Entry {
        position,
        id: record.id,
        stream: record.stream,
        version: record.version,
        occurred_at: moment(record.occurred_us)?,
        recorded_at: moment(record.recorded_us)?,
        actor: record.actor.to_owned(),
        correlation: record.correlation,
        body: body(position, record.name, record.schema_version, record.payload)?,
    })
}

/// Reads an entry that came column by column, by whatever way.
pub(crate) fn decode_stored(stored: &Stored) -> Decoded {
    decode(&Record {
        position: stored.position,
        id: stored.id,
        stream: stream(&stored.stream),
        version: stored.version,
        name: &stored.name,
        schema_version: stored.schema_version,
        occurred_us: stored.occurred_us,
        recorded_us: stored.recorded_us,
        correlation: stored.correlation,
        actor: &stored.actor,
        payload: &stored.payload,
    })
}

/// A stream by its stored name. One of a kind that only a newer desk knows is carried beside the
/// firm's.
pub(crate) fn stream(name: &str) -> Stream {
    name.parse().unwrap_or(Stream::Firm)
}

fn body(
    position: Position,
    name: &str,
    schema_version: u32,
    payload: &str,
) -> Result<Body, ReadError> {
    wire::decode(name, schema_version, payload).map_err(|e| match e {
        WireError::TooNew { .. } => ReadError::TooNew { position, reason: e.to_string() },
        WireError::Damaged { .. } => ReadError::Damaged { position, reason: e.to_string() },
    })
}

/// The person whose key is needed to open an entry.
pub(crate) fn person(entry: &mut Entry) -> Option<Uuid> {
    let (person, private) = private_of(&mut entry.body)?;
    private.sealed.is_some().then_some(person.uuid())
}

/// Opens what is sealed in an entry. Without its key the person was erased, and there is nothing
/// to show: whether that is so.
pub(crate) fn open(entry: &mut Entry, keys: &HashMap<Uuid, KeyState>) -> Result<bool, ReadError> {
    let (position, id) = (entry.position, entry.id);
    let Some((person, private)) = private_of(&mut entry.body) else { return Ok(false) };
    let Some(sealed) = &private.sealed else { return Ok(false) };
    match keys.get(&person.uuid()) {
        Some(KeyState::Key(key)) => {
            *private = key
                .open(id, sealed)
                .map_err(|why| ReadError::Damaged { position, reason: why.to_owned() })?;
            Ok(false)
        }
        Some(KeyState::Erased) | None => {
            *private = Private::default();
            Ok(true)
        }
    }
}

/// The personal data in a body.
pub(crate) fn private_of(body: &mut Body) -> Option<(PersonId, &mut Private)> {
    match body {
        Body::Fact(fact) => fact.private(),
        Body::Genesis(_) | Body::Decision(_) | Body::Unknown { .. } => None,
    }
}
