//! A day that nears: told at each of a rule's lead times, by one alert at a time.

use jiff::Span;
use jiff::civil::Date;

use super::{Quiet, Watcher, What};
use crate::decision::{Severity, Subject};
use crate::id::EntryId;

/// One alert for the closest lead time that has been reached; the longer ones give way to it.
/// `silence` names why nobody need be told, where that is so; `evidence` is only asked for where
/// somebody is.
pub(super) fn deadline(
    watcher: &mut Watcher<'_>,
    about: &str,
    day: Date,
    silence: Option<Quiet>,
    subject: &Subject,
    evidence: &dyn Fn(&Watcher<'_>) -> Vec<EntryId>,
) {
    let days_left = watcher.today.until(day).map_or(i32::MAX, |span| span.get_days());
    let leads = watcher.rule.lead_days.clone();
    let reached = leads.iter().copied().filter(|lead| days_left <= i32::from(*lead)).min();
    for lead in leads {
        let key = lead_key(watcher, about, day, lead);
        if days_left < 0 {
            watcher.quiet(key, Quiet::Passed);
        } else if let Some(why) = silence {
            watcher.quiet(key, why);
        } else if days_left > i32::from(lead) {
            watcher.quiet(key, Quiet::NotYet);
            watcher.look.again_on(day.checked_sub(Span::new().days(i32::from(lead))).ok());
        } else if Some(lead) != reached {
            watcher.quiet(key, Quiet::TakenOver);
        } else {
            let cannot_wait = lead <= watcher.rule.now_within_days;
            let severity = if cannot_wait { Severity::Now } else { watcher.rule.severity };
            let (subject, evidence) = (subject.clone(), evidence(watcher));
            watcher.due(key, severity, What { subject, day, lead_days: Some(lead), evidence });
        }
    }
    if days_left >= 0 {
        watcher.look.again_on(day.tomorrow().ok());
    }
}

/// The key of a finding at one of a rule's lead times.
pub(super) fn lead_key(watcher: &Watcher<'_>, about: &str, day: Date, lead: u16) -> String {
    format!("{}/{lead}", watcher.key(about, day))
}
