//! What is nearest to changing a status: what waits for somebody, days on which it turns by
//! itself, and the smallest steps that keep it or bring a better one.

use jiff::civil::Date;
use linchpin_domain::policy::{Span, Status, Verdict, assess};

use super::Turn;
use super::change::Ahead;
use super::course::{Seen, phrase};
use super::steps::steps_to;

/// Turns told at most.
const MAX_TURNS: usize = 6;

/// Ways told at most in which one turn can be brought about or kept away.
const MAX_WAYS: usize = 2;

/// What is nearest to changing the status, what can be done at any time first and then by day.
pub(super) fn nearest(seen: &Seen<'_>, ahead: &Ahead<'_>) -> Vec<Turn> {
    let mut turns: Vec<Turn> = waiting(seen).into_iter().chain(within_reach(seen)).collect();
    let status = seen.track.standing().status;
    if let Some(span) = ahead.spans.iter().find(|span| span.status != status) {
        turns.push(turn(seen, span));
        turns.extend(ways_to_keep(seen, ahead, span));
    }
    for known in [override_ends(seen), trial_ends(seen), lapses(seen), review_ends(seen)] {
        let told = |known: &Turn| turns.iter().any(|turn| turn.day == known.day);
        turns.extend(known.filter(|known| !told(known)));
    }
    turns.sort_by_key(|turn| turn.day);
    turns.truncate(MAX_TURNS);
    turns
}

/// What somebody's yes or no would make of it.
fn waiting(seen: &Seen<'_>) -> Option<Turn> {
    let (course, policy) = (seen.course(), seen.policy());
    if !course.waits(policy, seen.now.day) {
        return None;
    }
    let judge = seen.judge()?;
    let (to, sentence) = if course.status == Status::UnderReview {
        let no = "a no begins the review anew";
        (Status::Released, format!("The yes of {judge} releases it; {no}."))
    } else {
        let to = if policy.trial_days > 0 { Status::Trial } else { Status::Key };
        let made = phrase(to);
        (to, format!("The yes of {judge} makes it {made}; a no ends the nomination."))
    };
    Some(Turn { day: None, to, sentence })
}

/// The steps of which one alone would make a client a key account.
fn within_reach(seen: &Seen<'_>) -> Vec<Turn> {
    let course = seen.course();
    let outside = matches!(course.status, Status::Standard | Status::Released);
    let refused = course.vetoed_until.is_some_and(|until| until > seen.now.day);
    if !outside || refused || seen.overridden.is_some() || seen.now.verdict().enters {
        return Vec::new();
    }
    let policy = seen.policy();
    let asks = policy.approval.is_some_and(|approval| approval.to_enter);
    let to = match (asks, policy.trial_days > 0) {
        (true, _) => Status::Nominated,
        (false, true) => Status::Trial,
        (false, false) => Status::Key,
    };
    let (verb, whom) =
        if asks { ("nominate", "it".to_owned()) } else { ("make", format!("it {}", phrase(to))) };
    let steps = steps_to(seen.client, seen.now, |verdict: &Verdict| verdict.enters);
    let turn = |step: &super::steps::Step| Turn {
        day: None,
        to,
        sentence: step.sentence_with("", verb, &whom),
    };
    steps.iter().take(MAX_WAYS).map(turn).collect()
}

