//! Putting written rules in force: the key-account policy and the watchlist.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Position, Stream, Version};
use linchpin_domain::fact::{Approval, Fact, PolicyAdopted, Role, WatchlistAdopted};
use linchpin_domain::id::{EntryId, MemberId};
use linchpin_domain::policy::{DocumentError, FIRST_POLICY, Policy};
use linchpin_domain::watch::{FIRST_WATCHLIST, Watchlist};
use linchpin_ledger::{Append, AppendError, CHUNK, Ledger, NewEntry, ReadError, Repeat};

use super::{TRIES, entry};

/// The ledger keeps moments to the microsecond.
const A_MICROSECOND: SignedDuration = SignedDuration::from_micros(1);

/// What an adoption came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adopted {
    /// The entry that put the document in force.
    pub position: Position,
    /// Which version of the rules it is, counted from 1 in the order of adoption.
    pub version: u32,
    /// Whether it was adopted now; else the same document was in force already.
    pub fresh: bool,
    /// The version that takes its place, and when: where a document is adopted for past days only.
    pub until: Option<(u32, Timestamp)>,
}

/// A yes that an adoption lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// In which role somebody must approve.
    pub role: Role,
    /// Who has the role on the day of the adoption, and so may.
    pub held_by: Vec<MemberId>,
}

/// Why a document was not adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// It does not hold by itself.
    #[error("the document cannot be adopted: {0}")]
    Document(#[from] DocumentError),
    /// The policy in force or the new one asks for approvals that were not given.
    #[error("the policy cannot be adopted without the approval of {}", roles(.0))]
    Unapproved(Vec<Lacking>),
    /// A later policy would lack approvals that this one asks for.
    #[error(
        "version {version} of {day} has no approval of {}, which the new policy asks for from an \
         earlier day on, so it would no longer count: adopt the new one from {day} on",
        one_of(.roles)
    )]
    Voids {
        /// The version that the ledger knows it by today.
        version: u32,
        /// Since when it is in force.
        day: Date,
        /// Whose approval it would lack.
        roles: Vec<Role>,
    },
    /// Others changed the firm's rules at the same time, again and again.
    #[error("the firm's rules changed again and again meanwhile: repeat")]
    Contended,
    /// The rules in force could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be stored.
    #[error(transparent)]
    Append(#[from] AppendError),
}

fn roles(lacking: &[Lacking]) -> String {
    let roles: Vec<Role> = lacking.iter().map(|it| it.role).collect();
    one_of(&roles)
}

fn one_of(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.holder()).collect();
    words.join(" and ")
}

/// Puts a policy (TOML) in force from a moment on, or from now: an earlier moment judges the past
/// by it too. Of two that begin on one day the one adopted last counts. The document in force
/// already adds nothing.
///
/// Each role that is named by the policy in force then or now, or by the new one, must approve: by
/// a colleague who has it on the day from which the policy counts.
///
/// # Errors
/// Where the document does not hold, approvals are lacking, or the ledger fails.
pub async fn adopt_policy(
    ledger: &Ledger,
    document: &str,
    from: Option<Timestamp>,
    approvals: Vec<Approval>,
    actor: &str,
) -> Result<Adopted, AdoptError> {
    let fact = PolicyAdopted { document: document.to_owned(), approvals };
    Policy::draft(document)?;
    adopt(ledger, Fact::PolicyAdopted(fact), from, actor).await
}

/// Puts a watchlist (TOML) in force from a moment on, or from now. The document in force already
/// adds nothing.
///
/// # Errors
/// Where the document does not hold, or the ledger fails.
pub async fn adopt_watchlist(
    ledger: &Ledger,
    document: &str,
    from: Option<Timestamp>,
    actor: &str,
) -> Result<Adopted, AdoptError> {
    Watchlist::parse(document)?;
    let fact = WatchlistAdopted { document: document.to_owned() };
    adopt(ledger, Fact::WatchlistAdopted(fact), from, actor).await
}

