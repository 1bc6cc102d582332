//! What a list says anew: who joined, who left, what changed.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use linchpin_domain::account::Contact;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::{ContactChanged, ContactConfirmed, ContactJoined, ContactLeft, Fact};
use linchpin_domain::id::EntryId;
use linchpin_domain::private::Private;
use linchpin_ledger::{NewEntry, Repeat};

use super::known::Known;
use super::list::{List, Listed, Pair};
use super::map::ContactsMap;
use super::report::{Changed, Person, SyncReport};

/// The day a list is of, and the moment that stands for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    pub(crate) on: Date,
    pub(crate) at: Timestamp,
}

/// A difference: what to append, in order.
pub(crate) struct Diff {
    /// The client as the list writes it, where it does.
    pub(crate) account: Option<String>,
    pub(crate) entry: NewEntry,
}

/// Finds all differences, in the order of the ids, and tells them in the report. `ours` are the
/// contacts of whom this source has told.
pub(crate) fn differences(
    list: &List,
    known: &Known,
    ours: &BTreeSet<Pair>,
    map: &ContactsMap,
    when: When,
    report: &mut SyncReport,
) -> Vec<Diff> {
    let mut found = Vec::new();
    for (pair, listed) in &list.contacts {
        let differs = Differ { map, known, when, pair: *pair };
        found.extend(differs.listed(listed, ours.contains(pair), report));
    }
    for pair in ours {
        if list.contacts.contains_key(pair) {
            continue;
        }
        if list.lets_go(*pair) {
            found.extend(Differ { map, known, when, pair: *pair }.left(report));
        } else if !list.kept.contains(pair) {
            report.departures_held += 1;
        }
    }
    report.sort();
    found
}

struct Differ<'d> {
    map: &'d ContactsMap,
    known: &'d Known,
    when: When,
    pair: Pair,
}

impl Differ<'_> {
    /// The contact on the day of the list, and the last fact about them by then.
    fn known_contact(&self) -> Option<(Contact, Timestamp, Date, EntryId)> {
        let account = self.known.desk.account(self.pair.0)?;
        let contact = account.contact_on(self.pair.1, self.when.on)?;
        let mut last = None;
        account.contact_evidence(self.pair.1, self.when.on, &mut |source| {
            last = Some((source.at, source.day, source.id));
        });
        let (at, day, id) = last?;
        Some((contact, at, day, id))
    }

    fn listed(&self, listed: &Listed, ours: bool, report: &mut SyncReport) -> Option<Diff> {
        let person = Person {
            account_id: self.pair.0,
            contact_id: self.pair.1,
            account: Some(listed.account.clone()),
            contact: Some(listed.contact.clone()),
            name: listed.name.clone(),
        };
        let known = self.known_contact();
        let active = known.as_ref().filter(|(contact, ..)| contact.active);
        let Some((contact, ..)) = active else {
            let fact = ContactJoined {
                account: self.pair.0,
                contact: self.pair.1,
                person: private(listed),
                title: listed.title.clone().unwrap_or_default(),
                level: listed.level,
                role: listed.role,
            };
            report.joined.push(person);
            return Some(self.diff("joined", fact.into(), Some(&listed.account), &known));
        };
        let picture = &contact.picture;
        let title = listed.title.clone().unwrap_or_else(|| picture.title.to_string());
        let level = if self.map.says_level() { listed.level } else { picture.level };
        let role = if self.map.says_role() { listed.role } else { picture.role };
        let erased = contact.person.is_empty() && self.known.erased.contains(&self.pair);
        let tells =
            |new: &Option<String>, old: &Option<String>| !erased && new.is_some() && new != old;
        let renamed = tells(&listed.name, &contact.person.name);
        let retitled = title != *picture.title;
        let other = level != picture.level
            || role != picture.role
            || tells(&listed.email, &contact.person.email)
            || tells(&listed.phone, &contact.person.phone);
        if !(renamed || retitled || other) {
            return if ours { None } else { Some(self.confirmed(listed, &known, report)) };
        }
        if retitled {
            let before = picture.title.to_string();
            report.title_changed.push(Changed {
                person: person.clone(),
                before,
                after: title.clone(),
            });
        }
        if renamed {
            let before = contact.person.name.clone().unwrap_or_default();
            let after = listed.name.clone().unwrap_or_default();
            report.renamed.push(Changed { person: person.clone(), before, after });
        }
        if !(renamed || retitled) {
            report.otherwise_changed.push(person);
        }
        let (account, contact) = self.pair;
        let fact = ContactChanged { account, contact, person: private(listed), title, level, role };
        Some(self.diff("changed", fact.into(), Some(&listed.account), &known))
    }

    /// The list knows a contact of whom only others have told. That is said once, for from then on
    /// the list may also say that they left.
    fn confirmed(
        &self,
        listed: &Listed,
        known: &Option<(Contact, Timestamp, Date, EntryId)>,
        report: &mut SyncReport,
    ) -> Diff {
        report.confirmed += 1;
        let fact = ContactConfirmed { account: self.pair.0, contact: self.pair.1 };
        self.diff("confirmed", fact.into(), Some(&listed.account), known)
    }

    fn left(&self, report: &mut SyncReport) -> Option<Diff> {
        let known = self.known_contact();
        let account = self.known.refs.get(&self.pair.0).cloned();
        report.left.push(Person {
            account_id: self.pair.0,
            contact_id: self.pair.1,
            account: account.clone(),
            contact: None,
            name: known.as_ref().and_then(|(contact, ..)| contact.person.name.clone()),
        });
        let fact = ContactLeft { account: self.pair.0, contact: self.pair.1 };
        Some(self.diff("left", fact.into(), account.as_ref(), &known))
    }

    /// The entry. Its id follows from the list's day and the last fact about the contact, so that
    /// a sync that was killed and is run again appends nothing twice.
    fn diff(
        &self,
        kind: &str,
        fact: Fact,
        account: Option<&String>,
        known: &Option<(Contact, Timestamp, Date, EntryId)>,
    ) -> Diff {
        let last = known.as_ref().map(|(.., id)| id.to_string()).unwrap_or_default();
        let ((at_account, contact), on) = (self.pair, self.when.on);
        let name = format!("sync/{}/{on}/{at_account}/{contact}/{kind}/{last}", self.map.source);
        let mut at = self.when.at;
        if let Some((_, last, day, _)) = known
            && *day == on
            && let Ok(after) = last.checked_add(SignedDuration::from_micros(1))
        {
            at = at.max(after);
        }
        let entry = NewEntry {
            id: EntryId::named(&name),
            occurred_at: Some(at),
            actor: self.map.actor(),
            correlation: None,
            causation: None,
            body: Body::Fact(fact),
            repeat: Repeat::SameOnly,
        };
        Diff { account: account.cloned(), entry }
    }
}

fn private(listed: &Listed) -> Private {
    Private {
        name: listed.name.clone(),
        email: listed.email.clone(),
        phone: listed.phone.clone(),
        ..Private::default()
    }
}
