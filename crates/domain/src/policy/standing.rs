//! Where a client stands from day to day: the status as a pure function of the assessments.

use jiff::Span as Days;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Policy;
use super::assess::points_on;
use super::measure::earlier;
use crate::account::Account;
use crate::desk::Firm;

/// Whether a client is a key account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Status {
    /// A key account.
    #[serde(rename = "key")]
    Key,
    /// A key account that has fallen below what it takes to stay one, within its grace period.
    #[serde(rename = "under review")]
    UnderReview,
    /// Any other client.
    #[serde(rename = "standard")]
    Standard,
}

impl Status {
    /// Every status, key first.
    pub const ALL: [Self; 3] = [Self::Key, Self::UnderReview, Self::Standard];

    /// The status in words, as on the wire.
    pub fn words(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::UnderReview => "under review",
            Self::Standard => "standard",
        }
    }
}

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
/// days with facts, days on which a figure changes by itself, the end of a grace period, and the
/// adoption of a policy.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Track {
    day: Date,
    before: Option<Standing>,
    now: Standing,
    points: u32,
    next: Option<Date>,
}

impl Track {
    /// Follows a client from its first day up to and including a day; `None` where it does not
    /// exist by then or the firm has no policy. `visit` sees every stop.
    pub fn follow(
        account: &Account,
        firm: &Firm,
        until: Date,
        visit: &mut dyn FnMut(Span),
    ) -> Option<Self> {
        let first = account.first_day().filter(|first| *first <= until)?;
        let mut track = Self::stop(account, firm, first, None, visit)?;
        track.advance(account, firm, until, visit);
        Some(track)
    }

    /// Goes on to a later day, taking in what happened on or after [`Track::day`] since. What
    /// happened before it calls for [`Track::follow`] from the start.
    pub fn resume(&mut self, account: &Account, firm: &Firm, until: Date) {
        if let Some(track) = Self::stop(account, firm, self.day, self.before, &mut |_| {}) {
            *self = track;
        }
        self.advance(account, firm, until, &mut |_| {});
    }

    /// The last day at which it stopped.
    pub fn day(&self) -> Date {
        self.day
    }

    /// Where the client stands from that day on.
    pub fn standing(&self) -> Standing {
        self.now
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
        account: &Account,
        firm: &Firm,
        until: Date,
        visit: &mut dyn FnMut(Span),
    ) {
        while let Some(day) = self.next.filter(|day| *day <= until) {
            match Self::stop(account, firm, day, Some(self.now), visit) {
                Some(track) => *self = track,
                None => return,
            }
        }
    }

    fn stop(
        account: &Account,
        firm: &Firm,
        day: Date,
        before: Option<Standing>,
        visit: &mut dyn FnMut(Span),
    ) -> Option<Self> {
        let (_, policy) = firm.policy_on(day)?;
        let (points, changes_on) = points_on(account, firm, policy, day);
        let now = step(before, day, points, policy);
        visit(Span { from: day, status: now.status, points });
        let grace_ends = (now.status == Status::UnderReview).then(|| grace_end(now.since, policy));
        let next = [account.next_day(day), firm.next_change(day), changes_on, grace_ends.flatten()];
        let next = next.into_iter().fold(None, earlier).filter(|next| *next > day);
        Some(Self { day, before, now, points, next })
    }
}

/// One day's step of the status.
fn step(before: Option<Standing>, day: Date, points: u32, policy: &Policy) -> Standing {
    let before =
        before.unwrap_or(Standing { status: Status::Standard, since: day, key_since: None });
    let enters = points >= policy.enters_at;
    let stays = points >= policy.stays_from;
    let status = match before.status {
        Status::Standard if enters => Status::Key,
        Status::Standard => Status::Standard,
        Status::Key | Status::UnderReview if stays => Status::Key,
        Status::Key if policy.grace_days == 0 => Status::Standard,
        Status::Key => Status::UnderReview,
        Status::UnderReview if grace_end(before.since, policy).is_some_and(|end| day >= end) => {
            Status::Standard
        }
        Status::UnderReview => Status::UnderReview,
    };
    if status == before.status {
        return before;
    }
    let key_since = match status {
        Status::Standard => None,
        Status::Key | Status::UnderReview => before.key_since.or(Some(day)),
    };
    Standing { status, since: day, key_since }
}

/// The day on which a review that began on a day ends in release.
fn grace_end(since: Date, policy: &Policy) -> Option<Date> {
    since.checked_add(Days::new().days(policy.grace_days)).ok()
}
