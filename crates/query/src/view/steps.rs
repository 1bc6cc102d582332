//! Steps: the least that could be done about one criterion, as a thing that comes in or an act.

use jiff::civil::Date;
use linchpin_domain::desk::Client;
use linchpin_domain::money::Decimal;
use linchpin_domain::policy::{
    Assessment, Criterion, CriterionResult, Grade, Measure, Verdict, grade,
};
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive;

use super::contracts::kind_words;
use super::criteria::missing_levels;
use crate::words;

/// What could be done.
pub(super) struct Step {
    text: String,
    /// What belongs to an act's sentence but comes after its aim.
    tail: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    One,
    Many,
    Act,
}

impl Step {
    /// As a sentence of its own: `Two more engagements.`
    pub(super) fn sentence(&self) -> String {
        format!("{}{}.", self.text, self.tail)
    }

    /// With what comes of it: `Two more engagements before 14 March keep it.`
    pub(super) fn sentence_with(&self, when: &str, verb: &str, whom: &str) -> String {
        let Self { text, tail, kind } = self;
        match kind {
            Kind::One => format!("{text}{when} {verb}s {whom}{tail}."),
            Kind::Many => format!("{text}{when} {verb} {whom}{tail}."),
            Kind::Act => format!("{text}{when} to {verb} {whom}{tail}."),
        }
    }
}

/// For each criterion the least step that alone makes the points come to what is wanted; the
/// everyday ones first.
pub(super) fn steps_to(
    client: &Client<'_>,
    now: &Assessment,
    wanted: fn(&Verdict) -> bool,
) -> Vec<Step> {
    let points: Vec<u32> = now.criteria.iter().map(|it| it.result.points).collect();
    let mut found: Vec<(u8, Step)> = Vec::new();
    for (at, criterion) in now.policy.criteria.iter().enumerate() {
        let enough = |more: &u32| {
            let mut points = points.clone();
            points[at] = *more;
            wanted(&now.policy.verdict(points))
        };
        let Some(least) = (points[at] + 1..=criterion.points).find(enough) else { continue };
        let step = step(client, criterion, &now.criteria[at].result, least, now.day);
        found.extend(step.map(|(_, step)| (effort(criterion.measure), step)));
    }
    found.sort_by_key(|(effort, _)| *effort);
    found.into_iter().map(|(_, step)| step).collect()
}

/// The least step of a criterion that gives so many points, and how many it gives.
pub(super) fn step(
    client: &Client<'_>,
    criterion: &Criterion,
    now: &CriterionResult,
    points: u32,
    day: Date,
) -> Option<(u32, Step)> {
    let goal = figure_for(criterion, points)?;
    let given = grade(criterion, Some(goal));
    let step = words_of(client, criterion, now, goal, day)?;
    (given >= points).then_some((given, step))
}

/// How far a measure is from everyday business: work and talks come before money, and that before
/// what others have to say or sign.
fn effort(measure: Measure) -> u8 {
    match measure {
        Measure::Engagements | Measure::WorkInHand | Measure::ActiveMonths => 0,
        Measure::Interactions
        | Measure::AccountReviews
        | Measure::PlanUpdates
        | Measure::ColleaguesInvolved => 1,
        Measure::Revenue | Measure::Profit => 2,
        Measure::ActiveContacts
        | Measure::LevelsReached
        | Measure::DecisionMakers
        | Measure::BuyingRolesReached => 3,
        Measure::Contracts | Measure::Referrals | Measure::Feedback => 4,
        Measure::Judgement | Measure::TenureYears | Measure::Custom => 5,
    }
}

