//! What would change the points: the smallest step that brings one, and what lapses by itself.

use jiff::ToSpan;
use linchpin_domain::desk::Client;
use linchpin_domain::fact::ContractKind;
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::{
    Assessment, Criterion, CriterionAssessment, CriterionResult, Measure, Span, Track, assess,
};
use rust_decimal::prelude::ToPrimitive;

use super::Fall;
use super::contracts::kind_words;
use super::criteria::window;
use super::steps::step;
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

/// The days ahead of a client, up to the day before other rules take over. The client ends with
/// the day, so that "if nothing is done" on a past day does not see what was done later.
pub(super) struct Ahead<'a> {
    /// The client without what happens after the day.
    pub client: Client<'a>,
    /// The stops if nothing more happens.
    pub spans: Vec<Span>,
    /// The stops if business goes on as it does and only contracts, judgements and the like
    /// lapse: a client who keeps ordering does not fall because old orders grow old.
    held: Vec<Span>,
}

impl<'a> Ahead<'a> {
    /// Looks ahead from an assessment and the track that led to its day.
    pub(super) fn of(client: &Client<'a>, now: &Assessment, track: Track) -> Self {
        let until = now.day.saturating_add(AHEAD_DAYS.days());
        let rules = client.firm().next_change(now.day).and_then(|next| next.yesterday().ok());
        let until = rules.map_or(until, |rules| rules.min(until));
        let client = client.cut(now.day);
        let (mut spans, mut held) = (Vec::new(), Vec::new());
        let _ = track.go_on(&client, until, None, &mut |span| spans.push(span));
        let _ = track.go_on(&client, until, Some(now), &mut |span| held.push(span));
        Self { client, spans, held }
    }
}

/// What is said of the points ahead.
pub(super) fn outlook(ahead: &Ahead<'_>, now: &Assessment) -> Outlook {
    let currency = ahead.client.firm().currency();
    let mut lapses = lapses(&ahead.client, now, &ahead.spans, currency);
    let mut gains = gains(&ahead.client, now);
    // What ends on a day calls for an act; what fades out of a window only for business as usual.
    lapses.sort_by_key(|lapse| (lapse.fades, lapse.points));
    gains.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let kept = gains.len().min(KEPT_FOR_GAINS);
    lapses.truncate(MAX_SENTENCES - kept);
    let lapses = lapses.into_iter().map(|lapse| lapse.sentence);
    let sentences = lapses.chain(gains.into_iter().map(|(_, sentence)| sentence));
    let lowest = ahead.held.iter().min_by_key(|span| (span.points, span.from));
    let lower = lowest.filter(|span| span.points < now.points());
    Outlook {
        sentences: sentences.take(MAX_SENTENCES).collect(),
        falls_to: lower.map(|it| Fall { day: it.from, points: it.points, status: it.status }),
    }
}

/// What a criterion loses or wins by time passing alone.
struct Lapse {
    points: i64,
    /// Whether it is old business growing older, and not something that ends.
    fades: bool,
    sentence: String,
}

fn lapses(client: &Client<'_>, now: &Assessment, spans: &[Span], currency: Currency) -> Vec<Lapse> {
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
        Measure::ColleaguesInvolved => leaves(whole, "colleague's work", "colleagues' work", &span),
        Measure::AccountReviews => leaves(whole, "account review", "account reviews", &span),
        Measure::PlanUpdates => leaves(whole, "update of the plan", "updates of the plan", &span),
        Measure::WorkInHand => format!("{} end", words::count(whole, "engagement", "engagements")),
        Measure::Feedback => format!("feedback is more than {span} old"),
        Measure::Judgement => match criterion.judgement {
            Some(of) => format!("the judgement of {} lapses", of.words()),
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
        | Measure::BuyingRolesReached => criterion.title.to_lowercase(),
        Measure::Custom if lost > Decimal::ZERO => {
            format!("what “{}” asks holds no more", criterion.title)
        }
        Measure::Custom => format!("what “{}” asks then holds", criterion.title),
    }
}

fn leaves(number: u64, one: &str, many: &str, span: &str) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb} more than {span} old", words::count(number, one, many))
}

/// The smallest step of each criterion that brings a point: points and sentence.
fn gains(client: &Client<'_>, now: &Assessment) -> Vec<(i64, String)> {
    let pairs = now.policy.criteria.iter().zip(&now.criteria);
    let gain = |(criterion, assessed): (&Criterion, &CriterionAssessment)| {
        let result = &assessed.result;
        if result.points >= criterion.points {
            return None;
        }
        let (given, step) = step(client, criterion, result, result.points + 1, now.day)?;
        let points = i64::from(given) - i64::from(result.points);
        Some((points, format!("{} {}", signed(points), step.sentence())))
    };
    pairs.filter_map(gain).collect()
}

/// Points with their sign: `+3`, `−6`.
pub(super) fn signed(points: i64) -> String {
    let sign = if points < 0 { "−" } else { "+" };
    format!("{sign}{}", points.unsigned_abs())
}
