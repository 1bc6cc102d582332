//! The assessment: every criterion's figure and points, the sum, and when it may change.

use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measure::{earlier, read};
use super::{Criterion, Grade, Missing, Policy};
use crate::account::Account;
use crate::desk::Firm;
use crate::entry::Position;
use crate::id::EntryId;
use crate::money::Decimal;

/// What one criterion gave, as a decision records it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionResult {
    /// The criterion's id in the policy.
    pub id: String,
    /// The figure; absent where there was no data.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::str_option"
    )]
    #[schemars(with = "Option<crate::schema::DecimalText>")]
    pub value: Option<Decimal>,
    /// Points it gave.
    pub points: u32,
    /// Points it could give.
    pub out_of: u32,
}

/// One criterion, assessed.
#[derive(Debug, Clone)]
pub struct CriterionAssessment {
    /// What it gave.
    pub result: CriterionResult,
    /// The facts it rests on, oldest first: id and position.
    pub evidence: Vec<(EntryId, Position)>,
    /// The first day on which the figure may differ by time passing alone.
    pub changes_on: Option<Date>,
}

/// A client under a policy on a day.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The policy applied.
    pub policy: Arc<Policy>,
    /// Its version, counted from 1.
    pub version: u32,
    /// The day.
    pub day: Date,
    /// In the order of the policy.
    pub criteria: Vec<CriterionAssessment>,
}

impl Assessment {
    /// Points reached.
    pub fn points(&self) -> u32 {
        self.criteria.iter().map(|criterion| criterion.result.points).sum()
    }

    /// The first day on which any figure may differ by time passing alone.
    pub fn changes_on(&self) -> Option<Date> {
        self.criteria.iter().fold(None, |first, criterion| earlier(first, criterion.changes_on))
    }

    /// What a decision records of it.
    pub fn results(&self) -> Vec<CriterionResult> {
        self.criteria.iter().map(|criterion| criterion.result.clone()).collect()
    }
}

/// Assesses a client on a day under the policy in force that day; `None` where the firm has none.
pub fn assess(account: &Account, firm: &Firm, day: Date) -> Option<Assessment> {
    let (version, policy) = firm.policy_on(day)?;
    let criteria = policy.criteria.iter().map(|criterion| {
        let mut evidence = Vec::new();
        let reading = read(criterion, account, firm, day, &mut |source| {
            evidence.push((source.id, source.position))
        });
        CriterionAssessment {
            result: result(criterion, reading.value),
            evidence,
            changes_on: reading.changes_on,
        }
    });
    Some(Assessment { version, day, criteria: criteria.collect(), policy: policy.clone() })
}

/// Points and next change only: what the walk through the days needs, without evidence.
pub(super) fn points_on(
    account: &Account,
    firm: &Firm,
    policy: &Policy,
    day: Date,
) -> (u32, Option<Date>) {
    let mut points = 0;
    let mut changes_on = None;
    for criterion in &policy.criteria {
        let reading = read(criterion, account, firm, day, &mut |_| {});
        points += grade(criterion, reading.value);
        changes_on = earlier(changes_on, reading.changes_on);
    }
    (points, changes_on)
}

fn result(criterion: &Criterion, value: Option<Decimal>) -> CriterionResult {
    CriterionResult {
        id: criterion.id.clone(),
        value: value.map(|value| value.normalize()),
        points: grade(criterion, value),
        out_of: criterion.points,
    }
}

/// The points a figure gives under a criterion; `None` where there is no data.
pub fn grade(criterion: &Criterion, value: Option<Decimal>) -> u32 {
    let all = criterion.points;
    let Some(value) = value else {
        return match criterion.missing {
            Missing::NoPoints => 0,
            Missing::HalfThePoints => all / 2,
        };
    };
    match criterion.grade {
        Grade::AtLeast(least) if value >= least => all,
        Grade::AtLeast(_) => 0,
        Grade::Range { from, .. } if value <= from => 0,
        Grade::Range { to, .. } if value >= to => all,
        Grade::Range { from, to } => in_proportion(value - from, to - from, all),
    }
}

fn in_proportion(part: Decimal, whole: Decimal, all: u32) -> u32 {
    let share = part.checked_mul(all.into()).and_then(|points| points.checked_div(whole));
    share.and_then(|points| u32::try_from(points.trunc()).ok()).unwrap_or(0).min(all)
}
