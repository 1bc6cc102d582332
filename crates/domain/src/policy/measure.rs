//! Measuring one thing of one client on one day.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::document::leaves_window;
use super::{Criterion, Measure};
use crate::account::{Account, Invoiced};
use crate::desk::Firm;
use crate::fact::{BuyingRole, ContractKind, JudgementOf, Level};
use crate::money::Decimal;
use crate::timeline::{Source, Timeline};

/// A figure, and until when it holds if nothing more happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The figure; `None` where there is no data to form one.
    pub value: Option<Decimal>,
    /// The first day on which it may differ by time passing alone.
    pub changes_on: Option<Date>,
}

/// Reads a criterion's figure off an account on a day, and names each fact it rests on.
pub fn read(
    criterion: &Criterion,
    account: &Account,
    firm: &Firm,
    day: Date,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let window = Window { days: criterion.window_days, day };
    match criterion.measure {
        Measure::Revenue => money(window, account, firm, evidence, revenue_of),
        Measure::Profit => money(window, account, firm, evidence, profit_of),
        Measure::Engagements => count(
            window,
            account.engagements_between(window.after(), day).map(|(s, _)| s),
            evidence,
        ),
        Measure::Interactions => count(window, window.sources(account.interactions()), evidence),
        Measure::Referrals => count(window, window.sources(account.referrals()), evidence),
        Measure::Feedback => feedback(window, account, evidence),
        Measure::Judgement => judgement(criterion.judgement, account, day, evidence),
        Measure::Contracts => contracts(criterion.contract, account, day, evidence),
        Measure::ActiveContacts => contacts(account, day, evidence, |_| true),
        Measure::DecisionMakers => {
            contacts(account, day, evidence, |role| role == Some(BuyingRole::DecisionMaker))
        }
        Measure::LevelsReached => levels(account, day, evidence),
        Measure::TenureYears => tenure(account, day, evidence),
    }
}

/// What an amount of a day is worth in the firm's currency; `None` where no rate is known.
pub fn firm_money(firm: &Firm, amount: Decimal, item: &Invoiced, day: Date) -> Option<Decimal> {
    if item.currency == firm.currency() {
        return Some(amount);
    }
    amount.checked_mul(firm.rate_on(item.currency, day)?)
}

/// The days D with `day - days < D <= day`.
#[derive(Clone, Copy)]
struct Window {
    days: i32,
    day: Date,
}

impl Window {
    fn after(self) -> Date {
        self.day.saturating_sub(Span::new().days(self.days))
    }

    fn sources<T>(self, line: &Timeline<T>) -> impl DoubleEndedIterator<Item = &Source> {
        line.between(self.after(), self.day).map(|(source, _)| source)
    }

    fn changes_on(self, oldest: Option<Date>) -> Option<Date> {
        leaves_window(oldest?, self.days)
    }
}

fn count<'a>(
    window: Window,
    sources: impl Iterator<Item = &'a Source>,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let mut oldest = None;
    let mut number = 0_u32;
    for source in sources {
        oldest = oldest.or(Some(source.day));
        number += 1;
        evidence(source);
    }
    Reading { value: Some(number.into()), changes_on: window.changes_on(oldest) }
}

fn revenue_of(item: &Invoiced) -> Option<Decimal> {
    Some(item.amount)
}

fn profit_of(item: &Invoiced) -> Option<Decimal> {
    match item.cost {
        Some(cost) => item.amount.checked_sub(cost),
        None => item.credit.then_some(item.amount),
    }
}

/// Sums what `of` makes of each invoice. Where one of them cannot be told (no cost, no rate), the
/// sum cannot either: a figure that leaves something out would be a wrong one.
fn money(
    window: Window,
    account: &Account,
    firm: &Firm,
    evidence: &mut dyn FnMut(&Source),
    of: fn(&Invoiced) -> Option<Decimal>,
) -> Reading {
    let mut oldest = None;
    let mut sum = Some(Decimal::ZERO);
    for (source, item) in account.invoiced().between(window.after(), window.day) {
        oldest = oldest.or(Some(source.day));
        evidence(source);
        let worth = of(item).and_then(|amount| firm_money(firm, amount, item, source.day));
        sum = sum.zip(worth).and_then(|(sum, worth)| sum.checked_add(worth));
    }
    Reading { value: sum, changes_on: window.changes_on(oldest) }
}

fn feedback(window: Window, account: &Account, evidence: &mut dyn FnMut(&Source)) -> Reading {
    let mut oldest = None;
    let (mut sum, mut number) = (Decimal::ZERO, Decimal::ZERO);
    for (source, share) in account.feedback().between(window.after(), window.day) {
        oldest = oldest.or(Some(source.day));
        sum += *share;
        number += Decimal::ONE;
        evidence(source);
    }
    let mean = sum.checked_div(number).map(|mean| (mean * Decimal::TEN).round_dp(2));
    Reading { value: mean, changes_on: window.changes_on(oldest) }
}

fn judgement(
    of: Option<JudgementOf>,
    account: &Account,
    day: Date,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let Some((source, judgement)) = of.and_then(|of| account.judgement_on(of, day)) else {
        return Reading { value: None, changes_on: None };
    };
    evidence(source);
    Reading { value: Some(judgement.score.into()), changes_on: judgement.expires.tomorrow().ok() }
}

fn contracts(
    kind: Option<ContractKind>,
    account: &Account,
    day: Date,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let mut number = 0_u32;
    let mut changes_on: Option<Date> = None;
    for (_, line) in account.contract_lines() {
        let Some(terms) = crate::account::terms_on(line, day) else { continue };
        if Some(terms.kind) != kind {
            continue;
        }
        let next = if day < terms.start { Some(terms.start) } else { terms.end.tomorrow().ok() };
        changes_on = earlier(changes_on, next.filter(|next| *next > day));
        if terms.in_force(day) {
            number += 1;
            line.until(day).for_each(|(source, _)| evidence(source));
        }
    }
    Reading { value: Some(number.into()), changes_on }
}

fn contacts(
    account: &Account,
    day: Date,
    evidence: &mut dyn FnMut(&Source),
    wanted: fn(Option<BuyingRole>) -> bool,
) -> Reading {
    let mut number = 0_u32;
    for (contact, seat) in account.seats(day) {
        if wanted(seat.and_then(|picture| picture.role)) {
            number += 1;
            account.contact_evidence(contact, day, evidence);
        }
    }
    Reading { value: Some(number.into()), changes_on: None }
}

fn levels(account: &Account, day: Date, evidence: &mut dyn FnMut(&Source)) -> Reading {
    let mut reached = [false; Level::ALL.len()];
    for (contact, seat) in account.seats(day) {
        let Some(level) = seat.and_then(|picture| picture.level) else { continue };
        reached[level as usize] = true;
        account.contact_evidence(contact, day, evidence);
    }
    let number = reached.iter().filter(|reached| **reached).count();
    Reading { value: Some(number.into()), changes_on: None }
}

fn tenure(account: &Account, day: Date, evidence: &mut dyn FnMut(&Source)) -> Reading {
    let Some(first) = account.first_business(day) else {
        return Reading { value: None, changes_on: None };
    };
    evidence(&first);
    let mut years: i64 = 0;
    loop {
        let next = first.day.checked_add((years + 1).years()).ok();
        match next {
            Some(next) if next <= day => years += 1,
            _ => return Reading { value: Some(years.into()), changes_on: next },
        }
    }
}

/// The earlier of two days, where there are two.
pub fn earlier(one: Option<Date>, other: Option<Date>) -> Option<Date> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
