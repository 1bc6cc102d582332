//! Concluding what new facts call for.

use jiff::Timestamp;
use linchpin_bus::{Conductor, Runner};
use linchpin_classifier::Classifier;
use linchpin_domain::entry::{Body, Position};
use linchpin_ledger::Ledger;
use linchpin_notifier::Notifier;

/// The services that conclude, driven by a story.
pub(crate) type Desk = Conductor<Classifier, Notifier>;

/// The services on a simulated ledger, whose days are lived through with its input.
pub(crate) fn conductor(ledger: &Ledger) -> Desk {
    Conductor::new(ledger.clone(), Classifier::default(), Notifier::default())
}

/// Concludes, once, what the facts in a ledger call for now: so that a question asked right after
/// an import is answered in full, also where no desk is running. A desk that is running concludes
/// the same under the same ids, and whichever comes first is stored; so what is told is how many
/// decisions stand after a position, whoever concluded them.
pub(crate) async fn once(ledger: &Ledger, after: Position) -> eyre::Result<usize> {
    let at: Option<Timestamp> = ledger.genesis().simulated.then(|| ledger.now());
    Runner::new(ledger.clone(), Classifier::default()).settle(at).await?;
    Runner::new(ledger.clone(), Notifier::default()).settle(at).await?;
    let until = ledger.refresh().await?.position;
    let mut stretch = ledger.replay(after, until);
    let mut decisions = 0;
    loop {
        let entries = stretch.next().await?;
        if entries.is_empty() {
            return Ok(decisions);
        }
        decisions += entries.iter().filter(|it| matches!(it.body, Body::Decision(_))).count();
    }
}
