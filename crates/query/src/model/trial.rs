//! Trials of policies: one at a time, for each follows every client through all of history.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{ModelError, ReadModel, working};

/// Trials at one time: each keeps every processor busy for as long as it takes.
const TRIALS: usize = 1;

/// Who may try a policy now.
pub(super) struct Trials(Arc<Semaphore>);

impl Default for Trials {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(TRIALS)))
    }
}

impl ReadModel {
    /// Makes a trial away from the threads that answer requests. It goes on to its end even where
    /// whoever asked has gone, and nobody else's begins before.
    ///
    /// # Errors
    /// [`ModelError::Trying`] where another one is being made.
    pub async fn try_out<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ModelError> {
        let turns = Arc::clone(&self.0.shared.trials.0);
        let turn = turns.try_acquire_owned().map_err(|_| ModelError::Trying)?;
        working(move || {
            let made = make();
            drop(turn);
            made
        })
        .await
    }
}