/// The lowest figure that gives so many points, a whole one where only whole ones exist.
fn figure_for(criterion: &Criterion, points: u32) -> Option<Decimal> {
    let exact = match criterion.grade {
        Grade::AtLeast(least) => least,
        Grade::Range { from, to } => {
            let part = to.checked_sub(from)?.checked_mul(points.into())?;
            from.checked_add(part.checked_div(criterion.points.into())?)?
        }
    };
    let places = match criterion.measure {
        Measure::Revenue | Measure::Profit => 2,
        Measure::Feedback => 1,
        _ => 0,
    };
    Some(exact.round_dp_with_strategy(places, RoundingStrategy::ToPositiveInfinity))
}

fn words_of(
    client: &Client<'_>,
    criterion: &Criterion,
    now: &CriterionResult,
    goal: Decimal,
    day: Date,
) -> Option<Step> {
    let more = goal.checked_sub(now.value.unwrap_or_default())?;
    let whole = more.to_u64().unwrap_or(0);
    let number = words::number(whole);
    let counted = |one: &str, many: &str| {
        let noun = if whole == 1 { one } else { many };
        (format!("{number} more {noun}"), if whole == 1 { Kind::One } else { Kind::Many })
    };
    let one = |text: String| (text, Kind::One);
    let act = |verb: &str, one: &str, many: &str| {
        (format!("{verb} {number} more {}", if whole == 1 { one } else { many }), Kind::Act)
    };
    let mut tail = String::new();
    let (text, kind) = match criterion.measure {
        Measure::Revenue | Measure::Profit => {
            now.value?;
            let sum = words::money(more.ceil(), client.firm().currency());
            one(format!("{sum} more of {}", criterion.title.to_lowercase()))
        }
        Measure::Engagements => counted("engagement", "engagements"),
        Measure::Interactions => counted("meeting, call or mail", "meetings, calls or mails"),
        Measure::Referrals => counted("referral", "referrals"),
        Measure::ActiveMonths => {
            let months = if whole == 1 { "month" } else { "months" };
            one(format!("work begun in {number} more {months}"))
        }
        Measure::WorkInHand => counted("engagement in hand", "engagements in hand"),
        Measure::ColleaguesInvolved => counted("colleague in touch", "colleagues in touch"),
        Measure::AccountReviews => counted("account review", "account reviews"),
        Measure::PlanUpdates if whole <= 1 => one("the account plan brought up to date".to_owned()),
        Measure::PlanUpdates => counted("update of the plan", "updates of the account plan"),
        Measure::Custom => one(format!("{} as the policy asks", criterion.title.to_lowercase())),
        Measure::Feedback if now.value.is_none() => {
            one(format!("an answer of {} of 10 or better", words::figure(goal)))
        }
        Measure::Feedback => one(format!("a mean answer of {} of 10", words::figure(goal))),
        Measure::Judgement => {
            let of = criterion.judgement?.words();
            one(format!("a judgement of {} of 5 for {of}", words::figure(goal)))
        }
        Measure::Contracts => {
            let kind = kind_words(criterion.contract?);
            let (s, kinds) = if whole == 1 { ("", Kind::One) } else { ("s", Kind::Many) };
            (format!("{number} {kind}{s} in force"), kinds)
        }
        Measure::ActiveContacts => counted("contact", "contacts"),
        Measure::DecisionMakers if now.value.is_none_or(|known| known.is_zero()) => {
            let whom = if whole == 1 { "a decision maker" } else { "decision makers" };
            let number = if whole == 1 { String::new() } else { format!("{number} ") };
            (format!("meet {number}{whom}"), Kind::Act)
        }
        Measure::DecisionMakers => act("meet", "decision maker", "decision makers"),
        Measure::BuyingRolesReached => act("reach", "buying role", "buying roles"),
        Measure::LevelsReached => {
            let missing = missing_levels(client, criterion.scope, day);
            let names: Vec<String> = missing.iter().map(|level| level.words().to_owned()).collect();
            tail = format!(": no {} yet", names.join(" or "));
            act("reach", "level", "levels")
        }
        Measure::TenureYears => return None,
    };
    Some(Step { text: words::capital(&text), tail, kind })
}
