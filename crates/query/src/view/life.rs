//! The life of a status: every change of one client's status.

use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::desk::Client;
use linchpin_domain::policy::{Status, Track};

/// The changes of a client's status, oldest first, as far as it was followed. It follows from the
/// client's facts, its group's and the firm's rules alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    turns: Arc<[(Date, Status)]>,
    /// The last day for which this is known to be all.
    known_to: Date,
}

impl Life {
    /// Follows a client up to and including a day.
    pub(crate) fn of(client: &Client<'_>, until: Date) -> Self {
        let mut turns: Vec<(Date, Status)> = Vec::new();
        let track = Track::follow(client, until, &mut |span| {
            if turns.last().is_none_or(|(_, status)| *status != span.status) {
                turns.push((span.from, span.status));
            }
        });
        let known_to = match track.map(|track| track.next()) {
            None => until,
            Some(None) => Date::MAX,
            Some(Some(next)) => next.yesterday().unwrap_or(next),
        };
        Self { turns: turns.into(), known_to }
    }

    /// Whether it tells all that changed up to a day.
    pub(crate) fn covers(&self, day: Date) -> bool {
        day <= self.known_to
    }

    /// How often the status changed.
    pub(crate) fn len(&self) -> usize {
        self.turns.len()
    }

    /// Each status up to a day, with its first day.
    pub(super) fn until(&self, day: Date) -> impl Iterator<Item = (Date, Status)> {
        self.turns.iter().copied().take_while(move |(from, _)| *from <= day)
    }
}
