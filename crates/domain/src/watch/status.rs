//! What a status waits for: a yes or no, and the next reassessment.

use jiff::civil::Date;

use super::deadline::{deadline, lead_key};
use super::{Quiet, Watcher, What};
use crate::account::Ruling;
use crate::decision::Subject;

/// A nomination, or a review past its grace period, waits for somebody's yes. While an override
/// holds nobody is asked: their yes would move nothing that anybody sees.
pub(super) fn approval(watcher: &mut Watcher<'_>) {
    let today = watcher.today;
    let Some((_, policy)) = watcher.client.firm().policy_on(today) else { return };
    if policy.approval.is_none() {
        return;
    }
    let Some(track) = watcher.track() else { return };
    let course = track.course();
    let key = watcher.key(course.status.words(), course.since);
    if let Some((status, since)) = course.decided {
        let answered = watcher.key(status.words(), since);
        watcher.quiet(answered, Quiet::NothingWaits);
    }
    if !course.waits(policy, today) {
        watcher.quiet(key, Quiet::NothingWaits);
    } else if watcher.account.override_on(watcher.firm, today).is_some() {
        watcher.quiet(key, Quiet::Overridden);
    } else {
        let what = What {
            subject: Subject::default(),
            day: course.since,
            lead_days: None,
            evidence: rulings(watcher, course.since),
        };
        watcher.due(key, watcher.rule.severity, what);
    }
}

/// The day nears on which a status lapses unless somebody confirms it.
pub(super) fn reassessment(watcher: &mut Watcher<'_>) {
    let today = watcher.today;
    let Some((_, policy)) = watcher.client.firm().policy_on(today) else { return };
    if policy.reassess_every_days.is_none() {
        return;
    }
    let Some(track) = watcher.track() else { return };
    let course = track.course();
    let leads = watcher.rule.lead_days.clone();
    // Under review for its points it does not lapse on the day, but the day has passed.
    let over = |day: &Date| course.lapsed || *day <= today;
    for (day, why) in [
        (course.confirmed_before, Quiet::NothingWaits),
        (course.reassessment(policy).filter(over), Quiet::Passed),
    ] {
        for (day, lead) in day.into_iter().flat_map(|day| leads.iter().map(move |it| (day, it))) {
            let key = lead_key(watcher, "confirm", day, *lead);
            watcher.quiet(key, why);
        }
    }
    let Some(day) = course.reassessment(policy).filter(|day| !over(day)) else { return };
    let since = course.assessed_on;
    let evidence = |watcher: &Watcher<'_>| rulings(watcher, since);
    deadline(watcher, "confirm", day, None, &Subject::default(), &evidence);
    watcher.look.again_on(Some(day));
}

/// The rulings of a day on which what is waited for rests.
fn rulings(watcher: &Watcher<'_>, day: Date) -> Vec<crate::id::EntryId> {
    let eve = day.yesterday().unwrap_or(Date::MIN);
    let rulings = watcher.account.rulings().between(eve, day);
    let counts = |ruling: &Ruling| matches!(ruling, Ruling::Nominated(..) | Ruling::Confirmed(..));
    rulings.filter(|(_, ruling)| counts(ruling)).map(|(source, _)| source.id).collect()
}
