//! Facts from the durable inbox: taken off it only once the ledger has them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{ConsumerErrorKind, Stream};
use async_nats::jetstream::{self, AckKind, ErrorCode};
use futures::{FutureExt, StreamExt};
use linchpin_ledger::Ledger;
use linchpin_problem::Problem;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::{Pause, TAKERS, last_call, log_panic, message, stopped};
use crate::door::Door;

/// Most messages that one process has in hand, and asks for at once.
const IN_HAND: usize = 256;
/// Most messages that all processes together have in hand.
const IN_HAND_OF_ALL: i64 = 1_024;
/// Most bytes asked for at once.
const MAX_BYTES: usize = 16 << 20;
/// How often the server says that it is there while it has nothing.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long a request for messages stands.
const EXPIRES: Duration = Duration::from_secs(30);
/// How long the next offer of a message waits that the desk could not store for reasons of its
/// own, where those do not say how long.
const LATER: Duration = Duration::from_secs(30);
/// What becomes of a message whose handling broke.
const AGAIN: &str = "it is offered again";

/// A durable inbox and how it is emptied.
#[derive(Debug, Clone)]
pub struct Inbox {
    client: Client,
    stream: Stream,
    ack_wait: Duration,
}

impl Inbox {
    /// How long a message stays with a process before it is offered to another: longer than a wait
    /// for the ledger usually is, so that hardly any but those of a dead process are offered twice.
    /// One that is costs a look, for under the same ids nothing is stored twice.
    pub const ACK_WAIT: Duration = Duration::from_secs(30);

    /// An inbox over its stream.
    pub fn new(client: Client, stream: Stream) -> Self {
        Self { client, stream, ack_wait: Self::ACK_WAIT }
    }

    /// The same with another wait before what a dead process held is offered again.
    #[must_use]
    pub fn offered_again_after(self, ack_wait: Duration) -> Self {
        Self { ack_wait, ..self }
    }

    /// The consumer that all processes share, with the settings asked for.
    async fn consumer(&self) -> Result<PullConsumer, Closed> {
        let asked = pull::Config {
            durable_name: Some(TAKERS.to_owned()),
            description: Some("facts on their way into the ledger".to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_deliver: -1,
            max_ack_pending: IN_HAND_OF_ALL,
            ..pull::Config::default()
        };
        let made = self.stream.create_consumer(asked.clone()).await;
        let consumer = made.map_err(|error| match error.kind() {
            ConsumerErrorKind::JetStream(said) if said.kind() == ErrorCode::STREAM_NOT_FOUND => {
                Closed::Gone(InboxGone { stream: self.stream.cached_info().config.name.clone() })
            }
            _ => Closed::ForNow(error.to_string()),
        })?;
        let got = &consumer.cached_info().config;
        let same = got.ack_policy == asked.ack_policy
            && got.ack_wait == asked.ack_wait
            && got.max_deliver == asked.max_deliver
            && got.max_ack_pending == asked.max_ack_pending;
        if same {
            return Ok(consumer);
        }
        Err(Closed::ForNow(format!("the server made another consumer: {got:?}")))
    }
}

/// The stream behind an inbox was deleted while it was emptied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stream {stream} was deleted: what it had confirmed and the ledger does not have is gone; \
     find out who deleted it, and have the senders tell those facts again"
)]
pub struct InboxGone {
    stream: String,
}

/// Why an inbox gives nothing.
enum Closed {
    ForNow(String),
    Gone(InboxGone),
}

/// Takes what lies in the inbox until it is time to stop; then takes no more and finishes what it
/// has.
///
/// A message is acknowledged once the ledger has its fact. One that can never be taken goes into
/// the quarantine whole (source `nats:inbox:SEQUENCE`) and off the inbox. One that cannot be taken
/// now, for a reason of the desk's, is offered again later, for as long as it takes.
///
/// # Errors
/// Where there is no such stream any more. Another has to be made before it can go on.
pub async fn empty_inbox(
    ledger: Ledger,
    inbox: Inbox,
    mut stop: watch::Receiver<bool>,
) -> Result<(), InboxGone> {
    let taker = Taker {
        door: Door::new(ledger, "inbox"),
        putting_off: Arc::default(),
        room: Arc::new(Semaphore::new(IN_HAND)),
    };
    let mut pause = Pause::new();
    loop {
        let made = tokio::select! {
            () = stopped(&mut stop) => return Ok(()),
            made = inbox.consumer() => made,
        };
        let ended = match made {
            Ok(consumer) => taker.follow(&consumer, &mut stop).await,
            Err(Closed::Gone(gone)) => return Err(gone),
            Err(Closed::ForNow(reason)) => Err(reason),
        };
        let _ = tokio::time::timeout(last_call(&inbox.client), inbox.client.flush()).await;
        match ended {
            Ok(()) => return Ok(()),
            Err(reason) => tracing::warn!(%reason, "the inbox waits"),
        }
        if pause.take(&mut stop).await {
            return Ok(());
        }
    }
}

