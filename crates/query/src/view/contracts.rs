//! Contracts and their deadlines.

use jiff::civil::Date;
use linchpin_domain::account::{Account, Terms, terms_on};
use linchpin_domain::fact::ContractKind;

use super::{ContractView, Deadline, Evidence};
use crate::words;

/// The next deadline of any contract of an account.
pub(super) fn next_deadline(account: &Account, as_of: Date) -> Option<Deadline> {
    account.contracts_on(as_of).filter_map(|terms| deadline(&terms, as_of)).min_by_key(|it| it.day)
}

/// The next deadline of one contract: the last day for notice while notice makes a difference,
/// else the end of the term, else the day after which it renews by itself.
pub(super) fn deadline(terms: &Terms, as_of: Date) -> Option<Deadline> {
    let ended = terms.ended.is_some_and(|ended| ended <= as_of);
    if ended || terms.end < as_of {
        return None;
    }
    let notice = terms.notice_by().filter(|day| *day >= as_of && !terms.ends_for_good());
    let (day, what) = match notice {
        Some(day) => (day, "notice"),
        None if renews(terms) => (terms.end, "renewal"),
        None => (terms.end, "end"),
    };
    Some(Deadline {
        day,
        what: what.to_owned(),
        contract: terms.id,
        title: terms.title.to_string(),
        days_left: words::days_between(as_of, day),
    })
}

/// Whether a further term follows by itself.
pub(super) fn renews(terms: &Terms) -> bool {
    terms.auto_renewal_months.is_some_and(|months| months > 0) && !terms.ends_for_good()
}

/// Every contract signed by a day, next deadline first, ended ones last.
pub(super) fn contracts(account: &Account, as_of: Date) -> Vec<ContractView> {
    let mut found: Vec<(bool, Date, ContractView)> = Vec::new();
    for (_, line) in account.contract_lines() {
        let Some(terms) = terms_on(line, as_of) else { continue };
        let next = deadline(&terms, as_of);
        let mut evidence: Vec<Evidence> = line
            .until(as_of)
            .map(|(source, _)| Evidence { id: source.id, position: Some(source.position) })
            .collect();
        evidence.reverse();
        evidence.truncate(super::criteria::MAX_EVIDENCE);
        let sort_day = next.as_ref().map_or(terms.end, |next| next.day);
        found.push((next.is_none(), sort_day, contract(&terms, as_of, evidence)));
    }
    found.sort_by(|a, b| (a.0, a.1, &a.2.title).cmp(&(b.0, b.1, &b.2.title)));
    found.into_iter().map(|(_, _, view)| view).collect()
}

fn contract(terms: &Terms, as_of: Date, evidence: Vec<Evidence>) -> ContractView {
    let value = terms.value_a_year.map(|value| words::money(value.amount, value.currency));
    ContractView {
        id: terms.id,
        title: terms.title.to_string(),
        kind: terms.kind,
        start: terms.start,
        end: terms.end,
        notice_by: terms.notice_by(),
        auto_renewal_months: terms.auto_renewal_months,
        value_a_year: value,
        in_force: terms.in_force(as_of),
        state: state(terms, as_of).to_owned(),
        evidence,
    }
}

fn state(terms: &Terms, as_of: Date) -> &'static str {
    if terms.end < as_of || terms.ended.is_some_and(|ended| ended <= as_of) {
        "ended"
    } else if as_of < terms.start {
        "not begun"
    } else if terms.notice.is_some() {
        "notice given"
    } else if terms.talks.is_some() {
        "talks started"
    } else {
        "in force"
    }
}

/// What a contract of a kind is called.
pub(super) fn kind_words(kind: ContractKind) -> &'static str {
    match kind {
        ContractKind::Framework => "framework agreement",
        ContractKind::Retainer => "retainer",
        ContractKind::Exclusivity => "exclusivity agreement",
        ContractKind::RateCard => "rate card",
        ContractKind::Other => "contract",
    }
}

/// Months as a length of time: `a year`, `18 months`.
pub(super) fn months(months: u16) -> String {
    match months {
        1 => "a month".to_owned(),
        12 => "a year".to_owned(),
        many if many % 12 == 0 => format!("{} years", words::number(u64::from(many / 12))),
        many => format!("{many} months"),
    }
}
