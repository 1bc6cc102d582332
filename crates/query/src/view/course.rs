//! The course of a status in plain sentences and as data: who ruled, what waits for whom, until
//! when it holds, and what an override covers.

use jiff::civil::Date;
use linchpin_domain::account::{Override, Ruling};
use linchpin_domain::desk::Client;
use linchpin_domain::policy::{Assessment, Course, Policy, Status, Track};
use linchpin_domain::timeline::Source;

use super::{CourseView, Evidence, OverrideView, StatusRuling, people};
use crate::words;

/// A client on a day, with its assessment and where its course stands.
pub(super) struct Seen<'a> {
    pub client: &'a Client<'a>,
    pub now: &'a Assessment,
    pub track: Track,
    pub overridden: Option<Override>,
}

/// A status within a sentence: `a key account`.
pub(super) fn phrase(status: Status) -> &'static str {
    match status {
        Status::Key => "a key account",
        Status::Trial => "a key account on trial",
        Status::UnderReview => "under review",
        Status::Nominated => "nominated",
        Status::Released => "released",
        Status::Standard => "a standard client",
    }
}

impl<'a> Seen<'a> {
    pub(super) fn of(client: &'a Client<'a>, now: &'a Assessment, track: Track) -> Self {
        let overridden = client.account().override_on(client.firm(), now.day);
        Self { client, now, track, overridden }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.now.policy
    }

    pub(super) fn course(&self) -> &Course {
        self.track.course()
    }

    /// A day as read from the day of the answer.
    pub(super) fn date(&self, day: Date) -> String {
        words::date(day, self.now.day)
    }

    /// Whose yes is asked for, with the name of whoever that is: `the key-account director (Kari
    /// Berg)`.
    pub(super) fn judge(&self) -> Option<String> {
        let role = self.policy().approval?.role;
        let whom = self.client.firm().in_role(role, self.now.day);
        Some(match whom {
            Some(whom) => format!("the {} ({})", role.words(), self.name(whom)),
            None => format!("the {} (nobody yet)", role.words()),
        })
    }

    fn name(&self, member: linchpin_domain::id::MemberId) -> String {
        people::member_name(self.client.desk(), member, self.now.day)
    }

    /// The verdict: its first sentence, and what stands behind it.
    pub(super) fn verdict(&self) -> (String, Vec<String>) {
        let mut alone = self.alone();
        let Some(overridden) = &self.overridden else {
            let first = alone.remove(0);
            return (first, alone);
        };
        let first = format!(
            "{} by override until {}, with {}.",
            words::capital(phrase(overridden.to).trim_start_matches("a ")),
            self.date(overridden.expires),
            self.scored()
        );
        let who =
            format!("{} overrode the status: “{}”", self.name(overridden.by), overridden.reason);
        let policy = std::mem::take(&mut alone[0]);
        alone[0] = format!("By the policy alone: {}", lower(&policy));
        alone.insert(0, who);
        (first, alone)
    }

    /// What the policy alone says; at least one sentence.
    fn alone(&self) -> Vec<String> {
        let mut said = vec![match self.course().status {
            Status::Key => format!("Key account with {}.", self.scored()),
            Status::Trial => format!("Key account on trial with {}.", self.scored()),
            Status::UnderReview => self.under_review(),
            Status::Nominated => {
                let judge = self.judge().unwrap_or_else(|| "nobody".to_owned());
                format!(
                    "Nominated as a key account with {}; it waits for the yes of {judge}.",
                    self.scored()
                )
            }
            Status::Standard => self.outside("Standard"),
            Status::Released => self.outside("Released"),
        }];
        said.extend(self.weights());
        said.extend(self.ruled());
        said.extend(self.until());
        said
    }

    fn scored(&self) -> String {
        format!("{} of {} points", self.now.points(), self.policy().out_of())
    }

    fn short_of(&self, points: u32) -> Option<String> {
        let missing = points.saturating_sub(self.now.points());
        (missing > 0).then(|| words::count(u64::from(missing), "point", "points"))
    }

