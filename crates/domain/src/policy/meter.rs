//! Judging a client along the days: each figure is read anew only on days on which it can be
//! another.
//!
//! [`super::assess`] reads every figure whole and names its evidence. A walk through the days asks
//! for the same figures thousands of times, mostly after a fact that moves one of them. So each
//! figure is kept with the first day on which it can differ: the day on which something leaves its
//! window, or the next day with a fact of the kind that it rests on.

use std::cell::RefCell;

use jiff::civil::Date;

use super::assess::{grade, place_of};
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
    group: Group,
}

/// Whom the client's group is made of, which is another only on days on which a link was told.
#[derive(Default)]
struct Group {
    places: Vec<usize>,
    /// How often it was made of others.
    number: u32,
    until: Option<Date>,
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
    derived: Vec<Derived>,
    verdict: Verdict,
}

/// The place of a criterion formed from the figures of others, and theirs by the names it uses.
struct Derived {
    at: usize,
    from: Vec<Option<usize>>,
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
    /// Sums over all that is measured of the client, or of its group as it is made up with this
    /// number.
    sums: Option<(u32, Option<Sums>)>,
}

impl<'p> Meter<'p> {
    /// A meter on a panel.
    pub(crate) fn new(panel: &'p RefCell<Panel>) -> Self {
        let verdict = Verdict { points: 0, enters: false, stays: false };
        let lane =
            Lane { policy: std::ptr::null(), marks: Vec::new(), derived: Vec::new(), verdict };
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
        if client.has_relatives() && policy.looks_at_groups() {
            panel.group.gather(client, day);
        }
        let mut changes_on = None;
        for (criterion, mark) in policy.criteria.iter().zip(&mut lane.marks) {
            let dial = &mut panel.dials[mark.dial];
            dial.turn(criterion, client, day, &panel.group);
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
        let derived = policy.criteria.iter().enumerate().filter_map(|(at, criterion)| {
            let names = criterion.when.as_ref()?.names_used();
            Some(Derived { at, from: names.map(|name| place_of(policy, name)).collect() })
        });
        self.derived = derived.collect();
    }

    /// Points of criteria that are formed from the figures of the others.
    fn derive(&mut self, policy: &Policy, panel: &Panel) {
        for Derived { at, from } in &self.derived {
            let criterion = &policy.criteria[*at];
            let Some(when) = &criterion.when else { continue };
            let figure = |name: usize| panel.dials[self.marks[from[name]?].dial].reading.value;
            let holds = when.holds(&figure);
            self.marks[*at].points = grade(criterion, holds.map(|holds| u8::from(holds).into()));
        }
    }
}

impl Group {
    /// Gathers it for a day, where it can be another than it was.
    fn gather(&mut self, client: &Client<'_>, day: Date) {
        if self.number > 0 && self.until.is_none_or(|until| day < until) {
            return;
        }
        let places = client.places_on(day);
        if self.number == 0 || self.places != places {
            self.number += 1;
            self.places = places;
        }
        self.until = client.next_link(day);
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
    fn turn(&mut self, criterion: &Criterion, client: &Client<'_>, day: Date, group: &Group) {
        if self.number > 0 && self.until.is_none_or(|until| day < until) {
            return;
        }
        let grouped = self.spec.scope == Scope::Group && client.has_relatives();
        let group = Some(group).filter(|_| grouped);
        let (reading, next) = self.swiftly(client, group, day).unwrap_or_else(|| {
            let accounts = accounts_of(client, group);
            let scene =
                Scene::among(client, day, if grouped { accounts.clone() } else { Vec::new() });
            let reading = read(criterion, &scene, &mut |_| {});
            let told = reading.value.is_some();
            let next = accounts.iter().map(|account| next_fact(account, self.spec, told, day));
            (reading, next.fold(None, earlier))
        });
        let others = group.and_then(|group| group.until);
        self.until = earlier(earlier(reading.changes_on, others), next);
        if self.number == 0 || self.reading.value != reading.value {
            self.number += 1;
        }
        self.reading = reading;
    }

    /// Sums and counts over a window, without a walk through it, and the next day with a fact on
    /// which they rest.
    fn swiftly(
        &mut self,
        client: &Client<'_>,
        group: Option<&Group>,
        day: Date,
    ) -> Option<(Reading, Option<Date>)> {
        let window = Window { days: self.spec.window_days, day };
        if let Some(sums) = self.sums(client, group) {
            let (value, oldest) = sums.over(window.after(), day);
            let reading = Reading { value, changes_on: window.changes_on(oldest) };
            return Some((reading, sums.next_day(day)));
        }
        let account = Some(client.account()).filter(|_| group.is_none())?;
        let (count, oldest) = match self.spec.measure {
            Measure::Interactions => account.interactions.tally(window.after(), day),
            Measure::Referrals => account.referrals.tally(window.after(), day),
            Measure::AccountReviews => account.reviews.tally(window.after(), day),
            Measure::PlanUpdates => account.plans.tally(window.after(), day),
            Measure::Engagements if account.cancelled.is_empty() => {
                account.engagements.tally(window.after(), day)
            }
            _ => return None,
        };
        let reading = Reading { value: Some(count.into()), changes_on: window.changes_on(oldest) };
        Some((reading, next_fact(account, self.spec, true, day)))
    }

    /// What a sum or a group's count is read from; `None` for all else. The first reading walks:
    /// whoever stops once has no use for sums over everything.
    fn sums(&mut self, client: &Client<'_>, group: Option<&Group>) -> Option<&Sums> {
        if self.number == 0 {
            return None;
        }
        let made_up = group.map_or(0, |group| group.number);
        if self.sums.as_ref().is_none_or(|(of, _)| *of != made_up) {
            let accounts = accounts_of(client, group);
            let sums = match part_of(self.spec.measure) {
                Some(part) => Sums::of(&accounts, client.firm(), part),
                None => group.and_then(|_| days_of(self.spec.measure, &accounts)).map(Sums::count),
            };
            self.sums = Some((made_up, sums));
        }
        let (_, sums) = self.sums.as_ref()?;
        sums.as_ref()
    }
}

/// The accounts that a figure looks at.
fn accounts_of<'a>(client: &'a Client<'_>, group: Option<&Group>) -> Vec<&'a Account> {
    match group {
        Some(group) => group.places.iter().map(|place| client.at_place(*place)).collect(),
        None => vec![client.account()],
    }
}

/// The days of all that a measure counts; `None` where it counts otherwise.
fn days_of(measure: Measure, accounts: &[&Account]) -> Option<Vec<Date>> {
    let mut days = Vec::new();
    for account in accounts {
        match measure {
            Measure::Interactions => days.extend(account.interactions.days()),
            Measure::Referrals => days.extend(account.referrals.days()),
            Measure::AccountReviews => days.extend(account.reviews.days()),
            Measure::PlanUpdates => days.extend(account.plans.days()),
            Measure::Engagements if account.cancelled.is_empty() => {
                days.extend(account.engagements.days());
            }
            _ => return None,
        }
    }
    Some(days)
}

/// The next day after one with a fact of an account on which a figure rests; `told` says
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
