//! How the read model keeps up with the ledger.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use linchpin_bus::{Bus, Feed, FeedError, Snapshots};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Entry;
use tokio::sync::watch;

use super::{News, Shared, names};

/// How long to wait before the feed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Follows the ledger from the newest snapshot on until it is told to close, then leaves a
/// snapshot behind.
pub(super) async fn follow(
    shared: Arc<Shared>,
    bus: Bus,
    dir: Option<PathBuf>,
    mut closing: watch::Receiver<bool>,
) {
    let mut snapshots = Snapshots::none();
    tokio::select! {
        biased;
        // It fails only where the sender is gone, and `shared` holds it.
        _ = closing.wait_for(|closing| *closing) => {}
        never = go_on(&shared, &bus, dir, &mut snapshots) => match never {},
        never = shared.progress.watch(&shared.ledger) => match never {},
        never = names::keep(&shared) => match never {},
    }
    let desk = shared.desk();
    snapshots.finish(desk.position(), desk).await;
    shared.closed.send_replace(true);
}

async fn go_on(
    shared: &Shared,
    bus: &Bus,
    dir: Option<PathBuf>,
    snapshots: &mut Snapshots,
) -> Infallible {
    if let Some(dir) = dir {
        *snapshots = Snapshots::open(&shared.ledger, dir, shared.progress.service()).await;
        if let Some((_, desk)) = snapshots.load::<Desk>().await {
            shared.put(desk);
        }
    }
    let mut feed = bus.feed(*shared.position.borrow());
    loop {
        match feed.next().await {
            Ok(entries) => shared.take(&entries),
            Err(error) => recover(shared, &mut feed, error).await,
        }
        let desk = shared.desk();
        if snapshots.due(desk.position()).await {
            snapshots.begin(desk.position(), desk);
        }
    }
}

/// Tries until the ledger can be read again. A feed that only waits would not say that it can.
async fn recover(shared: &Shared, feed: &mut Feed, error: FeedError) {
    let mut error = error;
    loop {
        shared.progress.stuck(&error);
        tracing::warn!(%error, "the read model cannot read the ledger; it tries again");
        tokio::time::sleep(RETRY).await;
        match feed.try_next().await {
            Ok(entries) if !entries.is_empty() => shared.take(&entries),
            Ok(_) if shared.ledger.refresh().await.is_err() => continue,
            Ok(_) => {}
            Err(again) => {
                error = again;
                continue;
            }
        }
        return shared.progress.well();
    }
}

impl Shared {
    pub(super) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.desk.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes on from a fold that was made before.
    fn put(&self, desk: Desk) {
        let position = desk.position();
        self.clients.begin(position);
        *self.desk.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(desk);
        self.progress.taken(position);
        self.position.send_replace(position);
    }

    /// Takes in entries and tells live readers. The desk is copied only while a reader holds it.
    fn take(&self, entries: &[Entry]) {
        let mut renamed = BTreeSet::new();
        let position = {
            let mut desk = self.desk.write().unwrap_or_else(PoisonError::into_inner);
            let desk = Arc::make_mut(&mut desk);
            for entry in entries {
                let changed = desk.apply(entry);
                self.clients.note(desk, &changed);
                names::renamed(entry, &changed, &mut renamed);
            }
            desk.position()
        };
        self.names.note(renamed);
        self.progress.taken(position);
        self.position.send_replace(position);
        if self.news.receiver_count() > 0 {
            for entry in entries {
                // It fails only where the last reader has just gone.
                let _ = self.news.send(News::of(entry));
            }
        }
    }
}
