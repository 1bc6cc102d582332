//! What is known of contacts: a fold of the ledger that keeps nothing but them.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use linchpin_domain::account::{Account, accounts_of, evolve};
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::{AccountId, ContactId};
use linchpin_domain::timeline::Source;
use linchpin_ledger::{Ledger, ReadError};

use super::list::Pair;
use super::map::ContactsMap;

/// What is known of contacts.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) accounts: HashMap<AccountId, Account>,
    /// Clients of whom this source has told before: its list says of them who has left.
    pub(crate) ours: HashSet<AccountId>,
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
    let (mut known, mut after) = (Known::default(), 0);
    loop {
        let entries = ledger.read(after, until).await?;
        let Some(last) = entries.last() else { return Ok(known) };
        after = last.position;
        for entry in &entries {
            let day = day_of(entry.occurred_at, &zone);
            known.take(entry, day, &actor, &map.ids);
        }
        tokio::task::yield_now().await;
    }
}

impl Known {
    fn take(&mut self, entry: &Entry, day: Date, actor: &str, ids: &str) {
        let Body::Fact(fact) = &entry.body else { return };
        if let Fact::ExternalRefLinked(link) = fact
            && link.source == ids
        {
            self.refs.entry(link.account).or_insert_with(|| link.id.clone());
        }
        let private = match fact {
            Fact::ContactJoined(joined) => Some((joined.account, joined.contact, &joined.person)),
            Fact::ContactChanged(changed) => {
                Some((changed.account, changed.contact, &changed.person))
            }
            Fact::ContactLeft(_) | Fact::ContactMoved(_) | Fact::ContactConfirmed(_) => None,
            Fact::FactRetracted(_) => None,
            _ => return,
        };
        let source =
            Source { at: entry.occurred_at, day, rank: 1, id: entry.id, position: entry.position };
        for account in accounts_of(fact) {
            evolve(
                self.accounts.entry(account).or_insert_with(|| Account::new(account)),
                source,
                fact,
            );
        }
        if entry.actor != actor {
            return;
        }
        self.ours.extend(accounts_of(fact));
        self.newest = self.newest.max(Some(day));
        if let Some((account, contact, person)) = private
            && person.is_empty()
        {
            self.erased.insert((account, contact));
        }
    }

    /// The contacts of this source's clients who work there on a day.
    pub(crate) fn active(&self, day: Date) -> Vec<(AccountId, ContactId)> {
        let accounts = self.accounts.values().filter(|account| self.ours.contains(&account.id));
        accounts
            .flat_map(|account| {
                account.active_contacts(day).map(|contact| (account.id, contact.id))
            })
            .collect()
    }
}
