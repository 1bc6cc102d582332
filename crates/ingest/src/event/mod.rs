//! A CloudEvent 1.0 and the entries it tells.

mod envelope;
mod header;
mod place;

use std::borrow::Cow;

use jiff::Timestamp;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{MAX_ACTOR, NewEntry, Repeat};
use linchpin_problem::Place;
use uuid::Uuid;

pub(crate) use envelope::trace_of;
pub use envelope::{Attribute, split_batch};
pub(crate) use header::attributes;
pub use place::Origin;

use crate::link::{link, outside_refs};

/// What is no one's word but the firm's own: commands are strict, facts are liberal.
pub(crate) const BY_COMMAND: [&str; 2] = ["policy.adopted", "watchlist.adopted"];

/// What stands before a fact's name in the type of an event.
pub const TYPE_PREFIX: &str = "linchpin.";
/// What stands before the source of an event where it is named as the teller of a fact.
pub const ACTOR_PREFIX: &str = "event:";
/// Longest id or source of an event, in bytes.
pub const MAX_NAME: usize = 1_000;
/// Most events in one batch.
pub const MAX_BATCH: usize = 10_000;
/// Most attributes of an event, extensions included.
pub const MAX_ATTRIBUTES: usize = 100;

/// Why an event was not taken: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct EventError {
    /// What kind of fault it is.
    pub fault: Fault,
    /// One sentence.
    pub detail: String,
    /// Where, if it came as JSON.
    pub place: Option<Place>,
}

/// What kind of fault an event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be read as an event at all.
    Unreadable,
    /// One of its attributes is missing or wrong.
    Attribute,
    /// Its type is none of ours.
    Type,
    /// Its data is not what its type promises.
    Data,
}

impl EventError {
    pub(crate) fn new(fault: Fault, detail: impl Into<String>) -> Self {
        Self { fault, detail: detail.into(), place: None }
    }

    fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}

/// An event whose attributes are checked, its data not yet.
#[derive(Debug, Clone)]
pub struct CloudEvent<'a> {
    id: Cow<'a, str>,
    source: Cow<'a, str>,
    /// The fact's name on the wire, without the prefix.
    fact: Cow<'a, str>,
    time: Option<Timestamp>,
    trace: Option<Uuid>,
    /// The JSON of the data.
    data: &'a str,
    /// The text the data stands in, where it begins in that, and where that begins in the body.
    within: (&'a str, usize, Origin),
}

/// What an event tells.
#[derive(Debug, Clone)]
pub struct Told {
    /// The fact.
    pub fact: NewEntry,
    /// Links of the clients it names by an id of another system.
    pub links: Vec<NewEntry>,
    /// Which source told it: the same one has the same id, however long its name.
    pub source: Uuid,
}

impl CloudEvent<'_> {
    /// Reads the data as the fact that the type promises.
    ///
    /// The entry's id follows from source and id of the event, so that an event delivered twice
    /// is one entry.
    ///
    /// # Errors
    /// Where the type is unknown, or the data is not what it promises.
    pub fn tell(&self) -> Result<Told, EventError> {
        let mut fact = self.decode()?;
        let sealed = fact.private().is_some_and(|(_, private)| private.sealed.is_some());
        if sealed {
            let detail =
                "`sealed` is for the ledger alone: give personal data open, it is sealed here";
            return Err(self.data_error(detail.to_owned()));
        }
        fact.check().map_err(|reason| self.data_error(reason))?;
        let links = outside_refs(self.data).iter().map(link).collect();
        let fact = NewEntry {
            id: EntryId::named(&format!("{}\n{}", self.source, self.id)),
            occurred_at: self.time,
            actor: actor_of(&self.source),
            correlation: self.trace,
            causation: None,
            body: Body::Fact(fact),
            repeat: Repeat::SameOnly,
        };
        let source = Uuid::new_v5(&Uuid::NAMESPACE_URL, self.source.as_bytes());
        Ok(Told { fact, links, source })
    }

    fn decode(&self) -> Result<Fact, EventError> {
        if !self.data.starts_with('{') {
            return Err(self.data_error("`data` must be a JSON object".to_owned()));
        }
        if BY_COMMAND.contains(&&*self.fact) {
            let detail = "written rules are adopted by command, after a check: `linchpin policy \
                          adopt FILE` or `linchpin watchlist adopt FILE`";
            return Err(EventError::new(Fault::Type, detail.to_owned()));
        }
        let read = Fact::decode(&self.fact, self.data).ok_or_else(|| {
            let shown: String = self.fact.chars().take(80).collect();
            let detail = format!(
                "there is no event type `{TYPE_PREFIX}{shown}`: write `{TYPE_PREFIX}` and the name \
                 of a fact, such as `{TYPE_PREFIX}invoice.issued`; /openapi.json lists them all"
            );
            EventError::new(Fault::Type, detail)
        })?;
        read.map_err(|error| {
            let (text, start, origin) = self.within;
            let offset = start + place::offset_of(self.data, &error);
            let detail = format!("`data`: {}", place::message_of(&error));
            EventError::new(Fault::Data, detail).at(place::of(text, origin, offset))
        })
    }

    /// A fault of the data as a whole.
    fn data_error(&self, detail: String) -> EventError {
        let (text, start, origin) = self.within;
        EventError::new(Fault::Data, detail).at(place::of(text, origin, start))
    }
}

/// What the JSON reader found wrong, with its place in the body.
pub(crate) fn json_error(text: &str, error: &serde_json::Error) -> EventError {
    unreadable(text, Origin::START, error)
}

/// The same of a text that begins at `origin`. A text that is not JSON is called so: what the
/// reader says of it is for those who know its grammar.
fn unreadable(text: &str, origin: Origin, error: &serde_json::Error) -> EventError {
    let place = place::of(text, origin, place::offset_of(text, error));
    let mut detail = place::message_of(error);
    if error.is_syntax() || error.is_eof() {
        detail = format!("not JSON at line {}, column {}: {detail}", place.line, place.column);
    }
    EventError::new(Fault::Unreadable, detail).at(place)
}

/// What came, as text.
///
/// # Errors
/// Where it is not UTF-8; `what` is what it is called, such as `the line`.
pub(crate) fn utf8<'a>(bytes: &'a [u8], what: &str, origin: Origin) -> Result<&'a str, EventError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = origin.after(&String::from_utf8_lossy(&bytes[..error.valid_up_to()]));
        let place = Place { pointer: String::new(), line: at.line, column: at.column };
        let detail = format!("{what} is not UTF-8: send it in UTF-8");
        EventError::new(Fault::Unreadable, detail).at(place)
    })
}

/// Who told it: the source of the event, without what does not belong into a line of history, and
/// marked as such, so that no sender can pass for the desk or for one of us.
fn actor_of(source: &str) -> String {
    let mut actor = ACTOR_PREFIX.to_owned();
    actor.extend(source.chars().filter(|c| !c.is_control()));
    while actor.len() > MAX_ACTOR {
        actor.pop();
    }
    actor
}
