//! What would change a status: the smallest step that brings a point, and what lapses by itself.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::Client;
use linchpin_domain::fact::ContractKind;
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{
    Assessment, Criterion, CriterionResult, Grade, Measure, Scene, Span, Standing, Status, Track,
    assess, grade, read,
};
use rust_decimal::RoundingStrategy;
use rust_decimal::prelude::ToPrimitive;

use super::Fall;
use super::contracts::kind_words;
use super::criteria::{judged, missing_levels, window};
use crate::words;

/// How far ahead is looked for what lapses by itself, in days.
const AHEAD_DAYS: i32 = 180;

/// Sentences shown at most.
const MAX_SENTENCES: usize = 6;

/// Sentences kept for what can be gained, where there is any.
const KEPT_FOR_GAINS: usize = 2;

/// What comes if nothing more happens: sentences and the lowest point.
#[derive(Default)]
pub(super) struct Outlook {
    pub sentences: Vec<String>,
    pub falls_to: Option<Fall>,
}

/// Looks ahead from an assessment.
pub(super) fn outlook(
    client: &Client<'_>,
    now: &Assessment,
    standing: Option<Standing>,
) -> Outlook {
    let currency = client.firm().currency();
    let client = &client.cut(now.day);
    let spans = ahead(client, now.day);
    let mut lapses = lapses(client, now, &spans, currency);
    let mut gains = gains(client.account(), now, currency);
    // What ends on a day calls for an act; what fades out of a window only for business as usual.
    lapses.sort_by_key(|lapse| (lapse.fades, lapse.points));
    gains.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let kept = gains.len().min(KEPT_FOR_GAINS);
    lapses.truncate(MAX_SENTENCES - kept);
    let lapses = lapses.into_iter().map(|lapse| lapse.sentence);
    let sentences = lapses.chain(gains.into_iter().map(|(_, sentence)| sentence));
    Outlook {
        sentences: sentences.take(MAX_SENTENCES).collect(),
        falls_to: falls_to(client, now, standing, &spans),
    }
}

/// The stops ahead, up to the day before other rules take over. The account ends with the day, so
/// that "if nothing is done" on a past day does not see what was done later.
fn ahead(client: &Client<'_>, day: Date) -> Vec<Span> {
    let until = day.saturating_add(AHEAD_DAYS.days());
    let rules = client.firm().next_change(day).and_then(|next| next.yesterday().ok());
    let until = rules.map_or(until, |rules| rules.min(until));
    let mut spans = Vec::new();
    Track::follow(client, until, &mut |span| {
        if span.from > day {
            spans.push(span);
        }
    });
    spans
}

/// The lowest point ahead if contracts, judgements and the like lapse while business goes on as it
/// does: what a trailing window counts is held at today's figure, for a client who keeps ordering
/// does not fall because old orders grow old.
fn falls_to(
    client: &Client<'_>,
    now: &Assessment,
    standing: Option<Standing>,
    spans: &[Span],
) -> Option<Fall> {
    let points_on = |day| held_points(client, now, day);
    let days = spans.iter().map(|span| (points_on(span.from), span.from));
    let (points, day) = days.min()?;
    let status = status_at(now, standing?, points, day);
    (points < now.points()).then_some(Fall { day, points, status })
}

fn held_points(client: &Client<'_>, now: &Assessment, day: Date) -> u32 {
    let scene = Scene::new(client, day, now.policy.looks_at_groups());
    let pairs = now.policy.criteria.iter().zip(&now.criteria);
    let points = pairs.map(|(criterion, assessed)| {
        if criterion.measure.windowed() || criterion.measure.is_derived() {
            return assessed.result.points;
        }
        grade(criterion, read(criterion, &scene, &mut |_| {}).value)
    });
    points.sum()
}

fn status_at(now: &Assessment, standing: Standing, points: u32, day: Date) -> Status {
    let policy = &now.policy;
    let grace = policy.grace_days.days();
    let stays = points >= policy.stays_from;
    match standing.status {
        Status::Standard | Status::Released if points >= policy.enters_at => Status::Key,
        Status::Nominated if !stays => Status::Standard,
        held @ (Status::Standard | Status::Released | Status::Nominated) => held,
        held @ (Status::Key | Status::Trial) if stays => held,
        Status::UnderReview if stays => Status::Key,
        Status::Key | Status::Trial if policy.grace_days == 0 => Status::Released,
        Status::Key | Status::Trial => Status::UnderReview,
        Status::UnderReview => {
            let released = standing.since.checked_add(grace).is_ok_and(|end| end <= day);
            if released { Status::Released } else { Status::UnderReview }
        }
    }
}

