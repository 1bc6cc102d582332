//! The notifier: looks at each account with the watch rules, and records which alerts are raised,
//! passed on and resolved.
//!
//! An alert's inbox is the fold of these decisions; other ways of delivery are not built yet.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::alert::settle;
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::{Body, Entry, MadeFrom};
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_domain::policy::Track;
use linchpin_domain::watch::{Look, look_along};
use serde::{Deserialize, Serialize};

/// Watches every account. Only accounts with new facts, and those for which a day has come that
/// was foreseen, are looked at.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Notifier {
    desk: Desk,
    touched: BTreeSet<AccountId>,
    wake: BTreeSet<(Date, AccountId)>,
    next: HashMap<AccountId, Date>,
    /// The clients whose status a rule asks for, each followed as far as it was looked at: a long
    /// history is followed once. Not written down, for it can be followed anew.
    #[serde(skip)]
    tracks: HashMap<AccountId, Track>,
}

impl Service for Notifier {
    const ACTOR: &'static str = "desk:notifier";

    fn absorb(&mut self, entry: &Entry) -> Changed {
        let changed = self.desk.apply(entry);
        if let Body::Decision(decision) = &entry.body {
            // What another notifier decided may be out of date by what this one knows.
            self.touched.insert(decision.account());
        }
        self.touched.extend(changed.accounts.iter().chain(&changed.alerts));
        for id in &changed.accounts {
            // What happened before the day up to which a client was followed moves all since.
            let goes_on = |track: &Track| changed.from.is_some_and(|from| from >= track.day());
            if self.tracks.get(id).is_some_and(|track| !goes_on(track)) {
                self.tracks.remove(id);
            }
        }
        if changed.rules {
            self.tracks.clear();
            self.touched.extend(self.desk.accounts().map(|account| account.id));
        }
        changed
    }

    fn decide(&mut self, today: Date) -> Vec<(EntryId, Decision)> {
        let due = self.wake.iter().take_while(|(day, _)| *day <= today).map(|(_, id)| *id);
        let mut touched: BTreeSet<AccountId> = due.collect();
        touched.append(&mut self.touched);
        touched.into_iter().flat_map(|id| self.look(id, today)).collect()
    }

    fn next_due(&self) -> Option<Date> {
        self.wake.first().map(|(day, _)| *day)
    }
}

impl Notifier {
    fn look(&mut self, id: AccountId, today: Date) -> Vec<(EntryId, Decision)> {
        let firm = self.desk.firm();
        let look = match self.desk.client(id) {
            Some(client) => {
                let mut kept = self.tracks.remove(&id);
                let look = look_along(&client, today, &mut kept);
                self.tracks.extend(kept.map(|track| (id, track)));
                look
            }
            None if self.desk.survivor(id) != id => Look::merged(),
            None => return Vec::new(),
        };
        if let Some(day) = self.next.remove(&id) {
            self.wake.remove(&(day, id));
        }
        if let Some(day) = look.next.filter(|day| *day > today) {
            self.wake.insert((day, id));
            self.next.insert(id, day);
        }
        let Some((version, _)) = firm.watchlist_on(today) else { return Vec::new() };
        let made_from = MadeFrom { position: self.desk.position(), on: today, version };
        let decisions = settle(self.desk.alerts(), firm, id, &look, made_from);
        decisions
            .into_iter()
            .filter_map(|decision| Some((entry_id(&decision)?, decision)))
            .collect()
    }
}

/// The id under which a decision can be recorded only once. An alert is found by its id: the
/// entry that raises it has the same one.
fn entry_id(decision: &Decision) -> Option<EntryId> {
    match decision {
        Decision::AlertRaised(raised) => Some(EntryId(raised.alert.0)),
        Decision::AlertPassedOn(it) => {
            Some(EntryId::named(&format!("alert-passed-on/{}/{}", it.alert, it.ordinal)))
        }
        Decision::AlertResolved(it) => {
            Some(EntryId::named(&format!("alert-resolved/{}", it.alert)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod incremental_laws;
#[cfg(test)]
mod snapshot_laws;
#[cfg(test)]
mod tests;
