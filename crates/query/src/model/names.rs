//! The index of names beside the desk: who is called much the same.
//!
//! Following the ledger only notes whose name may have changed. A thread of its own takes that into
//! the index soon after, and every answer does before it is made, so that no entry waits for it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
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
    built: AtomicBool,
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
            Stale::All => {
                *index = view::name_index(&desk);
                self.built.store(true, Ordering::Release);
            }
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

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use linchpin_domain::fact::{
        AccountRegistered, AccountRenamed, AccountsMerged, AccountsUnmerged, FactRetracted,
    };
    use linchpin_domain::id::EntryId;
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 6] = [
        "Northgate",
        "Northgate Ltd",
        "Northgate Poland",
        "Wardrobes of Narnia",
        "Imperial Northgate Wardrobes",
        "INW",
    ];

    /// What is told of a few accounts: registered, renamed, merged, unmerged, or something before
    /// it taken back.
    fn stories() -> impl Strategy<Value = Vec<(u8, u8, u8, usize)>> {
        prop::collection::vec((0..5_u8, 0..6_u8, 0..6_u8, 0..60_usize), 1..60)
    }

    fn account(number: u8) -> AccountId {
        AccountId::named(&format!("test:{number}"))
    }

    fn entries(story: &[(u8, u8, u8, usize)]) -> Vec<Entry> {
        let reason = || "said".to_owned();
        let told = story.iter().enumerate().map(|(at, (kind, one, two, number))| {
            let (id, other) = (account(*one), account(*two));
            let name = NAMES[number % NAMES.len()].to_owned();
            let country = (number % 3 == 0).then(|| "PL".to_owned());
            let fact = match kind {
                0 => Fact::from(AccountRegistered { account: id, name, country, sector: None }),
                1 => AccountRenamed { account: id, name }.into(),
                2 if one != two => {
                    AccountsMerged { account: id, into: other, reason: reason() }.into()
                }
                3 => AccountsUnmerged { account: id, from: other, reason: reason() }.into(),
                _ => {
                    let fact = EntryId::named(&format!("told {}", number % (at + 1)));
                    FactRetracted::of_account(id, fact, reason()).into()
                }
            };
            // Days go up and down, so that what comes late changes what came before.
            let day = SignedDuration::from_hours(24 * ((at * 7) % 40) as i64);
            let when = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 19_000) + day;
            Entry {
                position: 0,
                id: EntryId::named(&format!("told {at}")),
                stream: fact.stream(),
                version: 1,
                occurred_at: when,
                recorded_at: when,
                actor: "test".to_owned(),
                correlation: None,
                body: Body::Fact(fact),
            }
        });
        told.collect()
    }

    /// The desk and the index as the follower and its readers leave them, asked after every
    /// so many entries.
    fn followed(entries: &[Entry], every: usize) -> (Arc<Desk>, Names) {
        let (names, mut desk) = (Names::default(), Arc::new(Desk::default()));
        for (at, entry) in (1..).zip(entries) {
            let mut changes = BTreeSet::new();
            let mut now = Desk::clone(&desk);
            let changed = now.apply(&Entry { position: at as u64, ..entry.clone() });
            renamed(&now, entry, &changed, &mut changes);
            desk = Arc::new(now);
            names.note(changes);
            if at % every == 0 {
                names.ask(&|| Arc::clone(&desk), |_, _| {});
            }
        }
        (desk, names)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn an_index_kept_up_to_date_is_the_one_built_from_scratch(
            story in stories(),
            every in 1..8_usize,
            backwards in any::<bool>(),
        ) {
            let mut entries = entries(&story);
            if backwards {
                entries.reverse();
            }
            let (desk, names) = followed(&entries, every);
            names.ask(&|| Arc::clone(&desk), |desk, kept| {
                let scratch = view::name_index(desk);
                prop_assert_eq!(kept.len(), scratch.len());
                for number in 0..6 {
                    let id = account(number);
                    let all = |index: &NameIndex| index.suggest_for(id, &|_| true);
                    prop_assert_eq!(all(kept), all(&scratch), "{}", number);
                }
                for name in NAMES {
                    prop_assert_eq!(kept.suggest(name, None), scratch.suggest(name, None));
                }
                Ok(())
            })?;
        }
    }

    #[test]
    fn a_chain_of_merges_that_loses_a_link_is_filed_anew() {
        let told = |at: u8, fact: Fact| Entry {
            position: at.into(),
            id: EntryId::named(&format!("chain {at}")),
            stream: fact.stream(),
            version: 1,
            occurred_at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * i64::from(at)),
            recorded_at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * i64::from(at)),
            actor: "test".to_owned(),
            correlation: None,
            body: Body::Fact(fact),
        };
        let registered = |at: u8| {
            let name = NAMES[usize::from(at)].to_owned();
            let account = account(at);
            told(at, AccountRegistered { account, name, country: None, sector: None }.into())
        };
        let merged = |at: u8, one: u8, two: u8| {
            let reason = "one client".to_owned();
            told(at, AccountsMerged { account: account(one), into: account(two), reason }.into())
        };
        let reason = "by mistake".to_owned();
        let fact = EntryId::named("chain 11");
        let retracted = FactRetracted::of_account(account(0), fact, reason);
        // Of a loop's links the newest does not count; without the first, it does.
        let entries = [
            registered(0),
            registered(1),
            registered(2),
            merged(11, 0, 1),
            merged(12, 1, 2),
            merged(13, 2, 0),
            told(14, retracted.into()),
        ];
        let (desk, names) = followed(&entries, 1);
        assert_eq!(desk.survivor(account(1)), account(0));
        names.ask(&|| Arc::clone(&desk), |_, kept| {
            assert_eq!(kept.len(), 1);
            assert_eq!(kept.suggest("Northgate", None)[0].account, account(0));
        });
    }
}
