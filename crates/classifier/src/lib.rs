//! The classifier: follows the facts and records when a client's status becomes another.
//!
//! Status itself is a pure function of facts, policy and day. What is recorded here is that the
//! desk concluded it, when, and from what.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::decision::{Decision, StatusChanged};
use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::{Body, Entry, MadeFrom};
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_domain::policy::{Status, Track, assess};
use serde::{Deserialize, Serialize};

/// Follows every account through the days. Only accounts that can have changed are looked at:
/// those with new facts, and those for which a day has come that was foreseen.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Classifier {
    desk: Desk,
    tracks: HashMap<AccountId, Track>,
    touched: BTreeMap<AccountId, Since>,
    wake: BTreeSet<(Date, AccountId)>,
}

/// From which day on an account's picture may be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Since {
    Ever,
    Day(Date),
}

impl Service for Classifier {
    const ACTOR: &'static str = "desk:classifier";

    fn absorb(&mut self, entry: &Entry) -> Changed {
        let changed = self.desk.apply(entry);
        if let Body::Decision(Decision::StatusChanged(change)) = &entry.body {
            // What another classifier decided may be out of date by what this one knows.
            self.touch(change.account, Since::Day(self.desk.day_of(entry.recorded_at)));
        }
        let since = changed.from.map_or(Since::Ever, Since::Day);
        for id in &changed.accounts {
            self.touch(*id, since);
        }
        if changed.rules {
            let every: Vec<AccountId> = self.desk.accounts().map(|account| account.id).collect();
            every.into_iter().for_each(|id| self.touch(id, Since::Ever));
        }
        changed
    }

    fn decide(&mut self, today: Date) -> Vec<(EntryId, Decision)> {
        let due: Vec<AccountId> = self.due(today).collect();
        let mut touched = std::mem::take(&mut self.touched);
        for id in due {
            touched.entry(id).or_insert(Since::Day(today));
        }
        // A day that has come is over, also for a client that is none any more or has moved its
        // first day: what is left of the past would call for a look for ever.
        while self.wake.first().is_some_and(|(day, _)| *day <= today) {
            self.wake.pop_first();
        }
        touched
            .into_iter()
            .filter_map(|(id, since)| {
                let track = self.follow(id, since, today)?;
                self.change(id, track, today)
            })
            .collect()
    }

    fn next_due(&self) -> Option<Date> {
        self.wake.first().map(|(day, _)| *day)
    }
}

impl Classifier {
    /// The accounts that are looked at once a day has come: those with new facts, and those for
    /// which something was foreseen by then.
    pub fn due(&self, today: Date) -> impl Iterator<Item = AccountId> {
        let foreseen = self.wake.iter().take_while(move |(day, _)| *day <= today);
        let foreseen = foreseen.map(|(_, id)| *id);
        let touched = self.touched.keys().copied();
        touched.chain(foreseen.filter(|id| !self.touched.contains_key(id)))
    }

    fn touch(&mut self, id: AccountId, since: Since) {
        let known = self.touched.entry(id).or_insert(since);
        *known = (*known).min(since);
    }

    /// Brings an account's track up to today, and notes when to look again.
    fn follow(&mut self, id: AccountId, since: Since, today: Date) -> Option<Track> {
        let known = self.tracks.remove(&id);
        if let Some(day) = known.as_ref().and_then(Track::next) {
            self.wake.remove(&(day, id));
        }
        let client = self.desk.client(id)?;
        let track = match (known, since) {
            (Some(mut track), Since::Day(day)) if day >= track.day() => {
                track.resume(&client, today);
                Some(track)
            }
            _ => Track::follow(&client, today, &mut |_| {}),
        };
        let Some(track) = track else {
            let first = client.account().first_day();
            self.wake.extend(first.filter(|first| *first > today).map(|d| (d, id)));
            return None;
        };
        self.wake.extend(track.next().map(|day| (day, id)));
        self.tracks.insert(id, track);
        Some(track)
    }

    /// The decision to record, where the status is another than the recorded one.
    fn change(&self, id: AccountId, track: Track, today: Date) -> Option<(EntryId, Decision)> {
        let recorded = self.desk.recorded(id);
        let from = recorded.map_or(Status::Standard, |recorded| recorded.change.to);
        let standing = track.standing();
        if standing.status == from {
            return None;
        }
        let ordinal = recorded.map_or(0, |recorded| recorded.change.ordinal) + 1;
        let assessment = assess(&self.desk.client(id)?, today)?;
        let change = StatusChanged {
            account: id,
            ordinal,
            from,
            to: standing.status,
            since: standing.since,
            points: assessment.points(),
            out_of: assessment.policy.out_of(),
            criteria: assessment.results(),
            made_from: MadeFrom {
                position: self.desk.position(),
                on: today,
                version: assessment.version,
            },
        };
        Some((EntryId::named(&format!("status/{id}/{ordinal}")), Decision::StatusChanged(change)))
    }
}

#[cfg(test)]
mod incremental_laws;
#[cfg(test)]
mod snapshot_laws;
#[cfg(test)]
mod tests;