/// The firm and nothing else: its people, rates and rules, with where its stream stands.
///
/// # Errors
/// Where the ledger cannot be read.
pub async fn firm(ledger: &Ledger) -> Result<(Desk, Version), ReadError> {
    let mut desk = Desk::default();
    if let Some(genesis) = ledger.entry(1).await? {
        desk.apply(&genesis);
    }
    let mut version = 0;
    loop {
        let entries = ledger.read_stream(Stream::Firm, version, CHUNK).await?;
        let Some(last) = entries.last() else { return Ok((desk, version)) };
        version = last.version;
        for entry in &entries {
            desk.apply(entry);
        }
    }
}

/// Gives a new ledger its first rules. They are in force from the beginning of time, so that
/// other ones can be adopted for any day in the past. Doing so again changes nothing, also once
/// other rules are in force.
///
/// # Errors
/// Where the ledger fails.
pub async fn found(ledger: &Ledger) -> Result<(), AdoptError> {
    let first = |name: &str, fact: Fact| NewEntry {
        occurred_at: Some(Timestamp::UNIX_EPOCH),
        repeat: Repeat::KeepFirst,
        ..entry(EntryId::named(name), &"desk:ledger".into(), Body::Fact(fact))
    };
    let policy = PolicyAdopted { document: FIRST_POLICY.to_owned(), approvals: Vec::new() };
    let watchlist = WatchlistAdopted { document: FIRST_WATCHLIST.to_owned() };
    let entries = vec![
        first("first:policy", Fact::PolicyAdopted(policy)),
        first("first:watchlist", Fact::WatchlistAdopted(watchlist)),
    ];
    ledger.append(Append::of(entries)).await?;
    Ok(())
}