#[derive(Clone)]
struct Taker {
    door: Door,
    /// Whether the last message could not be stored: said once, not a message.
    putting_off: Arc<AtomicBool>,
    room: Arc<Semaphore>,
}

impl Taker {
    /// Takes messages until it is time to stop, or the server gives no more.
    async fn follow(
        &self,
        consumer: &PullConsumer,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), String> {
        let messages = consumer
            .stream()
            .max_messages_per_batch(IN_HAND)
            .max_bytes_per_batch(MAX_BYTES)
            .heartbeat(HEARTBEAT)
            .expires(EXPIRES)
            .messages();
        let mut messages = messages.await.map_err(|error| error.to_string())?;
        let mut in_hand = JoinSet::new();
        let ended = loop {
            let next = async {
                let room = Arc::clone(&self.room).acquire_owned().await;
                (room, messages.next().await)
            };
            tokio::select! {
                biased;
                () = stopped(stop) => break Ok(()),
                Some(ended) = in_hand.join_next() => log_panic(ended, AGAIN),
                (room, message) = next => match (room, message) {
                    (Ok(room), Some(Ok(message))) => {
                        in_hand.spawn(self.clone().take(message, room));
                    }
                    (_, Some(Err(error))) => break Err(error.to_string()),
                    (Err(_), _) | (_, None) => break Err("the server ended it".to_owned()),
                },
            }
        };
        // What came already is taken too, so that it need not wait to be offered again.
        for _ in 0..IN_HAND {
            let Some(Some(Ok(message))) = messages.next().now_or_never() else { break };
            let Ok(room) = Arc::clone(&self.room).acquire_owned().await else { break };
            in_hand.spawn(self.clone().take(message, room));
        }
        drop(messages);
        while let Some(ended) = in_hand.join_next().await {
            log_panic(ended, AGAIN);
        }
        ended
    }

    #[tracing::instrument(name = "message", skip_all, fields(otel.kind = "consumer", trace))]
    async fn take(self, message: jetstream::Message, _room: OwnedSemaphorePermit) {
        let trace = message::trace(&message);
        tracing::Span::current().record("trace", tracing::field::display(&trace.parent));
        let taken = match message::told(&message) {
            Ok(told) => self.door.take_told(Ok(told), trace.id, None).await,
            Err(problem) => Err(self.door.refuse(problem)),
        };
        let answer = match taken {
            Ok(_) => Ok(AckKind::Ack),
            Err(problem) if problem.is_ours() => Err(problem),
            Err(problem) => self.keep(&message, &problem).await.map(|()| AckKind::Term),
        };
        let answer = answer.unwrap_or_else(|problem| self.put_off(&problem));
        if matches!(answer, AckKind::Ack) && self.putting_off.swap(false, Ordering::Relaxed) {
            tracing::info!("messages of the inbox are stored again");
        }
        if let Err(error) = message.ack_with(answer).await {
            // It is offered again, and under the same ids nothing is stored twice.
            tracing::debug!(%error, "an acknowledgement did not get through");
        }
    }

    async fn keep(&self, message: &jetstream::Message, problem: &Problem) -> Result<(), Problem> {
        let sequence = message.info().map_err(|error| {
            Problem::failed(format!("a message of the inbox has no place in it: {error}"))
        })?;
        let source = format!("nats:inbox:{}", sequence.stream_sequence);
        self.door.keep(source, problem, &message::original(message)).await
    }

    fn put_off(&self, problem: &Problem) -> AckKind {
        if !self.putting_off.swap(true, Ordering::Relaxed) {
            tracing::warn!(detail = %problem.detail, "messages of the inbox are put off");
        }
        let delay = problem.retry_after.map_or(LATER, |s| Duration::from_secs(s.into()));
        AckKind::Nak(Some(delay))
    }
}
