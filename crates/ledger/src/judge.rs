//! Judges the requests of one group against what is stored, one after the other, and lays out the
//! rows of those that hold. It does no IO and so is the same over every engine.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Entry, Position, Stream, Version};
use linchpin_domain::id::EntryId;
use linchpin_domain::private::Private;
use linchpin_domain::wire;
use uuid::Uuid;

use crate::codec::{Prepared, Text, private_of};
use crate::engine::{Remembered, StoredHead, StoredKey};
use crate::error::{AppendError, ReadError};
use crate::request::{Appended, IdempotencyKey, NewEntry, Outcome, Repeat};
use crate::stored::Stored;
use crate::vault::{KeyState, PersonKey};

/// What is stored, as far as a group of requests touches it.
pub(crate) struct Known {
    pub(crate) head: StoredHead,
    pub(crate) existing: HashMap<EntryId, Existing>,
    pub(crate) remembered: HashMap<IdempotencyKey, Remembered>,
    pub(crate) versions: HashMap<Stream, Version>,
    pub(crate) keys: HashMap<Uuid, KeyState>,
}

/// An entry that is stored already.
pub(crate) struct Existing {
    pub(crate) position: Position,
    /// The entry, personal data opened, and whether there is nothing left to open.
    pub(crate) read: Result<(Entry, bool), ReadError>,
}

/// How time runs in a ledger.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Time {
    /// As the world's clock says, never backwards.
    Real(Timestamp),
    /// As far as the input has come.
    Simulated,
}

/// The judge of one group.
pub(crate) struct Judge<'a> {
    time: Time,
    known: Known,
    /// Entries that earlier requests of the group store.
    pending: HashMap<EntryId, Pending<'a>>,
    /// The rows to store, with their stream.
    pub(crate) rows: Vec<(Stored, Stream)>,
    /// The keys to store.
    pub(crate) keys: Vec<StoredKey>,
    /// The idempotency keys to remember.
    pub(crate) remembered: Vec<(IdempotencyKey, Remembered)>,
}

