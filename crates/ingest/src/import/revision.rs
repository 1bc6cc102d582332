//! What the ledger knows of the facts of a file. A fact that was corrected stands under the next
//! revision of its name, so that its id, too, follows from the file's own keys.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;
use linchpin_domain::private::Private;
use linchpin_ledger::{Ledger, ReadError};

/// Revisions looked for at once.
const PROBE: u32 = 16;

/// The id of a revision, counted from 1.
pub(crate) fn revision_id(name: &str, revision: u32) -> EntryId {
    match revision {
        1 => EntryId::named(name),
        later => EntryId::named(&format!("{name}#{later}")),
    }
}

/// The id of the retraction of a revision.
pub(crate) fn retraction_id(name: &str, revision: u32) -> EntryId {
    EntryId::named(&format!("{name}#{revision}/retracted"))
}

/// What is known of a fact.
#[derive(Debug)]
pub(crate) struct Revision {
    pub(crate) number: u32,
    pub(crate) entry: Entry,
    /// Whether an import took it back.
    pub(crate) retracted: bool,
}

/// The ids by which the usual case is told: nothing known, or one revision, which stands.
pub(crate) fn usual_ids(name: &str) -> [EntryId; 3] {
    [revision_id(name, 1), revision_id(name, 2), retraction_id(name, 1)]
}

/// The newest revision of a fact, where any is known.
pub(crate) async fn newest(
    ledger: &Ledger,
    found: &HashMap<EntryId, Entry>,
    name: &str,
) -> Result<Option<Revision>, ReadError> {
    let [first, second, gone] = usual_ids(name);
    if !found.contains_key(&second) {
        let retracted = found.contains_key(&gone);
        return Ok(found.get(&first).map(|entry| Revision {
            number: 1,
            entry: entry.clone(),
            retracted,
        }));
    }
    let mut newest = None;
    let mut from = 1;
    loop {
        let ids: Vec<EntryId> =
            (from..from + PROBE).map(|revision| revision_id(name, revision)).collect();
        for (entry, number) in ledger.find(&ids).await?.into_iter().zip(from..) {
            let Some(entry) = entry else {
                let Some((number, entry)) = newest else { return Ok(None) };
                let retracted = ledger.find(&[retraction_id(name, number)]).await?;
                return Ok(Some(Revision { number, entry, retracted: retracted[0].is_some() }));
            };
            newest = Some((number, entry));
        }
        from += PROBE;
    }
}

/// Whether an entry says what a file tells, and of the same moment.
pub(crate) fn says(entry: &Entry, fact: &Fact, at: Timestamp) -> bool {
    entry.occurred_at.as_microsecond() == at.as_microsecond() && says_ever(entry, fact)
}

/// Whether an entry says what a file tells, of whatever moment. Of a person who was erased,
/// nothing personal is left to compare.
pub(crate) fn says_ever(entry: &Entry, fact: &Fact) -> bool {
    let Body::Fact(known) = &entry.body else { return false };
    if known == fact {
        return true;
    }
    let (mut known, mut told) = (known.clone(), fact.clone());
    let erased = known.private().is_some_and(|(_, private)| private.is_empty());
    if let (true, Some((_, private))) = (erased, told.private()) {
        *private = Private::default();
    }
    known == told
}

/// Remembers the last so many texts, so that what was seen is not asked for again.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    texts: HashSet<String>,
    order: VecDeque<String>,
}

/// Most texts remembered.
const MAX_SEEN: usize = 100_000;

impl Seen {
    /// Whether it is new; it is remembered.
    pub(crate) fn is_new(&mut self, text: &str) -> bool {
        if self.texts.contains(text) {
            return false;
        }
        if self.order.len() == MAX_SEEN
            && let Some(oldest) = self.order.pop_front()
        {
            self.texts.remove(&oldest);
        }
        self.texts.insert(text.to_owned());
        self.order.push_back(text.to_owned());
        true
    }
}
