//! The AsyncAPI description of the NATS doors.

use linchpin_domain::fact::Fact;
use linchpin_problem::{Place, Problem};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use super::STATUS_HEADER;
use crate::door::Receipt;
use crate::event::{BY_COMMAND, MAX_NAME, TYPE_PREFIX};

const INGEST_ABOUT: &str = "Facts by request and reply. Any number of processes answer, each \
    request once. The answer is that of `POST /v1/events`.";

const INBOX_ABOUT: &str = "The durable inbox, a JetStream stream: whoever publishes hears from \
    JetStream that the fact is kept, and the desk takes it off once its ledger has it. What can \
    never be taken goes into the desk's quarantine. Give `Nats-Msg-Id` a name of your own, so that \
    publishing again is harmless; an event with the same source and id is one fact anyway.";

/// The channels, operations and messages by which facts come in, on the subject of requests and on
/// that of the inbox: parts of an AsyncAPI document, to be merged into the one that describes the
/// entries.
pub fn asyncapi(ingest: &str, inbox: &str) -> Value {
    let event = |name: &str| json!({"$ref": format!("#/components/messages/{name}")});
    let on = |channel: &str| json!({"$ref": format!("#/channels/{channel}")});
    let both = json!({
        "event.structured": event("event.structured"),
        "event.binary": event("event.binary"),
    });
    json!({
        "channels": {
            "ingest": {
                "address": ingest,
                "title": "Facts by request and reply",
                "description": INGEST_ABOUT,
                "messages": both,
            },
            "inbox": {
                "address": inbox,
                "title": "The durable inbox",
                "description": INBOX_ABOUT,
                "messages": both,
            },
            "answers": {
                "address": null,
                "title": "The reply subject that the request names",
                "messages": {"receipt": event("receipt"), "problem": event("problem")},
            },
        },
        "operations": {
            "takeRequest": {
                "action": "receive",
                "channel": on("ingest"),
                "title": "Take a fact and say what became of it",
                "reply": {"channel": on("answers")},
            },
            "takeFromInbox": {
                "action": "receive",
                "channel": on("inbox"),
                "title": "Take a fact off the inbox",
            },
        },
        "components": {"messages": messages(), "schemas": schemas()},
    })
}

fn messages() -> Value {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    json!({
        "event.structured": {
            "name": "event.structured",
            "title": "A fact: a CloudEvent in structured mode",
            "contentType": "application/cloudevents+json",
            "headers": schema("RequestHeaders"),
            "payload": schema("Event"),
        },
        "event.binary": {
            "name": "event.binary",
            "title": "A fact: a CloudEvent in binary mode",
            "contentType": "application/json",
            "headers": schema("EventHeaders"),
            "payload": {"anyOf": told().map(|(name, _)| schema(&component(name))).collect::<Vec<_>>()},
        },
        "receipt": {
            "name": "receipt",
            "title": "It is in the ledger",
            "contentType": "application/json",
            "headers": answer_headers("^20[01]$", "application/json"),
            "payload": schema("Receipt"),
        },
        "problem": {
            "name": "problem",
            "title": "It was not taken: why, and what to do",
            "contentType": "application/problem+json",
            "headers": answer_headers("^[45][0-9]{2}$", "application/problem+json"),
            "payload": schema("Problem"),
        },
    })
}

fn schemas() -> Value {
    let mut schemas: Map<String, Value> =
        told().map(|(name, schema)| (component(name), schema)).collect();
    schemas.insert("Event".to_owned(), event());
    schemas.insert("EventHeaders".to_owned(), event_headers());
    schemas.insert("RequestHeaders".to_owned(), request_headers());
    for (name, schema) in
        [("Receipt", Receipt::schema()), ("Problem", Problem::schema()), ("Place", Place::schema())]
    {
        schemas.insert(name.to_owned(), json!(schema));
    }
    Value::Object(schemas)
}

/// Each kind of fact that may be told, with the schema of its data.
fn told() -> impl Iterator<Item = (&'static str, Value)> {
    let settings = SchemaSettings::draft07().for_deserialize();
    let settings = settings.with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut generator = settings.into_generator();
    let names = Fact::KINDS.iter().map(|(name, _)| *name);
    names
        .filter(|name| !BY_COMMAND.contains(name))
        .filter_map(move |name| Some((name, Fact::schema(name, &mut generator)?.to_value())))
}

fn component(name: &str) -> String {
    format!("told.{name}")
}

fn event() -> Value {
    let name = || json!({"type": "string", "minLength": 1, "maxLength": MAX_NAME});
    let kinds = told().map(|(name, _)| {
        json!({"properties": {
            "type": {"const": format!("{TYPE_PREFIX}{name}")},
            "data": {"$ref": format!("#/components/schemas/{}", component(name))},
        }})
    });
    json!({
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": name(),
            "source": name(),
            "type": {"type": "string"},
            "time": {
                "description": "When it became true; left out, that is when it is recorded.",
                "type": "string",
                "format": "date-time",
            },
            "datacontenttype": {"type": "string"},
            "traceparent": {"type": "string"},
            "data": {"type": "object"},
        },
        "oneOf": kinds.collect::<Vec<_>>(),
    })
}

fn event_headers() -> Value {
    let text = || json!({"type": "string", "minLength": 1});
    let kinds: Vec<String> = told().map(|(name, _)| format!("{TYPE_PREFIX}{name}")).collect();
    json!({
        "allOf": [{"$ref": "#/components/schemas/RequestHeaders"}],
        "type": "object",
        "required": ["ce-specversion", "ce-id", "ce-source", "ce-type"],
        "properties": {
            "ce-specversion": {"const": "1.0"},
            "ce-id": text(),
            "ce-source": text(),
            "ce-type": {"enum": kinds},
            "ce-time": {"type": "string", "format": "date-time"},
            "ce-datacontenttype": {"type": "string"},
        },
    })
}

fn request_headers() -> Value {
    json!({
        "type": "object",
        "properties": {
            "Nats-Msg-Id": {
                "description": "A name for this message: to the inbox, publishing again under it \
                                is harmless; a request under it is answered as the first time.",
                "type": "string",
                "maxLength": 128,
            },
            "traceparent": {
                "description": "The trace it belongs to (W3C), where the event names none.",
                "type": "string",
            },
        },
    })
}

fn answer_headers(status: &str, kind: &str) -> Value {
    json!({
        "type": "object",
        "required": [STATUS_HEADER, "Content-Type", "traceparent"],
        "properties": {
            STATUS_HEADER: {
                "description": "The status as over HTTP: 201 stored, 200 there already, else why \
                                not.",
                "type": "string",
                "pattern": status,
            },
            "Content-Type": {"const": kind},
            "Retry-After": {
                "description": "Seconds after which to ask again.",
                "type": "string",
                "pattern": "^[0-9]+$",
            },
            "traceparent": {"description": "The trace it belongs to (W3C).", "type": "string"},
        },
    })
}
