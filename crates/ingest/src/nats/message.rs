//! What a NATS message tells.

use async_nats::{HeaderMap, Message};
use linchpin_ledger::IdempotencyKey;
use linchpin_problem::Problem;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::event::{CloudEvent, Origin, Told, attributes, utf8};
use crate::http::MAX_EVENT_BYTES;

const STRUCTURED: &str = "application/cloudevents+json";
const BINARY: &str = "application/json";
const ACCEPTED: &str = "application/cloudevents+json, application/json";
/// The header of the W3C trace context.
pub(super) const TRACE_HEADER: &str = "traceparent";
/// Longest name that a sender may give a request, in bytes.
const MAX_KEY: usize = 128;

/// How an event stands in a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// All of it is the payload.
    Structured,
    /// Attributes are headers, the data is the payload.
    Binary,
}

/// Reads the event that a message is.
///
/// # Errors
/// As over HTTP: where it is too large, of another type, or does not hold.
pub(super) fn told(message: &Message) -> Result<Told, Problem> {
    let mode = mode_of(message)?;
    if message.payload.len() > MAX_EVENT_BYTES {
        let detail = format!("the event is larger than {MAX_EVENT_BYTES} bytes: tell less at once");
        return Err(Problem::too_large(detail));
    }
    let text = utf8(&message.payload, "the event", Origin::START)?;
    let event = match mode {
        Mode::Structured => CloudEvent::parse(text, Origin::START)?,
        Mode::Binary => CloudEvent::from_parts(attributes(pairs(message))?, text)?,
    };
    Ok(event.tell()?)
}

/// The piece of work to which a message belongs.
pub(super) struct Trace {
    /// Its id, for events that name none of their own.
    pub(super) id: Option<Uuid>,
    /// The same as W3C has it, for the answer.
    pub(super) parent: String,
}

/// The trace that a message names, else a new one.
pub(super) fn trace(message: &Message) -> Trace {
    if let Some(named) = header(message, TRACE_HEADER)
        && let Some(id) = crate::event::trace_of(named)
    {
        return Trace { id: Some(id), parent: named.to_owned() };
    }
    let (mut trace, mut span) = ([0; 16], [0; 8]);
    if getrandom::fill(&mut trace).and_then(|()| getrandom::fill(&mut span)).is_err() {
        return Trace { id: None, parent: String::new() };
    }
    let id = Uuid::from_bytes(trace);
    let span = u64::from_be_bytes(span);
    Trace { id: Some(id), parent: format!("00-{}-{span:016x}-00", id.simple()) }
}

/// The name that its sender gave a request, by which it may be asked again. Names of different
/// sources of events never meet: NATS does not say who a sender is.
///
/// # Errors
/// Where it is empty, too long, or not visible ASCII.
pub(super) fn key(message: &Message, told: &Told) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(key) = header(message, "Nats-Msg-Id") else { return Ok(None) };
    if key.is_empty() || key.len() > MAX_KEY || !key.bytes().all(|c| c.is_ascii_graphic()) {
        let detail = format!("the Nats-Msg-Id must be 1 to {MAX_KEY} visible ASCII characters");
        return Err(Problem::bad_request(detail));
    }
    Ok(Some(IdempotencyKey { source: format!("nats:{}", told.source), key: key.to_owned() }))
}

/// What came, whole, in the form in which a mended event is fed again: as structured mode has it.
pub(super) fn original(message: &Message) -> Vec<u8> {
    let mut members = Map::new();
    for (name, value) in pairs(message) {
        let name = name.to_ascii_lowercase();
        let Some(name) = name.strip_prefix("ce-") else { continue };
        let plain = attributes([(format!("ce-{name}").as_str(), value)].into_iter());
        let value = match plain.ok().and_then(|mut found| found.pop()) {
            Some(attribute) => attribute.value,
            None => String::from_utf8_lossy(value).into_owned(),
        };
        match members.get_mut(name) {
            Some(Value::String(first)) => *first = format!("{first}, {value}"),
            _ => drop(members.insert(name.to_owned(), Value::String(value))),
        }
    }
    if members.is_empty() {
        return message.payload.to_vec();
    }
    let text = String::from_utf8_lossy(&message.payload);
    let data = match serde_json::from_str::<&RawValue>(&text) {
        Ok(raw) => raw.get().to_owned(),
        Err(_) => json!(text).to_string(),
    };
    // The data goes in as it was written, with its own spaces and order of fields.
    let mut whole = Value::Object(members).to_string();
    whole.pop();
    format!("{whole},\"data\":{data}}}").into_bytes()
}

fn mode_of(message: &Message) -> Result<Mode, Problem> {
    let has_attributes = pairs(message)
        .any(|(name, _)| name.get(..3).is_some_and(|n| n.eq_ignore_ascii_case("ce-")));
    let Some(given) = header(message, "content-type") else {
        // Without headers there is no binary mode: what older servers and plain tools send.
        return Ok(if has_attributes { Mode::Binary } else { Mode::Structured });
    };
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        STRUCTURED | "application/cloudevents" => Ok(Mode::Structured),
        BINARY if has_attributes => Ok(Mode::Binary),
        BINARY => {
            let detail = "the event's attributes are missing: give them in `ce-` headers (ce-id, \
                          ce-source, ce-type, ce-specversion), or send the whole event as \
                          application/cloudevents+json";
            Err(Problem::bad_request(detail))
        }
        other => {
            let shown: String = other.chars().take(80).collect();
            let detail = format!("`{shown}` is not taken over NATS: send one of {ACCEPTED}");
            Err(Problem::media_type(detail, ACCEPTED))
        }
    }
}

/// Every header with every value.
fn pairs(message: &Message) -> impl Iterator<Item = (&str, &[u8])> {
    message.headers.iter().flat_map(HeaderMap::iter).flat_map(|(name, values)| {
        let name: &str = name.as_ref();
        values.iter().map(move |value| (name, value.as_str().as_bytes()))
    })
}

/// The first value of a header, whose name is told in any case.
fn header<'a>(message: &'a Message, wanted: &str) -> Option<&'a str> {
    let found = pairs(message).find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    std::str::from_utf8(found.1).ok()
}
