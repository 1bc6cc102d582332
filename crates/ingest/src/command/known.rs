//! What a command is judged against where one stream is enough: a client's, or the firm's.

use std::collections::BTreeMap;

use jiff::civil::Date;
use linchpin_domain::alert::{AlertCommand, AlertState};
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Position, Stream, Version};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::{AlertId, ContractId, EntryId};
use linchpin_ledger::{CHUNK, Ledger, ReadError};

use super::Done;

/// A stream's past.
pub(super) struct Known {
    pub(super) desk: Desk,
    pub(super) version: Version,
    pub(super) today: Date,
    /// What was taken back, each with the entry that did.
    retracted: BTreeMap<EntryId, (EntryId, Position)>,
    /// The last entry on each alert.
    on_alerts: Vec<(AlertId, EntryId, Position)>,
    /// What was said of renewal talks, each with its day.
    talks: Vec<(ContractId, Date, EntryId, Position)>,
}

impl Known {
    pub(super) async fn of(ledger: &Ledger, stream: Stream) -> Result<Self, ReadError> {
        let mut known = Self {
            desk: Desk::default(),
            version: 0,
            today: Date::MIN,
            retracted: BTreeMap::new(),
            on_alerts: Vec::new(),
            talks: Vec::new(),
        };
        if let Some(genesis) = ledger.entry(1).await? {
            known.desk.apply(&genesis);
        }
        loop {
            let entries = ledger.read_stream(stream, known.version, CHUNK).await?;
            let Some(last) = entries.last() else { break };
            known.version = last.version;
            entries.iter().for_each(|entry| known.take(entry));
        }
        known.today = known.desk.day_of(ledger.now());
        Ok(known)
    }

    fn take(&mut self, entry: &Entry) {
        self.desk.apply(entry);
        let (id, position) = (entry.id, entry.position);
        match &entry.body {
            Body::Decision(Decision::AlertAcknowledged(it)) => {
                self.on_alerts.push((it.alert, id, position));
            }
            Body::Decision(Decision::AlertSnoozed(it)) => {
                self.on_alerts.push((it.alert, id, position));
            }
            Body::Fact(Fact::FactRetracted(it)) => {
                self.retracted.entry(it.fact).or_insert((id, position));
            }
            Body::Fact(Fact::RenewalTalksStarted(it)) => {
                let day = self.desk.day_of(entry.occurred_at);
                self.talks.push((it.contract, day, id, position));
            }
            _ => {}
        }
    }

    /// The answer where the alert stands already as the command wants it, by the same hand: a
    /// second click is no fault.
    pub(super) fn said_before(
        &self,
        alert: AlertId,
        command: &AlertCommand,
        actor: &str,
    ) -> Option<Done> {
        let same = match (&self.desk.alerts().get(alert)?.state, command) {
            (
                AlertState::Acknowledged { by, note, .. },
                AlertCommand::Acknowledge { note: new },
            ) => by == actor && note.as_deref() == said(new.as_deref()),
            (AlertState::Snoozed { until, by, .. }, AlertCommand::Snooze { until: new }) => {
                by == actor && until == new && *until > self.today
            }
            _ => false,
        };
        let mut on_alerts = self.on_alerts.iter().rev();
        let (_, id, position) = on_alerts.find(|(of, ..)| *of == alert).filter(|_| same)?;
        Some(already(*id, *position))
    }

    /// What says that talks about a contract have begun today, and was not taken back.
    pub(super) fn talks_today(&self, contract: ContractId) -> Option<Done> {
        let today = self.talks.iter().find(|(of, day, id, _)| {
            *of == contract && *day == self.today && !self.retracted.contains_key(id)
        });
        today.map(|(.., id, position)| already(*id, *position))
    }

    /// What took a fact back.
    pub(super) fn retraction(&self, fact: EntryId) -> Option<Done> {
        self.retracted.get(&fact).map(|(id, position)| already(*id, *position))
    }
}

fn already(id: EntryId, position: Position) -> Done {
    Done { id, position, fresh: false }
}

/// A note as it is kept: none where it says nothing.
pub(super) fn said(note: Option<&str>) -> Option<&str> {
    note.filter(|note| !note.trim().is_empty())
}
