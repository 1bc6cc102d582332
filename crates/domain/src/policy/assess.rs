//! The assessment: every criterion's figure and points, the sum, and when it may change.

use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::measure::{Reading, Scene, earlier, read};
use super::{Criterion, Grade, Missing, Policy, Predicate, Verdict};
use crate::desk::Client;
use crate::entry::Position;
use crate::id::EntryId;
use crate::money::Decimal;
use crate::timeline::Source;

/// What one criterion gave, as a decision records it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Debug, Clone, Default)]
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

    /// What the points come to.
    pub fn verdict(&self) -> Verdict {
        self.policy.verdict(self.criteria.iter().map(|criterion| criterion.result.points))
    }

    /// The first day on which any figure may differ by time passing alone.
    pub fn changes_on(&self) -> Option<Date> {
        self.criteria.iter().fold(None, |first, criterion| earlier(first, criterion.changes_on))
    }

    /// The figure of a criterion, as one that time does not change.
    fn reading(&self, id: &str) -> Reading {
        let found = self.criteria.iter().find(|criterion| criterion.result.id == id);
        Reading { value: found.and_then(|found| found.result.value), changes_on: None }
    }

    /// What a decision records of it.
    pub fn results(&self) -> Vec<CriterionResult> {
        self.criteria.iter().map(|criterion| criterion.result.clone()).collect()
    }
}

/// Assesses a client on a day under the policy in force that day; `None` where the firm has none.
pub fn assess(client: &Client<'_>, day: Date) -> Option<Assessment> {
    let (version, policy) = client.firm().policy_on(day)?;
    Some(assess_under(client, version, policy, day))
}

/// Assesses a client on a day under any policy, such as one that was in force before.
pub fn assess_under(
    client: &Client<'_>,
    version: u32,
    policy: &Arc<Policy>,
    day: Date,
) -> Assessment {
    let scene = Scene::new(client, day, policy.looks_at_groups());
    let mut criteria: Vec<CriterionAssessment> = Vec::with_capacity(policy.criteria.len());
    let readings = readings(policy, &scene, None, &mut |at, source| {
        while criteria.len() <= at {
            criteria.push(CriterionAssessment::default());
        }
        criteria[at].evidence.push((source.id, source.position));
    });
    criteria.resize_with(policy.criteria.len(), CriterionAssessment::default);
    for ((criterion, reading), assessed) in policy.criteria.iter().zip(readings).zip(&mut criteria)
    {
        assessed.result = result(criterion, reading.value);
        assessed.changes_on = reading.changes_on;
    }
    Assessment { version, day, criteria, policy: policy.clone() }
}

/// What the points come to, where figures over a trailing window stay as they were assessed, and
/// the next change.
pub(super) fn held_verdict_on(
    client: &Client<'_>,
    policy: &Policy,
    day: Date,
    held: &Assessment,
) -> (Verdict, Option<Date>) {
    let scene = Scene::new(client, day, policy.looks_at_groups());
    let readings = readings(policy, &scene, Some(held), &mut |_, _| {});
    let changes_on = readings.iter().fold(None, |first, it| earlier(first, it.changes_on));
    let pairs = policy.criteria.iter().zip(&readings);
    (policy.verdict(pairs.map(|(criterion, reading)| grade(criterion, reading.value))), changes_on)
}

/// Every criterion's figure, in the order of the policy; evidence comes with the criterion's place
/// in it. Derived figures are formed last, from all that are not.
fn readings(
    policy: &Policy,
    scene: &Scene<'_>,
    held: Option<&Assessment>,
    evidence: &mut dyn FnMut(usize, &Source),
) -> Vec<Reading> {
    let criteria = policy.criteria.iter().enumerate();
    let mut readings: Vec<Reading> = criteria
        .map(|(at, criterion)| match held.filter(|_| criterion.measure.windowed()) {
            Some(held) => held.reading(&criterion.id),
            None => read(criterion, scene, &mut |source| evidence(at, source)),
        })
        .collect();
    for (at, criterion) in policy.criteria.iter().enumerate() {
        let Some(when) = &criterion.when else { continue };
        let from: Vec<_> = when.names_used().map(|name| place_of(policy, name)).collect();
        let holds = when.holds(&|name| readings[from[name]?].value);
        readings[at].value = holds.map(|holds| Decimal::from(u8::from(holds)));
    }
    readings
}

/// The place of the criterion that a predicate names.
pub(super) fn place_of(policy: &Policy, name: &str) -> Option<usize> {
    policy.criteria.iter().position(|criterion| {
        !criterion.measure.is_derived() && Predicate::is_name_of(name, &criterion.id)
    })
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
        Grade::Range { from, to } => in_proportion(value, from, to, all),
    }
}

/// A value between the two ends, which a policy holds small enough for nothing here to run over.
fn in_proportion(value: Decimal, from: Decimal, to: Decimal, all: u32) -> u32 {
    let part = value.checked_sub(from).and_then(|part| part.checked_mul(all.into()));
    let share = part.and_then(|part| part.checked_div(to.checked_sub(from)?));
    share.and_then(|points| u32::try_from(points.trunc()).ok()).unwrap_or(0).min(all)
}
