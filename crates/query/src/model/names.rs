//! The index of names beside the desk: who is called much the same.
//!
//! Following the ledger only notes whose name may have changed. A thread of its own takes that into
//! the index soon after, and every answer does before it is made, so that no entry waits for it.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::AccountId;
use linchpin_domain::names::NameIndex;

use super::{ModelError, ReadModel, Shared, find, keep as keep_answer, lock, working};
use crate::view::{self, Clocks, NewestSuggestions, Suggestions};

/// Between two looks at what has changed: while thousands of clients a second come in, the desk is
/// not held from them all the time.
const PAUSE: Duration = Duration::from_millis(500);

/// Answers on who was registered last that are kept.
type Newest = (usize, NewestSuggestions);

/// The index, and whose name it may not know yet.
#[derive(Default)]
pub(super) struct Names {
    stale: Mutex<Stale>,
    /// Held by whoever brings the index up to date, so that nobody reads it halfway.
    turn: Mutex<()>,
    index: RwLock<NameIndex>,
    built: AtomicBool,
    /// Held while an answer on the newest is made, so that whoever asks meanwhile finds it.
    asking: Mutex<()>,
    newest: Mutex<VecDeque<Arc<Newest>>>,
}

/// Whose name may be another than the index says.
#[derive(Default)]
enum Stale {
    /// It has not been built.
    #[default]
    All,
    /// Theirs.
    These(BTreeSet<AccountId>),
}

/// An index that is being brought up to date. Unless that comes to its end, it is to be built anew.
struct Update<'a> {
    names: &'a Names,
    finished: bool,
}

impl Drop for Update<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.names.built.store(false, Ordering::Release);
            *lock(&self.names.stale) = Stale::All;
        }
    }
}

impl Names {
    /// Notes whose names have changed, after the desk that readers get has changed.
    pub(super) fn note(&self, renamed: BTreeSet<AccountId>) {
        if renamed.is_empty() {
            return;
        }
        if let Stale::These(stale) = &mut *lock(&self.stale) {
            stale.extend(renamed);
        }
    }

    fn is_stale(&self) -> bool {
        match &*lock(&self.stale) {
            Stale::All => true,
            Stale::These(stale) => !stale.is_empty(),
        }
    }

    /// Lets the index know every name of a desk at least as new as now, and gives that desk.
    fn bring_up(&self, desk: &dyn Fn() -> Arc<Desk>) -> Arc<Desk> {
        let _turn = lock(&self.turn);
        // What is noted is on the desk already, so the desk is taken after the notes.
        let stale = std::mem::replace(&mut *lock(&self.stale), Stale::These(BTreeSet::new()));
        let mut update = Update { names: self, finished: false };
        let desk = desk();
        match stale {
            Stale::All => {
                let made = view::name_index(&desk);
                *self.index.write().unwrap_or_else(PoisonError::into_inner) = made;
                self.built.store(true, Ordering::Release);
            }
            Stale::These(stale) if stale.is_empty() => {}
            Stale::These(stale) => {
                let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
                stale.into_iter().for_each(|id| view::refile(&mut index, &desk, id));
            }
        }
        update.finished = true;
        desk
    }

    /// The index as it stands, for as short as one answer takes: who brings it up to date waits.
    fn read(&self) -> RwLockReadGuard<'_, NameIndex> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the index once it knows every name of a desk at least as new as now.
    fn ask<T>(&self, desk: &dyn Fn() -> Arc<Desk>, ask: impl FnOnce(&Desk, &NameIndex) -> T) -> T {
        let desk = self.bring_up(desk);
        ask(&desk, &self.read())
    }

    /// The clients registered last that are like others. The index is let go of between one client
    /// and the next.
    fn newest(
        &self,
        desk: &dyn Fn() -> Arc<Desk>,
        most: usize,
        clocks: &dyn Fn(&Desk) -> Clocks,
    ) -> NewestSuggestions {
        let _asking = lock(&self.asking);
        let desk = self.bring_up(desk);
        let clocks = clocks(&desk);
        let same = |(number, kept): &Newest| *number == most && kept.clocks == clocks;
        if let Some(found) = find(&self.newest, same) {
            return found.1.clone();
        }
        let like = |id| view::suggestions(&desk, &self.read(), id, clocks.clone());
        let made = view::newest_suggestions(&desk, &like, most, clocks.clone());
        keep_answer(&self.newest, Arc::new((most, made)), same).1.clone()
    }
}

/// Adds whose name an entry may have changed, once the desk has taken it in: with a merge those who
/// stand for another client now are among the changed.
pub(super) fn renamed(entry: &Entry, changed: &Changed, names: &mut BTreeSet<AccountId>) {
    let Body::Fact(fact) = &entry.body else { return };
    if matches!(
        fact,
        Fact::AccountRegistered(_)
            | Fact::AccountRenamed(_)
            | Fact::AccountsMerged(_)
            | Fact::AccountsUnmerged(_)
            | Fact::FactRetracted(_)
    ) {
        names.extend(&changed.accounts);
    }
}

/// Keeps the index up to date from the moment the ledger has been read.
pub(super) async fn keep(shared: &Arc<Shared>) -> Infallible {
    let mut position = shared.position.subscribe();
    loop {
        // It fails only where the sender is gone, and `shared` holds it.
        let _ = position.wait_for(|position| *position >= shared.goal).await;
        if shared.names.is_stale() {
            let following = Arc::clone(shared);
            // Where it breaks off, the next reader builds it, and is told where that fails.
            let _ = working(move || following.names.bring_up(&|| following.desk())).await;
        }
        tokio::time::sleep(PAUSE).await;
        let _ = position.changed().await;
    }
}

impl ReadModel {
    /// Whether suggestions are at hand: for a while after the start of a large desk its names are
    /// still being filed, and who asks for suggestions waits for that.
    pub fn names_filed(&self) -> bool {
        self.0.shared.names.built.load(Ordering::Acquire)
    }

    /// Clients like one client by name, as far as nobody has settled what they are to each other;
    /// `None` where there is no such client.
    ///
    /// # Errors
    /// Where the ledger has been out of reach for too long, or the computation broke off.
    pub async fn suggestions(&self, id: AccountId) -> Result<Option<Suggestions>, ModelError> {
        self.ask_names(move |shared, clocks| {
            shared.names.ask(&|| shared.desk(), |desk, names| {
                view::suggestions(desk, names, id, clocks(desk))
            })
        })
        .await
    }

    /// The clients registered last that are like others, at most so many. The last few answers are
    /// kept.
    ///
    /// # Errors
    /// As for [`ReadModel::suggestions`].
    pub async fn newest_suggestions(&self, most: usize) -> Result<NewestSuggestions, ModelError> {
        self.ask_names(move |shared, clocks| shared.names.newest(&|| shared.desk(), most, clocks))
            .await
    }

    async fn ask_names<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Shared, &dyn Fn(&Desk) -> Clocks) -> T + Send + 'static,
    ) -> Result<T, ModelError> {
        self.present()?;
        let (shared, now) = (Arc::clone(&self.0.shared), self.now());
        let zone = self.genesis().zone();
        working(move || ask(&shared, &|desk| Clocks::of(desk, None, None, now, &zone))).await
    }
}

#[cfg(test)]
#[path = "names_laws.rs"]
mod laws;
