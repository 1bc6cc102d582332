//! The people at one client.

use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::fact::{BuyingRole, Level};
use crate::id::{AccountId, ContactId};
use crate::private::Private;
use crate::timeline::{Source, Timeline};

/// Where a contact stands: title, level and role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactPicture {
    /// Job title; empty where they have none.
    pub title: Arc<str>,
    /// How high they stand.
    pub level: Option<Level>,
    /// Their part in a purchase.
    pub role: Option<BuyingRole>,
}

/// What happened with a contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ContactEvent {
    /// They came, or were first seen.
    Joined(ContactPicture, Private),
    /// Their picture changed to this.
    Changed(ContactPicture, Private),
    /// They left; where it is known, for another client.
    Left(Option<AccountId>),
    /// They came from another client.
    Arrived(ContactPicture, AccountId),
    /// What was known still holds.
    Confirmed,
}

/// All that happened with one contact at one client.
pub type ContactLine = Timeline<ContactEvent>;

/// A contact as they stand on a day.
#[derive(Debug, Clone)]
pub struct Contact {
    /// The person.
    pub id: ContactId,
    /// Whether they work for the client.
    pub active: bool,
    /// Where they stand, or stood before they left.
    pub picture: ContactPicture,
    /// Name, mail, telephone, as far as they may still be read.
    pub person: Private,
    /// Since when they work there.
    pub since: Date,
    /// The day they left, where they did.
    pub left: Option<Date>,
    /// The client they went to, where known.
    pub left_for: Option<AccountId>,
    /// The last day on which anything was told of them.
    pub confirmed: Date,
}

impl Contact {
    /// The name, or words that stand for it.
    pub fn name(&self) -> &str {
        self.person.name.as_deref().unwrap_or("a contact without a name")
    }
}

/// A contact's line folded up to a day; `None` where nothing was told by then.
pub fn contact_on(id: ContactId, line: &ContactLine, day: Date) -> Option<Contact> {
    let mut contact: Option<Contact> = None;
    for (source, event) in line.until(day) {
        contact = Some(step(id, contact, source, event));
    }
    contact
}

fn step(id: ContactId, before: Option<Contact>, source: &Source, event: &ContactEvent) -> Contact {
    let mut contact = before.unwrap_or_else(|| Contact {
        id,
        active: false,
        picture: ContactPicture::default(),
        person: Private::default(),
        since: source.day,
        left: None,
        left_for: None,
        confirmed: source.day,
    });
    contact.confirmed = source.day;
    match event {
        ContactEvent::Joined(picture, person) | ContactEvent::Changed(picture, person) => {
            arrive(&mut contact, source.day, picture);
            learn(&mut contact.person, person);
        }
        ContactEvent::Arrived(picture, _) => arrive(&mut contact, source.day, picture),
        ContactEvent::Left(to) => {
            contact.active = false;
            contact.left = Some(source.day);
            contact.left_for = *to;
        }
        ContactEvent::Confirmed => {
            if !contact.active {
                contact.since = source.day;
            }
            contact.active = true;
            contact.left = None;
            contact.left_for = None;
        }
    }
    contact
}

fn arrive(contact: &mut Contact, day: Date, picture: &ContactPicture) {
    if !contact.active {
        contact.since = day;
    }
    contact.active = true;
    contact.left = None;
    contact.left_for = None;
    contact.picture = picture.clone();
}

fn learn(known: &mut Private, told: &Private) {
    let newer = |new: &Option<String>, old: &mut Option<String>| {
        if new.is_some() {
            old.clone_from(new);
        }
    };
    newer(&told.name, &mut known.name);
    newer(&told.email, &mut known.email);
    newer(&told.phone, &mut known.phone);
    newer(&told.note, &mut known.note);
}

/// Where an active contact stands on a day, without who they are: what measures ask for, without
/// copying names. `None` where they do not work for the client.
fn seat_on(line: &ContactLine, day: Date) -> Option<Option<&ContactPicture>> {
    let mut active = false;
    let mut seat = None;
    for (_, event) in line.until(day) {
        match event {
            ContactEvent::Joined(picture, _)
            | ContactEvent::Changed(picture, _)
            | ContactEvent::Arrived(picture, _) => (active, seat) = (true, Some(picture)),
            ContactEvent::Confirmed => active = true,
            ContactEvent::Left(_) => active = false,
        }
    }
    active.then_some(seat)
}

impl Account {
    /// Who works for the client on a day, and where they stand, as far as that was told.
    pub fn seats(&self, day: Date) -> impl Iterator<Item = (ContactId, Option<&ContactPicture>)> {
        self.contacts.iter().filter_map(move |(id, line)| Some((*id, seat_on(line, day)?)))
    }

    /// Every contact ever told of, with all that happened.
    pub fn contact_lines(&self) -> impl Iterator<Item = (ContactId, &ContactLine)> {
        self.contacts.iter().map(|(id, line)| (*id, line))
    }

    /// One contact as they stand on a day.
    pub fn contact_on(&self, contact: ContactId, day: Date) -> Option<Contact> {
        contact_on(contact, self.contacts.get(&contact)?, day)
    }

    /// Every contact told of by a day, also those who had left by then.
    pub fn contacts_on(&self, day: Date) -> impl Iterator<Item = Contact> {
        self.contacts.iter().filter_map(move |(id, line)| contact_on(*id, line, day))
    }

    /// The contacts who work for the client on a day.
    pub fn active_contacts(&self, day: Date) -> impl Iterator<Item = Contact> {
        self.contacts_on(day).filter(|contact| contact.active)
    }

    /// The first day on which anything was told of any contact.
    pub fn contacts_since(&self) -> Option<Date> {
        self.contacts.values().filter_map(Timeline::first_day).min()
    }
}

impl Account {
    /// Names the facts on which a contact's picture of a day rests.
    pub fn contact_evidence(
        &self,
        contact: ContactId,
        day: Date,
        evidence: &mut dyn FnMut(&Source),
    ) {
        if let Some(line) = self.contacts.get(&contact) {
            line.until(day).for_each(|(source, _)| evidence(source));
        }
    }
}
