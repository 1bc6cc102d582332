//! How far a fold has come, for those who ask whether it can be relied on.

use std::convert::Infallible;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use linchpin_domain::entry::Position;
use linchpin_ledger::Ledger;
use tokio::time::Instant;

/// Between two looks at the ledger, so that a quiet one is told apart from one that is away.
const BEAT: Duration = Duration::from_secs(2);

/// How far a fold is behind the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// The last entry taken in.
    pub position: Position,
    /// The last entry of the ledger, as last seen.
    pub head: Position,
    /// How long ago the fold is known to have held all that the ledger did; a look's distance
    /// while all is well.
    pub silent: Duration,
    /// What went wrong last, while it has not gone right again.
    pub error: Option<String>,
}

impl Lag {
    /// Entries that the ledger has and the fold has not.
    pub fn entries(&self) -> u64 {
        self.head.saturating_sub(self.position)
    }
}

/// A fold's progress. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Progress {
    service: &'static str,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    position: Position,
    head: Position,
    /// The last look at the ledger of which all was taken in.
    contact: Instant,
    /// The first look since then, of which not all is taken in yet.
    goal: Option<(Position, Instant)>,
    /// Why the fold does not get on.
    stuck: Option<String>,
    /// Why the ledger was not reached at the last look.
    away: Option<String>,
}

impl Progress {
    /// Of a fold that has read nothing yet. The ledger counts as reached by now.
    pub fn new(service: &'static str) -> Self {
        let contact = Instant::now();
        let state = State { position: 0, head: 0, contact, goal: None, stuck: None, away: None };
        Self { service, state: Arc::new(Mutex::new(state)) }
    }

    /// Whose it is, as metrics name it.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// How far the fold is behind.
    pub fn lag(&self) -> Lag {
        let state = self.state();
        Lag {
            position: state.position,
            head: state.head,
            silent: state.contact.elapsed(),
            error: state.stuck.clone().or_else(|| state.away.clone()),
        }
    }

    /// It goes on from a snapshot, or took in entries up to a position.
    pub fn taken(&self, position: Position) {
        let mut state = self.state();
        state.position = position;
        state.head = state.head.max(position);
        if let Some((_, looked)) = state.goal.take_if(|(goal, _)| *goal <= position) {
            state.contact = looked;
        }
        self.tell(&state);
    }

    /// What had gone wrong went right.
    pub fn well(&self) {
        self.state().stuck = None;
    }

    /// It does not get on, and tries again.
    pub fn stuck(&self, error: &impl Display) {
        self.state().stuck = Some(error.to_string());
    }

    /// Looks at the ledger every few seconds, for as long as it is asked to.
    pub async fn watch(&self, ledger: &Ledger) -> Infallible {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            match ledger.refresh().await {
                Ok(head) => self.seen(head.position),
                Err(error) => self.state().away = Some(error.to_string()),
            }
        }
    }

    /// The ledger was seen to reach so far. A fold that is behind, or stuck, is not up to date
    /// for that: only once it has taken in what was seen, and as of when it was seen.
    fn seen(&self, head: Position) {
        let mut state = self.state();
        state.head = state.head.max(head);
        state.away = None;
        if state.position < head {
            state.goal.get_or_insert_with(|| (head, Instant::now()));
        } else if state.stuck.is_none() {
            state.contact = Instant::now();
        }
        self.tell(&state);
    }

    fn tell(&self, state: &State) {
        let lag = state.head.saturating_sub(state.position);
        metrics::gauge!("linchpin_feed_position", "service" => self.service)
            .set(state.position as f64);
        metrics::gauge!("linchpin_feed_lag_entries", "service" => self.service).set(lag as f64);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use linchpin_testkit::TempLedger;

    use super::*;

    const LONG: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn a_fold_is_as_fresh_as_the_last_look_of_which_it_holds_all() {
        let progress = Progress::new("tester");
        progress.taken(3);
        progress.seen(3);
        tokio::time::advance(LONG).await;
        assert_eq!(progress.lag().silent, LONG);
        progress.seen(5);
        tokio::time::advance(LONG).await;
        progress.seen(7);
        progress.taken(4);
        let lag = progress.lag();
        assert_eq!((lag.entries(), lag.silent), (3, 2 * LONG), "what was seen is not held yet");
        progress.taken(6);
        assert_eq!(progress.lag().silent, LONG, "as fresh as the look that saw five");
        progress.taken(7);
        progress.seen(7);
        assert_eq!((progress.lag().entries(), progress.lag().silent), (0, Duration::ZERO));

        progress.stuck(&"entry 8 is damaged");
        tokio::time::advance(LONG).await;
        progress.seen(7);
        let lag = progress.lag();
        assert_eq!((lag.entries(), lag.silent), (0, LONG), "stuck is not fresh");
        assert_eq!(lag.error.as_deref(), Some("entry 8 is damaged"));
        progress.well();
        progress.seen(4);
        let lag = progress.lag();
        assert_eq!((lag.head, lag.silent, lag.error), (7, Duration::ZERO, None));
    }

    #[tokio::test]
    async fn a_ledger_that_is_away_is_noticed_while_nothing_happens() {
        let temp = TempLedger::real().await;
        let progress = Progress::new("tester");
        let (watched, ledger) = (progress.clone(), temp.ledger().clone());
        let watching = tokio::spawn(async move { watched.watch(&ledger).await });
        let until = async |holds: fn(&Lag) -> bool| {
            while !holds(&progress.lag()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        until(|lag| lag.head == 1).await;
        temp.ledger().clone().close().await;
        until(|lag| lag.error.is_some()).await;
        assert!(progress.lag().silent > Duration::ZERO);
        watching.abort();
    }
}
