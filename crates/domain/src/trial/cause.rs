//! What makes the difference between two policies for a client on a day.

use jiff::civil::Date;

use super::follow::Line;
use crate::desk::Client;
use crate::money::Decimal;
use crate::policy::{Assessment, Measure, Policy, assess};

/// What a criterion gave under one of the policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    /// The figure; `None` where there was no data.
    pub value: Option<Decimal>,
    /// The points it gave.
    pub points: u32,
    /// The points it could give.
    pub out_of: u32,
}

/// A criterion that gives other points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Its id.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What it measures.
    pub measure: Measure,
    /// What it gave under the policy in force; `None` where that has no such criterion.
    pub now: Option<Given>,
    /// What it gives under the one that is tried; `None` where that has no such criterion.
    pub draft: Option<Given>,
}

/// What makes the difference on the day on which two policies part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Of all criteria this one moves the points most, and in the direction of the outcome.
    Criterion(Box<Shift>),
    /// The points needed are others: to enter and to stay, under the policy in force and under
    /// the one that is tried.
    Thresholds {
        /// In force.
        now: (u32, u32),
        /// Tried.
        draft: (u32, u32),
    },
    /// Neither: approval, trial, grace or reassessment differ, what suffices or is required does,
    /// or what went before.
    Course,
}

/// The cause on a day. Where both points and thresholds differ, whichever moves more is named:
/// both count as parts of all the points that a policy gives, since those may differ too.
pub(super) fn of(clients: [&Client<'_>; 2], lines: [&Line; 2], day: Date) -> Cause {
    let [Some(now), Some(draft)] = clients.map(|client| assess(client, day)) else {
        return Cause::Course;
    };
    let [was, would] = lines.map(|line| line.status_on(day));
    // Statuses are in order, key first.
    let sign: i64 = if would < was { 1 } else { -1 };
    let parts = [part_of(&now.policy), part_of(&draft.policy)];
    // The first of equals is named.
    let shifts = shifts(&now, &draft).into_iter().rev().filter(|shift| shift.now != shift.draft);
    let most = shifts.map(|shift| (sign * difference(&shift, &parts), shift));
    let most = most.max_by_key(|(by, _)| *by).filter(|(by, _)| *by > 0);
    let needed = |policy: &Policy| (policy.enters_at, policy.stays_from);
    let (held, tried) = (needed(&now.policy), needed(&draft.policy));
    let easier = |now: u32, draft: u32| sign * (parts[0](now) - parts[1](draft));
    let eased = easier(held.0, tried.0).max(easier(held.1, tried.1));
    match most {
        Some((by, shift)) if by >= eased => Cause::Criterion(Box::new(shift)),
        _ if held != tried && eased > 0 => Cause::Thresholds { now: held, draft: tried },
        _ => Cause::Course,
    }
}

/// Points as millionths of all that a policy gives.
fn part_of(policy: &Policy) -> impl Fn(u32) -> i64 + use<> {
    let out_of = i64::from(policy.out_of().max(1));
    move |points| i64::from(points) * 1_000_000 / out_of
}

fn difference(shift: &Shift, parts: &[impl Fn(u32) -> i64; 2]) -> i64 {
    let points = |given: Option<Given>| given.map_or(0, |given| given.points);
    parts[1](points(shift.draft)) - parts[0](points(shift.now))
}

/// Every criterion of either, those of the one that is tried first.
fn shifts(now: &Assessment, draft: &Assessment) -> Vec<Shift> {
    let given = |assessment: &Assessment, id: &str| {
        let found = assessment.criteria.iter().find(|it| it.result.id == id)?;
        let result = &found.result;
        Some(Given { value: result.value, points: result.points, out_of: result.out_of })
    };
    let dropped = now.policy.criteria.iter();
    let dropped = dropped.filter(|it| draft.policy.criteria.iter().all(|other| other.id != it.id));
    draft
        .policy
        .criteria
        .iter()
        .chain(dropped)
        .map(|criterion| Shift {
            id: criterion.id.clone(),
            title: criterion.title.clone(),
            measure: criterion.measure,
            now: given(now, &criterion.id),
            draft: given(draft, &criterion.id),
        })
        .collect()
}
