//! Judging a client along the days: each figure is read anew only on days on which it can be
//! another.
//!
//! [`super::assess`] reads every figure whole and names its evidence. A walk through the days asks
//! for the same figures thousands of times, mostly after a fact that moves one of them. So each
//! figure is kept with the first day on which it can differ: the day on which something leaves its
//! window, or the next day with a fact of the kind that it rests on.

use std::cell::RefCell;

use jiff::civil::Date;

use super::assess::{figure, grade};
use super::measure::{Reading, Scene, Window, earlier, part_of, read};
use super::sums::Sums;
use super::{Criterion, Measure, Policy, Scope, Verdict};
use crate::account::Account;
use crate::desk::Client;
use crate::fact::{ContractKind, JudgementOf};

/// The figures of one client, read along the days, which may stand still but never go back. One
/// panel serves several policies that are applied to the client at once.
#[derive(Default)]
pub(crate) struct Panel {
    dials: Vec<Dial>,
}

/// Judges a client by the figures of a panel, under whichever policy it is asked.
pub(crate) struct Meter<'p> {
    panel: &'p RefCell<Panel>,
    lane: RefCell<Lane>,
}

/// What one policy made of the figures so far.
struct Lane {
    policy: *const Policy,
    marks: Vec<Mark>,
    verdict: Verdict,
}

/// What one criterion gave, and by which reading.
#[derive(Clone, Copy)]
struct Mark {
    dial: usize,
    reading: u32,
    points: u32,
}

/// All of a criterion that its figure depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Spec {
    measure: Measure,
    scope: Scope,
    window_days: i32,
    judgement: Option<JudgementOf>,
    contract: Option<ContractKind>,
}

/// One figure. Readings are counted from 1, and the same value again is the same reading.
struct Dial {
    spec: Spec,
    reading: Reading,
    number: u32,
    until: Option<Date>,
    sums: Option<Option<Sums>>,
}

impl<'p> Meter<'p> {
    /// A meter on a panel.
    pub(crate) fn new(panel: &'p RefCell<Panel>) -> Self {
        let verdict = Verdict { points: 0, enters: false, stays: false };
        let lane = Lane { policy: std::ptr::null(), marks: Vec::new(), verdict };
        Self { panel, lane: RefCell::new(lane) }
    }

    /// What the points come to on a day, and the first day on which they may differ by time
    /// passing alone: the same as if every figure were read.
    pub(crate) fn verdict(
        &self,
        client: &Client<'_>,
        policy: &Policy,
        day: Date,
    ) -> (Verdict, Option<Date>) {
        let (lane, panel) = (&mut *self.lane.borrow_mut(), &mut *self.panel.borrow_mut());
        let mut moved = false;
        if !std::ptr::eq(lane.policy, policy) {
            lane.begin(policy, panel);
            moved = true;
        }
        let mut changes_on = None;
        for (criterion, mark) in policy.criteria.iter().zip(&mut lane.marks) {
            let dial = &mut panel.dials[mark.dial];
            dial.turn(criterion, client, day);
            changes_on = earlier(changes_on, dial.reading.changes_on);
            if mark.reading != dial.number {
                mark.reading = dial.number;
                mark.points = grade(criterion, dial.reading.value);
                moved = true;
            }
        }
        if moved {
            lane.derive(policy, panel);
            lane.verdict = policy.verdict(lane.marks.iter().map(|mark| mark.points));
        }
        (lane.verdict, changes_on)
    }
}

impl Lane {
    /// Comes under another policy.
    fn begin(&mut self, policy: &Policy, panel: &mut Panel) {
        self.policy = policy;
        let criteria = policy.criteria.iter();
        let mark = |criterion| Mark { dial: panel.dial(criterion), reading: 0, points: 0 };
        self.marks = criteria.map(mark).collect();
    }

    /// Points of criteria that are formed from the figures of the others.
    fn derive(&mut self, policy: &Policy, panel: &Panel) {
        if policy.criteria.iter().all(|criterion| criterion.when.is_none()) {
            return;
        }
        let readings: Vec<Reading> =
            self.marks.iter().map(|mark| panel.dials[mark.dial].reading).collect();
        for (criterion, mark) in policy.criteria.iter().zip(&mut self.marks) {
            let Some(when) = &criterion.when else { continue };
            let holds = when.holds(&|name| figure(policy, &readings, name));
            mark.points = grade(criterion, holds.map(|holds| u8::from(holds).into()));
        }
    }
}

