//! The contracts of one client.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::fact::{ContractKind, Side};
use crate::id::{ContractId, EntryId};
use crate::money::Money;
use crate::timeline::{Source, Timeline};

/// What happened with a contract.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ContractEvent {
    /// It was signed on these terms, or is known to stand.
    Signed(Box<Terms>),
    /// Terms changed; what is absent stayed.
    Amended {
        /// Name or number.
        title: Option<Arc<str>>,
        /// First day of the term.
        start: Option<Date>,
        /// Last day of the term.
        end: Option<Date>,
        /// Notice period in days before the end.
        notice_days: Option<u16>,
        /// Months for which it renews by itself.
        auto_renewal_months: Option<u16>,
    },
    /// A new term up to this day.
    Renewed(Date),
    /// Notice was given.
    Notice(Side),
    /// It ended.
    Ended,
    /// Talks about the next term began.
    TalksStarted,
}

/// All that happened with one contract, in the order in which it was agreed or found out. Unlike
/// on other lines, an item may count from a day before that of the item ahead of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ContractLine(Timeline<ContractEvent>);

impl ContractLine {
    /// What counts on a day, in order.
    pub fn until(&self, day: Date) -> impl Iterator<Item = (&Source, &ContractEvent)> {
        self.0.iter().filter(move |(source, _)| source.day <= day)
    }

    pub(super) fn insert(&mut self, source: Source, event: ContractEvent) -> bool {
        self.0.insert(source, event)
    }

    pub(super) fn remove(&mut self, fact: EntryId) -> Option<Date> {
        self.0.remove(fact)
    }

    pub(super) fn join(&mut self, other: Self) {
        self.0.join(other.0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn cut(&mut self, day: Date) {
        self.0.retain(|source| source.day <= day);
    }
}

/// A contract as it stands on a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The contract.
    pub id: ContractId,
    /// Name or number.
    pub title: Arc<str>,
    /// What it binds the client to.
    pub kind: ContractKind,
    /// First day of the first term.
    pub start: Date,
    /// Last day of the current term.
    pub end: Date,
    /// Last day of the term that was last agreed on: terms that follow by themselves are counted
    /// from it, since one counted from the other would drift at the ends of months.
    pub agreed_end: Date,
    /// Notice period in days before the end.
    pub notice_days: Option<u16>,
    /// Months for which it renews by itself.
    pub auto_renewal_months: Option<u16>,
    /// What it brings a year.
    pub value_a_year: Option<Money>,
    /// Who gave notice for the current term, and when.
    pub notice: Option<(Side, Date)>,
    /// When talks about the next term began.
    pub talks: Option<Date>,
    /// The day it was ended, where it was.
    pub ended: Option<Date>,
}

impl Terms {
    /// The last day on which notice can be given for the current term.
    pub fn notice_by(&self) -> Option<Date> {
        let days = self.notice_days?;
        self.end.checked_sub(i64::from(days).days()).ok()
    }

    /// Whether it binds the client on a day.
    pub fn in_force(&self, day: Date) -> bool {
        self.start <= day && day <= self.end && self.ended.is_none_or(|ended| day < ended)
    }

    /// Whether nothing will follow the current term by itself: notice was given, or it has ended.
    pub fn ends_for_good(&self) -> bool {
        self.notice.is_some() || self.ended.is_some()
    }

    fn begin_term(&mut self, end: Date) {
        self.end = end;
        self.notice = None;
        self.talks = None;
    }

    fn agree_on(&mut self, end: Date) {
        self.agreed_end = end;
        self.begin_term(end);
    }

    /// Lets the term roll on where it renewed by itself before a day. However many terms have
    /// passed, it is one reckoning.
    fn roll(&mut self, day: Date) {
        let Some(months) = self.auto_renewal_months.filter(|months| *months > 0) else { return };
        if self.end >= day || self.ends_for_good() {
            return;
        }
        let months = i32::from(months);
        let passed = months_between(self.agreed_end, day) / months;
        // A day late in its month may lie beyond the end that whole months give.
        let mut ends =
            [passed, passed + 1].into_iter().filter_map(|terms| self.end_after(terms * months));
        if let Some(end) = ends.find(|end| *end >= day) {
            self.begin_term(end);
        }
    }

    /// The last day before the day on which the following term begins.
    fn end_after(&self, months: i32) -> Option<Date> {
        let begins = self.agreed_end.tomorrow().ok()?;
        begins.checked_add(i64::from(months).months()).ok()?.yesterday().ok()
    }
}

/// By the calendar, whatever the days of the months.
fn months_between(earlier: Date, later: Date) -> i32 {
    let years = i32::from(later.year()) - i32::from(earlier.year());
    years * 12 + i32::from(later.month()) - i32::from(earlier.month())
}

/// A contract's line folded up to a day; `None` until it was signed. Amendments that were told
/// before the signing take effect with it.
pub fn terms_on(line: &ContractLine, day: Date) -> Option<Terms> {
    let mut terms: Option<Terms> = None;
    let mut early: Vec<(&Source, &ContractEvent)> = Vec::new();
    for (source, event) in line.until(day) {
        match (&mut terms, event) {
            (_, ContractEvent::Signed(signed)) => {
                let mut signed = Terms::clone(signed);
                for (source, event) in early.drain(..) {
                    step(&mut signed, source, event);
                }
                terms = Some(signed);
            }
            (Some(terms), event) => {
                terms.roll(source.day);
                step(terms, source, event);
            }
            (None, _) => early.push((source, event)),
        }
    }
    if let Some(terms) = &mut terms {
        terms.roll(day);
    }
    terms
}

fn step(terms: &mut Terms, source: &Source, event: &ContractEvent) {
    match event {
        ContractEvent::Signed(_) => {}
        ContractEvent::Amended { title, start, end, notice_days, auto_renewal_months } => {
            if let Some(title) = title {
                terms.title = title.clone();
            }
            terms.start = start.unwrap_or(terms.start);
            if let Some(end) = end.filter(|end| *end != terms.end) {
                terms.agree_on(end);
            }
            terms.notice_days = notice_days.or(terms.notice_days);
            terms.auto_renewal_months = auto_renewal_months.or(terms.auto_renewal_months);
        }
        ContractEvent::Renewed(end) => terms.agree_on(*end),
        ContractEvent::Notice(side) => terms.notice = Some((*side, source.day)),
        ContractEvent::Ended => terms.ended = Some(source.day),
        ContractEvent::TalksStarted => terms.talks = Some(source.day),
    }
}

impl Account {
    /// Every contract ever told of, with all that happened.
    pub fn contract_lines(&self) -> impl Iterator<Item = (ContractId, &ContractLine)> {
        self.contracts.iter().map(|(id, line)| (*id, line))
    }

    /// One contract as it stands on a day.
    pub fn contract_on(&self, contract: ContractId, day: Date) -> Option<Terms> {
        terms_on(self.contracts.get(&contract)?, day)
    }

    /// Every contract signed by a day, also those that had ended by then.
    pub fn contracts_on(&self, day: Date) -> impl Iterator<Item = Terms> {
        self.contracts.values().filter_map(move |line| terms_on(line, day))
    }
}

impl Account {
    /// Names the facts on which a contract's terms of a day rest.
    pub fn contract_evidence(
        &self,
        contract: ContractId,
        day: Date,
        evidence: &mut dyn FnMut(&Source),
    ) {
        if let Some(line) = self.contracts.get(&contract) {
            line.until(day).for_each(|(source, _)| evidence(source));
        }
    }
}
