//! The index of names beside the desk: who is called much the same.
//!
//! Following the ledger only notes whose name may have changed. A thread of its own takes that into
//! the index soon after, and every answer does before it is made, so that no entry waits for it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use linchpin_domain::desk::{Changed, Desk};
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::AccountId;
use linchpin_domain::names::NameIndex;

use super::{ModelError, ReadModel, Shared, lock, working};
use crate::view::{self, Clocks, NewestSuggestions, Suggestions};

/// Between two looks at what has changed: while thousands of clients a second come in, the desk is
/// not held from them all the time.
const PAUSE: Duration = Duration::from_millis(500);

/// The index, and whose name it may not know yet.
#[derive(Default)]
pub(super) struct Names {
    stale: Mutex<Stale>,
    index: Mutex<NameIndex>,
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

    /// Asks the index once it knows every name of a desk at least as new as now.
    fn ask<T>(&self, desk: &dyn Fn() -> Arc<Desk>, ask: impl FnOnce(&Desk, &NameIndex) -> T) -> T {
        let mut index = lock(&self.index);
        // What is noted is on the desk already, so the desk is taken after the notes.
        let stale = std::mem::replace(&mut *lock(&self.stale), Stale::These(BTreeSet::new()));
        let desk = desk();
        match stale {
            Stale::All => *index = view::name_index(&desk),
            Stale::These(stale) => {
                stale.into_iter().for_each(|id| view::refile(&mut index, &desk, id));
            }
        }
        ask(&desk, &index)
    }
}

/// Adds whose name an entry may have changed, once the desk has taken it in.
pub(super) fn renamed(
    desk: &Desk,
    entry: &Entry,
    changed: &Changed,
    names: &mut BTreeSet<AccountId>,
) {
    let Body::Fact(fact) = &entry.body else { return };
    let merged = match fact {
        Fact::AccountRegistered(_) | Fact::AccountRenamed(_) => false,
        Fact::AccountsMerged(_) | Fact::AccountsUnmerged(_) => true,
        Fact::FactRetracted(_) => changed.accounts.iter().any(|id| desk.ever_merged().contains(id)),
        _ => return,
    };
    names.extend(&changed.accounts);
    if merged {
        // One merge more or less can change for whom others of its chain stand.
        names.extend(desk.ever_merged());
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
            let _ = working(move || following.ask_names(|_, _| {})).await;
        }
        tokio::time::sleep(PAUSE).await;
        let _ = position.changed().await;
    }
}

impl Shared {
    fn ask_names<T>(&self, ask: impl FnOnce(&Desk, &NameIndex) -> T) -> T {
        self.names.ask(&|| self.desk(), ask)
    }
}

impl ReadModel {
    /// Clients like one client by name, as far as nobody has settled what they are to each other;
    /// `None` where there is no such client.
    ///
    /// # Errors
    /// Where the ledger has been out of reach for too long, or the computation broke off.
    pub async fn suggestions(&self, id: AccountId) -> Result<Option<Suggestions>, ModelError> {
        self.ask_names(move |desk, names, clocks| view::suggestions(desk, names, id, clocks)).await
    }

    /// The clients registered last that are like others, at most so many.
    ///
    /// # Errors
    /// As for [`ReadModel::suggestions`].
    pub async fn newest_suggestions(&self, most: usize) -> Result<NewestSuggestions, ModelError> {
        self.ask_names(move |desk, names, clocks| {
            view::newest_suggestions(desk, names, most, clocks)
        })
        .await
    }

    async fn ask_names<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Desk, &NameIndex, Clocks) -> T + Send + 'static,
    ) -> Result<T, ModelError> {
        self.present()?;
        let (shared, now) = (Arc::clone(&self.0.shared), self.now());
        let zone = self.genesis().zone();
        working(move || {
            shared
                .ask_names(|desk, names| ask(desk, names, Clocks::of(desk, None, None, now, &zone)))
        })
        .await
    }
}
