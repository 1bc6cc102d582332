//! The attributes of an event, as JSON members or as headers.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::place::{self, Origin};
use super::{
    CloudEvent, EventError, Fault, MAX_ATTRIBUTES, MAX_BATCH, MAX_NAME, TYPE_PREFIX, json_error,
    unreadable,
};

/// An attribute that came apart from the data, such as in a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name, in lower case.
    pub name: String,
    /// Its value, decoded.
    pub value: String,
}

impl<'a> CloudEvent<'a> {
    /// Reads one event in structured mode: all of it is one JSON object.
    ///
    /// # Errors
    /// Where it is no JSON object, or an attribute is missing or wrong.
    pub fn parse(text: &'a str, origin: Origin) -> Result<Self, EventError> {
        let members: Members<'a> =
            serde_json::from_str(text).map_err(|error| unreadable(text, origin, &error))?;
        let mut draft = Draft::default();
        let mut data = None;
        for (name, raw) in members.0 {
            let start = start_of(raw.get(), text);
            let placed = |error: EventError| error.at(place::of(text, origin, start));
            match name.as_str() {
                _ if raw.get() == "null" => {}
                "data" => data = Some((raw.get(), start)),
                "data_base64" => {
                    let detail = "`data_base64` is not taken: give `data` as a JSON object";
                    return Err(placed(EventError::new(Fault::Data, detail)));
                }
                _ => {
                    let value = text_of(&name, raw.get()).map_err(placed)?;
                    draft.take(&name, value).map_err(placed)?;
                }
            }
        }
        let whole = |error: EventError| error.at(place::of(text, origin, text.len()));
        let (data, start) = data
            .ok_or_else(|| EventError::new(Fault::Data, "`data` is missing: a JSON object"))
            .map_err(whole)?;
        draft.finish(data, (text, start, origin)).map_err(whole)
    }

    /// Puts an event together that came in binary mode: attributes in headers, the data as body.
    ///
    /// # Errors
    /// Where an attribute is missing, wrong, or there twice, or the body is no JSON.
    pub fn from_parts(attributes: Vec<Attribute>, body: &'a str) -> Result<Self, EventError> {
        let mut draft = Draft::default();
        let mut seen: Vec<&str> = Vec::new();
        for Attribute { name, value } in &attributes {
            let wrong = |detail| Err(EventError::new(Fault::Attribute, detail));
            if seen.contains(&name.as_str()) {
                return wrong(format!("`ce-{name}` stands twice"));
            }
            if seen.len() == MAX_ATTRIBUTES {
                return wrong(format!("more than {MAX_ATTRIBUTES} attributes"));
            }
            if name == "data" {
                return wrong("`ce-data` is not taken: the body is the data".to_owned());
            }
            seen.push(name);
            draft.take(name, Cow::Owned(value.clone()))?;
        }
        let raw: &RawValue = serde_json::from_str(body).map_err(|e| json_error(body, &e))?;
        let start = start_of(raw.get(), body);
        draft.finish(raw.get(), (body, start, Origin::START))
    }
}

/// Splits a batch into the texts of its events, each with where it begins.
///
/// # Errors
/// Where the body is no JSON array, or holds more than [`MAX_BATCH`] events.
pub fn split_batch(body: &str) -> Result<Vec<(&str, Origin)>, EventError> {
    let events: Events<'_> = serde_json::from_str(body).map_err(|e| json_error(body, &e))?;
    let mut at = 0;
    let mut origin = Origin::START;
    let mut split = Vec::with_capacity(events.0.len());
    for event in events.0 {
        let start = start_of(event.get(), body);
        origin = origin.after(&body[at..start]);
        at = start;
        split.push((event.get(), origin));
    }
    Ok(split)
}

/// Where a text that was borrowed from a larger one begins in it.
fn start_of(part: &str, whole: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize).min(whole.len())
}

/// The value of an attribute; numbers and truth values as they are written.
fn text_of<'a>(name: &str, raw: &'a str) -> Result<Cow<'a, str>, EventError> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(raw)
                .map_err(|e| EventError::new(Fault::Attribute, format!("`{name}`: {e}")))?;
            Ok(Cow::Owned(text))
        }
        Some(b'{' | b'[') => {
            let shown: String = name.chars().take(40).collect();
            Err(EventError::new(
                Fault::Attribute,
                format!("`{shown}` must be a text: facts belong into `data`"),
            ))
        }
        _ if matches!(name, "id" | "source" | "type" | "specversion" | "time") => {
            Err(EventError::new(Fault::Attribute, format!("`{name}` must be a text in quotes")))
        }
        _ => Ok(Cow::Borrowed(raw)),
    }
}

/// Attributes as they come.
#[derive(Default)]
struct Draft<'a> {
    specversion: bool,
    id: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    fact: Option<Cow<'a, str>>,
    time: Option<Timestamp>,
    trace: Option<Uuid>,
}

