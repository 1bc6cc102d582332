//! Concluding what new facts call for.

use jiff::Timestamp;
use linchpin_bus::{Conductor, Runner, ServiceError};
use linchpin_classifier::Classifier;
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
/// the same under the same ids.
pub(crate) async fn once(ledger: &Ledger) -> Result<usize, ServiceError> {
    let at: Option<Timestamp> = ledger.genesis().simulated.then(|| ledger.now());
    let statuses = Runner::new(ledger.clone(), Classifier::default()).settle(at).await?;
    let alerts = Runner::new(ledger.clone(), Notifier::default()).settle(at).await?;
    Ok(statuses + alerts)
}
