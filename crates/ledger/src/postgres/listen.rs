//! Hears of new entries. The server tells each commit; a slow look makes up for what was not
//! heard, be it that the connection was lost or that something between us tells nothing.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::watch;

use super::pool::{Pool, within};
use super::read;
use crate::engine::StoredHead;
use crate::error::StorageError;

/// How often to look without having heard.
const LOOK: Duration = Duration::from_secs(2);
/// How long to wait before listening anew.
const PAUSE: Duration = Duration::from_millis(500);
/// How long it may take until we listen.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tells each head that is heard or seen, until nobody wants to know.
pub(super) async fn run(
    options: PgConnectOptions,
    channel: String,
    readers: Arc<Pool>,
    heads: watch::Sender<Option<StoredHead>>,
) {
    loop {
        tokio::select! {
            () = heads.closed() => return,
            error = listen(&options, &channel, &readers, &heads) => {
                tracing::debug!(%error, "not listening for new entries: looking every now and then");
            }
        }
        tokio::select! {
            () = heads.closed() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Listens until that fails.
async fn listen(
    options: &PgConnectOptions,
    channel: &str,
    readers: &Arc<Pool>,
    heads: &watch::Sender<Option<StoredHead>>,
) -> StorageError {
    let listening = tokio::time::timeout(PATIENCE, begin(options, channel)).await;
    let mut listener = match listening {
        Ok(Ok(listener)) => listener,
        Ok(Err(error)) => return error,
        Err(_) => return StorageError::Away("it does not answer".to_owned()),
    };
    loop {
        // Also after a pause: what was not heard is seen.
        match look(readers).await {
            Ok(head) => drop(heads.send_replace(Some(head))),
            Err(error) => return error,
        }
        let heard = async {
            loop {
                // None where the connection was lost: the next call makes another, or fails.
                let Some(told) = listener.try_recv().await? else { return Ok(()) };
                if let Some(head) = parse(told.payload()) {
                    heads.send_replace(Some(head));
                }
            }
        };
        if let Ok(Err::<(), sqlx::Error>(error)) = tokio::time::timeout(LOOK, heard).await {
            return error.into();
        }
    }
}

async fn begin(options: &PgConnectOptions, channel: &str) -> Result<PgListener, StorageError> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
    let pool = pool.connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(channel).await?;
    Ok(listener)
}

async fn look(readers: &Arc<Pool>) -> Result<StoredHead, StorageError> {
    let mut lent = readers.lend().await?;
    let head = within(read::head(lent.connection())).await;
    lent.settle(head)
}

/// A head as the writer tells it.
fn parse(told: &str) -> Option<StoredHead> {
    let mut numbers = told.split(' ').map_while(|number| number.parse::<i64>().ok());
    let position = u64::try_from(numbers.next()?).ok()?;
    Some(StoredHead { position, recorded_us: numbers.next()?, epoch: numbers.next()? })
}