    fn outside(&self, what: &str) -> String {
        match self.short_of(self.policy().enters_at) {
            Some(short) => {
                format!("{what} client with {}, {short} short of a key account.", self.scored())
            }
            None => format!("{what} client with {}.", self.scored()),
        }
    }

    fn under_review(&self) -> String {
        let scored = self.scored();
        if self.course().lapsed {
            return format!("Under review with {scored}: nobody confirmed it in time.");
        }
        match self.short_of(self.policy().stays_from) {
            Some(short) => {
                format!("Under review with {scored}, {short} below what it takes to stay.")
            }
            None => format!("Under review with {scored}."),
        }
    }

    /// What the points alone do not tell: criteria that are enough by themselves or that everyone
    /// needs, where they decide.
    fn weights(&self) -> Vec<String> {
        let policy = self.policy();
        let sum = self.now.points();
        let held: Vec<_> = policy.criteria.iter().zip(&self.now.criteria).collect();
        let full = held.iter().filter(|(it, got)| it.sufficient && got.result.points == it.points);
        let full: Vec<String> = full.map(|(it, _)| format!("“{}”", it.title)).collect();
        let status = self.course().status;
        if !full.is_empty() {
            let least = if status.is_key() { policy.stays_from } else { policy.enters_at };
            let verb = if full.len() == 1 { "is" } else { "are" };
            let said =
                format!("{} {verb} enough by the policy, whatever the points.", words::list(&full));
            return if sum < least { vec![said] } else { Vec::new() };
        }
        let none = held.iter().filter(|(it, got)| it.required && got.result.points == 0);
        let none: Vec<String> = none.map(|(it, _)| format!("“{}”", it.title)).collect();
        if none.is_empty() || status == Status::Key || status == Status::Trial {
            return Vec::new();
        }
        vec![format!("Nobody is a key account without a point from {}.", words::list(&none))]
    }

    /// What people ruled, and how it came to its status where they did not.
    fn ruled(&self) -> Option<String> {
        let course = self.course();
        let on = self.date(course.since);
        let Some((source, ruling)) = self.ruling() else {
            return match course.status {
                Status::Nominated => Some(format!("Its points nominated it on {on}.")),
                Status::Released => {
                    Some(format!("Its grace period ended on {on}, and so it was released."))
                }
                _ => None,
            };
        };
        let (who, day) = (self.name(ruling.by()), self.date(source.day));
        let what = match (ruling, course.status) {
            (Ruling::Nominated(..), _) => "proposed it",
            (Ruling::Approved(..), Status::Released) => "approved its release",
            (Ruling::Approved(..), _) => "approved it",
            (Ruling::Vetoed(..), Status::UnderReview) => "refused its release",
            (Ruling::Vetoed(..), _) => "refused it",
            _ => "confirmed it",
        };
        Some(format!("{who} {what} on {day}: “{}”", ruling.reason()))
    }

    /// The newest ruling that stands behind the status: the one that led to it, and for a key
    /// account whose yes or confirmation it is one by. A refusal stands behind it as long as it
    /// keeps the points from counting.
    fn ruling(&self) -> Option<(&Source, &Ruling)> {
        let course = self.course();
        let behind = |(source, ruling): &(&Source, &Ruling)| {
            let led = course.ruled_by == Some(source.id);
            let assessed = course.assessed_by == Some(source.id);
            match ruling {
                Ruling::Vetoed(..) if !course.status.is_key() => {
                    led && course.vetoed_until.is_some_and(|until| until > self.now.day)
                }
                Ruling::Approved(..) if course.status == Status::UnderReview => false,
                _ => led || assessed,
            }
        };
        self.client.account().rulings().until(self.now.day).rev().find(behind)
    }