#[derive(Clone, Copy)]
struct Pending<'a> {
    position: Position,
    entry: &'a NewEntry,
    /// When it became true; `None` as long as that hangs on when it is recorded.
    occurred_us: Option<i64>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(known: Known, time: Time) -> Self {
        Self {
            time,
            known,
            pending: HashMap::new(),
            rows: Vec::new(),
            keys: Vec::new(),
            remembered: Vec::new(),
        }
    }

    /// The head once all rows are stored.
    pub(crate) fn head(&self) -> StoredHead {
        self.known.head
    }

    /// The versions of the streams once all rows are stored.
    pub(crate) fn versions(&self) -> &HashMap<Stream, Version> {
        &self.known.versions
    }

    /// Judges the next request. One that is refused leaves no trace.
    pub(crate) fn request(&mut self, prepared: &'a Prepared) -> Result<Appended, AppendError> {
        if let Some(answer) = self.asked_before(prepared)? {
            return Ok(answer);
        }
        let outcomes = self.outcomes(prepared)?;
        if outcomes.iter().any(|outcome| outcome.fresh) {
            self.expect(prepared)?;
            self.lay_out(prepared, &outcomes)?;
        }
        self.remember(prepared, &outcomes);
        Ok(Appended { outcomes, head: self.known.head.position })
    }

    /// The answer given the first time the idempotency key was used.
    fn asked_before(&self, prepared: &Prepared) -> Result<Option<Appended>, AppendError> {
        let Some(key) = &prepared.request.idempotency else { return Ok(None) };
        let Some(before) = self.known.remembered.get(key) else { return Ok(None) };
        if Some(before.hash) != prepared.hash {
            return Err(AppendError::KeyReused {
                key_source: key.source.clone(),
                key: key.key.clone(),
            });
        }
        let mut seen = std::collections::HashSet::new();
        let mut outcomes = Vec::with_capacity(prepared.request.entries.len());
        for (index, entry) in prepared.request.entries.iter().enumerate() {
            let position = self.position_of(entry.id).ok_or_else(|| AppendError::Invalid {
                index,
                reason: "its idempotency key was used, but it is not stored".to_owned(),
            })?;
            let stored_then =
                before.stored.is_some_and(|(first, last)| (first..=last).contains(&position));
            outcomes.push(Outcome { position, fresh: stored_then && seen.insert(entry.id) });
        }
        Ok(Some(Appended { outcomes, head: self.known.head.position }))
    }

    fn position_of(&self, id: EntryId) -> Option<Position> {
        let pending = self.pending.get(&id).map(|pending| pending.position);
        pending.or_else(|| self.known.existing.get(&id).map(|existing| existing.position))
    }

    /// Where each entry stands or would come to stand.
    fn outcomes(&self, prepared: &'a Prepared) -> Result<Vec<Outcome>, AppendError> {
        let mut next = self.known.head.position + 1;
        let mut mine: HashMap<EntryId, Pending<'a>> = HashMap::new();
        let mut outcomes = Vec::with_capacity(prepared.request.entries.len());
        for (index, entry) in prepared.request.entries.iter().enumerate() {
            let occurred_us = entry.occurred_at.map(Timestamp::as_microsecond);
            let earlier = mine.get(&entry.id).or_else(|| self.pending.get(&entry.id)).copied();
            let (position, same) = if let Some(earlier) = earlier {
                (earlier.position, same_pending(earlier, entry))
            } else if let Some(existing) = self.known.existing.get(&entry.id) {
                (existing.position, self.same_stored(existing, entry)?)
            } else {
                mine.insert(entry.id, Pending { position: next, entry, occurred_us });
                outcomes.push(Outcome { position: next, fresh: true });
                next += 1;
                continue;
            };
            if !same && entry.repeat == Repeat::SameOnly {
                return Err(AppendError::Conflict { index, id: entry.id, position });
            }
            outcomes.push(Outcome { position, fresh: false });
        }
        Ok(outcomes)
    }

    fn same_stored(&self, existing: &Existing, entry: &NewEntry) -> Result<bool, AppendError> {
        if entry.repeat == Repeat::KeepFirst {
            return Ok(true);
        }
        let (stored, erased) =
            existing.read.as_ref().map_err(|e| AppendError::Stored(e.clone()))?;
        let when = entry.occurred_at.map(Timestamp::as_microsecond);
        if when.is_some_and(|when| when != stored.occurred_at.as_microsecond()) {
            return Ok(false);
        }
        if stored.body == entry.body {
            return Ok(true);
        }
        // Of an erased person nothing personal is left to compare.
        let mut told = entry.body.clone();
        let Some((person, private)) = private_of(&mut told) else { return Ok(false) };
        let gone = *erased || matches!(self.known.keys.get(&person.uuid()), Some(KeyState::Erased));
        *private = Private::default();
        Ok(gone && stored.body == told)
    }

    fn expect(&self, prepared: &Prepared) -> Result<(), AppendError> {
        let Some((stream, expected)) = prepared.request.expected else { return Ok(()) };
        let found = self.known.versions.get(&stream).copied().unwrap_or(0);
        if found != expected {
            return Err(AppendError::WrongVersion { stream, expected, found });
        }
        Ok(())
    }

    /// Lays out the rows of a request that holds.
    fn lay_out(&mut self, prepared: &'a Prepared, outcomes: &[Outcome]) -> Result<(), AppendError> {
        let entries = || {
            let told = prepared.request.entries.iter().zip(&prepared.texts);
            told.zip(outcomes).filter(|(_, outcome)| outcome.fresh)
        };
        let newest = entries().filter_map(|((entry, _), _)| entry.occurred_at);
        let newest = newest.chain(prepared.request.clock).max();
        let last = self.known.head.recorded_us;
        let recorded_us = match self.time {
            Time::Real(now) => last.max(now.as_microsecond()),
            Time::Simulated => last.max(newest.map_or(last, Timestamp::as_microsecond)),
        };
        // All that can fail comes first, so that a refused request leaves no trace.
        let mut payloads = Vec::with_capacity(outcomes.len());
        let mut made = HashMap::new();
        for ((entry, text), _) in entries() {
            payloads.push(self.payload(entry, text, &mut made)?);
        }
        let batch = self.known.head.position + 1;
        for (((entry, text), outcome), payload) in entries().zip(payloads) {
            self.row(entry, text.schema_version, *outcome, recorded_us, batch, payload);
        }
        for (person, key) in made {
            self.keys.push(key.stored(person));
            self.known.keys.insert(person, KeyState::Key(key));
        }
        self.known.head.recorded_us = recorded_us;
        Ok(())
    }

    fn row(
        &mut self,
        entry: &'a NewEntry,
        schema_version: u32,
        outcome: Outcome,
        recorded_us: i64,
        batch: Position,
        payload: String,
    ) {
        let stream = entry.body.stream();
        let version = self.known.versions.entry(stream).or_default();
        *version += 1;
        let occurred_us = entry.occurred_at.map_or(recorded_us, Timestamp::as_microsecond);
        let mut row = Stored {
            position: outcome.position,
            id: entry.id,
            stream: stream.to_string(),
            version: *version,
            name: entry.body.name().to_owned(),
            schema_version,
            occurred_us,
            recorded_us,
            batch,
            correlation: entry.correlation,
            causation: entry.causation,
            actor: entry.actor.clone(),
            payload,
            leaf_hash: [0; 32],
        };
        row.leaf_hash = row.leaf();
        self.known.head.position = outcome.position;
        self.rows.push((row, stream));
        let pending = Pending { position: outcome.position, entry, occurred_us: Some(occurred_us) };
        self.pending.insert(entry.id, pending);
    }

    /// The text to store, personal data sealed.
    fn payload(
        &self,
        entry: &NewEntry,
        text: &Text,
        made: &mut HashMap<Uuid, Arc<PersonKey>>,
    ) -> Result<String, AppendError> {
        let mut body = match &entry.body {
            Body::Fact(fact) => Body::Fact(fact.clone()),
            Body::Genesis(_) | Body::Decision(_) | Body::Unknown { .. } => {
                return Ok(text.json.clone());
            }
        };
        let Some((person, private)) =
            private_of(&mut body).filter(|(_, private)| !private.is_empty())
        else {
            return Ok(text.json.clone());
        };
        let person = person.uuid();
        let key = match (self.known.keys.get(&person), made.get(&person)) {
            (Some(KeyState::Erased), _) => None,
            (Some(KeyState::Key(key)), _) | (None, Some(key)) => Some(Arc::clone(key)),
            (None, None) => {
                let key = Arc::new(PersonKey::generate()?);
                made.insert(person, Arc::clone(&key));
                Some(key)
            }
        };
        *private = match key {
            Some(key) => key.seal(entry.id, private)?,
            // Nothing personal is ever stored again about someone who was erased.
            None => Private::default(),
        };
        let (_, json) = wire::encode(&body)
            .map_err(|e| AppendError::Invalid { index: 0, reason: e.to_string() })?;
        Ok(json)
    }

    fn remember(&mut self, prepared: &Prepared, outcomes: &[Outcome]) {
        let (Some(key), Some(hash)) = (&prepared.request.idempotency, prepared.hash) else {
            return;
        };
        let mut fresh =
            outcomes.iter().filter(|outcome| outcome.fresh).map(|outcome| outcome.position);
        let stored = fresh.next().map(|first| (first, fresh.next_back().unwrap_or(first)));
        let remembered = Remembered { stored, hash };
        self.known.remembered.insert(key.clone(), remembered);
        self.remembered.push((key.clone(), remembered));
    }
}

fn same_pending(earlier: Pending<'_>, entry: &NewEntry) -> bool {
    let when = entry.occurred_at.map(Timestamp::as_microsecond);
    when.is_none_or(|when| earlier.occurred_us == Some(when)) && earlier.entry.body == entry.body
}