impl Panel {
    /// The place of the figure that a criterion asks for.
    fn dial(&mut self, criterion: &Criterion) -> usize {
        let spec = Spec {
            measure: criterion.measure,
            scope: criterion.scope,
            window_days: criterion.window_days,
            judgement: criterion.judgement,
            contract: criterion.contract,
        };
        if let Some(at) = self.dials.iter().position(|dial| dial.spec == spec) {
            return at;
        }
        let reading = Reading { value: None, changes_on: None };
        self.dials.push(Dial { spec, reading, number: 0, until: None, sums: None });
        self.dials.len() - 1
    }
}

impl Dial {
    /// Reads the figure of a day, where it can be another than it was.
    fn turn(&mut self, criterion: &Criterion, client: &Client<'_>, day: Date) {
        if self.number > 0 && self.until.is_none_or(|until| day < until) {
            return;
        }
        let grouped = self.spec.scope == Scope::Group && client.has_relatives();
        let swift = if grouped { None } else { self.swiftly(client, day) };
        let reading = swift.unwrap_or_else(|| {
            let scene = Scene::new(client, day, grouped);
            read(criterion, &scene, &mut |_| {})
        });
        self.until = if grouped {
            // Who belongs to the group may be another on any day on which anything happens.
            day.tomorrow().ok()
        } else {
            let told = reading.value.is_some();
            earlier(reading.changes_on, next_fact(client.account(), self.spec, told, day))
        };
        if self.number == 0 || self.reading.value != reading.value {
            self.number += 1;
        }
        self.reading = reading;
    }

    /// Sums and counts over the client's own window, without a walk through it.
    fn swiftly(&mut self, client: &Client<'_>, day: Date) -> Option<Reading> {
        let (measure, account) = (self.spec.measure, client.account());
        let window = Window { days: self.spec.window_days, day };
        let value = |(count, oldest): (usize, Option<Date>)| Reading {
            value: Some(count.into()),
            changes_on: window.changes_on(oldest),
        };
        match measure {
            Measure::Interactions => Some(value(account.interactions.tally(window.after(), day))),
            Measure::Referrals => Some(value(account.referrals.tally(window.after(), day))),
            Measure::AccountReviews => Some(value(account.reviews.tally(window.after(), day))),
            Measure::PlanUpdates => Some(value(account.plans.tally(window.after(), day))),
            Measure::Engagements if account.cancelled.is_empty() => {
                Some(value(account.engagements.tally(window.after(), day)))
            }
            // The first reading walks: whoever stops once has no use for sums over everything.
            Measure::Revenue | Measure::Profit if self.number > 0 => {
                let part = part_of(measure)?;
                let sums = self.sums.get_or_insert_with(|| Sums::of(account, client.firm(), part));
                let places = account.invoiced.places(window.after(), day);
                let oldest = account.invoiced.day_at(places.start).filter(|_| !places.is_empty());
                let value = sums.as_ref()?.over(&places);
                Some(Reading { value, changes_on: window.changes_on(oldest) })
            }
            _ => None,
        }
    }
}

/// The next day after one with a fact on which a figure of the client's own rests; `told` says
/// whether there is a figure already.
fn next_fact(account: &Account, spec: Spec, told: bool, day: Date) -> Option<Date> {
    let cancelled = || account.cancelled.values().filter_map(|line| line.next_day(day)).min();
    let work = || earlier(account.engagements.next_day(day), cancelled());
    match spec.measure {
        Measure::Revenue | Measure::Profit => account.invoiced.next_day(day),
        Measure::Engagements | Measure::ActiveMonths | Measure::WorkInHand => work(),
        Measure::Interactions => account.interactions.next_day(day),
        Measure::ColleaguesInvolved => earlier(account.interactions.next_day(day), work()),
        Measure::Referrals => account.referrals.next_day(day),
        Measure::Feedback => account.feedback.next_day(day),
        Measure::AccountReviews => account.reviews.next_day(day),
        Measure::PlanUpdates => account.plans.next_day(day),
        Measure::Judgement => account.judgements.get(&spec.judgement?)?.next_day(day),
        Measure::Contracts => {
            let lines = account.contract_lines().flat_map(|(_, line)| line.until(Date::MAX));
            lines.map(|(source, _)| source.day).filter(|next| *next > day).min()
        }
        Measure::ActiveContacts
        | Measure::LevelsReached
        | Measure::DecisionMakers
        | Measure::BuyingRolesReached => {
            account.contacts.values().filter_map(|line| line.next_day(day)).min()
        }
        // Once there was a first one, it stays the first one unless it is cancelled.
        Measure::TenureYears if told => cancelled(),
        Measure::TenureYears => earlier(work(), account.invoiced.next_day(day)),
        Measure::Custom => None,
    }
}
