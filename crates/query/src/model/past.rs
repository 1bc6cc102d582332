//! What was known at earlier moments.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Position;
use linchpin_ledger::Ledger;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::fold::fold_on;
use super::{ModelError, lock};

/// Earlier desks kept ready.
const KEPT: usize = 4;

/// Folds of the past at one time: each takes a processor and the memory of a desk.
const FOLDS: usize = 2;

/// The last few earlier desks that were asked for. Readers of the same past wait for the same
/// fold; readers of one that is at hand wait for nobody.
pub(super) struct Past {
    kept: Arc<Mutex<Kept>>,
    turns: Arc<Semaphore>,
}

type Outcome = Option<Result<Arc<Desk>, ModelError>>;

#[derive(Default)]
struct Kept {
    desks: VecDeque<Arc<Desk>>,
    folding: Vec<(Position, watch::Receiver<Outcome>)>,
}

impl Default for Past {
    fn default() -> Self {
        Self { kept: Arc::default(), turns: Arc::new(Semaphore::new(FOLDS)) }
    }
}

impl Past {
    /// The desk after a position, folded from the nearest earlier one that is at hand.
    pub(super) async fn at(
        &self,
        ledger: &Ledger,
        position: Position,
    ) -> Result<Arc<Desk>, ModelError> {
        let mut outcome = {
            let mut kept = lock(&self.kept);
            if let Some(found) = kept.find(position) {
                return Ok(found);
            }
            match kept.folding.iter().find(|(other, _)| *other == position) {
                Some((_, outcome)) => outcome.clone(),
                None => {
                    let turns = Arc::clone(&self.turns);
                    let turn = turns.try_acquire_owned().map_err(|_| ModelError::Busy)?;
                    self.begin(&mut kept, ledger.clone(), position, turn)
                }
            }
        };
        let found = outcome.wait_for(Option::is_some).await;
        // It ends without an outcome only where the fold broke off.
        found.ok().and_then(|found| found.clone()).unwrap_or(Err(ModelError::Broken))
    }

    /// Begins a fold that goes on to its end even where whoever asked for it has gone.
    fn begin(
        &self,
        kept: &mut Kept,
        ledger: Ledger,
        position: Position,
        turn: OwnedSemaphorePermit,
    ) -> watch::Receiver<Outcome> {
        let nearest = kept.desks.iter().filter(|desk| desk.position() < position);
        let nearest = nearest.max_by_key(|desk| desk.position()).cloned();
        let (tell, outcome) = watch::channel(None);
        kept.folding.push((position, outcome.clone()));
        let running = Running { kept: Arc::clone(&self.kept), position };
        tokio::spawn(async move {
            let mut desk = nearest.map_or_else(Desk::default, |desk| Desk::clone(&desk));
            let folded = fold_on(&ledger, &mut desk, position, &mut |_| {}).await;
            let folded = folded.map(|()| Arc::new(desk)).map_err(ModelError::from);
            if let Ok(desk) = &folded {
                lock(&running.kept).put(Arc::clone(desk));
            }
            drop(running);
            drop(turn);
            tell.send_replace(Some(folded));
        });
        outcome
    }
}

impl Kept {
    fn find(&mut self, position: Position) -> Option<Arc<Desk>> {
        let at = self.desks.iter().position(|desk| desk.position() == position)?;
        let found = self.desks.remove(at)?;
        self.desks.push_back(Arc::clone(&found));
        Some(found)
    }

    fn put(&mut self, desk: Arc<Desk>) {
        if self.desks.len() == KEPT {
            self.desks.pop_front();
        }
        self.desks.push_back(desk);
    }
}

/// A fold on its way. It is struck off however it ends.
struct Running {
    kept: Arc<Mutex<Kept>>,
    position: Position,
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.kept).folding.retain(|(position, _)| *position != self.position);
    }
}

#[cfg(test)]
mod tests {
    use linchpin_domain::fact::AccountRegistered;
    use linchpin_domain::id::AccountId;
    use linchpin_testkit::{TempLedger, told};

    use super::*;

    async fn ledger() -> TempLedger {
        let ledger = TempLedger::real().await;
        for name in ["Alder", "Birch", "Cedar"] {
            let account = AccountId::named(name);
            let registered =
                AccountRegistered { account, name: name.to_owned(), country: None, sector: None };
            ledger.append(vec![told(name, "2024-01-01", registered)]).await;
        }
        ledger
    }

    #[tokio::test]
    async fn readers_of_one_past_share_a_fold_and_take_one_turn() {
        let (ledger, past) = (ledger().await, Past::default());
        let ledger = ledger.ledger();
        let asked = (0..8).map(|_| past.at(ledger, 2));
        let found = futures::future::try_join_all(asked).await.unwrap();
        assert!(found.iter().all(|desk| Arc::ptr_eq(desk, &found[0]) && desk.position() == 2));
        assert!(lock(&past.kept).folding.is_empty());
        assert_eq!(past.turns.available_permits(), FOLDS);
    }

    #[tokio::test]
    async fn a_fold_too_many_is_told_to_come_later_and_what_is_at_hand_is_given() {
        let (ledger, past) = (ledger().await, Past::default());
        let ledger = ledger.ledger();
        past.at(ledger, 1).await.unwrap();
        let turns = Arc::clone(&past.turns);
        let held = turns.try_acquire_many_owned(u32::try_from(FOLDS).unwrap()).unwrap();
        assert!(matches!(past.at(ledger, 2).await, Err(ModelError::Busy)));
        assert_eq!(past.at(ledger, 1).await.unwrap().position(), 1);
        drop(held);
        assert_eq!(past.at(ledger, 2).await.unwrap().position(), 2);
    }

    #[tokio::test]
    async fn a_fold_goes_on_when_its_reader_has_gone() {
        let (ledger, past) = (ledger().await, Past::default());
        let asked = past.at(ledger.ledger(), 3);
        assert!(futures::FutureExt::now_or_never(asked).is_none());
        while !lock(&past.kept).folding.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(lock(&past.kept).desks.len(), 1);
    }
}
