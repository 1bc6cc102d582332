//! The course of a status: what points, time and rulings make of it from one day to the next.
//!
//! standard → nominated → key (trial) → key → under review → released. Points move it by the
//! thresholds of the policy, with hysteresis between them; where the policy says so, a step waits
//! for the yes of a named role. An override stands over the course and leaves it as it is.

use jiff::Span as Days;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Policy, Status, Verdict};
use crate::account::Ruling;
use crate::desk::Client;
use crate::id::EntryId;

/// Where the course stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The status, overrides left aside.
    pub status: Status,
    /// Its first day.
    pub since: Date,
    /// The ruling that led to it on that day; `None` where points or time did.
    pub ruled_by: Option<EntryId>,
    /// The first day of the time as key account that lasts, where it is one (review included).
    pub key_since: Option<Date>,
    /// The day from which the time until the next reassessment counts.
    pub assessed_on: Date,
    /// The ruling of that day, where there is one: by whose yes it became a key account, or who
    /// confirmed it as one.
    pub assessed_by: Option<EntryId>,
    /// Whether it is under review because nobody confirmed it in time.
    pub lapsed: bool,
    /// Whether it was released before.
    pub released_before: bool,
    /// The day until which a veto keeps it from being nominated by its points; that day excluded.
    pub vetoed_until: Option<Date>,
    /// Whether it was released although its points are enough: then they make it a key account
    /// again only once they have been lower, or a release would end on the day it began.
    pub must_fall: bool,
    /// What was last said yes or no to: the status that waited, and its first day.
    pub decided: Option<(Status, Date)>,
    /// The day on which it would have lapsed but for the last confirmation.
    pub confirmed_before: Option<Date>,
    /// How often the policy asks for a reassessment, and the first day from which time counts for
    /// it: what nobody asked for then, nobody can have missed.
    pub asked: Option<(i32, Date)>,
}

/// What moves the course on a day.
pub(super) struct Step<'a> {
    pub(super) client: &'a Client<'a>,
    pub(super) policy: &'a Policy,
    pub(super) day: Date,
    pub(super) verdict: Verdict,
}

/// Most moves that one day's points can lead to: from standard over nominated to key, or from key
/// over review to release.
const MOVES: usize = 4;

impl Course {
    /// A client of whom nothing was known before a day.
    pub(super) fn begin(day: Date) -> Self {
        Self {
            status: Status::Standard,
            since: day,
            ruled_by: None,
            key_since: None,
            assessed_on: day,
            assessed_by: None,
            lapsed: false,
            released_before: false,
            vetoed_until: None,
            must_fall: false,
            decided: None,
            confirmed_before: None,
            asked: None,
        }
    }

    /// The course after a day: what time and points do, then the day's rulings in their order, and
    /// what time and points make of those.
    pub(super) fn after(mut self, step: &Step<'_>) -> Self {
        self.asked = self.asks(step);
        self.settle(step);
        let day = step.day;
        let eve = day.yesterday().unwrap_or(Date::MIN);
        for (source, ruling) in step.client.account().rulings().between(eve, day) {
            self.rule(source.id, ruling, step);
            self.settle(step);
        }
        self
    }

    /// The days on which time alone can move it; days that have passed may be among them.
    pub(super) fn turns(&self, policy: &Policy) -> [Option<Date>; 2] {
        let ends = match self.status {
            Status::UnderReview => self.grace_ends(policy),
            Status::Trial => self.trial_ends(policy),
            Status::Standard | Status::Released => self.vetoed_until,
            Status::Key | Status::Nominated => None,
        };
        [ends, self.lapses_on(policy)]
    }

    /// The day on which the status lapses unless it is confirmed before; `None` where it does not.
    pub fn lapses_on(&self, policy: &Policy) -> Option<Date> {
        self.reassessment(policy).filter(|_| !self.lapsed)
    }

    /// The day on which it was last confirmed as the key account that it is; `None` where nobody
    /// has confirmed it since it became one.
    pub fn confirmed_on(&self) -> Option<Date> {
        self.key_since.filter(|since| *since < self.assessed_on).map(|_| self.assessed_on)
    }

    /// The day by which a key account is to be confirmed, or was.
    pub fn reassessment(&self, policy: &Policy) -> Option<Date> {
        let every = policy.reassess_every_days?;
        let asked = self.asked.map_or(self.assessed_on, |(_, since)| since.max(self.assessed_on));
        self.status.is_key().then(|| later(asked, every)).flatten()
    }

    /// Since when, and how often, the policy of a day asks for a reassessment. One that begins to
    /// ask, or asks more often, gives everybody a whole term from that day on, or what was left of
    /// the longer one: else all would lapse on the day of its adoption, and no alert could come
    /// ahead of it.
    fn asks(&self, step: &Step<'_>) -> Option<(i32, Date)> {
        let every = step.policy.reassess_every_days?;
        let Some((before, since)) = self.asked else { return Some((every, step.day)) };
        if every >= before {
            return Some((every, since));
        }
        let was_due = later(since.max(self.assessed_on), before);
        let begins = was_due.and_then(|due| later(due, -every));
        Some((every, begins.map_or(step.day, |begins| begins.min(step.day))))
    }

    /// Whether a yes or no is waited for under a policy on a day.
    pub fn waits(&self, policy: &Policy, day: Date) -> bool {
        let Some(approval) = &policy.approval else { return false };
        match self.status {
            Status::Nominated => true,
            Status::UnderReview => approval.to_release && self.is_grace_over(policy, day),
            _ => false,
        }
    }

