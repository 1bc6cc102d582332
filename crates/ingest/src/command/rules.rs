//! Putting written rules in force: the key-account policy and the watchlist.

use jiff::Timestamp;
use linchpin_domain::entry::{Body, Position, Stream, Version};
use linchpin_domain::fact::{Fact, PolicyAdopted, WatchlistAdopted};
use linchpin_domain::id::EntryId;
use linchpin_domain::policy::{DocumentError, FIRST_POLICY, Policy};
use linchpin_domain::watch::{FIRST_WATCHLIST, Watchlist};
use linchpin_ledger::{Append, AppendError, CHUNK, Ledger, NewEntry, ReadError, Repeat};

use super::{TRIES, entry};

/// What an adoption came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adopted {
    /// The entry that put the document in force.
    pub position: Position,
    /// Which version of the rules it is, counted from 1.
    pub version: u32,
    /// Whether it was adopted now; else the same document was in force already.
    pub fresh: bool,
}

/// Why a document was not adopted.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// It does not hold by itself.
    #[error("the document cannot be adopted: {0}")]
    Document(#[from] DocumentError),
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

/// Puts a policy (TOML) in force from a moment on, or from now: an earlier moment judges the past
/// by it too. The document in force already adds nothing.
///
/// # Errors
/// Where the document does not hold, or the ledger fails.
pub async fn adopt_policy(
    ledger: &Ledger,
    document: &str,
    from: Option<Timestamp>,
    actor: &str,
) -> Result<Adopted, AdoptError> {
    Policy::parse(document)?;
    adopt(ledger, Fact::PolicyAdopted(PolicyAdopted { document: document.to_owned(), approvals: Vec::new() }), from, actor)
        .await
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

/// Gives a new ledger its first rules. They are in force from the beginning of time, so that
/// other ones can be adopted for any day in the past. Doing so again changes nothing, also once
/// other rules are in force.
///
/// # Errors
/// Where the ledger fails.
pub async fn found(ledger: &Ledger) -> Result<(), AdoptError> {
    let first = |name: &str, fact: Fact| NewEntry {
        occurred_at: Some(Timestamp::UNIX_EPOCH),
        ..entry(EntryId::named(name), &"desk:ledger".into(), Body::Fact(fact), Repeat::KeepFirst)
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
        let stands = |since: Timestamp| from.is_none_or(|from| since <= from);
        let in_force = rules.in_force.filter(|((since, _), _, same)| *same && stands(*since));
        if let Some((_, position, _)) = in_force {
            return Ok(Adopted { position, version: rules.adopted, fresh: false });
        }
        // The version keeps apart a document that is adopted, replaced and adopted again.
        let id = EntryId::named(&format!("{}:{}:{actor}", fact.name(), rules.version));
        let mut entry = entry(id, &actor.into(), Body::Fact(fact.clone()), Repeat::SameOnly);
        entry.occurred_at = from.or(entry.occurred_at);
        let expected = Some((Stream::Firm, rules.version));
        match ledger.append(Append { expected, ..Append::of(vec![entry]) }).await {
            Err(AppendError::WrongVersion { .. } | AppendError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
            Ok(appended) => {
                let Some(outcome) = appended.outcomes.first() else { break };
                let version = rules.adopted.saturating_add(1);
                return Ok(Adopted { position: outcome.position, version, fresh: outcome.fresh });
            }
        }
    }
    Err(AdoptError::Contended)
}

/// The firm's rules of one kind.
struct Rules {
    /// Where the firm's stream stands.
    version: Version,
    /// How many documents have come in force.
    adopted: u32,
    /// The document in force: since when, where it stands, whether it is the one looked for.
    in_force: Option<((Timestamp, EntryId), Position, bool)>,
}

impl Rules {
    async fn of(ledger: &Ledger, fact: &Fact) -> Result<Self, ReadError> {
        let now = ledger.now();
        let mut rules = Self { version: 0, adopted: 0, in_force: None };
        loop {
            let entries = ledger.read_stream(Stream::Firm, rules.version, CHUNK).await?;
            let Some(last) = entries.last() else { return Ok(rules) };
            rules.version = last.version;
            for entry in &entries {
                let Body::Fact(told) = &entry.body else { continue };
                if told.name() != fact.name() || entry.occurred_at > now {
                    continue;
                }
                rules.adopted = rules.adopted.saturating_add(1);
                let since = (entry.occurred_at, entry.id);
                if rules.in_force.is_none_or(|(newest, ..)| newest < since) {
                    rules.in_force = Some((since, entry.position, told == fact));
                }
            }
        }
    }
}
