//! Naming one of us.

use linchpin_domain::act::{self, Naming, Outcome};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Stream, Version};
use linchpin_domain::fact::{Fact, MemberNamed};
use linchpin_domain::id::{EntryId, MemberId};
use linchpin_ledger::Ledger;

use super::order::{By, store};
use super::present::Present;
use super::{CommandError, Done, TRIES, entry};

/// What naming one of us came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoneNaming {
    /// Who.
    pub member: MemberId,
    /// The entry that says so.
    pub done: Done,
}

/// Says that one of us is here under a name and in a role, from now on. Saying so twice is once.
/// `by` is who of us says so; nobody does before anybody is named.
///
/// # Errors
/// Where it is turned down, its key was used for another command, or the ledger fails.
pub async fn name_member(
    ledger: &Ledger,
    present: &mut Present,
    wanted: &Naming,
    by: Option<MemberId>,
    sender: &By,
) -> Result<DoneNaming, CommandError> {
    for _ in 0..TRIES {
        // Read first, so that whatever comes in between is noticed when this is stored.
        let version = ledger.stream_version(Stream::Firm).await?;
        let now = present.catch_up(ledger).await?;
        let desk = present.desk();
        let mut named = None;
        let same = |entry: &Entry| match &entry.body {
            Body::Fact(Fact::MemberNamed(it)) => {
                named = Some(it.member);
                says(it, wanted)
            }
            _ => false,
        };
        if let Some(done) = sender.asked_before(ledger, "", same).await?
            && let Some(member) = named
        {
            return Ok(DoneNaming { member, done });
        }
        let named = act::name_member(desk, wanted, unused(desk, version), by, now)?;
        let member = named.member;
        let (fact, at) = match named.outcome {
            Outcome::Told { fact, at } => (fact, at),
            Outcome::Already { id, position } => {
                return Ok(DoneNaming { member, done: Done { id, position, fresh: false } });
            }
        };
        // The version keeps apart what is said, said otherwise and said again.
        let unkeyed = || EntryId::named(&format!("member.named:{member}:{version}"));
        let id = sender.keyed("").unwrap_or_else(unkeyed);
        let mut entry = entry(id, sender, Body::Fact(fact));
        entry.occurred_at = at;
        if let Some(done) = store(ledger, Stream::Firm, version, entry).await? {
            return Ok(DoneNaming { member, done });
        }
    }
    Err(CommandError::Contended)
}

/// Whether a stored fact says what is asked for, so that the same request again is the same.
fn says(it: &MemberNamed, wanted: &Naming) -> bool {
    let same_person = wanted.id.is_none_or(|id| id == it.member);
    same_person && it.role == wanted.role && it.person.name.as_deref() == Some(wanted.name.trim())
}

/// An id for somebody new. It is made of no name: a name could be guessed from it for ever.
fn unused(desk: &Desk, version: Version) -> MemberId {
    let firm = desk.firm();
    let mut ids = (version..).map(|number| MemberId::named(&format!("desk:{number}")));
    let unknown = |id: &MemberId| firm.members().all(|known| known != *id);
    ids.find(unknown).unwrap_or_else(|| MemberId::named("desk:new"))
}