    /// Whether only the points it was released with keep it from being a key account again, and
    /// nobody's yes is asked for: then a nomination makes it one.
    pub fn can_be_taken_back(&self, policy: &Policy) -> bool {
        self.status == Status::Released && self.must_fall && !policy.asks_to_enter()
    }

    fn settle(&mut self, step: &Step<'_>) {
        self.must_fall &= step.verdict.enters;
        for _ in 0..MOVES {
            let Some(next) = self.moved(step) else { return };
            self.turn(next, step);
        }
    }

    /// The status that points and time call for, where it is another.
    fn moved(&mut self, step: &Step<'_>) -> Option<Status> {
        let (policy, day) = (step.policy, step.day);
        let Verdict { enters, stays, .. } = step.verdict;
        let asks = policy.asks_to_enter();
        match self.status {
            Status::Standard | Status::Released => {
                let free = self.vetoed_until.is_none_or(|until| until <= day);
                (enters && free && !self.must_fall)
                    .then(|| if asks { Status::Nominated } else { first(policy) })
            }
            Status::Nominated if !stays => Some(self.before()),
            Status::Nominated if asks => None,
            // A policy that asks nobody was adopted meanwhile: points alone decide, as without a
            // proposal, or it would wait for a yes that nobody gives.
            Status::Nominated => Some(if enters { first(policy) } else { self.before() }),
            Status::Trial | Status::Key if !stays => Some(Status::UnderReview),
            Status::Trial | Status::Key if self.is_lapsed(policy, day) => {
                self.lapsed = true;
                Some(Status::UnderReview)
            }
            Status::Trial => self.is_trial_over(policy, day).then_some(Status::Key),
            Status::Key => None,
            Status::UnderReview if stays && !self.lapsed => {
                let over = self.is_trial_over(policy, day);
                Some(if over { Status::Key } else { Status::Trial })
            }
            Status::UnderReview => {
                let asks = policy.approval.is_some_and(|approval| approval.to_release);
                (!asks && self.is_grace_over(policy, day)).then_some(Status::Released)
            }
        }
    }

    fn rule(&mut self, id: EntryId, ruling: &Ruling, step: &Step<'_>) {
        let (policy, day) = (step.policy, step.day);
        let may = policy
            .approval
            .is_some_and(|approval| step.client.firm().has_role(ruling.by(), approval.role, day));
        match (ruling, self.status) {
            (Ruling::Nominated(..), Status::Standard | Status::Released)
                if step.verdict.stays && policy.asks_to_enter() =>
            {
                self.turn(Status::Nominated, step);
                self.ruled_by = Some(id);
            }
            (Ruling::Nominated(..), Status::Released) if self.can_be_taken_back(policy) => {
                self.must_fall = false;
                self.turn(first(policy), step);
                self.ruled_by = Some(id);
            }
            (Ruling::Approved(..), Status::Nominated) if may => {
                self.decide(first(policy), id, step);
                self.assessed_by = Some(id);
            }
            (Ruling::Approved(..), Status::UnderReview) if may && self.waits(policy, day) => {
                self.decide(Status::Released, id, step);
            }
            (Ruling::Vetoed(..), Status::Nominated) if may => {
                self.vetoed_until =
                    policy.approval.and_then(|approval| later(day, approval.veto_days));
                self.decide(self.before(), id, step);
            }
            (Ruling::Vetoed(..), Status::UnderReview) if may && self.waits(policy, day) => {
                self.decide(Status::UnderReview, id, step);
            }
            (Ruling::Confirmed(..), status) if status.is_key() => {
                self.confirmed_before = self.reassessment(policy);
                self.assessed_on = day;
                self.assessed_by = Some(id);
                self.lapsed = false;
            }
            _ => {}
        }
    }

    /// What somebody's yes or no makes of it.
    fn decide(&mut self, to: Status, by: EntryId, step: &Step<'_>) {
        self.decided = Some((self.status, self.since));
        self.turn(to, step);
        self.ruled_by = Some(by);
    }

    /// What it was before a nomination.
    fn before(&self) -> Status {
        if self.released_before { Status::Released } else { Status::Standard }
    }

    fn turn(&mut self, to: Status, step: &Step<'_>) {
        let day = step.day;
        if to.is_key() && !self.status.is_key() {
            self.key_since = Some(day);
            self.assessed_on = day;
            self.assessed_by = None;
        }
        if !to.is_key() {
            self.key_since = None;
            self.assessed_by = None;
            self.lapsed = false;
        }
        if to == Status::Released && self.status.is_key() {
            self.released_before = true;
            self.must_fall = step.verdict.enters;
        }
        self.status = to;
        self.since = day;
        self.ruled_by = None;
    }

    fn is_lapsed(&self, policy: &Policy, day: Date) -> bool {
        self.lapses_on(policy).is_some_and(|lapses| lapses <= day)
    }

    /// The first day on which a trial is over.
    pub fn trial_ends(&self, policy: &Policy) -> Option<Date> {
        later(self.key_since?, policy.trial_days)
    }

    fn is_trial_over(&self, policy: &Policy, day: Date) -> bool {
        self.trial_ends(policy).is_none_or(|ends| ends <= day)
    }

    /// The day on which a review ends in release.
    pub fn grace_ends(&self, policy: &Policy) -> Option<Date> {
        later(self.since, policy.grace_days)
    }

    fn is_grace_over(&self, policy: &Policy, day: Date) -> bool {
        self.grace_ends(policy).is_some_and(|ends| ends <= day)
    }
}

/// What a client becomes when it becomes a key account.
fn first(policy: &Policy) -> Status {
    if policy.trial_days > 0 { Status::Trial } else { Status::Key }
}

fn later(day: Date, days: i32) -> Option<Date> {
    day.checked_add(Days::new().days(days)).ok()
}
