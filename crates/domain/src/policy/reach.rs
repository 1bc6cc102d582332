//! What a client can come to under a policy at best: one that nobody can ever satisfy is a mistake.
//!
//! Only a draft is judged by it. A document in the ledger was adopted as it stands, and stays in
//! force whatever a later version of the desk would say of it.

use super::assess::grade;
use super::document::{Criterion, DocumentError, Grade, Measure, Policy};
use super::written::PolicyToml;
use crate::fact::{BuyingRole, Level, MAX_SCORE};
use crate::money::Decimal;

/// Highest mean of feedback.
const MAX_FEEDBACK: u32 = 10;

impl Policy {
    /// Reads a policy that somebody means to adopt: as [`Policy::parse`], and refuses what no client
    /// could ever satisfy, since some figures have an end.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn draft(text: &str) -> Result<Self, DocumentError> {
        let policy = Self::parse(text)?;
        let written: PolicyToml =
            toml::from_str(text).map_err(|error| DocumentError::from_toml(text, &error))?;
        for (criterion, spanned) in policy.criteria.iter().zip(&written.criteria) {
            in_reach(criterion).map_err(|message| {
                let message = format!("criterion `{}`: {message}", criterion.id);
                DocumentError::at(text, spanned.span().start, message)
            })?;
        }
        let (best, all) = (policy.criteria.iter().map(best).sum::<u32>(), policy.out_of());
        if best < policy.enters_at && !policy.criteria.iter().any(|it| it.sufficient) {
            let message = format!(
                "enters_at {} can never be reached: with the highest figures that there are, a \
                 client has {best} of {all} points",
                policy.enters_at
            );
            return Err(DocumentError::at(text, written.enters_at.span().start, message));
        }
        Ok(policy)
    }
}

/// That somebody can have a point of a criterion, and all of one that makes a key account by
/// itself.
fn in_reach(criterion: &Criterion) -> Result<(), String> {
    let Some(most) = most(criterion) else { return Ok(()) };
    let points = grade(criterion, Some(most));
    let (first, all) = match criterion.grade {
        Grade::AtLeast(_) => ("at_least", "at_least"),
        Grade::Range { .. } => ("from", "to"),
    };
    if points == 0 {
        return Err(format!(
            "nobody can ever have a point of it, since its figure is {most} at most: lower `{first}`"
        ));
    }
    if criterion.sufficient && points < criterion.points {
        return Err(format!(
            "it is `sufficient`, but nobody can ever have all its points, since its figure is \
             {most} at most: lower `{all}`"
        ));
    }
    Ok(())
}

/// The most points that a criterion can give.
fn best(criterion: &Criterion) -> u32 {
    let unknown = grade(criterion, None);
    most(criterion).map_or(criterion.points, |most| grade(criterion, Some(most)).max(unknown))
}

/// The highest figure that there is; `None` where it has no end.
fn most(criterion: &Criterion) -> Option<Decimal> {
    let days = u32::try_from(criterion.window_days).unwrap_or(0);
    let most = match criterion.measure {
        Measure::Feedback => MAX_FEEDBACK,
        Measure::Judgement => u32::from(MAX_SCORE),
        Measure::LevelsReached => u32::try_from(Level::ALL.len()).ok()?,
        Measure::BuyingRolesReached => u32::try_from(BuyingRole::ALL.len()).ok()?,
        // No month is shorter than 28 days, and at both ends one may be touched by a day.
        Measure::ActiveMonths => days.min(days / 28 + 2),
        Measure::Custom => 1,
        Measure::Revenue
        | Measure::Profit
        | Measure::Engagements
        | Measure::Interactions
        | Measure::Referrals
        | Measure::Contracts
        | Measure::ActiveContacts
        | Measure::DecisionMakers
        | Measure::TenureYears
        | Measure::WorkInHand
        | Measure::ColleaguesInvolved
        | Measure::AccountReviews
        | Measure::PlanUpdates => return None,
    };
    Some(most.into())
}