/// What a criterion loses or wins by time passing alone.
struct Lapse {
    points: i64,
    /// Whether it is old business growing older, and not something that ends.
    fades: bool,
    sentence: String,
}

fn lapses(
    client: &Client<'_>,
    now: &Assessment,
    spans: &[Span],
    currency: Currency,
) -> Vec<Lapse> {
    let mut stops: Vec<Assessment> = Vec::new();
    let mut points = now.points();
    for span in
        spans.iter().filter(|span| std::mem::replace(&mut points, span.points) != span.points)
    {
        stops.extend(assess(client, span.from));
    }
    let mut found = Vec::new();
    for (at, criterion) in now.policy.criteria.iter().enumerate() {
        let before = &now.criteria[at].result;
        let mut last = before;
        let mut days = Vec::new();
        for stop in &stops {
            let Some(then) = stop.criteria.get(at).map(|criterion| &criterion.result) else {
                continue;
            };
            if then.points != last.points {
                days.push(stop.day);
            }
            last = then;
        }
        let change = i64::from(last.points) - i64::from(before.points);
        let (Some(day), true) = (days.last(), change != 0) else { continue };
        let when = if days.len() == 1 { "on" } else { "by" };
        let when = format!("{when} {}", words::date(*day, now.day));
        let why = lapse_words(criterion, before, last, currency);
        let sentence = format!("{} {when}: {why}.", signed(change));
        found.push(Lapse { points: change, fades: criterion.measure.windowed(), sentence });
    }
    found
}

fn lapse_words(
    criterion: &Criterion,
    before: &CriterionResult,
    after: &CriterionResult,
    currency: Currency,
) -> String {
    let lost = before.value.unwrap_or_default().saturating_sub(after.value.unwrap_or_default());
    let whole = lost.abs().to_u64().unwrap_or(0);
    let span = window(criterion.window_days);
    match criterion.measure {
        Measure::Revenue | Measure::Profit => {
            let sum = words::money(lost, currency);
            format!("{sum} of {} is more than {span} old", criterion.title.to_lowercase())
        }
        Measure::Engagements => leaves(whole, "engagement", "engagements", &span),
        Measure::Interactions => {
            leaves(whole, "meeting, call or mail", "meetings, calls and mails", &span)
        }
        Measure::Referrals => leaves(whole, "referral", "referrals", &span),
        Measure::ActiveMonths => leaves(whole, "month with work", "months with work", &span),
        Measure::ColleaguesInvolved => {
            leaves(whole, "colleague's work", "colleagues' work", &span)
        }
        Measure::AccountReviews => leaves(whole, "account review", "account reviews", &span),
        Measure::PlanUpdates => leaves(whole, "update of the plan", "updates of the plan", &span),
        Measure::WorkInHand => format!("{} end", words::count(whole, "engagement", "engagements")),
        Measure::Feedback => format!("feedback is more than {span} old"),
        Measure::Judgement => match criterion.judgement {
            Some(of) => format!("the judgement of {} lapses", judged(of)),
            None => "a judgement lapses".to_owned(),
        },
        Measure::Contracts => {
            let kind = kind_words(criterion.contract.unwrap_or(ContractKind::Other));
            let ends = lost > Decimal::ZERO;
            format!("the {kind} {}", if ends { "has ended" } else { "begins" })
        }
        Measure::TenureYears => {
            let years = after.value.and_then(|years| years.to_u64()).unwrap_or(0);
            let noun = if years == 1 { "year" } else { "years" };
            format!("{} {noun} with us", words::number(years))
        }
        Measure::ActiveContacts
        | Measure::LevelsReached
        | Measure::DecisionMakers
        | Measure::BuyingRolesReached
        | Measure::Custom => criterion.title.to_lowercase(),
    }
}

fn leaves(number: u64, one: &str, many: &str, span: &str) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb} more than {span} old", words::count(number, one, many))
}

