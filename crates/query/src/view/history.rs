//! Entries as a history shows them: one plain sentence each.

use jiff::Timestamp;
use linchpin_domain::act::lacks;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Stream};
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::Genesis;
use linchpin_domain::id::AccountId;

use super::{HistoryItem, decision_words, fact_words, people};
use crate::words;

impl HistoryItem {
    /// When it became true; `None` where nobody can say, as of a link to the id that another
    /// system has for a client, which stands at the beginning of time.
    pub fn true_since(&self) -> Option<Timestamp> {
        let timeless =
            self.kind == "account.external_ref_linked" && self.occurred_at == Timestamp::UNIX_EPOCH;
        (!timeless).then_some(self.occurred_at)
    }

    /// The moment under which it is listed: when it became true, else when it was recorded.
    pub fn listed_at(&self) -> Timestamp {
        self.true_since().unwrap_or(self.recorded_at)
    }
}

/// An entry as a history shows it, with the names the desk knows.
pub fn history_item(desk: &Desk, entry: &Entry) -> HistoryItem {
    let (occurred, recorded) = (desk.day_of(entry.occurred_at), desk.day_of(entry.recorded_at));
    let account = match entry.stream {
        Stream::Account(id) => desk.account(id),
        Stream::Firm => None,
    };
    let class = match entry.body {
        Body::Decision(_) => "decision",
        Body::Genesis(_) | Body::Fact(_) | Body::Unknown { .. } => "fact",
    };
    let mut item = HistoryItem {
        position: entry.position,
        id: entry.id,
        kind: entry.body.name().to_owned(),
        class: class.to_owned(),
        occurred_at: entry.occurred_at,
        recorded_at: entry.recorded_at,
        days_late: words::days_between(occurred, recorded).max(0),
        actor: people::actor(desk, &entry.actor, recorded),
        sentence: sentence(desk, entry),
        retracted: match &entry.body {
            Body::Fact(Fact::MemberLeft(it)) => desk.firm().never_left(it.member, entry.id),
            _ => account.is_some_and(|account| account.is_retracted(entry.id)),
        },
    };
    if item.true_since().is_none() {
        item.days_late = 0;
    }
    item
}

/// The same in the history of an account: a fact that stands in another account's stream is told
/// from the side of this one.
pub fn item_of(desk: &Desk, entry: &Entry, account: AccountId) -> HistoryItem {
    let mut item = history_item(desk, entry);
    if let (Body::Fact(fact), true) = (&entry.body, entry.stream != Stream::Account(account)) {
        let day = desk.day_of(entry.occurred_at);
        if let Some(sentence) = fact_words::from_elsewhere(desk, entry, fact, day) {
            item.sentence = words::capital(&sentence);
        }
    }
    item
}

/// What an entry says, in a sentence; of a ruling that moves nothing also why.
pub fn sentence(desk: &Desk, entry: &Entry) -> String {
    let day = desk.day_of(entry.occurred_at);
    match &entry.body {
        Body::Genesis(genesis) => created(genesis),
        Body::Fact(fact) => {
            let said = words::capital(&fact_words::sentence(desk, entry, fact, day));
            match lacks(desk.firm(), fact, day) {
                Some(role) => {
                    let role = role.words();
                    format!("{said} It counts for nothing: they were not {role} on that day.")
                }
                None => said,
            }
        }
        Body::Decision(decision) => {
            words::capital(&decision_words::sentence(desk, entry, decision))
        }
        Body::Unknown { name } => format!("An entry of a kind this version does not know: {name}."),
    }
}

fn created(genesis: &Genesis) -> String {
    let kind = if genesis.simulated { "simulated ledger" } else { "ledger" };
    format!(
        "The {kind} of {} was created: sums in {}, days of {}.",
        genesis.firm,
        genesis.currency.code(),
        genesis.time_zone
    )
}
