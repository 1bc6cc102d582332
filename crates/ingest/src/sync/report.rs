//! What came of a sync.

use std::fmt;

use jiff::civil::Date;
use linchpin_domain::id::{AccountId, ContactId};
use serde::Serialize;

use crate::import::Unreadable;

/// What came of a sync: what the list changes in what is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyncReport {
    /// The file's name without its folder.
    pub file: String,
    /// The source of the list.
    pub source: String,
    /// The day the list is of.
    pub on: Date,
    /// Whether nothing was stored, and this says only what would be.
    pub dry_run: bool,
    /// Rows read.
    pub rows: u64,
    /// Contacts on the list.
    pub listed: u64,
    /// Contacts who worked for a client on that day as this source itself had told before: the
    /// ones of whom its list says who has left.
    pub known: u64,
    /// Why the list was not believed; then nothing was changed.
    pub held: Option<Held>,
    /// Who joined.
    pub joined: Vec<Person>,
    /// Who left.
    pub left: Vec<Person>,
    /// Whose title changed.
    pub title_changed: Vec<Changed>,
    /// Whose name changed.
    pub renamed: Vec<Changed>,
    /// Of whom nothing but mail, telephone, level or role changed.
    pub otherwise_changed: Vec<Person>,
    /// Contacts on the list of whom only others had told so far, and who are as these said.
    pub confirmed: u64,
    /// Contacts who are not on the list and were not taken as having left, because some rows do
    /// not say whose they are.
    pub departures_held: u64,
    /// What could not be read and went to the quarantine.
    pub unreadable: Unreadable,
    /// Items of the quarantine from earlier lists of this source, which this list made good: all
    /// of it can be read.
    pub settled: u64,
    /// New entries in the ledger.
    pub appended: u64,
}

/// Why a list was not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// One sentence, with the counts and what to do.
    pub reason: String,
    /// How many would leave.
    pub leaving: u64,
}

/// A contact at a client.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Person {
    /// The client as the list writes it, where known.
    pub account: Option<String>,
    /// The contact as the list writes it, where they are on it.
    pub contact: Option<String>,
    /// The name, where it may still be read.
    pub name: Option<String>,
    /// The client.
    pub account_id: AccountId,
    /// The contact.
    pub contact_id: ContactId,
}

/// The name never reaches a log.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({} at {})", self.contact_id, self.account_id)
    }
}

/// Something that changed with a contact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Changed {
    /// With whom.
    pub person: Person,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// It may be a name, so it never reaches a log.
impl fmt::Debug for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Changed({:?})", self.person)
    }
}

impl SyncReport {
    /// Puts everyone in the order of the list's ids.
    pub(crate) fn sort(&mut self) {
        self.joined.sort();
        self.left.sort();
        self.title_changed.sort();
        self.renamed.sort();
        self.otherwise_changed.sort();
    }

    /// How many contacts joined, left or changed.
    pub fn changes(&self) -> usize {
        let renamed_only = self.renamed.iter().filter(|renamed| {
            !self.title_changed.iter().any(|titled| titled.person == renamed.person)
        });
        self.joined.len()
            + self.left.len()
            + self.title_changed.len()
            + renamed_only.count()
            + self.otherwise_changed.len()
    }
}