/// What time alone makes of the status next, in a sentence.
fn turn(seen: &Seen<'_>, span: &Span) -> Turn {
    let (course, policy) = (seen.course(), seen.policy());
    let day = seen.date(span.from);
    let lapses = course.lapses_on(policy) == Some(span.from);
    let overridden =
        seen.overridden.as_ref().is_some_and(|it| it.expires.tomorrow().ok() == Some(span.from));
    let review = course.status == Status::UnderReview;
    let sentence = match span.status {
        to if overridden => {
            format!("From {day} on the override holds no more, and it is {}.", phrase(to))
        }
        Status::UnderReview if lapses => {
            format!("It goes under review on {day} unless somebody confirms it before.")
        }
        Status::UnderReview => format!(
            "If nothing more comes in, it goes under review on {day} with {} of {} points.",
            span.points,
            policy.out_of()
        ),
        Status::Released if review && course.lapsed => {
            format!("It is released on {day} unless it is confirmed before.")
        }
        Status::Released if review => {
            format!("It is released on {day} unless the missing points are won back.")
        }
        Status::Key if course.status == Status::Trial => {
            format!("The trial ends on {day}, and it is a key account for good.")
        }
        Status::Standard | Status::Released if course.status == Status::Nominated => {
            format!("If nothing more comes in, the nomination ends on {day}.")
        }
        to => format!("By time alone it is {} on {day}.", phrase(to)),
    };
    Turn { day: Some(span.from), to: span.status, sentence }
}

/// The steps of which one alone would keep a status that time takes away.
fn ways_to_keep(seen: &Seen<'_>, ahead: &Ahead<'_>, span: &Span) -> Vec<Turn> {
    let status = seen.track.standing().status;
    let course = seen.course();
    let kept = status.is_key() || status == Status::Nominated;
    if !kept || course.lapsed || seen.overridden.is_some() {
        return Vec::new();
    }
    let Some(then) = assess(&ahead.client, span.from) else { return Vec::new() };
    if then.verdict().stays {
        return Vec::new();
    }
    let when = format!(" before {}", seen.date(span.from));
    let steps = steps_to(&ahead.client, &then, |verdict: &Verdict| verdict.stays);
    let turn = |step: &super::steps::Step| Turn {
        day: Some(span.from),
        to: if status == Status::UnderReview { Status::Key } else { status },
        sentence: step.sentence_with(&when, "keep", "it"),
    };
    steps.iter().take(MAX_WAYS).map(turn).collect()
}

fn override_ends(seen: &Seen<'_>) -> Option<Turn> {
    let overridden = seen.overridden.as_ref()?;
    let to = seen.course().status;
    let day = overridden.expires.tomorrow().ok()?;
    let sentence = format!(
        "The override holds until {}; what the policy says counts from then on, today {}.",
        seen.date(overridden.expires),
        phrase(to)
    );
    Some(Turn { day: Some(day), to, sentence })
}

fn trial_ends(seen: &Seen<'_>) -> Option<Turn> {
    let course = seen.course();
    let day = ahead_of(seen, course.trial_ends(seen.policy()))?;
    let on_trial = course.status == Status::Trial && seen.overridden.is_none();
    let sentence = format!("The trial ends on {}, if its points last.", seen.date(day));
    on_trial.then_some(Turn { day: Some(day), to: Status::Key, sentence })
}

fn lapses(seen: &Seen<'_>) -> Option<Turn> {
    let day = ahead_of(seen, seen.course().lapses_on(seen.policy()))?;
    let sentence =
        format!("The status lapses on {} unless somebody confirms it before.", seen.date(day));
    let turn = Turn { day: Some(day), to: Status::UnderReview, sentence };
    seen.overridden.is_none().then_some(turn)
}

fn review_ends(seen: &Seen<'_>) -> Option<Turn> {
    let (course, policy) = (seen.course(), seen.policy());
    let day = ahead_of(seen, course.grace_ends(policy))?;
    let asks = policy.approval.is_some_and(|approval| approval.to_release);
    let then = match seen.judge().filter(|_| asks) {
        Some(judge) => format!("its release then waits for the yes of {judge}"),
        None => "it is then released".to_owned(),
    };
    let sentence = format!("Its grace period ends on {}; {then}.", seen.date(day));
    let review = course.status == Status::UnderReview && seen.overridden.is_none();
    review.then_some(Turn { day: Some(day), to: Status::Released, sentence })
}

/// A day that is still to come.
fn ahead_of(seen: &Seen<'_>, day: Option<Date>) -> Option<Date> {
    day.filter(|day| *day > seen.now.day)
}
