//! What is measured of the ledger, and the span of each append.

use std::time::Instant;

use metrics::{counter, gauge, histogram};
use tracing::Instrument as _;

use crate::error::AppendError;
use crate::request::Appended;

/// An append as its caller sees it: from the asking to the answer.
pub(crate) async fn appending(
    entries: usize,
    append: impl Future<Output = Result<Appended, AppendError>>,
) -> Result<Appended, AppendError> {
    let span = tracing::info_span!("append", entries, position = tracing::field::Empty);
    let begun = Instant::now();
    let answer = append.instrument(span.clone()).await;
    histogram!("linchpin_append_seconds").record(begun.elapsed());
    match &answer {
        Ok(appended) => {
            if let Some(last) = appended.outcomes.last() {
                span.record("position", last.position);
            }
        }
        Err(error) => {
            let reason = if error.is_passing() { "passing" } else { "refused" };
            counter!("linchpin_append_failures_total", "reason" => reason).increment(1);
        }
    }
    answer
}

/// A group as the writer takes it: its requests, their entries, and how many requests wait
/// behind it.
pub(crate) fn group(requests: usize, entries: usize, waiting: usize) {
    histogram!("linchpin_append_group_requests").record(figure(requests));
    histogram!("linchpin_append_group_entries").record(figure(entries));
    gauge!("linchpin_append_waiting_requests").set(figure(waiting));
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at; all are bounded far below")]
fn figure(count: usize) -> f64 {
    count as f64
}
