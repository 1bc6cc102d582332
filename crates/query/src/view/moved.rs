//! What moved a client's points from one day to another: the client's behaviour, or the policy.
//!
//! The way from then to now is taken in two steps: first the facts of now under the policy of
//! then, and after that the policy of now. What the first step moves is the client's behaviour,
//! what grew old included; what the second moves is the policy. Together they are the whole.

use jiff::civil::Date;
use linchpin_domain::desk::Client;
use linchpin_domain::policy::{Assessment, Policy, Status, Verdict, assess, assess_under};

/// What moved a status that was not ruled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mover {
    /// What the client did, or what it did growing old.
    Behaviour,
    /// Another version of the policy.
    Policy,
    /// A time that ran out, by rules that stayed as they were.
    Time,
}

/// The way of the points from an earlier day to a later one, in its two steps.
pub(super) struct Split<'a> {
    /// The earlier day under the policy of then.
    pub(super) before: Assessment,
    /// The later day under the policy of then, where that was another.
    other: Option<Assessment>,
    now: &'a Assessment,
    /// What each criterion has of it: those of now in their order, then those that are gone.
    pub(super) parts: Vec<Part>,
}

/// The points of one criterion; 0 where the policy does not ask for it.
pub(super) struct Part {
    pub(super) id: String,
    pub(super) title: String,
    /// The earlier day under the policy of then.
    pub(super) before: u32,
    /// The later day under the policy of then.
    pub(super) between: u32,
    /// The later day under the policy of now.
    pub(super) now: u32,
}

impl Part {
    /// Points moved by what happened, and by what grew old: the same policy, other facts.
    pub(super) fn by_behaviour(&self) -> i64 {
        i64::from(self.between) - i64::from(self.before)
    }

    /// Points moved by the policy: the same facts, another version.
    pub(super) fn by_policy(&self) -> i64 {
        i64::from(self.now) - i64::from(self.between)
    }
}

impl<'a> Split<'a> {
    /// The way from an earlier day to an assessment; `None` where there is no policy.
    pub(super) fn since(client: &Client<'_>, day: Date, now: &'a Assessment) -> Option<Self> {
        let before = assess(client, day)?;
        let other = (before.version != now.version)
            .then(|| assess_under(client, before.version, &before.policy, now.day));
        let between = other.as_ref().unwrap_or(now);
        let gone = before.policy.criteria.iter();
        let gone = gone.filter(|it| now.policy.criteria.iter().all(|other| other.id != it.id));
        let parts = now.policy.criteria.iter().chain(gone).map(|it| Part {
            id: it.id.clone(),
            title: it.title.clone(),
            before: points(&before, &it.id),
            between: points(between, &it.id),
            now: points(now, &it.id),
        });
        let parts = parts.collect();
        Some(Self { before, other, now, parts })
    }

    /// The later day under the policy of then.
    pub(super) fn between(&self) -> &Assessment {
        self.other.as_ref().unwrap_or(self.now)
    }

    /// What took the status from one to another on the later day: whichever step made the points
    /// call for it. Where they called for it all along, it is other times given by the policy, or
    /// else a time that ran out.
    pub(super) fn mover(&self, from: Option<Status>, to: Status) -> Mover {
        let up = is_up(from, to);
        let calls = |it: &Assessment| {
            let Verdict { enters, stays, .. } = it.verdict();
            let enough = if by_entering(from, to) { enters } else { stays };
            enough == up
        };
        if calls(self.now) && !calls(&self.before) {
            return if calls(self.between()) { Mover::Behaviour } else { Mover::Policy };
        }
        let times = self.other.is_some() && times(&self.before.policy) != times(&self.now.policy);
        if times { Mover::Policy } else { Mover::Time }
    }

    /// The criterion that did most of what a mover did, towards a status.
    pub(super) fn most(&self, mover: Mover, from: Option<Status>, to: Status) -> Option<&Part> {
        let towards = |part: &Part| {
            let moved = match mover {
                Mover::Behaviour => part.by_behaviour(),
                Mover::Policy => part.by_policy(),
                Mover::Time => 0,
            };
            if is_up(from, to) { moved } else { -moved }
        };
        let most = self.parts.iter().rev().max_by_key(|part| towards(part));
        most.filter(|part| towards(part) > 0)
    }
}

/// Whether a step asks for enough points, and not for too few.
fn is_up(from: Option<Status>, to: Status) -> bool {
    from.is_none_or(|from| to < from)
}

/// Whether the points that matter for a step are those that it takes to become a key account, and
/// not those that it takes to stay one.
fn by_entering(from: Option<Status>, to: Status) -> bool {
    match from {
        None | Some(Status::Standard | Status::Released) => true,
        Some(Status::Nominated) => is_up(from, to),
        Some(Status::Trial | Status::Key | Status::UnderReview) => false,
    }
}

/// All that a policy says of how long something lasts, and of who is asked.
fn times(policy: &Policy) -> impl PartialEq {
    (policy.grace_days, policy.trial_days, policy.reassess_every_days, policy.approval)
}

fn points(of: &Assessment, id: &str) -> u32 {
    let found = of.criteria.iter().find(|it| it.result.id == id);
    found.map_or(0, |it| it.result.points)
}
