//! Acts on a client's status.

use jiff::Span;
use jiff::civil::Date;

use super::{Asked, Outcome, Refusal};
use crate::account::Ruling;
use crate::desk::Client;
use crate::fact::{
    OverrideEnded, StatusApproved, StatusConfirmed, StatusNominated, StatusOverridden, StatusVetoed,
};
use crate::policy::{Approval, Course, Policy, Status, Track, assess};

/// Longest time for which a status may be overridden, in years.
pub const MAX_OVERRIDE_YEARS: i16 = 3;

pub(super) fn nominate(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Nominated(by, reason.into())) {
        return Ok(said);
    }
    let standing = Standing::of(asked)?;
    match standing.course.status {
        Status::Nominated => return Err(Refusal::Nominated),
        status if status.is_key() => return Err(Refusal::IsKey { status }),
        _ => {}
    }
    enough_points(&standing, asked.today)?;
    // Where nobody is asked, a nomination would wait for ever.
    standing.policy.approval.filter(|approval| approval.to_enter).ok_or(Refusal::NobodyAsked)?;
    Ok(asked
        .tells(StatusNominated { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn approve(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Approved(by, reason.into())) {
        return Ok(said);
    }
    something_waits(asked)?;
    Ok(asked
        .tells(StatusApproved { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn veto(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Vetoed(by, reason.into())) {
        return Ok(said);
    }
    something_waits(asked)?;
    Ok(asked
        .tells(StatusVetoed { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn confirm(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Confirmed(by, reason.into())) {
        return Ok(said);
    }
    let status = Standing::of(asked)?.course.status;
    if !status.is_key() {
        return Err(Refusal::NotKey { status });
    }
    Ok(asked
        .tells(StatusConfirmed { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn override_to(
    asked: &Asked<'_>,
    to: Status,
    reason: &str,
    expires: Date,
) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    let ruling = Ruling::Overridden { to, by, reason: reason.into(), expires };
    if let Some(said) = said_today(asked, &ruling) {
        return Ok(said);
    }
    if to == Status::Nominated {
        return Err(Refusal::NotByOverride);
    }
    if expires <= asked.today {
        return Err(Refusal::NotLater);
    }
    let latest = asked.today.saturating_add(Span::new().years(MAX_OVERRIDE_YEARS));
    if expires > latest {
        return Err(Refusal::TooLong { latest });
    }
    may_override(asked)?;
    Ok(asked.tells(
        StatusOverridden { account, to, by, reason: reason.to_owned(), expires },
        asked.account.rulings(),
    ))
}

pub(super) fn end_override(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::OverrideEnded(by, reason.into())) {
        return Ok(said);
    }
    asked.account.override_on(asked.today).ok_or(Refusal::NoOverride)?;
    may_override(asked)?;
    Ok(asked
        .tells(OverrideEnded { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

/// The answer where the newest ruling is this one, and of today.
fn said_today(asked: &Asked<'_>, ruling: &Ruling) -> Option<Outcome> {
    let (source, newest) = asked.account.rulings().at(asked.today)?;
    let same = source.day == asked.today && newest == ruling;
    same.then_some(Outcome::already(source))
}

/// Where a client's course stands, overrides left aside.
struct Standing<'a> {
    client: Client<'a>,
    policy: &'a Policy,
    course: Course,
}

impl<'a> Standing<'a> {
    fn of(asked: &Asked<'a>) -> Result<Self, Refusal> {
        let firm = asked.desk.firm();
        let (_, policy) = firm.policy_on(asked.today).ok_or(Refusal::NoPolicy)?;
        let client = asked.desk.client_of(asked.account);
        let track = Track::follow(&client, asked.today, &mut |_| {}).ok_or(Refusal::NoHistory)?;
        let course = *track.course();
        Ok(Self { client, policy, course })
    }
}

fn enough_points(standing: &Standing<'_>, today: Date) -> Result<(), Refusal> {
    let assessment = assess(&standing.client, today).ok_or(Refusal::NoPolicy)?;
    let verdict = assessment.verdict();
    if verdict.stays {
        return Ok(());
    }
    let (points, needed) = (verdict.points, standing.policy.stays_from);
    let pairs = standing.policy.criteria.iter().zip(&assessment.criteria);
    let mut empty = pairs.filter(|(criterion, it)| criterion.required && it.result.points == 0);
    match empty.next().filter(|_| points >= needed) {
        Some((criterion, _)) => Err(Refusal::Required { criterion: criterion.title.clone() }),
        None => Err(Refusal::FewPoints { points, needed }),
    }
}

/// That a yes or no is waited for, and that it is theirs to give.
fn something_waits(asked: &Asked<'_>) -> Result<(), Refusal> {
    let standing = Standing::of(asked)?;
    let approval = standing.policy.approval.ok_or(Refusal::NobodyAsked)?;
    if !standing.course.waits(standing.policy, asked.today) {
        return Err(Refusal::NothingWaits { status: standing.course.status });
    }
    asked.must_have(approval.role)
}

/// That they may override: where the policy names a role that says yes or no, nobody else may go
/// round it.
fn may_override(asked: &Asked<'_>) -> Result<(), Refusal> {
    let (_, policy) = asked.desk.firm().policy_on(asked.today).ok_or(Refusal::NoPolicy)?;
    match policy.approval {
        Some(Approval { role, .. }) => asked.must_have(role),
        None => Ok(()),
    }
}
