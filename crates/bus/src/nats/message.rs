//! An entry on NATS: a CloudEvent in binary mode. The body is the exact stored payload, personal
//! data still sealed; the other columns are headers, so that whoever has the message can compute
//! the leaf hash.

use std::fmt::Write;
use std::str::FromStr;

use async_nats::HeaderMap;
use jiff::Timestamp;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::Position;
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::EntryId;
use linchpin_ledger::Stored;
use uuid::Uuid;

use super::Origin;

/// What kind of thing an entry's type is: `fact`, `decision`, `genesis`, or `unknown` where a
/// newer desk wrote it.
pub fn kind_of(name: &str) -> &'static str {
    let among = |kinds: &[(&str, u32)]| kinds.iter().any(|(known, _)| *known == name);
    if among(Fact::KINDS) {
        "fact"
    } else if among(Decision::KINDS) {
        "decision"
    } else if name == Genesis::NAME {
        "genesis"
    } else {
        "unknown"
    }
}

/// What is odd about a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Odd {
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    #[error("the header `{0}` cannot be read")]
    Unreadable(&'static str),
    #[error("its body is no text")]
    Body,
    #[error("it comes from {0}")]
    Elsewhere(String),
    #[error("it says that it is entry {said}, and stands at {stands}")]
    Misplaced { said: Position, stands: u64 },
    #[error("its leaf hash does not fit it")]
    Altered,
    #[error("its seal is not of this ledger")]
    Forged,
}

/// The subject of an entry's type below a prefix. A type that no subject can carry goes without
/// its name.
pub(crate) fn subject(prefix: &str, name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let tokens = name.split('.').all(|token| !token.is_empty() && token.chars().all(fits));
    let name = if tokens { name } else { "unnamed" };
    format!("{prefix}.{}.{name}", kind_of(name))
}

/// The headers of an entry.
pub(crate) fn encode(entry: &Stored, origin: &Origin) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", entry.id.0.to_string());
    headers.insert("ce-source", origin.source());
    headers.insert("ce-type", escape(&entry.name));
    headers.insert("ce-time", moment(entry.occurred_us));
    headers.insert("content-type", "application/json");
    headers.insert("ce-position", entry.position.to_string());
    headers.insert("ce-stream", escape(&entry.stream));
    headers.insert("ce-version", entry.version.to_string());
    headers.insert("ce-schemaversion", entry.schema_version.to_string());
    headers.insert("ce-recordedat", moment(entry.recorded_us));
    headers.insert("ce-occurredus", entry.occurred_us.to_string());
    headers.insert("ce-recordedus", entry.recorded_us.to_string());
    headers.insert("ce-batch", entry.batch.to_string());
    headers.insert("ce-actor", escape(&entry.actor));
    if let Some(correlation) = entry.correlation {
        headers.insert("ce-correlation", correlation.to_string());
        // The entry itself is the parent of whatever is done because of it.
        let parent = &entry.id.0.simple().to_string()[16..];
        headers.insert("traceparent", format!("00-{}-{parent}-01", correlation.simple()));
    }
    if let Some(causation) = entry.causation {
        headers.insert("ce-causation", causation.0.to_string());
    }
    headers.insert("ce-leafhash", hex(&entry.leaf_hash));
    headers.insert("ce-seal", hex(&origin.seal(entry.position, &entry.leaf_hash)));
    headers
}

/// Reads an entry that stands at a sequence back, and checks that it is whole, in its place, and
/// that somebody who holds the ledger put it there.
pub(crate) fn decode(
    sequence: u64,
    headers: &HeaderMap,
    body: &[u8],
    origin: &Origin,
) -> Result<Stored, Odd> {
    let from = text(headers, "ce-source")?;
    if from != origin.source() {
        return Err(Odd::Elsewhere(from.chars().take(100).collect()));
    }
    let entry = Stored {
        position: read(headers, "ce-position")?,
        id: EntryId(read(headers, "ce-id")?),
        stream: unescape(headers, "ce-stream")?,
        version: read(headers, "ce-version")?,
        name: unescape(headers, "ce-type")?,
        schema_version: read(headers, "ce-schemaversion")?,
        occurred_us: read(headers, "ce-occurredus")?,
        recorded_us: read(headers, "ce-recordedus")?,
        batch: read(headers, "ce-batch")?,
        correlation: optional::<Uuid>(headers, "ce-correlation")?,
        causation: optional(headers, "ce-causation")?.map(EntryId),
        actor: unescape(headers, "ce-actor")?,
        payload: std::str::from_utf8(body).map_err(|_| Odd::Body)?.to_owned(),
        leaf_hash: hash(headers, "ce-leafhash")?,
    };
    let seal = hash(headers, "ce-seal")?;
    if entry.position != sequence {
        return Err(Odd::Misplaced { said: entry.position, stands: sequence });
    }
    if !entry.is_intact() {
        return Err(Odd::Altered);
    }
    if !origin.has_sealed(entry.position, &entry.leaf_hash, &seal) {
        return Err(Odd::Forged);
    }
    Ok(entry)
}

fn text<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Odd> {
    headers.get(name).map(|value| value.as_str()).ok_or(Odd::Missing(name))
}

fn read<T: FromStr>(headers: &HeaderMap, name: &'static str) -> Result<T, Odd> {
    text(headers, name)?.parse().map_err(|_| Odd::Unreadable(name))
}

