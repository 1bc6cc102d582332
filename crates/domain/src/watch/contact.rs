//! People who come, go and change.

use jiff::civil::Date;

use super::{Kind, Quiet, Watcher, What};
use crate::account::{Contact, ContactEvent, ContactLine, ContactPicture};
use crate::decision::Subject;
use crate::fact::BuyingRole;
use crate::id::{ContactId, EntryId};

/// Someone came to the client.
pub(super) fn joined(watcher: &mut Watcher<'_>) {
    let first = watcher.account.contacts_since();
    for contact in watcher.account.contacts_on(watcher.today) {
        let key = watcher.key(&contact.id.to_string(), contact.since);
        if !contact.active {
            watcher.quiet(key, Quiet::Back);
        } else if Some(contact.since) == first {
            watcher.quiet(key, Quiet::FirstPicture);
        } else if !watcher.is_news(contact.since) {
            watcher.quiet(key, Quiet::OldNews);
        } else {
            say(watcher, key, contact.id, contact.since);
        }
    }
}

/// Someone left. Where with them the last decision maker went, that has an alert of its own.
pub(super) fn left(watcher: &mut Watcher<'_>) {
    let lost = loss(watcher).filter(|_| watcher.watches(Kind::DecisionMakerLost));
    for contact in watcher.account.contacts_on(watcher.today) {
        let Some(day) = contact.left else { continue };
        let key = watcher.key(&contact.id.to_string(), day);
        if lost.as_ref().is_some_and(|loss| loss.contact == contact.id && loss.day == day) {
            watcher.quiet(key, Quiet::SaidByAnother);
        } else if !watcher.is_news(day) {
            watcher.quiet(key, Quiet::OldNews);
        } else {
            say(watcher, key, contact.id, day);
        }
    }
}

/// Someone's title, level or role became another while they stayed.
pub(super) fn changed(watcher: &mut Watcher<'_>) {
    for (id, line) in watcher.account.contact_lines() {
        let Some(day) = last_change(line, watcher.today) else { continue };
        let key = watcher.key(&id.to_string(), day);
        let active =
            watcher.account.contact_on(id, watcher.today).is_some_and(|contact| contact.active);
        if !active {
            watcher.quiet(key, Quiet::Back);
        } else if !watcher.is_news(day) {
            watcher.quiet(key, Quiet::OldNews);
        } else {
            say(watcher, key, id, day);
        }
    }
}

/// There was a decision maker, and there is none any more. It stands until there is one again.
pub(super) fn decision_maker_lost(watcher: &mut Watcher<'_>) {
    let Some(loss) = loss(watcher) else { return };
    let key = watcher.key(&loss.contact.to_string(), loss.day);
    say(watcher, key, loss.contact, loss.day);
}

/// The last decision maker, and the day on which they were it no more.
struct Loss {
    contact: ContactId,
    day: Date,
}

fn loss(watcher: &Watcher<'_>) -> Option<Loss> {
    let today = watcher.today;
    let decides = |contact: &Contact| {
        contact.active && contact.picture.role == Some(BuyingRole::DecisionMaker)
    };
    if watcher.account.active_contacts(today).any(|contact| decides(&contact)) {
        return None;
    }
    let losses = watcher.account.contact_lines().filter_map(|(contact, line)| {
        stopped_deciding(line, today).map(|day| Loss { contact, day })
    });
    losses.max_by_key(|loss| (loss.day, loss.contact))
}

/// The last day on which a decision maker left or became something else.
fn stopped_deciding(line: &ContactLine, today: Date) -> Option<Date> {
    let mut deciding = false;
    let mut stopped = None;
    for (source, event) in line.until(today) {
        let now = match event {
            ContactEvent::Joined(picture, _)
            | ContactEvent::Changed(picture, _)
            | ContactEvent::Arrived(picture, _) => picture.role == Some(BuyingRole::DecisionMaker),
            ContactEvent::Left(_) => false,
            ContactEvent::Confirmed => deciding,
        };
        if deciding && !now {
            stopped = Some(source.day);
        }
        deciding = now;
    }
    stopped
}

/// The last day on which title, level or role became another while the contact was there.
fn last_change(line: &ContactLine, today: Date) -> Option<Date> {
    let mut before: Option<&ContactPicture> = None;
    let mut day = None;
    for (source, event) in line.until(today) {
        match event {
            ContactEvent::Joined(picture, _)
            | ContactEvent::Changed(picture, _)
            | ContactEvent::Arrived(picture, _) => {
                if before.is_some_and(|before| before != picture) {
                    day = Some(source.day);
                }
                before = Some(picture);
            }
            ContactEvent::Left(_) => before = None,
            ContactEvent::Confirmed => {}
        }
    }
    day
}

fn say(watcher: &mut Watcher<'_>, key: String, contact: ContactId, day: Date) {
    let mut evidence: Vec<EntryId> = Vec::new();
    watcher
        .account
        .contact_evidence(contact, watcher.today, &mut |source| evidence.push(source.id));
    let subject = Subject { contact: Some(contact), ..Subject::default() };
    let severity = watcher.rule.severity;
    watcher.due(key, severity, What { subject, day, lead_days: None, evidence });
}
