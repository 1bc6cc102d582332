//! Measuring one thing of one client, or of its group, on one day.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::document::leaves_window;
use super::{Criterion, Measure, Scope};
use crate::account::{Account, ContactPicture, Invoiced};
use crate::desk::{Client, Firm};
use crate::fact::{BuyingRole, ContractKind, JudgementOf};
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

/// A client on a day, with its group where a policy looks at it.
pub struct Scene<'a> {
    /// The client.
    pub client: &'a Client<'a>,
    /// The day.
    pub day: Date,
    own: [&'a Account; 1],
    group: Vec<&'a Account>,
}

impl<'a> Scene<'a> {
    /// The client on a day; its group is gathered where it is `wanted`.
    pub fn new(client: &'a Client<'a>, day: Date, group_wanted: bool) -> Self {
        let wanted = group_wanted && client.has_relatives();
        let group = if wanted { client.group_on(day) } else { Vec::new() };
        Self::among(client, day, group)
    }

    /// The client on a day among its group, where that was gathered.
    pub(super) fn among(client: &'a Client<'a>, day: Date, group: Vec<&'a Account>) -> Self {
        Self { client, day, own: [client.account()], group }
    }

    /// The accounts that a criterion looks at.
    fn accounts(&self, scope: Scope) -> &[&'a Account] {
        match scope {
            Scope::Group if !self.group.is_empty() => &self.group,
            Scope::Group | Scope::Account => &self.own,
        }
    }
}

