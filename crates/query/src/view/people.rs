//! Names of people and accounts, or words that stand for them.

use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::account::{Account, Contact, ContactEvent};
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::BuyingRole;
use linchpin_domain::id::{AccountId, ContactId, MemberId};
use linchpin_domain::private::Private;

use super::Person;
use crate::words;

/// What stands for an account of which no name and no outside id was told.
const UNTOLD: &str = "a client not told of yet";

/// Moves of one person that are looked behind for a name. Nobody changes clients more often.
const MOVES: usize = 8;

/// One of us.
pub(super) fn member(desk: &Desk, id: MemberId, day: Date) -> Person {
    Person { id: id.0, name: desk.firm().member_name(id, day).to_owned() }
}

/// The name of one of us.
pub(super) fn member_name(desk: &Desk, id: MemberId, day: Date) -> String {
    desk.firm().member_name(id, day).to_owned()
}

/// The name of an account, also of one that was only mentioned.
pub fn account_name(desk: &Desk, id: AccountId, day: Date) -> String {
    named(desk.account(id), day)
}

/// The same of what was told under the account's own id, whatever it was merged with.
pub(super) fn told_account_name(desk: &Desk, id: AccountId, day: Date) -> String {
    named(desk.told_account(id), day)
}

/// The same at the head of a sentence.
pub(super) fn told_account_first(desk: &Desk, id: AccountId, day: Date) -> String {
    let name = told_account_name(desk, id, day);
    if name == UNTOLD { words::capital(&name) } else { name }
}

fn named(account: Option<&Arc<Account>>, day: Date) -> String {
    match account {
        Some(account) if account.told_name(day).is_some() || account.external_ref().is_some() => {
            account.name_on(day)
        }
        Some(_) | None => UNTOLD.to_owned(),
    }
}

/// A contact as they stand on a day. Someone who came from another client brings along the name
/// told there.
pub(super) fn contact(account: &Account, desk: &Desk, id: ContactId, day: Date) -> Option<Contact> {
    let contact = account.contact_on(id, day)?;
    Some(with_name(contact, account, desk, day))
}

/// The same for a contact that has been read already.
pub(super) fn with_name(
    mut contact: Contact,
    account: &Account,
    desk: &Desk,
    day: Date,
) -> Contact {
    if contact.person.name.is_none() {
        contact.person =
            person_before(account, desk, contact.id, day, MOVES).unwrap_or(contact.person);
    }
    contact
}

/// The name of a contact of an account.
pub(super) fn contact_name(
    account: Option<&Account>,
    desk: &Desk,
    id: ContactId,
    day: Date,
) -> String {
    let found = account.and_then(|account| contact(account, desk, id, day));
    found.map_or_else(|| "a contact without a name".to_owned(), |contact| contact.name().to_owned())
}

fn person_before(
    account: &Account,
    desk: &Desk,
    id: ContactId,
    day: Date,
    moves: usize,
) -> Option<Private> {
    let here = account.contact_on(id, day)?;
    if here.person.name.is_some() {
        return Some(here.person);
    }
    let (_, line) = account.contact_lines().find(|(other, _)| *other == id)?;
    let from = line.until(day).rev().find_map(|(_, event)| match event {
        ContactEvent::Arrived(_, from) => Some(*from),
        _ => None,
    })?;
    let before = moves.checked_sub(1)?;
    person_before(desk.account(from)?, desk, id, day, before)
}

/// Who stands behind an entry or an act, in words: a colleague's name where the actor is one.
pub(super) fn actor(desk: &Desk, actor: &str, day: Date) -> String {
    if let Some(signed) = actor.strip_prefix("token:") {
        return match signed.split_once('/') {
            Some((token, said)) => {
                format!("{}, with the token {token}", self::actor(desk, said, day))
            }
            None => format!("The token {signed}"),
        };
    }
    let handle = actor.strip_prefix("page:").or_else(|| actor.strip_prefix("member:"));
    match (actor, handle) {
        ("desk", _) => "Someone at the desk".to_owned(),
        (_, Some(handle)) => colleague(desk, handle, day).unwrap_or_else(|| handle.to_owned()),
        (other, None) => match other.strip_prefix("event:") {
            Some(source) => format!("{source}, by an event"),
            None => other.to_owned(),
        },
    }
}

/// The name of the colleague whom a handle means: their id, or their number in the staff list.
fn colleague(desk: &Desk, handle: &str, day: Date) -> Option<String> {
    let named = [handle.to_owned(), format!("staff:{handle}")];
    let mut ids = named.iter().filter_map(|name| name.parse::<MemberId>().ok());
    let known = ids.find(|id| desk.firm().member_on(*id, day).is_some())?;
    Some(member_name(desk, known, day))
}

/// A role with its article: `the decision maker`, `a champion`.
pub(super) fn with_article(role: BuyingRole) -> String {
    match role {
        BuyingRole::DecisionMaker => "a decision maker".to_owned(),
        BuyingRole::Influencer => "an influencer".to_owned(),
        other => format!("a {}", other.words()),
    }
}

/// Title, level and role in one line: `Head of people, director, champion`; empty where nothing
/// was told.
pub(super) fn picture(contact: &Contact) -> String {
    let picture = &contact.picture;
    let title = (!picture.title.is_empty()).then(|| picture.title.to_string());
    let level = picture.level.map(|level| level.words().to_owned());
    let role = picture.role.map(|role| role.words().to_owned());
    [title, level, role].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
