//! Commands: what people ask of the desk. Strict: each is judged against the current state and
//! stored only if that state still stands.

mod act;
mod known;
mod member;
mod naming;
mod order;
mod present;
mod rules;

use jiff::Timestamp;
use linchpin_domain::act::{is_guarded, retract as may_be_taken_back};
use linchpin_domain::alert::{AlertCommand, Refusal, decide};
use linchpin_domain::decision::Decision;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Position, Stream};
use linchpin_domain::fact::{Fact, FactRetracted, RenewalTalksStarted};
use linchpin_domain::id::{AccountId, AlertId, ContractId, EntryId, MemberId};
use linchpin_ledger::{AppendError, Ledger, NewEntry, ReadError, Repeat};

use self::known::Known;
use self::order::store;

pub use act::act;
pub use member::{
    HandOverAll, HandedAll, HandedOver, MAX_HANDED_OVER, Plan, hand_over_all, hand_over_plan, leave,
};
pub use naming::{DoneNaming, name_member};
pub use order::{By, Order};
pub use present::Present;
pub use rules::{AdoptError, Adopted, Lacking, adopt_policy, adopt_watchlist, firm, found};

/// How often a command is judged anew when others store at the same time.
const TRIES: usize = 6;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// The entry that says so.
    pub id: EntryId,
    /// Where it stands.
    pub position: Position,
    /// Whether this command stored it; else it had been so before.
    pub fresh: bool,
}

/// Why a command was turned down.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// What it is about is not there.
    #[error("{0}")]
    Missing(&'static str),
    /// The state of the alert forbids it.
    #[error("{0}")]
    Alert(Refusal),
    /// What is known of the client forbids it.
    #[error("{0}")]
    Act(linchpin_domain::act::Refusal),
    /// It does not hold by itself.
    #[error("{0}")]
    Invalid(String),
    /// Others stored so much at the same time that it could not be judged.
    #[error("the client's facts changed again and again meanwhile: repeat")]
    Contended,
    /// What is known here is too far behind the ledger to judge by.
    #[error("the desk is still reading its ledger, {entries} entries are to come: try again")]
    Behind {
        /// How many entries are not taken in yet.
        entries: u64,
    },
    /// A computation broke off.
    #[error("it could not be judged: try again, and report it where it happens again")]
    Broken,
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be stored.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// The entry that raises an alert has the alert's own id, so that the alert leads to its client.
pub fn raised_as(alert: AlertId) -> EntryId {
    EntryId(alert.0)
}

/// Takes an alert in hand, or puts it off. The same command again changes nothing and says so.
///
/// # Errors
/// Where there is no such alert, its state forbids it, its key was used for another command, or
/// the ledger fails.
pub async fn on_alert(
    ledger: &Ledger,
    alert: AlertId,
    command: &AlertCommand,
    by: &By,
) -> Result<Done, CommandError> {
    let raised = ledger.find(&[raised_as(alert)]).await?.pop().flatten();
    let Some(Body::Decision(Decision::AlertRaised(raised))) = raised.map(|entry| entry.body) else {
        return Err(CommandError::Alert(Refusal::NoSuchAlert));
    };
    let stream = Stream::Account(raised.account);
    let same = |entry: &Entry| match (&entry.body, command) {
        (Body::Decision(Decision::AlertAcknowledged(it)), AlertCommand::Acknowledge { note }) => {
            it.alert == alert && it.note.as_deref() == known::said(note.as_deref())
        }
        (Body::Decision(Decision::AlertSnoozed(it)), AlertCommand::Snooze { until }) => {
            it.alert == alert && it.until == *until
        }
        _ => false,
    };
    for _ in 0..TRIES {
        if let Some(done) = by.asked_before(ledger, "", same).await? {
            return Ok(done);
        }
        let known = Known::of(ledger, stream).await?;
        if let Some(done) = known.said_before(alert, command, &by.actor) {
            return Ok(done);
        }
        let decision = decide(known.desk.alerts(), alert, command, known.today)
            .map_err(CommandError::Alert)?;
        // The version keeps apart what is put off, taken up and put off to the same day again;
        // the actor, who of two was first.
        let (name, version, actor) = (decision.name(), known.version, &by.actor);
        let unkeyed = || EntryId::named(&format!("{name}:{alert}:{version}:{actor}"));
        let id = by.keyed("").unwrap_or_else(unkeyed);
        let entry = entry(id, by, Body::Decision(decision));
        if let Some(done) = store(ledger, stream, version, entry).await? {
            return Ok(done);
        }
    }
    Err(CommandError::Contended)
}

/// Says that talks about a contract's next term have begun. Saying so twice on a day is once.
///
/// # Errors
/// Where the client has no such contract, its key was used for another command, or the ledger
/// fails.
pub async fn start_talks(
    ledger: &Ledger,
    present: &mut Present,
    account: AccountId,
    contract: ContractId,
    by: &By,
) -> Result<Done, CommandError> {
    let now = present.catch_up(ledger).await?;
    let account = told_of(present.desk(), account, contract, now);
    let stream = Stream::Account(account);
    let fact = Fact::RenewalTalksStarted(RenewalTalksStarted { account, contract });
    for _ in 0..TRIES {
        let same = |entry: &Entry| entry.body == Body::Fact(fact.clone());
        if let Some(done) = by.asked_before(ledger, "", same).await? {
            return Ok(done);
        }
        let known = Known::of(ledger, stream).await?;
        let found =
            known.desk.account(account).and_then(|it| it.contract_on(contract, known.today));
        let Some(terms) = found else {
            return Err(CommandError::Missing("the client has no such contract"));
        };
        if terms.ended.is_some() {
            return Err(CommandError::Invalid("the contract has ended".to_owned()));
        }
        if let Some(done) = known.talks_today(contract) {
            return Ok(done);
        }
        // The version keeps apart what is said, taken back and said again.
        let version = known.version;
        let unkeyed = || EntryId::named(&format!("talks:{account}:{contract}:{version}"));
        let id = by.keyed("").unwrap_or_else(unkeyed);
        let entry = entry(id, by, Body::Fact(fact.clone()));
        if let Some(done) = store(ledger, stream, version, entry).await? {
            return Ok(done);
        }
    }
    Err(CommandError::Contended)
}

/// Under which id of a client a contract was told: of one that was merged, it may be another.
fn told_of(desk: &Desk, account: AccountId, contract: ContractId, now: Timestamp) -> AccountId {
    let (stays, day) = (desk.survivor(desk.meant(account)), desk.day_of(now));
    let has = |id: &AccountId| {
        desk.told_account(*id).is_some_and(|it| it.contract_on(contract, day).is_some())
    };
    std::iter::once(stays).chain(desk.duplicates_of(stays)).find(has).unwrap_or(account)
}

/// A fact that is taken back.
#[derive(Debug, Clone, Copy)]
pub struct TakenBack<'a> {
    /// The fact.
    pub fact: EntryId,
    /// The client it is about, to be sure.
    pub account: Option<AccountId>,
    /// Which of us asks, where one does: what somebody ruled is taken back by no one else.
    pub member: Option<MemberId>,
    /// Why it was never true.
    pub reason: &'a str,
}

