//! Who asks for something, and under which name they may ask again.

use linchpin_domain::entry::{Entry, Stream, Version};
use linchpin_domain::id::{EntryId, MemberId};
use linchpin_ledger::{Append, AppendError, IdempotencyKey, Ledger, NewEntry};
use uuid::Uuid;

use super::{CommandError, Done};

/// Who gives a command, and to which piece of work it belongs.
#[derive(Debug, Clone)]
pub struct By {
    /// Who acts, as the entry will name them.
    pub actor: String,
    /// The trace of the request that brought it.
    pub trace: Option<Uuid>,
    /// The caller's name for this request: the same key with the same command is the same command.
    pub key: Option<IdempotencyKey>,
}

impl From<&str> for By {
    fn from(actor: &str) -> Self {
        Self { actor: actor.to_owned(), trace: None, key: None }
    }
}

/// One of us who asks for an act.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who of us acts.
    pub member: MemberId,
    /// As whom the entry names them.
    pub by: By,
}

impl By {
    /// The entry that a key stands for, so that it is found again whatever has happened since.
    /// `part` keeps apart the entries of a command on many accounts.
    pub(super) fn keyed(&self, part: &str) -> Option<EntryId> {
        let IdempotencyKey { source, key } = self.key.as_ref()?;
        Some(EntryId::named(&format!("act:{source}:{key}{part}")))
    }

    /// What an earlier request under the same key stored.
    ///
    /// # Errors
    /// Where that was something else or by somebody else, or the ledger cannot be read.
    pub(super) async fn asked_before(
        &self,
        ledger: &Ledger,
        part: &str,
        same: impl FnOnce(&Entry) -> bool,
    ) -> Result<Option<Done>, CommandError> {
        let Some(id) = self.keyed(part) else { return Ok(None) };
        let Some(entry) = ledger.find(&[id]).await?.pop().flatten() else { return Ok(None) };
        self.must_be(&entry, same)?;
        Ok(Some(Done { id, position: entry.position, fresh: false }))
    }

    /// That an entry stored under this key says what is asked now.
    ///
    /// # Errors
    /// Where it says something else, or somebody else does.
    pub(super) fn must_be(
        &self,
        entry: &Entry,
        same: impl FnOnce(&Entry) -> bool,
    ) -> Result<(), CommandError> {
        match &self.key {
            Some(_) if entry.actor == self.actor && same(entry) => Ok(()),
            Some(IdempotencyKey { source, key }) => {
                let (key_source, key) = (source.clone(), key.clone());
                Err(AppendError::KeyReused { key_source, key }.into())
            }
            None => Ok(()),
        }
    }
}

/// Stores what a command came to if its stream still stands where it was judged; `None` where it
/// is to be judged anew.
pub(super) async fn store(
    ledger: &Ledger,
    stream: Stream,
    version: Version,
    entry: NewEntry,
) -> Result<Option<Done>, CommandError> {
    let id = entry.id;
    let expected = Some((stream, version));
    match ledger.append(Append { expected, ..Append::of(vec![entry]) }).await {
        Err(AppendError::WrongVersion { .. } | AppendError::Conflict { .. }) => Ok(None),
        Err(error) => Err(error.into()),
        Ok(appended) => {
            let outcome = appended.outcomes.first().copied().ok_or(AppendError::Closed)?;
            Ok(Some(Done { id, position: outcome.position, fresh: outcome.fresh }))
        }
    }
}
