//! What the readers and the writer of one process share: the head they know of, the keys they hold.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use linchpin_domain::entry::Position;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::engine::{Head, StoredHead, StoredKey};
use crate::error::StorageError;
use crate::vault::{KeyCache, KeyState};

/// What the readers and the writer share.
pub(crate) struct Shared {
    head: Mutex<Head>,
    watch: watch::Sender<Position>,
    /// Keys that were needed lately.
    pub(crate) keys: KeyCache,
}

impl Shared {
    pub(crate) fn new(head: StoredHead) -> Result<Self, StorageError> {
        let keys = KeyCache::default();
        keys.at_epoch(head.epoch);
        Ok(Self {
            head: Mutex::new(head.as_head()?),
            watch: watch::Sender::new(head.position),
            keys,
        })
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Position> {
        self.watch.subscribe()
    }

    pub(crate) fn head(&self) -> Head {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a head that was read; an older one changes nothing.
    pub(crate) fn advance(&self, stored: StoredHead) -> Result<(), StorageError> {
        let new = stored.as_head()?;
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        if new.position > head.position {
            *head = new;
            self.watch.send_replace(new.position);
        }
        Ok(())
    }

    /// Takes in the heads that an engine tells, until it tells no more or is aborted.
    pub(crate) fn follow(
        self: &Arc<Self>,
        mut heads: watch::Receiver<Option<StoredHead>>,
    ) -> AbortHandle {
        let shared = Arc::clone(self);
        let following = tokio::spawn(async move {
            while heads.changed().await.is_ok() {
                let Some(head) = *heads.borrow_and_update() else { continue };
                shared.keys.at_epoch(head.epoch);
                if let Err(error) = shared.advance(head) {
                    tracing::warn!(%error, "a head that cannot be");
                }
            }
        });
        following.abort_handle()
    }

    /// The keys held in memory, and for whom there is none.
    pub(crate) fn held_keys(&self, people: HashSet<Uuid>) -> (HashMap<Uuid, KeyState>, Vec<Uuid>) {
        let mut keys = HashMap::new();
        let mut missing = Vec::new();
        for person in people {
            match self.keys.get(person) {
                Some(key) => drop(keys.insert(person, key)),
                None => missing.push(person),
            }
        }
        (keys, missing)
    }

    /// Holds keys that were read in memory.
    pub(crate) fn hold_keys(
        &self,
        stored: &[StoredKey],
    ) -> Result<HashMap<Uuid, KeyState>, StorageError> {
        let keys = stored.iter().map(|key| Ok((key.person, KeyState::try_from(key)?)));
        let keys = keys.collect::<Result<HashMap<_, _>, StorageError>>()?;
        self.keys.put(keys.iter().map(|(person, key)| (*person, key.clone())));
        Ok(keys)
    }
}

impl StoredHead {
    fn as_head(self) -> Result<Head, StorageError> {
        let recorded_at = Timestamp::from_microsecond(self.recorded_us)
            .map_err(|_| StorageError::Corrupt("the time of its last entry".to_owned()))?;
        Ok(Head { position: self.position, recorded_at })
    }
}
