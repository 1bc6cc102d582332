//! Publishing in order, many in flight.

use std::collections::VecDeque;
use std::error::Error as _;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use async_nats::jetstream::{self, ErrorCode};
use linchpin_domain::entry::Position;
use linchpin_ledger::{Ledger, Stored};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::nats::{Mirrored, Nats, NatsError, Origin, encode, subject};

/// Most messages that are not acknowledged yet. So many keep their order.
const IN_FLIGHT: usize = 256;
/// How often to look for entries that another process has written.
const POLL: Duration = Duration::from_millis(500);
/// How often to look whether the stream still holds what it acknowledged.
const LOOK: Duration = Duration::from_secs(2);

type Ack = Pin<Box<dyn Future<Output = Result<PublishAck, PublishError>> + Send>>;

/// A relay at work on a stream that it has found to mirror the ledger.
pub(super) struct Publisher<'r> {
    ledger: &'r Ledger,
    nats: &'r Nats,
    mirrored: Mirrored,
    head: watch::Receiver<Position>,
    /// Read and not sent yet, in order.
    read: VecDeque<Stored>,
    /// Sent and not acknowledged yet, in order.
    in_flight: VecDeque<Ack>,
    acked: Position,
    look_at: Instant,
}

impl<'r> Publisher<'r> {
    pub(super) fn new(ledger: &'r Ledger, nats: &'r Nats, mirrored: Mirrored) -> Self {
        Self {
            ledger,
            nats,
            head: ledger.watch(),
            acked: mirrored.last,
            mirrored,
            read: VecDeque::new(),
            in_flight: VecDeque::new(),
            look_at: Instant::now() + LOOK,
        }
    }

    pub(super) fn acked(&self) -> Position {
        self.acked
    }

    /// Publishes what is there and what comes, and tells how far the stream has come. Returns
    /// only with what went wrong: the stream is then to be looked at afresh.
    pub(super) async fn run(mut self, tell: impl Fn(Position)) -> NatsError {
        loop {
            if let Err(error) = self.step(&tell).await {
                return error;
            }
        }
    }

    async fn step(&mut self, tell: &impl Fn(Position)) -> Result<(), NatsError> {
        self.send().await?;
        tokio::select! {
            biased;
            ack = first(&mut self.in_flight), if !self.in_flight.is_empty() => {
                self.in_flight.pop_front();
                self.note(ack)?;
                self.note_more()?;
                tell(self.acked);
            }
            // It never ends, for the ledger that sends is held.
            _ = self.head.changed(), if self.in_flight.len() < IN_FLIGHT => {}
            () = tokio::time::sleep(POLL), if self.in_flight.is_empty() => {
                self.ledger.refresh().await?;
                self.look().await?;
                tell(self.acked);
            }
        }
        Ok(())
    }

    fn sent(&self) -> Position {
        self.acked + self.in_flight.len() as u64
    }

    /// Sends as much as may be in flight.
    async fn send(&mut self) -> Result<(), NatsError> {
        while self.in_flight.len() < IN_FLIGHT {
            if self.read.is_empty() {
                let head = *self.head.borrow_and_update();
                let read = self.ledger.stored_range(self.sent(), head).await?;
                self.read.extend(read);
            }
            let Some(entry) = self.read.pop_front() else { return Ok(()) };
            let before = self.sent();
            if entry.position != before + 1 {
                return Err(NatsError::Failed {
                    what: "go on after a position",
                    reason: format!("the ledger gave {} after {before}", entry.position),
                });
            }
            let ack = publish(self.nats, &self.mirrored.origin, entry, before).await?;
            self.in_flight.push_back(ack);
        }
        Ok(())
    }

    /// Takes in an acknowledgement of the next entry. One that names another place means that
    /// the stream is not what it was.
    fn note(&mut self, ack: Result<PublishAck, PublishError>) -> Result<(), NatsError> {
        let ack = ack.map_err(|error| {
            if error.kind() == PublishErrorKind::StreamNotFound {
                return NatsError::NoStream { stream: self.nats.names().stream.clone() };
            }
            NatsError::failed("publish an entry")(refusal(&error))
        })?;
        if ack.sequence != self.acked + 1 {
            return Err(NatsError::Failed {
                what: "put an entry in its place",
                reason: format!("entry {} was put at {}", self.acked + 1, ack.sequence),
            });
        }
        self.acked += 1;
        Ok(())
    }

    /// Takes in what else has been acknowledged by now.
    fn note_more(&mut self) -> Result<(), NatsError> {
        let mut look = std::task::Context::from_waker(std::task::Waker::noop());
        while let Some(next) = self.in_flight.front_mut() {
            let std::task::Poll::Ready(ack) = next.as_mut().poll(&mut look) else { return Ok(()) };
            self.in_flight.pop_front();
            self.note(ack)?;
        }
        Ok(())
    }

    /// Looks now and then whether the stream still ends where it was left.
    async fn look(&mut self) -> Result<(), NatsError> {
        if Instant::now() < self.look_at {
            return Ok(());
        }
        self.nats.ready().await?;
        let info = self.mirrored.stream.get_info().await;
        let info = info.map_err(NatsError::failed("look at the stream of entries"))?;
        if info.state.last_sequence != self.acked {
            return Err(NatsError::Failed {
                what: "keep what it had acknowledged",
                reason: format!(
                    "the stream ends at {} instead of {}",
                    info.state.last_sequence, self.acked
                ),
            });
        }
        self.look_at = Instant::now() + LOOK;
        Ok(())
    }
}

async fn publish(
    nats: &Nats,
    origin: &Origin,
    entry: Stored,
    before: Position,
) -> Result<Ack, NatsError> {
    let names = nats.names();
    let subject = subject(&names.entry, &entry.name);
    let message = PublishMessage::build()
        .headers(encode(&entry, origin))
        .message_id(entry.id.0.to_string())
        .expected_stream(&names.stream)
        .expected_last_sequence(before)
        .payload(entry.payload.into());
    let sent = nats.publishing().send_publish(subject, message).await;
    Ok(sent.map_err(NatsError::failed("publish an entry"))?.into_future())
}

async fn first(in_flight: &mut VecDeque<Ack>) -> Result<PublishAck, PublishError> {
    match in_flight.front_mut() {
        Some(ack) => ack.await,
        None => std::future::pending().await,
    }
}

/// Why an entry was not taken, in words. A server that has taken in an entry and cannot agree on it
/// with the others calls every further try a duplicate of the first.
fn refusal(error: &PublishError) -> String {
    let said = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    match said.map(jetstream::Error::error_code) {
        Some(ErrorCode::STREAM_DUPLICATE_MESSAGE_CONFLICT) => format!(
            "NATS has no majority of its servers to agree on it: start those that are away ({error})"
        ),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duplicate_in_process_is_told_as_a_lost_majority() {
        let refused = |code: u32| {
            let said = format!(r#"{{"code":400,"err_code":{code},"description":"as it says"}}"#);
            let said: jetstream::Error = serde_json::from_str(&said).unwrap();
            refusal(&PublishError::with_source(PublishErrorKind::Other, said))
        };
        assert!(refused(10158).starts_with("NATS has no majority of its servers"));
        let other = refused(10071);
        assert!(other.contains("as it says") && !other.contains("majority"), "{other}");
    }
}