    /// Until when it holds, and what ends it.
    fn until(&self) -> Vec<String> {
        let (course, policy) = (self.course(), self.policy());
        let mut said = Vec::new();
        match course.status {
            Status::Trial => {
                let ends = course.trial_ends(policy).map(|day| self.date(day));
                said.extend(ends.map(|day| format!("The trial ends on {day}.")));
            }
            Status::UnderReview => said.extend(self.review_ends()),
            Status::Standard | Status::Released => {
                let until = course.vetoed_until.filter(|until| *until > self.now.day);
                said.extend(until.map(|day| {
                    format!("Its points do not nominate it again before {}.", self.date(day))
                }));
                if course.must_fall {
                    let so = "It was released although its points are enough: they count anew \
                              once they have been lower.";
                    said.push(so.to_owned());
                }
            }
            Status::Nominated => {
                let short = self.short_of(policy.enters_at);
                said.extend(
                    short.map(|short| format!("Without the proposal it is {short} short.")),
                );
            }
            Status::Key => {}
        }
        match course.lapses_on(policy) {
            Some(day) if day > self.now.day => {
                let day = self.date(day);
                let lapses = "unless somebody confirms it before";
                said.push(format!("The status lapses on {day} {lapses}."));
            }
            Some(day) => {
                said.push(format!("It was to be confirmed by {}, too.", self.date(day)));
            }
            None => {}
        }
        said
    }

    fn review_ends(&self) -> Option<String> {
        let (course, policy) = (self.course(), self.policy());
        let ends = course.grace_ends(policy)?;
        let day = self.date(ends);
        let saves = if course.lapsed { "it is confirmed" } else { "they are won back" };
        let asks = policy.approval.is_some_and(|approval| approval.to_release);
        let judge = self.judge().unwrap_or_default();
        Some(if course.waits(policy, self.now.day) {
            format!("Its grace period ended on {day}; its release waits for the yes of {judge}.")
        } else if asks {
            format!(
                "Its grace period ends on {day} unless {saves}; its release then waits for the yes of {judge}."
            )
        } else {
            format!("It is released on {day} unless {saves}.")
        })
    }

    /// The course as data.
    pub(super) fn view(&self) -> CourseView {
        let (course, policy, desk) = (self.course(), self.policy(), self.client.desk());
        let day = self.now.day;
        let review = course.status == Status::UnderReview;
        let waits = policy.approval.filter(|_| course.waits(policy, day));
        let whom = waits.and_then(|approval| self.client.firm().in_role(approval.role, day));
        let trial = course.trial_ends(policy).filter(|_| course.status == Status::Trial);
        let because = if course.lapsed { "not confirmed" } else { "points" };
        let person = |id| people::member(desk, id, day);
        CourseView {
            status: course.status,
            since: course.since,
            waits_for: waits.map(|approval| approval.role.words().to_owned()),
            waits_for_whom: whom.map(person),
            trial_ends: trial,
            lapses_on: course.lapses_on(policy),
            review_ends: course.grace_ends(policy).filter(|_| review),
            review_because: review.then(|| because.to_owned()),
            vetoed_until: course.vetoed_until.filter(|until| *until > day),
            ruling: self.ruling().map(|(source, ruling)| StatusRuling {
                what: ruling_word(ruling).to_owned(),
                by: person(ruling.by()),
                day: source.day,
                reason: ruling.reason().to_owned(),
                entry: Evidence::from(source),
            }),
            overridden: self.overridden.as_ref().map(|overridden| OverrideView {
                to: overridden.to,
                by: person(overridden.by),
                reason: overridden.reason.to_string(),
                until: overridden.expires,
                entry: Evidence::from(&overridden.source),
            }),
        }
    }
}

fn ruling_word(ruling: &Ruling) -> &'static str {
    match ruling {
        Ruling::Nominated(..) => "nominated",
        Ruling::Approved(..) => "approved",
        Ruling::Vetoed(..) => "vetoed",
        Ruling::Confirmed(..) => "confirmed",
        Ruling::Overridden { .. } => "overridden",
        Ruling::OverrideEnded(..) => "override ended",
    }
}

/// The first letter small.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
