//! Where a client stands from day to day: the status as a pure function of facts, policy and day.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Status;
use super::assess::verdict_on;
use super::course::{Course, Step};
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
/// veto or a decree, the day a status lapses, and the adoption of a policy.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Track {
    day: Date,
    before: Option<(Course, Standing)>,
    course: Course,
    now: Standing,
    points: u32,
    next: Option<Date>,
}

impl Track {
    /// Follows a client from its first day up to and including a day; `None` where it does not
    /// exist by then or the firm has no policy. `visit` sees every stop.
    pub fn follow(client: &Client<'_>, until: Date, visit: &mut dyn FnMut(Span)) -> Option<Self> {
        let first = client.account().first_day().filter(|first| *first <= until)?;
        let mut track = Self::stop(client, first, None, visit)?;
        track.advance(client, until, visit);
        Some(track)
    }

    /// Goes on to a later day, taking in what happened on or after [`Track::day`] since. What
    /// happened before it calls for [`Track::follow`] from the start.
    pub fn resume(&mut self, client: &Client<'_>, until: Date) {
        if let Some(track) = Self::stop(client, self.day, self.before, &mut |_| {}) {
            *self = track;
        }
        self.advance(client, until, &mut |_| {});
    }

    /// The last day at which it stopped.
    pub fn day(&self) -> Date {
        self.day
    }

    /// Where the client stands from that day on.
    pub fn standing(&self) -> Standing {
        self.now
    }

    /// Where its course stands, decrees left aside.
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

    fn advance(&mut self, client: &Client<'_>, until: Date, visit: &mut dyn FnMut(Span)) {
        while let Some(day) = self.next.filter(|day| *day <= until) {
            match Self::stop(client, day, Some((self.course, self.now)), visit) {
                Some(track) => *self = track,
                None => return,
            }
        }
    }

    fn stop(
        client: &Client<'_>,
        day: Date,
        before: Option<(Course, Standing)>,
        visit: &mut dyn FnMut(Span),
    ) -> Option<Self> {
        let (_, policy) = client.firm().policy_on(day)?;
        let (verdict, changes_on) = verdict_on(client, policy, day);
        let course = before.map_or_else(|| Course::begin(day), |(course, _)| course);
        let course = course.after(&Step { client, policy, day, verdict });
        let decree = client.account().override_on(day);
        let status = decree.as_ref().map_or(course.status, |decree| decree.to);
        let now = standing(status, before.map(|(_, last)| last), day);
        visit(Span { from: day, status: now.status, points: verdict.points });
        let decree_ends = decree.and_then(|decree| decree.expires.tomorrow().ok());
        let next = [
            client.next_day(day),
            client.firm().next_change(day),
            changes_on,
            decree_ends,
        ];
        let next = next.into_iter().chain(course.turns(policy)).flatten().filter(|next| *next > day).min();
        Some(Self { day, before, course, now, points: verdict.points, next })
    }
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
