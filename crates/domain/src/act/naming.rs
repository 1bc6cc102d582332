//! That one of us is here, under a name and in a role.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::leave::{listed, undone, with};
use super::{Outcome, Refusal, behind, here};
use crate::desk::Desk;
use crate::fact::{Fact, MemberNamed, Role};
use crate::id::MemberId;
use crate::private::Private;

/// Longest name of one of us, in bytes.
pub const MAX_NAME: usize = 200;

/// One of us as they are to be known from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// Who; where it is left out, whoever is here and called so, and else somebody new.
    pub id: Option<MemberId>,
    /// Full name.
    pub name: String,
    /// What they do.
    pub role: Role,
}

/// Who is meant by a naming, and what it comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Who.
    pub member: MemberId,
    /// What it comes to.
    pub outcome: Outcome,
}

/// Judges that one of us is named, or named anew: whoever left is here again. `new` is who it is
/// where nobody is called so yet.
///
/// Anybody may name, also before anybody is known. Only a role in which somebody rules is given and
/// taken away by the key-account director, where one is here: else whoever likes could give
/// themselves a yes.
///
/// # Errors
/// Why it is turned down.
pub fn name_member(
    desk: &Desk,
    wanted: &Naming,
    new: MemberId,
    by: Option<MemberId>,
    now: Timestamp,
) -> Result<Named, Refusal> {
    let (firm, today) = (desk.firm(), desk.day_of(now));
    let name = wanted.name.trim();
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Refusal::BadName);
    }
    let member = match wanted.id {
        Some(id) => id,
        None => called(desk, name, today)?.unwrap_or(new),
    };
    if let Some(by) = by {
        here(desk, by, today)?;
    }
    let left = firm.departure(member, today);
    let line = firm.namings(member);
    let newest = line.and_then(|line| line.at(today)).filter(|_| left.is_none());
    if let Some((source, known)) = newest
        && known.name.as_deref() == Some(name)
        && known.role == wanted.role
    {
        return Ok(Named { member, outcome: Outcome::already(source) });
    }
    // To the end of the day on which they left they have their role, and what they ruled on it.
    let until_today = left.is_none_or(|left| left.day == today);
    let had = line.and_then(|line| line.at(today)).filter(|_| until_today);
    let had = had.map(|(_, known)| known.role);
    may_name(desk, (by, member), (had, wanted.role), today)?;
    let person = Private::named(name);
    let fact: Fact = MemberNamed { member, person, role: wanted.role }.into();
    // Where the clock stands still, what is told now still comes behind all that was told before.
    let again = left.and_then(|left| left.at.checked_add(Span::new().microseconds(1)).ok());
    let behind = line.and_then(|line| behind(line, today, desk));
    let at = again.max(behind).filter(|at| *at > now);
    if had.is_some_and(|had| had != wanted.role) {
        let after = with(desk, &fact, at.unwrap_or(now));
        let eve = today.yesterday().unwrap_or(Date::MIN);
        let lost = undone(desk, member, eve, &after);
        if !lost.is_empty() {
            return Err(Refusal::RuledToday { what: listed(&lost) });
        }
    }
    Ok(Named { member, outcome: Outcome::Told { fact, at } })
}

/// Whoever is here and called so; `None` where nobody ever was.
fn called(desk: &Desk, name: &str, today: Date) -> Result<Option<MemberId>, Refusal> {
    let (firm, wanted) = (desk.firm(), name.to_lowercase());
    let is_called = |id: &MemberId| {
        let member = firm.member_on(*id, today);
        member.and_then(|it| it.name.as_deref()).is_some_and(|it| it.to_lowercase() == wanted)
    };
    let mut left = None;
    let mut found = None;
    for member in firm.members().filter(is_called) {
        match firm.left_by(member, today) {
            Some(day) => left = Some((member, day)),
            None if found.is_some() => return Err(Refusal::SeveralCalled),
            None => found = Some(member),
        }
    }
    match (found, left) {
        (None, Some((member, day))) => Err(Refusal::LeaverCalled { member, day }),
        (found, _) => Ok(found),
    }
}

/// That a role is given, or taken away, by those who may.
fn may_name(
    desk: &Desk,
    (by, member): (Option<MemberId>, MemberId),
    (had, gets): (Option<Role>, Role),
    today: Date,
) -> Result<(), Refusal> {
    let firm = desk.firm();
    let own_name = by == Some(member) && had == Some(gets);
    let rules = |role: Role| ruling_roles(desk, today).contains(&role);
    if own_name || !(rules(gets) || had.is_some_and(rules)) {
        return Ok(());
    }
    if firm.in_role(Role::Director, today).is_none() {
        return Ok(());
    }
    let by = by.ok_or(Refusal::NobodyNames)?;
    match firm.has_role(by, Role::Director, today) {
        true => Ok(()),
        false => Err(Refusal::NotTheirs { role: Role::Director }),
    }
}

/// The roles in which somebody rules: on whose a client is, or where the policy asks for a yes.
fn ruling_roles(desk: &Desk, today: Date) -> Vec<Role> {
    let mut roles = vec![Role::Director];
    if let Some((_, policy)) = desk.firm().policy_on(today) {
        roles.extend(policy.asked_roles());
    }
    roles
}
