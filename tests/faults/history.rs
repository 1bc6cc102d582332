//! What was told, answered and followed in a run, as those outside the desk saw it.

use std::fmt;
use std::ops::AddAssign;

use linchpin_domain::entry::Position;
use serde_json::Value;

/// Everything that was seen from outside.
#[derive(Debug, Default, Clone)]
pub(crate) struct History {
    /// Facts with an acknowledgement that said where they stand.
    pub(crate) acknowledged: Vec<(u64, Position)>,
    /// Facts that the durable inbox has confirmed.
    pub(crate) posted: Vec<u64>,
    pub(crate) answers: Vec<Answered>,
    /// Positions as each follower of the live stream got them.
    pub(crate) followed: Vec<Vec<Position>>,
}

/// A question and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) question: Question,
    pub(crate) status: u16,
    /// Whether it said when to come back.
    pub(crate) retry_after: bool,
    pub(crate) body: Value,
    /// What the one who asked had been told of before: the answer must know of it.
    pub(crate) at_least: Option<Position>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// The status of a client, by its outside id.
    Status(String),
    Alerts,
}

/// What a run came to.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) faults: usize,
    pub(crate) facts: usize,
    pub(crate) entries: u64,
    pub(crate) answers: usize,
    pub(crate) put_off: usize,
    pub(crate) followed: usize,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.faults += other.faults;
        self.facts += other.facts;
        self.entries += other.entries;
        self.answers += other.answers;
        self.put_off += other.put_off;
        self.followed += other.followed;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} faults, {} facts acknowledged, {} entries, {} answers checked and {} put off, {} \
             entries followed live",
            self.faults, self.facts, self.entries, self.answers, self.put_off, self.followed
        )
    }
}
