//! What is known of contacts: a fold of the ledger that keeps nothing but them.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use linchpin_domain::account::{ContactEvent, ContactLine};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::{AccountId, ContactId, EntryId};
use linchpin_ledger::{Ledger, ReadError};

use super::list::Pair;
use super::map::ContactsMap;

/// What is known of contacts.
#[derive(Default)]
pub(crate) struct Known {
    /// Every contact, by the facts about them alone.
    pub(crate) desk: Desk,
    /// The facts by which this source told that somebody works for a client.
    ours: HashSet<EntryId>,
    /// Contacts that this source has told of and whose personal data is gone: they were erased.
    pub(crate) erased: HashSet<Pair>,
    /// The ids of clients as this source writes them.
    pub(crate) refs: HashMap<AccountId, String>,
    /// The day of the newest list of this source that changed anything.
    pub(crate) newest: Option<Date>,
}

/// Folds the ledger as far as it goes now.
pub(crate) async fn known(ledger: &Ledger, map: &ContactsMap) -> Result<Known, ReadError> {
    let (zone, actor) = (ledger.genesis().zone(), map.actor());
    let until = ledger.refresh().await?.position;
    let (mut known, mut replay) = (Known::default(), ledger.replay(0, until));
    loop {
        let entries = replay.next().await?;
        if entries.is_empty() {
            return Ok(known);
        }
        for entry in &entries {
            known.take(entry, &map.ids);
            if entry.actor == actor {
                known.take_ours(entry, day_of(entry.occurred_at, &zone));
            }
        }
        tokio::task::yield_now().await;
    }
}

impl Known {
    fn take(&mut self, entry: &Entry, ids: &str) {
        match &entry.body {
            Body::Fact(Fact::ExternalRefLinked(link)) if link.source == ids => {
                self.refs.entry(link.account).or_insert_with(|| link.id.clone());
            }
            Body::Genesis(_)
            | Body::Fact(
                Fact::ContactJoined(_)
                | Fact::ContactChanged(_)
                | Fact::ContactLeft(_)
                | Fact::ContactMoved(_)
                | Fact::ContactConfirmed(_)
                | Fact::FactRetracted(_),
            ) => {
                self.desk.apply(entry);
            }
            _ => {}
        }
    }

    fn take_ours(&mut self, entry: &Entry, day: Date) {
        let Body::Fact(fact) = &entry.body else { return };
        let told = match fact {
            Fact::ContactJoined(it) => Some((it.account, it.contact, &it.person)),
            Fact::ContactChanged(it) => Some((it.account, it.contact, &it.person)),
            Fact::ContactConfirmed(_) | Fact::ContactLeft(_) => None,
            _ => return,
        };
        self.newest = self.newest.max(Some(day));
        if !matches!(fact, Fact::ContactLeft(_)) {
            self.ours.insert(entry.id);
        }
        if let Some((account, contact, person)) = told
            && person.is_empty()
        {
            self.erased.insert((account, contact));
        }
    }

    /// The contacts who work for a client on a day, and of whom this source itself has told so
    /// since they came there. Only of these does its list say who has left: others may know more.
    pub(crate) fn ours_on(&self, day: Date) -> BTreeSet<(AccountId, ContactId)> {
        let mut found = BTreeSet::new();
        for account in self.desk.accounts() {
            let ours = account.contact_lines().filter(|(_, line)| self.is_ours(line, day));
            found.extend(ours.map(|(contact, _)| (account.id, contact)));
        }
        found
    }

    fn is_ours(&self, line: &ContactLine, day: Date) -> bool {
        let mut ours = false;
        for (source, event) in line.until(day) {
            match event {
                ContactEvent::Left(_) => ours = false,
                _ => ours |= self.ours.contains(&source.id),
            }
        }
        ours
    }
}
