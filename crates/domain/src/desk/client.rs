//! A client with all that its status depends on: what policies and watch rules look at.

use std::sync::Arc;

use jiff::civil::Date;

use super::group::links_of;
use super::{Desk, Firm};
use crate::account::Account;
use crate::id::AccountId;
use crate::policy::earlier;

/// One client, the firm, and everyone who ever belonged to its group.
#[derive(Clone)]
pub struct Client<'a> {
    desk: &'a Desk,
    firm: &'a Firm,
    account: Arc<Account>,
    relatives: Vec<Arc<Account>>,
    until: Date,
}

impl Desk {
    /// A client to look at; `None` where nothing was told of it, or where it was merged into
    /// another, which then is the client.
    pub fn client(&self, id: AccountId) -> Option<Client<'_>> {
        if self.survivor(id) != id {
            return None;
        }
        self.account(id).map(|account| self.client_of(account))
    }

    /// One of [`Desk::accounts`] to look at.
    pub fn client_of(&self, account: &Arc<Account>) -> Client<'_> {
        let relatives = if links_of(account).next().is_none() {
            Vec::new()
        } else {
            let others = self.relatives(account.id);
            others.into_iter().filter_map(|id| self.account(id).cloned()).collect()
        };
        let account = Arc::clone(account);
        Client { desk: self, firm: &self.firm, account, relatives, until: Date::MAX }
    }
}

impl<'a> Client<'a> {
    /// The client itself.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The firm.
    pub fn firm(&self) -> &'a Firm {
        self.firm
    }

    /// The same client under other written rules.
    #[must_use]
    pub fn under(self, firm: &'a Firm) -> Self {
        Self { firm, ..self }
    }

    /// The client without what happened after a day, to it and in its group: what follows from it
    /// is what comes if nothing more is done.
    #[must_use]
    pub fn cut(&self, day: Date) -> Self {
        let cut = |account: &Arc<Account>| Arc::new(account.cut(day));
        Self {
            desk: self.desk,
            firm: self.firm,
            account: cut(&self.account),
            relatives: self.relatives.iter().map(cut).collect(),
            until: self.until.min(day),
        }
    }

    /// The ultimate parent on a day, and everyone below it, this client included, in order of id.
    pub fn group_on(&self, day: Date) -> Vec<&Account> {
        self.places_on(day).into_iter().map(|place| self.at_place(place)).collect()
    }

    /// The same by places, which stay the same from day to day.
    pub(crate) fn places_on(&self, day: Date) -> Vec<usize> {
        if self.relatives.is_empty() {
            return vec![0];
        }
        let top = self.top_on(day);
        let below = |place: &usize| {
            self.way_up(self.at_place(*place).id, day).last().is_some_and(|last| *last == top)
        };
        let mut places: Vec<usize> = (0..=self.relatives.len()).filter(below).collect();
        places.sort_by_key(|place| self.at_place(*place).id);
        places
    }

    /// Who has a place: the client itself the first, its relatives those after it.
    pub(crate) fn at_place(&self, place: usize) -> &Account {
        let relative = place.checked_sub(1).and_then(|at| self.relatives.get(at));
        relative.unwrap_or(&self.account)
    }

    /// The first day after this one on which its group may be made of others.
    pub(crate) fn next_link(&self, day: Date) -> Option<Date> {
        let all = std::iter::once(&self.account).chain(&self.relatives);
        all.map(|account| account.parents.next_day(day)).fold(None, earlier)
    }

    /// The ultimate parent on a day: the client itself where nobody stands above it.
    pub fn top_on(&self, day: Date) -> AccountId {
        self.way_up(self.account.id, day).last().copied().unwrap_or(self.account.id)
    }

    /// The way up from an account: of a client that was cut, by the links told until then.
    fn way_up(&self, id: AccountId, day: Date) -> Vec<AccountId> {
        self.desk.parents_on(id, day.min(self.until))
    }

    /// The first day after this one on which something happened with it or in its group.
    pub fn next_day(&self, day: Date) -> Option<Date> {
        let others = self.relatives.iter().map(|other| other.next_day(day));
        others.fold(self.account.next_day(day), earlier)
    }

    /// Whether it ever belonged to a group.
    pub fn has_relatives(&self) -> bool {
        !self.relatives.is_empty()
    }

    /// The desk on which it is.
    pub fn desk(&self) -> &'a Desk {
        self.desk
    }
}
