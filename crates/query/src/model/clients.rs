//! Questions that are asked of every client, or of one client over and over: what was found out for
//! one answer is kept for the next.

use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::account::Account;
use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::Position;
use linchpin_domain::id::AccountId;
use linchpin_domain::ownership::{Precedent, precedents_of};

use super::kept::Kept;
use super::{ModelError, ReadModel, find, keep, working};
use crate::view::{self, Clocks, Life, Movement, Rulings, StatusView};

/// A client with no more busy days than these is followed at once: it takes some ten microseconds,
/// which is less than handing the work to another thread.
const BRIEF: usize = 50;

/// Most changes of one status that are kept; a client with more is followed anew each time.
const MAX_TURNS: usize = 256;

/// Most rulings on one client that are kept.
const MAX_RULINGS: usize = 256;

/// What is kept of clients.
#[derive(Default)]
pub(super) struct Clients {
    standings: Kept<(Date, Option<StatusView>)>,
    lives: Kept<Life>,
    rulings: Kept<Arc<[Precedent]>>,
}

impl Clients {
    /// Begins anew from a desk of which nobody noted how it came to be.
    pub(super) fn begin(&self, position: Position) {
        self.standings.begin(position);
        self.lives.begin(position);
        self.rulings.begin(position);
    }

    /// Forgets what an entry changed. Called before anybody can read the desk that has taken it in.
    pub(super) fn note(&self, desk: &Desk, changed: &Changed) {
        self.standings.note(desk, changed);
        self.lives.note(desk, changed);
        self.rulings.note(desk, changed);
    }

    /// The status of a client today, where it is kept.
    fn status(&self, id: AccountId, clocks: &Clocks) -> Option<Option<StatusView>> {
        if clocks.past {
            return None;
        }
        let found = self.standings.find(clocks.position, std::iter::once(id)).pop().flatten();
        let (_, found) = found.filter(|(day, _)| *day == clocks.as_of)?;
        Some(found.map(|status| StatusView { clocks: clocks.clone(), ..status }))
    }

    fn keep_status(&self, id: AccountId, clocks: &Clocks, status: &Option<StatusView>) {
        if !clocks.past {
            let found = (id, (clocks.as_of, status.clone()));
            self.standings.keep(clocks.position, std::iter::once(found));
        }
    }

    /// The lives of some clients of a desk, each up to a day or beyond it.
    fn lives(&self, desk: &Desk, accounts: &[&Arc<Account>], until: Date) -> Vec<Life> {
        known(
            &self.lives,
            desk,
            accounts,
            |life| life.covers(until),
            |account| Life::of(&desk.client_of(account), until),
            |life| life.len() <= MAX_TURNS,
        )
    }

    /// The rulings on some clients of a desk.
    fn precedents(&self, desk: &Desk, accounts: &[&Arc<Account>]) -> Vec<Arc<[Precedent]>> {
        known(
            &self.rulings,
            desk,
            accounts,
            |_| true,
            |account| precedents_of(&desk.client_of(account)).into(),
            |rulings| rulings.len() <= MAX_RULINGS,
        )
    }
}

impl ReadModel {
    /// The status of a client at a desk and clocks as [`ReadModel::at`] gave them; `None` where it
    /// does not exist by then. Today's are kept until something changes them.
    ///
    /// # Errors
    /// Where the computation broke off.
    pub async fn status(
        &self,
        desk: &Arc<Desk>,
        id: AccountId,
        clocks: Clocks,
    ) -> Result<Option<StatusView>, ModelError> {
        let clients = &self.0.shared.clients;
        if let Some(found) = clients.status(id, &clocks) {
            return Ok(found);
        }
        let days = desk.account(id).map_or(0, |account| account.busy_days());
        let status = if days <= BRIEF {
            view::status(desk, id, clocks.clone())
        } else {
            let (desk, clocks) = (Arc::clone(desk), clocks.clone());
            working(move || view::status(&desk, id, clocks)).await?
        };
        clients.keep_status(id, &clocks, &status);
        Ok(status)
    }

    /// Who moved between a day and the one of the clocks, at a desk and clocks as
    /// [`ReadModel::at`] gave them. Only clients that changed since such a question are followed
    /// anew; the last few answers are kept.
    ///
    /// # Errors
    /// Where the computation broke off.
    pub async fn movement(
        &self,
        desk: &Arc<Desk>,
        from: Date,
        clocks: &Clocks,
    ) -> Result<Arc<Movement>, ModelError> {
        let movements = &self.0.shared.movements;
        let same = |it: &Movement| it.clocks == *clocks && it.from == from;
        if let Some(found) = find(movements, same) {
            return Ok(found);
        }
        let (shared, desk, wanted) = (Arc::clone(&self.0.shared), Arc::clone(desk), clocks.clone());
        let made = working(move || {
            let to = wanted.as_of;
            let lives = |accounts: &[&Arc<Account>]| shared.clients.lives(&desk, accounts, to);
            Arc::new(view::movement_of(&desk, from, wanted, &lives))
        });
        Ok(keep(movements, made.await?, same))
    }

    /// Every ruling on whose client it is that a desk knows, as [`ReadModel::at`] gave it, with
    /// the case of each. Only those on clients that changed since are looked into anew.
    ///
    /// # Errors
    /// Where the computation broke off.
    pub async fn rulings(&self, desk: &Arc<Desk>) -> Result<Rulings, ModelError> {
        let (shared, desk) = (Arc::clone(&self.0.shared), Arc::clone(desk));
        working(move || {
            Rulings::with(&desk, &|accounts| shared.clients.precedents(&desk, accounts))
        })
        .await
    }
}

/// What is known of each account: what is kept where it `serves`, else what is found out now, which
/// is kept where it is `brief`.
fn known<T: Clone>(
    kept: &Kept<T>,
    desk: &Desk,
    accounts: &[&Arc<Account>],
    serves: impl Fn(&T) -> bool,
    find_out: impl Fn(&Arc<Account>) -> T,
    brief: impl Fn(&T) -> bool,
) -> Vec<T> {
    let found = kept.find(desk.position(), accounts.iter().map(|account| account.id));
    let mut new: Vec<(AccountId, T)> = Vec::new();
    let pairs = accounts.iter().zip(found);
    let all = pairs.map(|(account, found)| {
        found.filter(&serves).unwrap_or_else(|| {
            let found = find_out(account);
            if brief(&found) {
                new.push((account.id, found.clone()));
            }
            found
        })
    });
    let all = all.collect();
    kept.keep(desk.position(), new.into_iter());
    all
}

#[cfg(test)]
#[path = "clients_laws.rs"]
mod laws;
