//! Acts on a client, each one entry.

use linchpin_domain::act::{self, Act, Outcome, Refusal};
use linchpin_domain::entry::{Body, Entry, Stream, Version};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::{AccountId, EntryId, MemberId};
use linchpin_ledger::{Append, AppendError, IdempotencyKey, Ledger, Repeat};

use super::present::Present;
use super::{By, CommandError, Done, TRIES, entry};

/// Who asks for an act, and under which name they may ask again.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who of us acts.
    pub member: MemberId,
    /// As whom the entry names them, and in which piece of work.
    pub by: By,
    /// The caller's name for this request: the same key with the same act is the same act.
    pub key: Option<IdempotencyKey>,
}

impl Order {
    /// The entry that a key stands for, so that it is found again whatever has happened since.
    /// `part` keeps apart the entries of an act on many accounts.
    pub(super) fn keyed(&self, part: &str) -> Option<EntryId> {
        let IdempotencyKey { source, key } = self.key.as_ref()?;
        Some(EntryId::named(&format!("act:{source}:{key}{part}")))
    }

    /// What an earlier request under the same key stored.
    ///
    /// # Errors
    /// Where that was another act, or the ledger cannot be read.
    pub(super) async fn asked_before(
        &self,
        ledger: &Ledger,
        part: &str,
        same: impl FnOnce(&Fact) -> bool,
    ) -> Result<Option<Done>, CommandError> {
        let Some(id) = self.keyed(part) else { return Ok(None) };
        let Some(Entry { position, body, .. }) = ledger.find(&[id]).await?.pop().flatten() else {
            return Ok(None);
        };
        match (&self.key, body) {
            (_, Body::Fact(told)) if same(&told) => Ok(Some(Done { id, position, fresh: false })),
            (Some(IdempotencyKey { source, key }), _) => {
                let (key_source, key) = (source.clone(), key.clone());
                Err(AppendError::KeyReused { key_source, key }.into())
            }
            (None, _) => Ok(None),
        }
    }
}

/// Judges what one of us asks of a client against all that is known, and stores what it comes to
/// if nothing has happened with the client meanwhile; else judges it anew. The same act again by
/// the same hand changes nothing and says so.
///
/// # Errors
/// Where it is turned down, its key was used for another act, or the ledger fails.
pub async fn act(
    ledger: &Ledger,
    present: &mut Present,
    account: AccountId,
    act: &Act,
    order: &Order,
) -> Result<Done, CommandError> {
    let part = String::new();
    act_in_part(ledger, present, account, act, order, &part).await
}

/// The same as a part of an act on many accounts.
pub(super) async fn act_in_part(
    ledger: &Ledger,
    present: &mut Present,
    account: AccountId,
    act: &Act,
    order: &Order,
    part: &str,
) -> Result<Done, CommandError> {
    for _ in 0..TRIES {
        let same = |told: &Fact| act::says(told, account, order.member, act);
        if let Some(done) = order.asked_before(ledger, part, same).await? {
            return Ok(done);
        }
        let now = present.catch_up(ledger).await?;
        let desk = present.desk();
        let (fact, at) = match act::decide(desk, account, order.member, act, now)? {
            Outcome::Told { fact, at } => (fact, at),
            Outcome::Already { id, position } => return Ok(Done { id, position, fresh: false }),
        };
        let version = desk.version(account);
        let id = order.keyed(part).unwrap_or_else(|| unkeyed(&fact, account, version, &order.by));
        let mut entry = entry(id, &order.by, Body::Fact(fact), Repeat::SameOnly);
        entry.occurred_at = at;
        let expected = Some((Stream::Account(account), version));
        match ledger.append(Append { expected, ..Append::of(vec![entry]) }).await {
            Err(AppendError::WrongVersion { .. } | AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(appended) => {
                let outcome = appended.outcomes.first().copied().ok_or(AppendError::Closed)?;
                return Ok(Done { id, position: outcome.position, fresh: outcome.fresh });
            }
        }
    }
    Err(CommandError::Contended)
}

/// The version keeps apart what is said, taken back and said again; the actor, who of two was
/// first.
fn unkeyed(fact: &Fact, account: AccountId, version: Version, by: &By) -> EntryId {
    EntryId::named(&format!("{}:{account}:{version}:{}", fact.name(), by.actor))
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Act(refusal)
    }
}
