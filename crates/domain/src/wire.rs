//! Reading and writing stored bodies: names and versions on the wire, and the upcasters.

use schemars::{Schema, SchemaGenerator};

use crate::decision::Decision;
use crate::entry::Body;
use crate::fact::Fact;
use crate::genesis::Genesis;

/// Why a stored body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// It was written by a newer desk.
    #[error(
        "`{name}` version {found} was written by a newer Linchpin; this one reads up to {known}"
    )]
    TooNew {
        /// The type's name.
        name: String,
        /// The version found.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// It is not of the shape its type and version promise.
    #[error("`{name}` version {version} is damaged: {source}")]
    Damaged {
        /// The type's name.
        name: String,
        /// Its version.
        version: u32,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// The newest schema version of a type; `None` where the type is unknown here.
pub fn newest_version(name: &str) -> Option<u32> {
    if name == Genesis::NAME {
        return Some(1);
    }
    Fact::KINDS
        .iter()
        .chain(Decision::KINDS)
        .find(|(known, _)| *known == name)
        .map(|(_, version)| *version)
}

/// The JSON Schema of a type's newest version; `None` where the type is unknown here.
pub fn schema(name: &str, generator: &mut SchemaGenerator) -> Option<Schema> {
    if name == Genesis::NAME {
        return Some(generator.subschema_for::<Genesis>());
    }
    Fact::schema(name, generator).or_else(|| Decision::schema(name, generator))
}

/// The stored text of a body and its schema version.
///
/// # Errors
/// Where it cannot be written as JSON, which no body of ours is.
pub fn encode(body: &Body) -> serde_json::Result<(u32, String)> {
    Ok(match body {
        Body::Genesis(genesis) => (1, serde_json::to_string(genesis)?),
        Body::Fact(fact) => (fact.version(), fact.encode()?),
        Body::Decision(decision) => (decision.version(), decision.encode()?),
        Body::Unknown { .. } => (0, "null".to_owned()),
    })
}

/// Reads a stored body, of any version ever written.
///
/// # Errors
/// Where it was written by a newer desk or is damaged. An unknown type is no error.
pub fn decode(name: &str, version: u32, payload: &str) -> Result<Body, WireError> {
    let Some(newest) = newest_version(name) else {
        return Ok(Body::Unknown { name: name.to_owned() });
    };
    if version > newest {
        return Err(WireError::TooNew { name: name.to_owned(), found: version, known: newest });
    }
    let read = if version == newest {
        decode_newest(name, payload)
    } else {
        upcast(name, version, newest, payload).and_then(|text| decode_newest(name, &text))
    };
    read.map_err(|source| WireError::Damaged { name: name.to_owned(), version, source })
}

/// One step of schema evolution: rewrites a payload of `version` as one of `version + 1`.
struct Upcaster {
    name: &'static str,
    version: u32,
    step: fn(serde_json::Value) -> serde_json::Value,
}

/// Every step ever needed; none is ever removed. The golden files hold one payload of each type
/// and version, so a step that is missing fails a test.
const UPCASTERS: &[Upcaster] = &[];

fn upcast(name: &str, from: u32, to: u32, payload: &str) -> serde_json::Result<String> {
    let mut value: serde_json::Value = serde_json::from_str(payload)?;
    for version in from..to {
        if let Some(up) = UPCASTERS.iter().find(|up| up.name == name && up.version == version) {
            value = (up.step)(value);
        }
    }
    serde_json::to_string(&value)
}

fn decode_newest(name: &str, payload: &str) -> serde_json::Result<Body> {
    if name == Genesis::NAME {
        return serde_json::from_str(payload).map(Body::Genesis);
    }
    if let Some(fact) = Fact::decode(name, payload) {
        return fact.map(Body::Fact);
    }
    match Decision::decode(name, payload) {
        Some(decision) => decision.map(Body::Decision),
        None => Ok(Body::Unknown { name: name.to_owned() }),
    }
}
