//! Facts by request and reply: who tells hears at once what became of it.

use std::sync::Arc;

use async_nats::{Client, HeaderMap, Message, Subscriber};
use futures::StreamExt;
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::{Pause, STATUS_HEADER, TAKERS, last_call, log_panic, message, stopped};
use crate::door::{Door, Receipt};

/// Most requests in hand at once; who comes on top is told to come again.
const IN_HAND: usize = 1_024;
/// What becomes of a request whose handling broke.
const AGAIN: &str = "who asked hears nothing and asks again";

/// Answers requests on a subject until it is time to stop; then takes no more and answers what it
/// has.
///
/// The answer is that of the HTTP door: a receipt or a problem as JSON, its status in the header
/// [`STATUS_HEADER`], `Retry-After` where it is worth asking
/// again, and the trace it belongs to in `traceparent`. The header `Nats-Msg-Id`
/// of a request is its idempotency key. A message that asks for no answer is taken as well; where
/// it does not hold it is kept in the quarantine, since nobody can be told.
pub async fn answer_requests(
    ledger: Ledger,
    client: Client,
    subject: String,
    mut stop: watch::Receiver<bool>,
) {
    let desk = Requests {
        door: Door::new(ledger, "nats"),
        client: client.clone(),
        room: Arc::new(Semaphore::new(IN_HAND)),
    };
    let mut pause = Pause::new();
    loop {
        match client.queue_subscribe(subject.clone(), TAKERS.to_owned()).await {
            Ok(requests) => {
                tracing::info!(nats.subject = %subject, "requests are answered");
                if desk.serve(requests, &mut stop).await {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, nats.subject = %subject, "cannot take requests"),
        }
        if pause.take(&mut stop).await {
            return;
        }
    }
}

#[derive(Clone)]
struct Requests {
    door: Door,
    client: Client,
    room: Arc<Semaphore>,
}

impl Requests {
    /// Whether it ended because it was time to stop.
    async fn serve(&self, mut requests: Subscriber, stop: &mut watch::Receiver<bool>) -> bool {
        let mut in_hand = JoinSet::new();
        let stopping = loop {
            tokio::select! {
                biased;
                () = stopped(stop) => break true,
                Some(ended) = in_hand.join_next() => log_panic(ended, AGAIN),
                request = requests.next() => match request {
                    Some(request) => self.hand_over(&mut in_hand, request).await,
                    None => break false,
                },
            }
        };
        if stopping {
            let rest = async {
                if requests.drain().await.is_err() {
                    return;
                }
                while let Some(request) = requests.next().await {
                    self.hand_over(&mut in_hand, request).await;
                }
            };
            let _ = tokio::time::timeout(last_call(&self.client), rest).await;
        }
        while let Some(ended) = in_hand.join_next().await {
            log_panic(ended, AGAIN);
        }
        let _ = tokio::time::timeout(last_call(&self.client), self.client.flush()).await;
        stopping
    }

    async fn hand_over(&self, in_hand: &mut JoinSet<()>, request: Message) {
        match Arc::clone(&self.room).try_acquire_owned() {
            Ok(room) => drop(in_hand.spawn(self.clone().answer(request, room))),
            Err(_) => {
                let detail = "too many requests at once: repeat later";
                let later = self.door.refuse(Problem::later(1, detail).storing());
                if request.reply.is_none() {
                    return lost(&later);
                }
                self.reply(&request, Err(later), &message::trace(&request).parent).await;
            }
        }
    }

    #[tracing::instrument(name = "request", skip_all, fields(otel.kind = "server", trace))]
    async fn answer(self, request: Message, _room: OwnedSemaphorePermit) {
        let trace = message::trace(&request);
        tracing::Span::current().record("trace", tracing::field::display(&trace.parent));
        let taken = match message::told(&request) {
            Ok(told) => match message::key(&request, &told) {
                Ok(key) => self.door.take_told(Ok(told), trace.id, key).await,
                Err(problem) => Err(self.door.refuse(problem)),
            },
            Err(problem) => Err(self.door.refuse(problem)),
        };
        if request.reply.is_some() {
            return self.reply(&request, taken, &trace.parent).await;
        }
        let Err(problem) = taken else { return };
        let whole = message::original(&request);
        let kept = match problem.is_ours() {
            true => Err(problem),
            false => self.door.keep(ingest_source(), &problem, &whole).await,
        };
        if let Err(problem) = kept {
            lost(&problem);
        }
    }

    async fn reply(&self, request: &Message, taken: Result<Receipt, Problem>, trace: &str) {
        let Some(reply) = request.reply.clone() else { return };
        let mut headers = HeaderMap::new();
        headers.insert(message::TRACE_HEADER, trace);
        let body = match &taken {
            Ok(receipt) => {
                headers.insert(STATUS_HEADER, if receipt.recorded { "201" } else { "200" });
                headers.insert("Content-Type", "application/json");
                json(receipt)
            }
            Err(problem) => {
                headers.insert(STATUS_HEADER, problem.status.to_string());
                headers.insert("Content-Type", "application/problem+json");
                if let Some(seconds) = problem.retry_after {
                    headers.insert("Retry-After", seconds.to_string());
                }
                json(problem)
            }
        };
        if let Err(error) = self.client.publish_with_headers(reply, headers, body.into()).await {
            // Who asked hears nothing and asks again; what was taken stays once.
            tracing::warn!(%error, "an answer did not get through");
        }
    }
}

/// Where a message came from that nobody can be told about.
fn ingest_source() -> String {
    "nats:ingest".to_owned()
}

fn json(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).unwrap_or_default()
}

/// Says that something is lost of which its sender cannot hear.
fn lost(problem: &Problem) {
    tracing::warn!(detail = %problem.detail, "a message without a reply subject is lost");
}

#[cfg(test)]
mod tests {
    use linchpin_testkit::{NatsServer, TempLedger};
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    /// On one thread, which alone writes the figures.
    #[tokio::test]
    async fn a_message_that_found_no_place_is_counted_also_where_nobody_can_be_told() {
        let Some(server) = NatsServer::single() else { return };
        let figures = PrometheusBuilder::new().build_recorder();
        let _written_here = metrics::set_default_local_recorder(&figures);
        let temp = TempLedger::real().await;
        let client = async_nats::connect(server.url()).await.unwrap();
        let desk = Requests {
            door: Door::new(temp.ledger().clone(), "nats"),
            client: client.clone(),
            room: Arc::new(Semaphore::new(0)),
        };
        let mut arrived = client.subscribe("s").await.unwrap();
        let mut answers = client.subscribe("r").await.unwrap();
        client.publish("s", "{}".into()).await.unwrap();
        client.publish_with_reply("s", "r", "{}".into()).await.unwrap();
        for _ in 0..2 {
            let message = arrived.next().await.unwrap();
            desk.hand_over(&mut JoinSet::new(), message).await;
        }
        let answer = answers.next().await.unwrap().headers.unwrap();
        assert_eq!(answer.get(STATUS_HEADER).unwrap().as_str(), "503");
        let counted = r#"linchpin_ingest_events_total{door="nats",outcome="put off"} 2"#;
        assert!(figures.handle().render().contains(counted), "{}", figures.handle().render());
    }
}