fn optional<T: FromStr>(headers: &HeaderMap, name: &'static str) -> Result<Option<T>, Odd> {
    if headers.get(name).is_none() { Ok(None) } else { read(headers, name).map(Some) }
}

fn hash(headers: &HeaderMap, name: &'static str) -> Result<[u8; 32], Odd> {
    unhex(text(headers, name)?).ok_or(Odd::Unreadable(name))
}

fn moment(us: i64) -> String {
    Timestamp::from_microsecond(us).unwrap_or_default().to_string()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}

/// As the CloudEvents bindings ask for it: what is not visible ASCII, and `"` and `%`, goes as
/// percent and hex.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%') {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn unescape(headers: &HeaderMap, name: &'static str) -> Result<String, Odd> {
    let escaped = text(headers, name)?;
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(Odd::Unreadable(name)) };
        // Two hex digits are one byte.
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| Odd::Unreadable(name))?);
    }
    String::from_utf8(bytes).map_err(|_| Odd::Unreadable(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "urn:linchpin:ledger:00000000-0000-0000-0000-000000000001";

    fn origin() -> Origin {
        Origin::new(EntryId(Uuid::from_u128(1)), [7; 32])
    }

    fn sample() -> Stored {
        let mut entry = Stored {
            position: 7,
            id: EntryId(Uuid::from_u128(0x1234_5678_9abc_def0)),
            stream: "account:00000000-0000-0000-0000-00000000000a".to_owned(),
            version: 3,
            name: "account.renamed".to_owned(),
            schema_version: 2,
            occurred_us: -5_000_001,
            recorded_us: 1_700_000_000_123_456,
            batch: 6,
            correlation: Some(Uuid::from_u128(9)),
            causation: Some(EntryId(Uuid::from_u128(8))),
            actor: "page:Zoë \"50 %\"".to_owned(),
            payload: "{\"name\":\"Ünsal\"}".to_owned(),
            leaf_hash: [0; 32],
        };
        entry.leaf_hash = entry.leaf();
        entry
    }

    #[test]
    fn an_entry_comes_back_as_it_went() {
        let mut bare = Stored { correlation: None, causation: None, ..sample() };
        bare.leaf_hash = bare.leaf();
        for entry in [sample(), bare] {
            let headers = encode(&entry, &origin());
            assert_eq!(decode(7, &headers, entry.payload.as_bytes(), &origin()), Ok(entry));
        }
    }

    #[test]
    fn the_headers_are_a_cloud_event() {
        let headers = encode(&sample(), &origin());
        let of = |name| headers.get(name).map(|value| value.as_str().to_owned()).unwrap();
        assert_eq!(of("ce-time"), "1969-12-31T23:59:54.999999Z");
        assert_eq!(of("ce-actor"), "page:Zo%C3%AB%20%2250%20%25%22");
        assert_eq!(of("traceparent"), "00-00000000000000000000000000000009-123456789abcdef0-01");
        assert_eq!(of("ce-source"), SOURCE);
    }

    #[test]
    fn what_is_not_as_it_was_stored_is_odd() {
        let entry = sample();
        let body = entry.payload.as_bytes();
        let headers = encode(&entry, &origin());
        let odd = |sequence, headers: &HeaderMap, body: &[u8]| {
            decode(sequence, headers, body, &origin()).unwrap_err()
        };
        assert_eq!(odd(8, &headers, body), Odd::Misplaced { said: 7, stands: 8 });
        assert_eq!(odd(7, &headers, b"{}"), Odd::Altered);
        assert_eq!(odd(7, &headers, &[0xff]), Odd::Body);
        let from = |origin| decode(7, &headers, body, &origin).unwrap_err();
        let other = Origin::new(EntryId(Uuid::from_u128(2)), [7; 32]);
        assert_eq!(from(other), Odd::Elsewhere(SOURCE.to_owned()));
        // Whoever knows all but the ledger's secret cannot seal.
        let stranger = Origin::new(EntryId(Uuid::from_u128(1)), [8; 32]);
        assert_eq!(from(stranger), Odd::Forged);
        assert_eq!(odd(7, &HeaderMap::new(), body), Odd::Missing("ce-source"));
        let odd_values =
            [("ce-version", "x"), ("ce-actor", "%4"), ("ce-leafhash", "é"), ("ce-seal", "00")];
        for (name, bad) in odd_values {
            let mut headers = headers.clone();
            headers.insert(name, bad);
            assert_eq!(odd(7, &headers, body), Odd::Unreadable(name));
        }
        let mut headers = headers.clone();
        headers.insert("ce-actor", "someone-else");
        assert_eq!(odd(7, &headers, body), Odd::Altered);
    }

    #[test]
    fn subjects_tell_the_kind_and_the_type() {
        assert_eq!(subject("a.entry", "contact.left"), "a.entry.fact.contact.left");
        assert_eq!(subject("a.entry", "alert.raised"), "a.entry.decision.alert.raised");
        assert_eq!(subject("a.entry", "ledger.created"), "a.entry.genesis.ledger.created");
        assert_eq!(subject("a.entry", "of.tomorrow"), "a.entry.unknown.of.tomorrow");
        for bad in ["", "a b", "a..b", "a.>", "*", "ä"] {
            assert_eq!(subject("a.entry", bad), "a.entry.unknown.unnamed");
        }
    }
}