impl<'a> Draft<'a> {
    fn take(&mut self, name: &str, value: Cow<'a, str>) -> Result<(), EventError> {
        let wrong = |detail| Err(EventError::new(Fault::Attribute, detail));
        match name {
            "specversion" if value == "1.0" => self.specversion = true,
            "specversion" => return wrong("`specversion` must be `1.0`".to_owned()),
            "id" => self.id = Some(named(name, value)?),
            "source" => self.source = Some(named(name, value)?),
            "type" => {
                let value = named(name, value)?;
                let Some(fact) = value.strip_prefix(TYPE_PREFIX) else {
                    let shown: String = value.chars().take(80).collect();
                    let detail = format!(
                        "there is no event type `{shown}`: write `{TYPE_PREFIX}` and the name of a \
                         fact, such as `{TYPE_PREFIX}invoice.issued`; /openapi.json lists them all"
                    );
                    return Err(EventError::new(Fault::Type, detail));
                };
                self.fact = Some(Cow::Owned(fact.to_owned()));
            }
            "time" => self.time = Some(moment(&value)?),
            "datacontenttype" => {
                if !is_json(&value) {
                    return wrong("`datacontenttype` must be `application/json`".to_owned());
                }
            }
            "traceparent" => self.trace = trace_of(&value),
            other => {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
                if other.is_empty() || !other.chars().all(plain) {
                    let shown: String = other.chars().take(40).collect();
                    return wrong(format!(
                        "`{shown}` is no attribute: their names hold lower-case letters and digits only"
                    ));
                }
            }
        }
        Ok(())
    }

    fn finish(
        self,
        data: &'a str,
        within: (&'a str, usize, Origin),
    ) -> Result<CloudEvent<'a>, EventError> {
        let missing = |name: &str| {
            EventError::new(Fault::Attribute, format!("the attribute `{name}` is missing"))
        };
        if !self.specversion {
            return Err(missing("specversion"));
        }
        Ok(CloudEvent {
            id: self.id.ok_or_else(|| missing("id"))?,
            source: self.source.ok_or_else(|| missing("source"))?,
            fact: self.fact.ok_or_else(|| missing("type"))?,
            time: self.time,
            trace: self.trace,
            data,
            within,
        })
    }
}

fn named<'a>(name: &str, value: Cow<'a, str>) -> Result<Cow<'a, str>, EventError> {
    let wrong = |detail| Err(EventError::new(Fault::Attribute, detail));
    if value.trim().is_empty() {
        return wrong(format!("`{name}` is empty"));
    }
    if value.len() > MAX_NAME {
        return wrong(format!("`{name}` has {} bytes, at most {MAX_NAME} are taken", value.len()));
    }
    if value.chars().any(char::is_control) {
        return wrong(format!("`{name}` holds a control character"));
    }
    Ok(value)
}

/// Reads a moment as RFC 3339 writes it; the reader itself would take more.
fn moment(text: &str) -> Result<Timestamp, EventError> {
    let shown: String = text.chars().take(40).collect();
    let wrong = |why: &str| {
        let detail = format!(
            "`time` `{shown}` is no moment ({why}): write it by RFC 3339, such as 2024-05-01T10:00:00Z"
        );
        EventError::new(Fault::Attribute, detail)
    };
    if !has_rfc3339_shape(text) {
        return Err(wrong("not of its shape"));
    }
    let at: Timestamp = text.parse().map_err(|e: jiff::Error| wrong(&e.to_string()))?;
    let year = at.to_zoned(jiff::tz::TimeZone::UTC).year();
    if !(1900..=2200).contains(&year) {
        return Err(wrong("outside the years 1900 to 2200"));
    }
    Ok(at)
}

fn has_rfc3339_shape(text: &str) -> bool {
    let matches = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(c, s)| match s {
                b'd' => c.is_ascii_digit(),
                b'T' => c == b'T' || c == b't',
                b'+' => c == b'+' || c == b'-',
                other => c == other,
            })
    };
    let Some((moment, rest)) = text.split_at_checked(19) else { return false };
    let zone = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if !(1..=9).contains(&(fraction.len() - zone.len())) {
                return false;
            }
            zone
        }
    };
    matches(moment, "dddd-dd-ddTdd:dd:dd")
        && (zone == "Z" || zone == "z" || matches(zone, "+dd:dd"))
}

/// Whether a media type says JSON in UTF-8.
fn is_json(media: &str) -> bool {
    let mut parts = media.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/json")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
                value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// The trace id of a W3C `traceparent`; anything else is passed over, as the standard asks.
pub(crate) fn trace_of(text: &str) -> Option<Uuid> {
    let mut parts = text.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let lower_hex =
        |text: &str| text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    if version.len() != 2 || trace.len() != 32 || !lower_hex(trace) {
        return None;
    }
    Uuid::try_parse(trace).ok().filter(|trace| !trace.is_nil())
}

/// The members of an event, in order, none twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CloudEvent (one JSON object)")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members: Vec<(String, &'de RawValue)> = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    let shown = || name.chars().take(40).collect::<String>();
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(de::Error::custom(format_args!("`{}` stands twice", shown())));
                    }
                    if members.len() == MAX_ATTRIBUTES {
                        let detail = format!("more than {MAX_ATTRIBUTES} attributes");
                        return Err(de::Error::custom(detail));
                    }
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The events of a batch.
struct Events<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Events<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = Events<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a batch (a JSON array of CloudEvents)")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut events = Vec::new();
                while let Some(event) = seq.next_element()? {
                    if events.len() == MAX_BATCH {
                        let detail =
                            format!("more than {MAX_BATCH} events in a batch: send less at once");
                        return Err(de::Error::custom(detail));
                    }
                    events.push(event);
                }
                Ok(Events(events))
            }
        }
        deserializer.deserialize_seq(Array)
    }
}