/// Takes a fact back, at every client it concerns: a contact's move at both. Taking it back twice
/// is once.
///
/// # Errors
/// Where there is no such fact, it is not about that client, it cannot be taken back or is for
/// others to take back, its key was used for another command, or the ledger fails.
pub async fn retract(
    ledger: &Ledger,
    present: &mut Present,
    wanted: TakenBack<'_>,
    by: &By,
) -> Result<Done, CommandError> {
    let TakenBack { fact, account, member, reason } = wanted;
    let Some(found) = ledger.find(&[fact]).await?.pop().flatten() else {
        return Err(CommandError::Missing("there is no such fact"));
    };
    let Body::Fact(told) = found.body else {
        return Err(CommandError::Missing("there is no such fact"));
    };
    let retraction = retraction_of(fact, &told, reason.trim())?;
    let about = |account| retraction.account == Some(account) || told.also() == Some(account);
    if account.is_some_and(|account| !about(account)) {
        let reason = "the fact is not about this client";
        return Err(CommandError::Invalid(reason.to_owned()));
    }
    let retraction = Fact::FactRetracted(retraction);
    retraction.check().map_err(CommandError::Invalid)?;
    let stream = retraction.stream();
    for _ in 0..TRIES {
        let same = |entry: &Entry| entry.body == Body::Fact(retraction.clone());
        if let Some(done) = by.asked_before(ledger, "", same).await? {
            return Ok(done);
        }
        let known = Known::of(ledger, stream).await?;
        if let Some(done) = known.retraction(fact) {
            return Ok(done);
        }
        if is_guarded(&told) {
            let now = present.catch_up(ledger).await?;
            let desk = present.desk();
            let (day, today) = (desk.day_of(found.occurred_at), desk.day_of(now));
            may_be_taken_back(desk, &told, day, member, today)?;
        }
        let id = by.keyed("").unwrap_or_else(|| EntryId::named(&format!("retracted:{fact}")));
        let entry = entry(id, by, Body::Fact(retraction.clone()));
        if let Some(done) = store(ledger, stream, known.version, entry).await? {
            return Ok(done);
        }
    }
    Err(CommandError::Contended)
}

fn retraction_of(fact: EntryId, told: &Fact, reason: &str) -> Result<FactRetracted, CommandError> {
    let invalid = |reason: &str| Err(CommandError::Invalid(reason.to_owned()));
    match (told, told.stream()) {
        (Fact::FactRetracted(_), _) => {
            invalid("a retraction stays: tell the fact again under another id instead")
        }
        (_, Stream::Account(account)) => Ok(FactRetracted::of_account(account, fact, reason)),
        (Fact::MemberLeft(it), Stream::Firm) => {
            Ok(FactRetracted::of_member(it.member, fact, reason))
        }
        (_, Stream::Firm) => invalid(
            "of the firm's facts only that somebody left is taken back: tell the others anew",
        ),
    }
}

fn entry(id: EntryId, by: &By, body: Body) -> NewEntry {
    let (actor, correlation, repeat) = (by.actor.clone(), by.trace, Repeat::SameOnly);
    NewEntry { id, occurred_at: None, actor, correlation, causation: None, body, repeat }
}
