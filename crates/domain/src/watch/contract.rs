//! Deadlines of contracts: the last day for notice, and the end of the term.

use jiff::Span;
use jiff::civil::Date;

use super::{Quiet, Watcher, What};
use crate::account::{Terms, terms_on};
use crate::decision::{Severity, Subject};

/// The last day for notice nears.
pub(super) fn notice(watcher: &mut Watcher<'_>) {
    for (_, line) in watcher.account.contract_lines() {
        let Some(terms) = terms_on(line, watcher.today) else { continue };
        let Some(day) = terms.notice_by() else { continue };
        let silence = if terms.ends_for_good() {
            Some(Quiet::EndsForGood)
        } else {
            terms.talks.map(|_| Quiet::TalksStarted)
        };
        deadline(watcher, &terms, day, silence);
    }
}

/// The end of a term nears, and nothing follows by itself.
pub(super) fn end(watcher: &mut Watcher<'_>) {
    for (_, line) in watcher.account.contract_lines() {
        let Some(terms) = terms_on(line, watcher.today) else { continue };
        let silence = if terms.ended.is_some() {
            Some(Quiet::EndsForGood)
        } else if terms.talks.is_some() {
            Some(Quiet::TalksStarted)
        } else if terms.auto_renewal_months.is_some() && terms.notice.is_none() {
            Some(Quiet::RenewsByItself)
        } else {
            None
        };
        deadline(watcher, &terms, terms.end, silence);
    }
}

/// One alert for the closest lead time that has been reached; the longer ones give way to it.
fn deadline(watcher: &mut Watcher<'_>, terms: &Terms, day: Date, silence: Option<Quiet>) {
    let days_left = watcher.today.until(day).map_or(i32::MAX, |span| span.get_days());
    let leads = watcher.rule.lead_days.clone();
    let reached = leads.iter().copied().filter(|lead| days_left <= i32::from(*lead)).min();
    for lead in leads {
        let key = format!("{}/{lead}", watcher.key(&terms.id.to_string(), day));
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
            say(watcher, key, terms, day, lead);
        }
    }
    if days_left >= 0 {
        watcher.look.again_on(day.tomorrow().ok());
    }
    let term_over = terms.end.tomorrow().ok().filter(|over| *over > watcher.today);
    watcher.look.again_on(term_over);
}

fn say(watcher: &mut Watcher<'_>, key: String, terms: &Terms, day: Date, lead: u16) {
    let cannot_wait = lead <= watcher.rule.now_within_days;
    let severity = if cannot_wait { Severity::Now } else { watcher.rule.severity };
    let mut evidence = Vec::new();
    watcher
        .account
        .contract_evidence(terms.id, watcher.today, &mut |source| evidence.push(source.id));
    let subject = Subject { contract: Some(terms.id), ..Subject::default() };
    watcher.due(key, severity, What { subject, day, lead_days: Some(lead), evidence });
}
