//! The AsyncAPI description of the entries as others may follow them on NATS.

use linchpin_domain::decision::Decision;
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::wire;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::nats::{Names, kind_of};

const ABOUT: &str = "An event-sourced key-account desk. Every fact that it was told and every \
    decision that it made is one message, in the order of its ledger: the stream's sequence is \
    the entry's position, so whoever misses a number has missed an entry. A message is a \
    CloudEvent in binary mode; its payload is the stored text, byte for byte, with personal data \
    sealed. Facts may be told to the desk on subjects of their own.";

const ENTRIES_ABOUT: &str = "The entries of the ledger, mirrored by the relay into a JetStream \
    stream. Follow it with an ordered consumer from the position behind the last one that was \
    dealt with. The stream may be deleted and made anew from the ledger at any time, with the \
    same entries at the same sequences. Values of headers are percent-encoded as the NATS \
    binding of CloudEvents has it.";

/// The description of the entries as a desk of this name mirrors them: an AsyncAPI 3.0 document,
/// complete by itself.
pub fn document(desk: &str) -> Value {
    let mut generator = SchemaSettings::draft07()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .for_serialize()
        .into_generator();
    let mut messages = Map::new();
    let mut names = Vec::new();
    for (name, version) in kinds() {
        let Some(payload) = wire::schema(name, &mut generator) else { continue };
        names.push(name);
        messages.insert(name.to_owned(), message(name, version, &payload.to_value()));
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("EntryHeaders".to_owned(), headers());
    let carried: Map<String, Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"$ref": format!("#/components/messages/{name}")})))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Linchpin",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "entries": {
                "address": format!("{}.{{kind}}.{{type}}", Names::of(desk).entry),
                "title": "Entries",
                "description": ENTRIES_ABOUT,
                "parameters": {
                    "kind": {
                        "description": "What kind of entry: told by the outside, concluded by \
                                        the desk, or the first of the ledger. `unknown` is what \
                                        a newer desk wrote.",
                        "enum": ["fact", "decision", "genesis", "unknown"],
                    },
                    "type": {
                        "description": "The entry's type, whose dots are tokens of the subject.",
                        "examples": names,
                    },
                },
                "messages": carried,
            },
        },
        "operations": {
            "tellEntries": {
                "action": "send",
                "channel": {"$ref": "#/channels/entries"},
                "title": "Tell of each entry",
                "summary": "The relay publishes each entry once, at the sequence of its position.",
            },
        },
        "components": {"messages": messages, "schemas": schemas},
    })
}

/// Every type with its newest schema version.
fn kinds() -> impl Iterator<Item = (&'static str, u32)> {
    std::iter::once((Genesis::NAME, 1))
        .chain(Fact::KINDS.iter().copied())
        .chain(Decision::KINDS.iter().copied())
}

fn message(name: &str, version: u32, payload: &Value) -> Value {
    let kind = kind_of(name);
    json!({
        "name": name,
        "title": name,
        "summary": format!("The {kind} `{name}`, schema version {version}."),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [
                {"$ref": "#/components/schemas/EntryHeaders"},
                {"properties": {
                    "ce-type": {"const": name},
                    "ce-schemaversion": {"const": version.to_string()},
                }},
            ],
        },
        "payload": payload,
    })
}

