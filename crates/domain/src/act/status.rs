//! Acts on a client's status.

use std::sync::Arc;

use jiff::civil::Date;

use super::{Asked, Outcome, Refusal};
use crate::account::{Account, Ruling, latest_expiry};
use crate::desk::{Client, Desk};
use crate::fact::{
    OverrideEnded, Role, StatusApproved, StatusConfirmed, StatusNominated, StatusOverridden,
    StatusVetoed,
};
use crate::policy::{Course, Policy, Status, Track, assess};

pub(super) fn nominate(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Nominated(by, reason.into())) {
        return Ok(said);
    }
    asked.standing()?.can_be_nominated()?;
    Ok(asked
        .tells(StatusNominated { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn approve(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Approved(by, reason.into())) {
        return Ok(said);
    }
    asked.must_have(asked.standing()?.waits_for()?)?;
    Ok(asked
        .tells(StatusApproved { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn veto(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Vetoed(by, reason.into())) {
        return Ok(said);
    }
    asked.must_have(asked.standing()?.waits_for()?)?;
    Ok(asked
        .tells(StatusVetoed { account, by, reason: reason.to_owned() }, asked.account.rulings()))
}

pub(super) fn confirm(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    if let Some(said) = said_today(asked, &Ruling::Confirmed(by, reason.into())) {
        return Ok(said);
    }
    asked.standing()?.can_be_confirmed()?;
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
    let latest = latest_expiry(asked.today);
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
    is_overridden(asked.desk, asked.account, asked.today)?;
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

/// That an override holds, so that there is one to end.
pub(super) fn is_overridden(desk: &Desk, account: &Account, today: Date) -> Result<(), Refusal> {
    account.override_on(desk.firm(), today).map(|_| ()).ok_or(Refusal::NoOverride)
}

/// Who may override: where the policy names a role that says yes or no, nobody else may go round
/// it; `None` where anybody may.
pub(super) fn overrides(desk: &Desk, today: Date) -> Result<Option<Role>, Refusal> {
    desk.firm().policy_on(today).ok_or(Refusal::NoPolicy)?;
    Ok(desk.firm().overriding_role(today))
}

fn may_override(asked: &Asked<'_>) -> Result<(), Refusal> {
    overrides(asked.desk, asked.today)?.map_or(Ok(()), |role| asked.must_have(role))
}

/// Where a client's course stands, overrides left aside, and what can be done about it.
pub(super) struct Standing<'a> {
    client: Client<'a>,
    policy: &'a Policy,
    course: Course,
    today: Date,
}

impl Asked<'_> {
    fn standing(&self) -> Result<Standing<'_>, Refusal> {
        Standing::of(self.desk, self.account, self.today)
    }
}

impl<'a> Standing<'a> {
    pub(super) fn of(desk: &'a Desk, account: &Arc<Account>, today: Date) -> Result<Self, Refusal> {
        let (_, policy) = desk.firm().policy_on(today).ok_or(Refusal::NoPolicy)?;
        let client = desk.client_of(account);
        let track = Track::follow(&client, today, &mut |_| {}).ok_or(Refusal::NoHistory)?;
        let course = *track.course();
        Ok(Self { client, policy, course, today })
    }

    /// That somebody may propose it.
    pub(super) fn can_be_nominated(&self) -> Result<(), Refusal> {
        match self.course.status {
            Status::Nominated => return Err(Refusal::Nominated),
            status if status.is_key() => return Err(Refusal::IsKey { status }),
            _ => {}
        }
        self.has_points_enough()?;
        if self.course.can_be_taken_back(self.policy) {
            return Ok(());
        }
        // Where nobody is asked, a nomination would wait for ever.
        self.policy.approval.filter(|approval| approval.to_enter).ok_or(Refusal::NobodyAsked)?;
        Ok(())
    }

    fn has_points_enough(&self) -> Result<(), Refusal> {
        let assessment = assess(&self.client, self.today).ok_or(Refusal::NoPolicy)?;
        let verdict = assessment.verdict();
        if verdict.stays {
            return Ok(());
        }
        let (points, needed) = (verdict.points, self.policy.stays_from);
        let pairs = self.policy.criteria.iter().zip(&assessment.criteria);
        let mut empty = pairs.filter(|(criterion, it)| criterion.required && it.result.points == 0);
        match empty.next().filter(|_| points >= needed) {
            Some((criterion, _)) => Err(Refusal::Required { criterion: criterion.title.clone() }),
            None => Err(Refusal::FewPoints { points, needed }),
        }
    }

    /// Whose yes or no is waited for.
    pub(super) fn waits_for(&self) -> Result<Role, Refusal> {
        let approval = self.policy.approval.ok_or(Refusal::NobodyAsked)?;
        if !self.course.waits(self.policy, self.today) {
            return Err(Refusal::NothingWaits { status: self.course.status });
        }
        Ok(approval.role)
    }

    /// That it is a key account, which alone is confirmed.
    pub(super) fn can_be_confirmed(&self) -> Result<(), Refusal> {
        match self.course.status {
            status if status.is_key() => Ok(()),
            status => Err(Refusal::NotKey { status }),
        }
    }
}
