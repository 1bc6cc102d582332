//! Where a client stands from day to day: the status as a pure function of facts, policy and day.

use std::cell::RefCell;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::assess::held_verdict_on;
use super::course::{Course, Step};
use super::meter::{Meter, Panel};
use super::{Assessment, Policy, Status, Verdict};
use crate::desk::Client;

/// A status, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The status.
    pub status: Status,
    /// Its first day.
    pub since: Date,
    /// The first day of the time as key account that lasts, where it is one (review included).
    pub key_since: Option<Date>,
}

/// A stretch of days with one status and one sum of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first day.
    pub from: Date,
    /// The status.
    pub status: Status,
    /// The points.
    pub points: u32,
}

/// A client followed through the days. It only stops at days on which something can change:
/// days with facts, days on which a figure changes by itself, the end of a grace period, a trial, a
/// veto or an override, the day a status lapses, and the adoption of a policy.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Track {
    day: Date,
    before: Option<(Course, Standing)>,
    course: Course,
    now: Standing,
    points: u32,
    next: Option<Date>,
}

/// What a client's points come to on a day, and the next day on which that may differ.
pub(crate) type Judge<'a> = dyn Fn(&Client<'_>, &Policy, Date) -> (Verdict, Option<Date>) + 'a;

impl Track {
    /// Follows a client from its first day up to and including a day; `None` where it does not
    /// exist by then or the firm has no policy. `visit` sees every stop.
    pub fn follow(client: &Client<'_>, until: Date, visit: &mut dyn FnMut(Span)) -> Option<Self> {
        let first = client.account().first_day().filter(|first| *first <= until)?;
        metered(&mut |judge| {
            let mut track = Self::stop(client, first, None, judge, visit)?;
            track.advance(client, until, judge, visit);
            Some(track)
        })
    }

    /// The next stop of a walk that somebody else keeps going, or its first one.
    pub(crate) fn stop_at(
        client: &Client<'_>,
        day: Date,
        last: Option<Self>,
        judge: &Judge<'_>,
        visit: &mut dyn FnMut(Span),
    ) -> Option<Self> {
        Self::stop(client, day, last.map(|last| (last.course, last.now)), judge, visit)
    }

    /// Goes on to a later day with a client that was [`Client::cut`]: what comes if nothing more
    /// is done. With figures `held`, what their policy counts over trailing windows stays as it
    /// is there: what comes if business goes on as it does, while contracts, judgements and the
    /// like lapse. `visit` sees every further stop.
    #[must_use]
    pub fn go_on(
        mut self,
        client: &Client<'_>,
        until: Date,
        held: Option<&Assessment>,
        visit: &mut dyn FnMut(Span),
    ) -> Self {
        match held {
            None => metered(&mut |judge| self.advance(client, until, judge, visit)),
            Some(held) => {
                let judge = |client: &Client<'_>, policy: &Policy, day: Date| {
                    held_verdict_on(client, policy, day, held)
                };
                self.advance(client, until, &judge, visit);
            }
        }
        self
    }

    /// Goes on to a later day, taking in what happened on or after [`Track::day`] since. What
    /// happened before it calls for [`Track::follow`] from the start.
    pub fn resume(&mut self, client: &Client<'_>, until: Date) {
        metered(&mut |judge| {
            if let Some(track) = Self::stop(client, self.day, self.before, judge, &mut |_| {}) {
                *self = track;
            }
            self.advance(client, until, judge, &mut |_| {});
        });
    }

    /// The last day at which it stopped.
    pub fn day(&self) -> Date {
        self.day
    }

    /// Where the client stands from that day on.
    pub fn standing(&self) -> Standing {
        self.now
    }

    /// Where its course stands, overrides left aside.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The points from that day on.
    pub fn points(&self) -> u32 {
        self.points
    }

    /// The next day at which something can change.
    pub fn next(&self) -> Option<Date> {
        self.next
    }

    fn advance(
        &mut self,
        client: &Client<'_>,
        until: Date,
        judge: &Judge<'_>,
        visit: &mut dyn FnMut(Span),
    ) {
        while let Some(day) = self.next.filter(|day| *day <= until) {
            match Self::stop(client, day, Some((self.course, self.now)), judge, visit) {
                Some(track) => *self = track,
                None => return,
            }
        }
    }

    fn stop(
        client: &Client<'_>,
        day: Date,
        before: Option<(Course, Standing)>,
        judge: &Judge<'_>,
        visit: &mut dyn FnMut(Span),
    ) -> Option<Self> {
        let (_, policy) = client.firm().policy_on(day)?;
        let (verdict, changes_on) = judge(client, policy, day);
        let course = before.map_or_else(|| Course::begin(day), |(course, _)| course);
        let course = course.after(&Step { client, policy, day, verdict });
        let overridden = client.account().override_on(client.firm(), day);
        let status = overridden.as_ref().map_or(course.status, |overridden| overridden.to);
        let now = standing(status, before.map(|(_, last)| last), day);
        visit(Span { from: day, status: now.status, points: verdict.points });
        let override_ends = overridden.and_then(|overridden| overridden.expires.tomorrow().ok());
        let next =
            [client.next_day(day), client.firm().next_policy(day), changes_on, override_ends];
        let next =
            next.into_iter().chain(course.turns(policy)).flatten().filter(|next| *next > day).min();
        Some(Self { day, before, course, now, points: verdict.points, next })
    }
}

/// Lets a walk judge by a meter of its own, which reads a figure only where it can be another.
fn metered<T>(walk: &mut dyn FnMut(&Judge<'_>) -> T) -> T {
    let panel = RefCell::new(Panel::default());
    let meter = Meter::new(&panel);
    walk(&|client: &Client<'_>, policy: &Policy, day: Date| meter.verdict(client, policy, day))
}

/// What is seen of a status that holds from a day on, after what was seen before.
fn standing(status: Status, last: Option<Standing>, day: Date) -> Standing {
    let since = last.filter(|last| last.status == status).map_or(day, |last| last.since);
    let key_since = status.is_key().then(|| {
        let lasting = last.filter(|last| last.status.is_key()).and_then(|last| last.key_since);
        lasting.unwrap_or(day)
    });
    Standing { status, since, key_since }
}
