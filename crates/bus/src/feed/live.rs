//! The live end of a feed: a task that listens to the stream for as long as that goes well, and
//! hands on what it hears.

use futures::StreamExt;
use linchpin_domain::entry::Position;
use linchpin_ledger::Ledger;
use tokio::sync::mpsc::{self, error::TryRecvError};
use tokio::task::JoinHandle;

use super::line::Message;
use crate::nats::{self, Nats, NatsError, decode};

/// Most messages that wait for the feed. The server keeps the rest.
const WAITING: usize = 256;

/// A subscription. It ends by itself where something goes wrong, and with its owner.
#[derive(Debug)]
pub(super) struct Live {
    heard: mpsc::Receiver<Message>,
    task: JoinHandle<()>,
}

impl Live {
    /// Listens to what comes after a position. Must be called within a tokio runtime.
    pub(super) fn after(ledger: Ledger, nats: Nats, after: Position) -> Self {
        let (tell, heard) = mpsc::channel(WAITING);
        let task = tokio::spawn(async move {
            if let Err(error) = listen(&ledger, &nats, after, &tell).await {
                if error.is_passing() {
                    tracing::debug!(%error, "the feed reads the ledger for now");
                } else {
                    tracing::error!(%error, "the feed does not believe NATS and reads the ledger");
                }
            }
        });
        Self { heard, task }
    }

    /// The next message; `None` where the subscription has ended. Giving up loses nothing.
    pub(super) async fn next(&mut self) -> Option<Message> {
        self.heard.recv().await
    }

    /// A message that is there by now, [`TryRecvError::Disconnected`] where the subscription has
    /// ended.
    pub(super) fn try_next(&mut self) -> Result<Message, TryRecvError> {
        self.heard.try_recv()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    ledger: &Ledger,
    nats: &Nats,
    after: Position,
    tell: &mpsc::Sender<Message>,
) -> Result<(), NatsError> {
    let mirrored = nats::check(ledger, nats).await?;
    let mut messages = nats::follow(&mirrored, after).await?;
    while let Some(message) = messages.next().await {
        let message = message.map_err(NatsError::failed("go on with a subscription"))?;
        let info = message.info().map_err(NatsError::failed("tell where a message stands"))?;
        let sequence = info.stream_sequence;
        let headers = message.headers.as_ref();
        let read = headers.map_or_else(
            || decode(sequence, &async_nats::HeaderMap::new(), &[], &mirrored.origin),
            |headers| decode(sequence, headers, &message.payload, &mirrored.origin),
        );
        if tell.send(Message { sequence, read }).await.is_err() {
            break;
        }
    }
    Ok(())
}
