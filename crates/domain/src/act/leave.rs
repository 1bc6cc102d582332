//! That one of us leaves.

use jiff::civil::Date;

use super::{Outcome, Refusal, behind, here, moment, name};
use crate::desk::Desk;
use crate::entry::{Body, Entry, Stream};
use crate::fact::{Fact, MemberLeft, Role};
use crate::id::{EntryId, MemberId};

/// Most of what would be undone that a refusal lists.
const MAX_LISTED: usize = 5;

/// Judges that one of us leaves on a day, their last, or today where none is named. They leave
/// once: whoever says so again without a day, or with that day, says nothing new. Everyone may say
/// so of themselves; of others only the key-account director, where one is here.
///
/// # Errors
/// Why it is turned down; also where what they ruled after that day would count no more.
pub fn leave(
    desk: &Desk,
    member: MemberId,
    by: MemberId,
    day: Option<Date>,
    today: Date,
) -> Result<Outcome, Refusal> {
    let firm = desk.firm();
    if let Some(departure) = firm.departure(member, today) {
        return match day.is_none_or(|day| day == departure.day) {
            true => Ok(Outcome::already(departure)),
            false => Err(Refusal::LeftBefore { day: departure.day }),
        };
    }
    here(desk, by, today)?;
    firm.member_on(member, today).ok_or(Refusal::NoSuchMember)?;
    let directs = firm.has_role(by, Role::Director, today);
    if by != member && !directs && firm.in_role(Role::Director, today).is_some() {
        return Err(Refusal::NotTheirs { role: Role::Director });
    }
    let (day, begins) = moment(desk, day, today)?;
    let line = firm.namings(member);
    let named = line.and_then(|line| line.at(today)).map(|(source, _)| source.day);
    if let Some(named) = named.filter(|named| *named > day) {
        return Err(Refusal::NamedSince { day: named });
    }
    // Behind whatever names them on that day, or they would be here again as soon as they left.
    let behind = || line.and_then(|line| behind(line, day, desk));
    let at = begins.map(|begins| behind().unwrap_or(begins));
    let fact: Fact = MemberLeft { member }.into();
    if let Some(at) = at {
        undoes_nothing(desk, member, day, &with(desk, &fact, at))?;
    }
    Ok(Outcome::Told { fact, at })
}

/// The roles that the policy in force asks for a yes, and that nobody has who is here: until
/// somebody is named in them, what waits goes on waiting.
pub fn vacant_roles(desk: &Desk, today: Date) -> Vec<Role> {
    let Some((_, policy)) = desk.firm().policy_on(today) else { return Vec::new() };
    let mut roles: Vec<Role> = policy.asked_roles().collect();
    roles.sort_unstable();
    roles.dedup();
    roles.retain(|role| desk.firm().in_role(*role, today).is_none());
    roles
}

/// The desk as it would be, were this told.
pub(super) fn with(desk: &Desk, fact: &Fact, at: jiff::Timestamp) -> Desk {
    let mut with = desk.clone();
    with.apply(&Entry {
        position: desk.position().saturating_add(1),
        id: EntryId::named("leaves"),
        stream: Stream::Firm,
        version: 0,
        occurred_at: at,
        recorded_at: at,
        actor: String::new(),
        correlation: None,
        body: Body::Fact(fact.clone()),
    });
    with
}

/// That all they ruled after a day counts on the other desk as it does on this one.
fn undoes_nothing(desk: &Desk, member: MemberId, day: Date, after: &Desk) -> Result<(), Refusal> {
    let undone = undone(desk, member, day, after);
    let Some(last) = undone.iter().map(|(day, _)| *day).max() else { return Ok(()) };
    Err(Refusal::Undoes { day, what: listed(&undone), last })
}

/// What they ruled after a day and counts here, but not on the other desk: each with its day, in
/// order.
pub(super) fn undone(
    desk: &Desk,
    member: MemberId,
    day: Date,
    after: &Desk,
) -> Vec<(Date, String)> {
    let mut undone: Vec<(Date, String)> = Vec::new();
    for (version, source, adoption) in after.firm().adoptions() {
        let counted = || desk.firm().policies().any(|(known, _)| known.id == source.id);
        if adoption.counts().is_none() && counted() {
            undone.push((source.day, format!("version {version} of the policy")));
        }
    }
    for account in desk.accounts() {
        let was = |lacked: Option<Role>, lacks: Option<Role>| lacked.is_none() && lacks.is_some();
        let (before, then) = (desk.firm(), after.firm());
        let rulings = account.rulings().iter().filter(|(source, it)| {
            it.by() == member
                && source.day > day
                && was(it.lacks(before, source.day), it.lacks(then, source.day))
        });
        let ruled = account.ownership().filter(|(source, it)| {
            source.day > day && was(it.lacks(before, source.day), it.lacks(then, source.day))
        });
        let days = rulings.map(|(source, _)| source.day).chain(ruled.map(|(it, _)| it.day));
        undone.extend(days.map(|day| (day, format!("“{}”", name(desk, account.id, day)))));
    }
    undone.sort();
    undone
}

/// What would be undone, as far as it is not too much for a sentence.
pub(super) fn listed(undone: &[(Date, String)]) -> String {
    let more = undone.len().saturating_sub(MAX_LISTED);
    let listed = undone.iter().take(MAX_LISTED).map(|(day, what)| format!("{what} on {day}"));
    let mut what = listed.collect::<Vec<_>>().join(", ");
    if more > 0 {
        what.push_str(&format!(" and {more} more"));
    }
    what
}
