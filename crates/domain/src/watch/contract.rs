//! Deadlines of contracts: the last day for notice, and the end of the term.

use jiff::civil::Date;

use super::deadline::deadline;
use super::{Quiet, Watcher};
use crate::account::{Terms, terms_on};
use crate::decision::Subject;

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
        nears(watcher, &terms, day, silence);
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
        nears(watcher, &terms, terms.end, silence);
    }
}

/// Tells of a contract's day, and looks again when its term is over.
fn nears(watcher: &mut Watcher<'_>, terms: &Terms, day: Date, silence: Option<Quiet>) {
    let subject = Subject { contract: Some(terms.id), ..Subject::default() };
    deadline(watcher, &terms.id.to_string(), day, silence, &subject, &|watcher| {
        let (account, mut evidence) = (watcher.account, Vec::new());
        account.contract_evidence(terms.id, watcher.today, &mut |it| evidence.push(it.id));
        evidence
    });
    let term_over = terms.end.tomorrow().ok().filter(|over| *over > watcher.today);
    watcher.look.again_on(term_over);
}