/// Reads a criterion's figure off the facts of a day, and names each fact it rests on. A derived
/// measure, which rests on the other criteria, has no figure here.
pub fn read(
    criterion: &Criterion,
    scene: &Scene<'_>,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let (day, firm) = (scene.day, scene.client.firm());
    let accounts = scene.accounts(criterion.scope);
    let window = Window { days: criterion.window_days, day };
    match criterion.measure {
        Measure::Revenue => money(window, accounts, firm, evidence, revenue_of),
        Measure::Profit => money(window, accounts, firm, evidence, profit_of),
        Measure::Engagements => count(window, accounts, evidence, Account::work_between),
        Measure::Interactions => count(window, accounts, evidence, Account::meetings_between),
        Measure::Referrals => count(window, accounts, evidence, Account::referrals_between),
        Measure::ActiveMonths => months(window, accounts, evidence),
        Measure::ColleaguesInvolved => colleagues(window, accounts, evidence),
        Measure::Feedback => feedback(window, accounts, evidence),
        Measure::Judgement => judgement(criterion, scene, evidence),
        Measure::Contracts => contracts(criterion.contract, accounts, day, evidence),
        Measure::WorkInHand => in_hand(accounts, day, evidence),
        Measure::ActiveContacts => contacts(accounts, day, evidence, |_| true),
        Measure::DecisionMakers => {
            contacts(accounts, day, evidence, |role| role == Some(BuyingRole::DecisionMaker))
        }
        Measure::LevelsReached => {
            kinds(accounts, day, evidence, |seat| seat.level.map(|level| level as u8))
        }
        Measure::BuyingRolesReached => {
            kinds(accounts, day, evidence, |seat| seat.role.map(|role| role as u8))
        }
        Measure::TenureYears => tenure(accounts, day, evidence),
        Measure::AccountReviews => count(window, accounts, evidence, Account::reviews_between),
        Measure::PlanUpdates => count(window, accounts, evidence, Account::plans_between),
        Measure::Custom => Reading { value: None, changes_on: None },
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
pub(super) struct Window {
    pub(super) days: i32,
    pub(super) day: Date,
}

impl Window {
    pub(super) fn after(self) -> Date {
        self.day.saturating_sub(Span::new().days(self.days))
    }

    pub(super) fn changes_on(self, oldest: Option<Date>) -> Option<Date> {
        leaves_window(oldest?, self.days)
    }
}

impl Account {
    fn work_between(&self, after: Date, until: Date, each: &mut dyn FnMut(&Source)) {
        self.engagements_between(after, until).for_each(|(source, _)| each(source));
    }

    fn meetings_between(&self, after: Date, until: Date, each: &mut dyn FnMut(&Source)) {
        sources(self.interactions(), after, until, each);
    }

    fn reviews_between(&self, after: Date, until: Date, each: &mut dyn FnMut(&Source)) {
        sources(&self.reviews, after, until, each);
    }

    fn plans_between(&self, after: Date, until: Date, each: &mut dyn FnMut(&Source)) {
        sources(&self.plans, after, until, each);
    }

    fn referrals_between(&self, after: Date, until: Date, each: &mut dyn FnMut(&Source)) {
        sources(self.referrals(), after, until, each);
    }
}

fn sources<T>(line: &Timeline<T>, after: Date, until: Date, each: &mut dyn FnMut(&Source)) {
    line.between(after, until).for_each(|(source, _)| each(source));
}

/// Names each fact of some kind of the days D with `after < D <= until`.
type Between = fn(&Account, Date, Date, &mut dyn FnMut(&Source));

fn count(
    window: Window,
    accounts: &[&Account],
    evidence: &mut dyn FnMut(&Source),
    between: Between,
) -> Reading {
    let mut oldest = None;
    let mut number = 0_u32;
    for account in accounts {
        between(account, window.after(), window.day, &mut |source| {
            oldest = earlier(oldest, Some(source.day));
            number += 1;
            evidence(source);
        });
    }
    Reading { value: Some(number.into()), changes_on: window.changes_on(oldest) }
}

/// Calendar months with an engagement. The figure can change when the last engagement of the
/// oldest month leaves the window, which is on the day after one of them does.
fn months(window: Window, accounts: &[&Account], evidence: &mut dyn FnMut(&Source)) -> Reading {
    let mut oldest = None;
    let mut months = BTreeSet::new();
    for account in accounts {
        account.work_between(window.after(), window.day, &mut |source| {
            oldest = earlier(oldest, Some(source.day));
            months.insert((source.day.year(), source.day.month()));
            evidence(source);
        });
    }
    Reading { value: Some(months.len().into()), changes_on: window.changes_on(oldest) }
}

fn colleagues(window: Window, accounts: &[&Account], evidence: &mut dyn FnMut(&Source)) -> Reading {
    let mut oldest = None;
    let mut members = BTreeSet::new();
    for account in accounts {
        let met = account.interactions().between(window.after(), window.day);
        let met = met.map(|(source, held)| (source, held.by));
        let work = account.engagements_between(window.after(), window.day);
        let work = work.map(|(source, work)| (source, work.by));
        for (source, by) in met.chain(work) {
            if let Some(by) = by {
                oldest = earlier(oldest, Some(source.day));
                members.insert(by);
                evidence(source);
            }
        }
    }
    Reading { value: Some(members.len().into()), changes_on: window.changes_on(oldest) }
}

/// What of an invoice a measure sums; `None` where it sums no invoices.
pub(super) fn part_of(measure: Measure) -> Option<fn(&Invoiced) -> Option<Decimal>> {
    match measure {
        Measure::Revenue => Some(revenue_of),
        Measure::Profit => Some(profit_of),
        _ => None,
    }
}

fn revenue_of(item: &Invoiced) -> Option<Decimal> {
    Some(item.amount)
}

/// What a paper adds to profit, in its own currency; `None` where an invoice names no cost.
pub fn profit_of(item: &Invoiced) -> Option<Decimal> {
    match item.cost {
        Some(cost) => item.amount.checked_sub(cost),
        None => item.credit.then_some(item.amount),
    }
}

/// Sums what `of` makes of each invoice. Where one of them cannot be told (no cost, no rate), the
/// sum cannot either: a figure that leaves something out would be a wrong one.
fn money(
    window: Window,
    accounts: &[&Account],
    firm: &Firm,
    evidence: &mut dyn FnMut(&Source),
    of: fn(&Invoiced) -> Option<Decimal>,
) -> Reading {
    let mut oldest = None;
    let mut sum = Some(Decimal::ZERO);
    for account in accounts {
        for (source, item) in account.invoiced().between(window.after(), window.day) {
            oldest = earlier(oldest, Some(source.day));
            evidence(source);
            let worth = of(item).and_then(|amount| firm_money(firm, amount, item, source.day));
            sum = sum.zip(worth).and_then(|(sum, worth)| sum.checked_add(worth));
        }
    }
    Reading { value: sum, changes_on: window.changes_on(oldest) }
}

fn feedback(window: Window, accounts: &[&Account], evidence: &mut dyn FnMut(&Source)) -> Reading {
    let mut oldest = None;
    let (mut sum, mut number) = (Decimal::ZERO, Decimal::ZERO);
    for account in accounts {
        for (source, share) in account.feedback().between(window.after(), window.day) {
            oldest = earlier(oldest, Some(source.day));
            sum += *share;
            number += Decimal::ONE;
            evidence(source);
        }
    }
    let mean = sum.checked_div(number).map(|mean| (mean * Decimal::TEN).round_dp(2));
    Reading { value: mean, changes_on: window.changes_on(oldest) }
}

/// The judgement that counts: of a group that of its ultimate parent, else the client's own.
fn judgement(
    criterion: &Criterion,
    scene: &Scene<'_>,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let judged = |account: &Account, of: JudgementOf, evidence: &mut dyn FnMut(&Source)| {
        let (source, judgement) = account.judgement_on(of, scene.day)?;
        evidence(source);
        let changes_on = judgement.expires.tomorrow().ok();
        Some(Reading { value: Some(judgement.score.into()), changes_on })
    };
    let none = Reading { value: None, changes_on: None };
    let Some(of) = criterion.judgement else { return none };
    let top = scene.client.top_on(scene.day);
    let accounts = scene.accounts(criterion.scope);
    let above = accounts.iter().find(|account| account.id == top);
    let found = above.and_then(|account| judged(account, of, evidence));
    found.or_else(|| judged(scene.client.account(), of, evidence)).unwrap_or(none)
}

fn contracts(
    kind: Option<ContractKind>,
    accounts: &[&Account],
    day: Date,
    evidence: &mut dyn FnMut(&Source),
) -> Reading {
    let mut number = 0_u32;
    let mut changes_on: Option<Date> = None;
    for (_, line) in accounts.iter().flat_map(|account| account.contract_lines()) {
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

fn in_hand(accounts: &[&Account], day: Date, evidence: &mut dyn FnMut(&Source)) -> Reading {
    let mut number = 0_u32;
    let mut changes_on: Option<Date> = None;
    for account in accounts {
        for (source, work) in account.engagements_between(Date::MIN, day) {
            if let Some(until) = work.until.filter(|until| *until >= day) {
                number += 1;
                changes_on = earlier(changes_on, until.tomorrow().ok());
                evidence(source);
            }
        }
    }
    Reading { value: Some(number.into()), changes_on }
}

fn contacts(
    accounts: &[&Account],
    day: Date,
    evidence: &mut dyn FnMut(&Source),
    wanted: fn(Option<BuyingRole>) -> bool,
) -> Reading {
    let mut number = 0_u32;
    for account in accounts {
        for (contact, seat) in account.seats(day) {
            if wanted(seat.and_then(|picture| picture.role)) {
                number += 1;
                account.contact_evidence(contact, day, evidence);
            }
        }
    }
    Reading { value: Some(number.into()), changes_on: None }
}

/// How many kinds of something the active contacts are of.
fn kinds(
    accounts: &[&Account],
    day: Date,
    evidence: &mut dyn FnMut(&Source),
    kind: fn(&ContactPicture) -> Option<u8>,
) -> Reading {
    let mut reached = BTreeSet::new();
    for account in accounts {
        for (contact, seat) in account.seats(day) {
            let Some(kind) = seat.and_then(kind) else { continue };
            reached.insert(kind);
            account.contact_evidence(contact, day, evidence);
        }
    }
    Reading { value: Some(reached.len().into()), changes_on: None }
}

fn tenure(accounts: &[&Account], day: Date, evidence: &mut dyn FnMut(&Source)) -> Reading {
    let first = accounts.iter().filter_map(|account| account.first_business(day));
    let Some(first) = first.min_by_key(|source| (source.day, source.id)) else {
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
