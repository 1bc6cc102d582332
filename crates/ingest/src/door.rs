//! The one way from an event into the ledger, whichever door it comes through.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use linchpin_domain::act::is_guarded;
use linchpin_domain::entry::{Body, Position};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;
use linchpin_ledger::{Append, AppendError, IdempotencyKey, Ledger, NewQuarantined};
use linchpin_problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::command::Done;
use crate::event::{CloudEvent, EventError, Origin, Told};
use crate::problem::others_to_do;

/// Most links remembered as stored; more are looked up again, which costs time and nothing else.
const MAX_LINKED: usize = 100_000;

/// What was done with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// Where the entry stands in the ledger.
    #[schema(value_type = u64)]
    pub position: Position,
    /// The entry, a UUID that follows from source and id of the event.
    #[schema(value_type = String, format = "uuid")]
    pub id: EntryId,
    /// Whether this request stored it; else it was there already.
    pub recorded: bool,
}

impl From<Done> for Receipt {
    fn from(done: Done) -> Self {
        Self { position: done.position, id: done.id, recorded: done.fresh }
    }
}

/// Takes one event in structured mode, such as a mended line from the quarantine.
///
/// # Errors
/// As a problem: where the event does not hold or the ledger does not take it.
pub async fn take_again(ledger: &Ledger, event: &str) -> Result<Receipt, Problem> {
    let told = CloudEvent::parse(event, Origin::START).and_then(|event| event.tell());
    Door::new(ledger.clone(), "again").take_told(told, None, None).await
}

/// What came and was not taken, as the quarantine keeps it: with the reason and where in it that
/// stands, and cut where it is longer than is kept.
pub(crate) fn quarantined(
    source: String,
    place: String,
    problem: &Problem,
    original: &[u8],
) -> NewQuarantined {
    let reason = match problem.place.as_ref().map(|place| place.pointer.as_str()) {
        Some(pointer) if !pointer.is_empty() => format!("{} ({pointer})", problem.detail),
        _ => problem.detail.clone(),
    };
    let original = String::from_utf8_lossy(original);
    // Each byte that is no UTF-8 becomes three; cut so that it still fits.
    let mut end = original.len().min(linchpin_ledger::MAX_ORIGINAL);
    while !original.is_char_boundary(end) {
        end -= 1;
    }
    let reason = reason.chars().take(900).collect();
    NewQuarantined { source, place, reason, original: original[..end].to_owned() }
}

/// The ledger, and what need not be told to it again.
#[derive(Clone)]
pub(crate) struct Door {
    ledger: Ledger,
    /// What it is called where events are counted.
    name: &'static str,
    linked: Arc<Mutex<HashSet<EntryId>>>,
}

impl Door {
    pub(crate) fn new(ledger: Ledger, name: &'static str) -> Self {
        Self { ledger, name, linked: Arc::default() }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Stores what was told, or says why not. Where it was told within a piece of work and names
    /// none of its own, it belongs to that one.
    pub(crate) async fn take_told(
        &self,
        told: Result<Told, EventError>,
        trace: Option<Uuid>,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Receipt, Problem> {
        let taken = match told {
            Ok(mut told) => {
                told.fact.correlation = told.fact.correlation.or(trace);
                match self.is_for_events(&told).await {
                    Ok(()) => self.take(told, idempotency).await.map_err(Problem::from),
                    Err(problem) => Err(problem),
                }
            }
            Err(error) => Err(Problem::from(error)),
        };
        match taken {
            Ok(receipt) => {
                self.count(if receipt.recorded { "recorded" } else { "already there" });
                Ok(receipt)
            }
            Err(problem) => Err(self.refuse(problem)),
        }
    }

    /// That an event may tell it: what somebody ruled is taken back by command, which says who of
    /// us asks. What was stored before is told again without harm.
    async fn is_for_events(&self, told: &Told) -> Result<(), Problem> {
        let Body::Fact(Fact::FactRetracted(it)) = &told.fact.body else { return Ok(()) };
        let found = self.ledger.find(&[told.fact.id, it.fact]).await?;
        match &found[..] {
            [None, Some(entry)] if matches!(&entry.body, Body::Fact(of) if is_guarded(of)) => {
                Err(others_to_do(
                    "what somebody ruled is taken back by command only, by those who may rule so: \
                     POST /v1/facts/{id}/retract with `by`",
                ))
            }
            _ => Ok(()),
        }
    }

    /// Counts an event that was not taken, and hands on why.
    pub(crate) fn refuse(&self, problem: Problem) -> Problem {
        self.count(if problem.is_ours() { "put off" } else { "refused" });
        problem
    }

    /// Keeps in the quarantine what will never be taken as it is.
    pub(crate) async fn keep(
        &self,
        source: String,
        problem: &Problem,
        original: &[u8],
    ) -> Result<(), Problem> {
        let place = match &problem.place {
            Some(place) => format!("line {}, column {}", place.line, place.column),
            None => "the event as a whole".to_owned(),
        };
        let kept = quarantined(source, place, problem, original);
        let kept = self.ledger.quarantine().add_all(vec![kept]).await;
        kept.map(drop).map_err(|error| Problem::from(error).storing())
    }

    fn count(&self, outcome: &'static str) {
        metrics::counter!("linchpin_ingest_events_total", "door" => self.name, "outcome" => outcome)
            .increment(1);
    }

    /// Stores what an event tells. With a key all of it is told every time, for the ledger
    /// compares the whole request.
    async fn take(
        &self,
        told: Told,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Receipt, AppendError> {
        let id = told.fact.id;
        let mut entries = told.links;
        if idempotency.is_none() && !entries.is_empty() {
            let linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
            entries.retain(|link| !linked.contains(&link.id));
        }
        let links: Vec<EntryId> = entries.iter().map(|link| link.id).collect();
        entries.push(told.fact);
        let appended = self.ledger.append(Append { idempotency, ..Append::of(entries) }).await?;
        if !links.is_empty() {
            let mut linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
            if linked.len() + links.len() > MAX_LINKED {
                linked.clear();
            }
            linked.extend(links);
        }
        let outcome = appended.outcomes.last().ok_or(AppendError::Closed)?;
        Ok(Receipt { position: outcome.position, id, recorded: outcome.fresh })
    }
}