async fn adopt(
    ledger: &Ledger,
    fact: Fact,
    from: Option<Timestamp>,
    actor: &str,
) -> Result<Adopted, AdoptError> {
    for _ in 0..TRIES {
        let rules = Rules::of(ledger, &fact).await?;
        let now = ledger.now();
        let at = from.map(|from| rules.last_word(from));
        if let Some(same) = rules.in_force(at.unwrap_or(now)).filter(|stood| stood.same) {
            return Ok(rules.adopted(same.since, same.position, false));
        }
        // The version keeps apart a document that is adopted, replaced and adopted again.
        let id = EntryId::named(&format!("{}:{}:{actor}", fact.name(), rules.version));
        let mut entry = entry(id, &actor.into(), Body::Fact(fact.clone()));
        entry.occurred_at = at.or(entry.occurred_at);
        let since = (at.unwrap_or(now), id);
        if let Fact::PolicyAdopted(policy) = &fact {
            rules.approved(ledger, since, policy)?;
        }
        let expected = Some((Stream::Firm, rules.version));
        match ledger.append(Append { expected, ..Append::of(vec![entry]) }).await {
            Err(AppendError::WrongVersion { .. } | AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(appended) => {
                let Some(outcome) = appended.outcomes.first() else { break };
                return Ok(rules.adopted(since, outcome.position, outcome.fresh));
            }
        }
    }
    Err(AdoptError::Contended)
}

/// Since when a document is in force; of two that came at the same moment, the greater id counts.
type Since = (Timestamp, EntryId);

/// A document that was adopted.
#[derive(Clone, Copy)]
struct Stood {
    since: Since,
    position: Position,
    /// Whether it is the one looked for.
    same: bool,
    /// Whether it came in force: a policy without its approvals did not.
    counts: bool,
}

/// The firm's rules of one kind.
struct Rules {
    /// The firm, folded.
    desk: Desk,
    /// Where its stream stands.
    version: Version,
    /// Every document adopted, in the order in which they came in force.
    stood: Vec<Stood>,
}

impl Rules {
    async fn of(ledger: &Ledger, fact: &Fact) -> Result<Self, ReadError> {
        let (desk, version) = firm(ledger).await?;
        let lacking: Vec<EntryId> = desk
            .firm()
            .adoptions()
            .filter(|(_, _, it)| it.counts().is_none())
            .map(|(_, source, _)| source.id)
            .collect();
        let (mut stood, mut read) = (Vec::new(), 0);
        while read < version {
            let entries = ledger.read_stream(Stream::Firm, read, CHUNK).await?;
            let Some(last) = entries.last() else { break };
            read = last.version;
            stood.extend(entries.iter().filter(|entry| entry.version <= version).filter_map(
                |it| {
                    let Body::Fact(told) = &it.body else { return None };
                    let same = is_same(told, fact)?;
                    let counts = !lacking.contains(&it.id);
                    Some(Stood {
                        since: (it.occurred_at, it.id),
                        position: it.position,
                        same,
                        counts,
                    })
                },
            ));
        }
        stood.sort_by_key(|stood| stood.since);
        Ok(Self { desk, version, stood })
    }

    /// The document in force at a moment.
    fn in_force(&self, at: Timestamp) -> Option<&Stood> {
        self.stood.iter().rfind(|stood| stood.counts && stood.since.0 <= at)
    }

    /// The moment of a day's last word: what begins with a day takes the place of all that was
    /// adopted for the same day before.
    fn last_word(&self, from: Timestamp) -> Timestamp {
        let day = self.desk.day_of(from);
        let said = self.stood.iter().map(|stood| stood.since.0);
        let newest = said.filter(|at| *at >= from && self.desk.day_of(*at) == day).max();
        newest.map_or(from, |newest| newest.checked_add(A_MICROSECOND).unwrap_or(newest))
    }

    /// What an adoption since a moment comes to.
    fn adopted(&self, since: Since, position: Position, fresh: bool) -> Adopted {
        let number = |position: Position| {
            let before = self.stood.iter().filter(|stood| stood.position < position).count();
            u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
        };
        let later = self.stood.iter().find(|stood| stood.counts && stood.since > since);
        let until = later.map(|later| (number(later.position), later.since.0));
        Adopted { position, version: number(position), fresh, until }
    }

    /// Judges a policy by what the fold would make of it: its own approvals, and those of every
    /// policy that counts now.
    fn approved(
        &self,
        ledger: &Ledger,
        (at, id): Since,
        policy: &PolicyAdopted,
    ) -> Result<(), AdoptError> {
        let day = self.desk.day_of(at);
        let mut with = self.desk.clone();
        with.apply(&Entry {
            position: self.desk.position().saturating_add(1),
            id,
            stream: Stream::Firm,
            version: self.version.saturating_add(1),
            occurred_at: at,
            recorded_at: at,
            actor: String::new(),
            correlation: None,
            body: Body::Fact(Fact::PolicyAdopted(policy.clone())),
        });
        let firm = self.desk.firm();
        let own = with.firm().adoptions().find(|(_, source, _)| source.id == id);
        let mut lacks = own.map_or_else(Vec::new, |(_, _, it)| it.lacks.clone());
        let today = firm.policy_on(self.desk.day_of(ledger.now()));
        let asked = today.map_or(&[][..], |(_, policy)| &policy.adopted_by);
        lacks.extend(asked.iter().copied().filter(|role| {
            !policy.approvals.iter().any(|approval| firm.has_role(approval.by, *role, day))
        }));
        lacks.sort_unstable();
        lacks.dedup();
        if !lacks.is_empty() {
            let held_by =
                |role| firm.members().filter(|id| firm.has_role(*id, role, day)).collect();
            let lacking = |role| Lacking { role, held_by: held_by(role) };
            return Err(AdoptError::Unapproved(lacks.into_iter().map(lacking).collect()));
        }
        let counted: Vec<EntryId> = firm.policies().map(|(source, _)| source.id).collect();
        let mut after =
            with.firm().adoptions().filter(|(_, source, _)| counted.contains(&source.id));
        match after.find(|(_, _, it)| !it.lacks.is_empty()) {
            None => Ok(()),
            Some((version, source, it)) => {
                Err(AdoptError::Voids { version, day: source.day, roles: it.lacks.clone() })
            }
        }
    }
}

/// Whether two facts adopt the same document; `None` where they are about different kinds.
fn is_same(told: &Fact, fact: &Fact) -> Option<bool> {
    match (told, fact) {
        (Fact::PolicyAdopted(told), Fact::PolicyAdopted(fact)) => {
            Some(told.document == fact.document)
        }
        (Fact::WatchlistAdopted(told), Fact::WatchlistAdopted(fact)) => Some(told == fact),
        _ => None,
    }
}
