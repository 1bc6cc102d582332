//! What was known at earlier moments.

use std::collections::VecDeque;
use std::sync::Arc;

use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Position;
use linchpin_ledger::{Ledger, ReadError};
use tokio::sync::Mutex;

use super::fold::fold_on;

/// Earlier desks kept ready.
const KEPT: usize = 4;

/// The last few earlier desks that were asked for. One fold runs at a time: many readers of the
/// same past wait for the same fold.
#[derive(Default)]
pub(super) struct Past(Mutex<VecDeque<Arc<Desk>>>);

impl Past {
    /// The desk after a position, folded from the nearest earlier one that is at hand.
    pub(super) async fn at(
        &self,
        ledger: &Ledger,
        position: Position,
    ) -> Result<Arc<Desk>, ReadError> {
        let mut kept = self.0.lock().await;
        if let Some(at) = kept.iter().position(|desk| desk.position() == position)
            && let Some(found) = kept.remove(at)
        {
            kept.push_back(Arc::clone(&found));
            return Ok(found);
        }
        let nearest = kept.iter().filter(|desk| desk.position() < position);
        let nearest = nearest.max_by_key(|desk| desk.position());
        let mut desk = nearest.map_or_else(Desk::default, |desk| Desk::clone(desk));
        fold_on(ledger, &mut desk, position, &mut |_| {}).await?;
        let desk = Arc::new(desk);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&desk));
        Ok(desk)
    }
}