/// What the headers of every entry hold. All are texts, as headers are.
fn headers() -> Value {
    let number =
        |about: &str| json!({"description": about, "type": "string", "pattern": "^[0-9]+$"});
    let micros =
        |about: &str| json!({"description": about, "type": "string", "pattern": "^-?[0-9]+$"});
    let moment =
        |about: &str| json!({"description": about, "type": "string", "format": "date-time"});
    let uuid = |about: &str| json!({"description": about, "type": "string", "format": "uuid"});
    let text = |about: &str| json!({"description": about, "type": "string"});
    let fields = [
        ("ce-specversion", json!({"const": "1.0"})),
        ("ce-id", uuid("The entry, the same in every copy of the ledger.")),
        (
            "ce-source",
            json!({
                "description": "The ledger, by the id of its first entry.",
                "type": "string",
                "pattern": "^urn:linchpin:ledger:",
            }),
        ),
        ("ce-type", text("The entry's type.")),
        ("ce-time", moment("When it became true in the world.")),
        ("content-type", json!({"const": "application/json"})),
        (
            "ce-position",
            number(
                "Its place in the ledger, counted from 1 without gaps; also the stream's sequence.",
            ),
        ),
        ("ce-stream", text("What it belongs to: `firm`, or `account:` and the client's id.")),
        ("ce-version", number("Its place among the entries of that, counted from 1.")),
        ("ce-schemaversion", number("The version of its type's schema.")),
        ("ce-recordedat", moment("When the desk learnt it; never earlier than the entry before.")),
        ("ce-occurredus", micros("`ce-time` in microseconds since 1970, exact.")),
        ("ce-recordedus", micros("`ce-recordedat` in microseconds since 1970, exact.")),
        ("ce-batch", number("The position of the first entry that was told in the same request.")),
        ("ce-actor", text("Who told or concluded it, such as `event:/crm` or `desk:classifier`.")),
        (
            "ce-leafhash",
            json!({
                "description": "The entry's leaf (RFC 6962): SHA-256 over all that is stored of it, in hex.",
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
            }),
        ),
        (
            "ce-seal",
            json!({
                "description": "For the desk's own processes, by which they know the entry for \
                                one of the ledger. Opaque to others.",
                "type": "string",
            }),
        ),
    ];
    let optional = [
        ("ce-correlation", uuid("The piece of work it belongs to: the bytes of a W3C trace id.")),
        ("ce-causation", uuid("The entry that led to it.")),
        ("traceparent", text("The trace it belongs to (W3C).")),
    ];
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .chain(&optional)
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({"type": "object", "required": required, "properties": properties})
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use async_nats::HeaderMap;
    use linchpin_domain::id::EntryId;
    use linchpin_ledger::Stored;
    use uuid::Uuid;

    use super::*;
    use crate::nats::{Origin, encode};

    /// A schema of the document, with all that it refers to.
    fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
        let mut whole = schema.clone();
        whole["components"] = document["components"].clone();
        jsonschema::draft7::new(&whole).unwrap()
    }

    #[test]
    fn every_payload_ever_kept_as_golden_is_what_its_message_says() {
        let document = document("linchpin");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/tests/golden");
        let mut found = 0;
        for file in std::fs::read_dir(golden).unwrap() {
            let path = file.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap();
            let (name, version) = file.strip_suffix(".json").unwrap().rsplit_once(".v").unwrap();
            if wire::newest_version(name) != Some(version.parse().unwrap()) {
                continue;
            }
            let message = &document["components"]["messages"][name];
            assert_eq!(message["name"], name, "`{name}` is not described");
            let channel = &document["channels"]["entries"]["messages"][name]["$ref"];
            assert_eq!(*channel, format!("#/components/messages/{name}"));
            let schema = validator(&document, &message["payload"]);
            let mut payload: Value =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            if let Err(error) = schema.validate(&payload) {
                panic!("{name}: {error}");
            }
            payload["unheard_of"] = json!(1);
            assert!(!schema.is_valid(&payload), "{name}");
            found += 1;
        }
        assert_eq!(found, kinds().count());
    }

    #[test]
    fn the_headers_are_those_that_are_sent() {
        let document = document("linchpin");
        let schema =
            validator(&document, &document["components"]["messages"]["account.renamed"]["headers"]);
        let mut entry = Stored {
            position: 7,
            id: EntryId(Uuid::from_u128(0x1234_5678_9abc_def0)),
            stream: "account:00000000-0000-0000-0000-00000000000a".to_owned(),
            version: 3,
            name: "account.renamed".to_owned(),
            schema_version: 1,
            occurred_us: -5_000_001,
            recorded_us: 1_700_000_000_123_456,
            batch: 6,
            correlation: Some(Uuid::from_u128(9)),
            causation: Some(EntryId(Uuid::from_u128(8))),
            actor: "page:Zoë".to_owned(),
            payload: "{}".to_owned(),
            leaf_hash: [7; 32],
        };
        let as_json = |headers: &HeaderMap| -> Map<String, Value> {
            headers
                .iter()
                .map(|(name, values)| (name.to_string(), json!(values[0].as_str())))
                .collect()
        };
        let origin = Origin::new(EntryId(Uuid::from_u128(1)), [7; 32]);
        let full = as_json(&encode(&entry, &origin));
        (entry.correlation, entry.causation) = (None, None);
        let bare = as_json(&encode(&entry, &origin));
        for sent in [&full, &bare] {
            assert!(schema.is_valid(&json!(sent)), "{:?}", schema.validate(&json!(sent)));
        }
        let described = document["components"]["schemas"]["EntryHeaders"]["properties"].as_object();
        let described: Vec<&String> = described.unwrap().keys().collect();
        let mut sent: Vec<&String> = full.keys().collect();
        sent.sort();
        assert_eq!(sent, described, "every header is described, and no other");
        for name in bare.keys() {
            let mut without = bare.clone();
            without.remove(name);
            assert!(!schema.is_valid(&json!(without)), "{name} may not be missing");
        }
    }
}