/// The smallest step of each criterion that brings a point: points and sentence.
fn gains(account: &Account, now: &Assessment, currency: Currency) -> Vec<(i64, String)> {
    let pairs = now.policy.criteria.iter().zip(&now.criteria);
    let gain = |(criterion, assessed): (&Criterion, &_)| {
        let assessed: &linchpin_domain::policy::CriterionAssessment = assessed;
        gain(criterion, &assessed.result, account, now.day, currency)
    };
    pairs.filter_map(gain).collect()
}

fn gain(
    criterion: &Criterion,
    now: &CriterionResult,
    account: &Account,
    day: Date,
    currency: Currency,
) -> Option<(i64, String)> {
    if now.points >= criterion.points {
        return None;
    }
    let goal = step_to(criterion, now.points + 1)?;
    let points = i64::from(grade(criterion, Some(goal))) - i64::from(now.points);
    let sentence = step_words(criterion, now, goal, account, day, currency)?;
    (points > 0).then(|| (points, format!("{} {sentence}", signed(points))))
}

/// The lowest figure that gives so many points, a whole one where only whole ones exist.
fn step_to(criterion: &Criterion, points: u32) -> Option<Decimal> {
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

fn step_words(
    criterion: &Criterion,
    now: &CriterionResult,
    goal: Decimal,
    account: &Account,
    day: Date,
    currency: Currency,
) -> Option<String> {
    let more = goal.checked_sub(now.value.unwrap_or_default())?;
    let whole = more.to_u64().unwrap_or(0);
    let number = words::capital(&words::number(whole));
    let plural = |one: &'static str, many: &'static str| if whole == 1 { one } else { many };
    Some(match criterion.measure {
        Measure::Revenue | Measure::Profit => {
            now.value?;
            let sum = words::money(more.ceil(), currency);
            format!("{sum} more of {}.", criterion.title.to_lowercase())
        }
        Measure::Engagements => format!("{number} more {}.", plural("engagement", "engagements")),
        Measure::Interactions => {
            format!(
                "{number} more {}.",
                plural("meeting, call or mail", "meetings, calls or mails")
            )
        }
        Measure::Referrals => format!("{number} more {}.", plural("referral", "referrals")),
        Measure::ActiveMonths => {
            format!("Work begun in {} more {}.", number.to_lowercase(), plural("month", "months"))
        }
        Measure::WorkInHand => {
            format!("{number} more {} in hand.", plural("engagement", "engagements"))
        }
        Measure::ColleaguesInvolved => {
            format!("{number} more {} in touch.", plural("colleague", "colleagues"))
        }
        Measure::AccountReviews => {
            format!("{number} more account {}.", plural("review", "reviews"))
        }
        Measure::PlanUpdates => "The account plan brought up to date.".to_owned(),
        Measure::BuyingRolesReached => {
            format!("Reach {} more buying {}.", number.to_lowercase(), plural("role", "roles"))
        }
        Measure::Custom => format!("{} as the policy asks.", words::capital(&criterion.title)),
        Measure::Feedback if now.value.is_none() => {
            format!("An answer of {} of 10 or better.", words::figure(goal))
        }
        Measure::Feedback => format!("A mean answer of {} of 10.", words::figure(goal)),
        Measure::Judgement => {
            let of = judged(criterion.judgement?);
            format!("A judgement of {} of 5 for {of}.", words::figure(goal))
        }
        Measure::Contracts => {
            let kind = kind_words(criterion.contract?);
            format!("{number} {kind}{} in force.", plural("", "s"))
        }
        Measure::ActiveContacts => format!("{number} more {}.", plural("contact", "contacts")),
        Measure::DecisionMakers if now.value.is_none_or(|known| known.is_zero()) => {
            let number = if whole == 1 { "a".to_owned() } else { number.to_lowercase() };
            format!("Meet {number} {}.", plural("decision maker", "decision makers"))
        }
        Measure::DecisionMakers => {
            format!(
                "Meet {} more {}.",
                number.to_lowercase(),
                plural("decision maker", "decision makers")
            )
        }
        Measure::LevelsReached => {
            let missing = missing_levels(account, day);
            let names: Vec<String> = missing.iter().map(|level| level.words().to_owned()).collect();
            let levels = plural("level", "levels");
            format!("Reach {} more {levels}: no {} yet.", number.to_lowercase(), names.join(" or "))
        }
        Measure::TenureYears => return None,
    })
}

/// Points with their sign: `+3`, `−6`.
pub(super) fn signed(points: i64) -> String {
    let sign = if points < 0 { "−" } else { "+" };
    format!("{sign}{}", points.unsigned_abs())
}
