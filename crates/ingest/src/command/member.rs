//! Acts on one of us: leaving, and handing over all they look after.

use std::collections::BTreeSet;

use linchpin_domain::account::OwnershipEvent;
use linchpin_domain::act::{self, Act, HandOver, Outcome, Passing, Refusal};
use linchpin_domain::entry::{Body, Entry, Stream};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::{AccountId, EntryId, MemberId};
use linchpin_ledger::Ledger;

use super::act::{act_in_part, on_the_day};
use super::order::{Order, store};
use super::present::Present;
use super::{CommandError, Done, TRIES, entry};

/// Most accounts handed over by one request; whoever has more asks again.
pub const MAX_HANDED_OVER: usize = 1_000;

/// All that somebody looks after, to be shared out among colleagues.
#[derive(Debug, Clone, Copy)]
pub struct HandOverAll<'a> {
    /// Who has it.
    pub from: MemberId,
    /// Among whom it is shared out.
    pub to: &'a [MemberId],
    /// Why.
    pub reason: &'a str,
}

/// How all that somebody looks after would be shared out.
#[derive(Debug)]
pub struct Plan {
    /// Each account, in order of id, and at most [`MAX_HANDED_OVER`] of them.
    pub accounts: Vec<Passing>,
    /// How many more there are, for another request.
    pub left: usize,
}

/// What became of all that somebody looks after.
#[derive(Debug)]
pub struct HandedAll {
    /// Each account, in order of id: also those that passed over by an earlier request of the same
    /// key.
    pub accounts: Vec<HandedOver>,
    /// How many more there are, for another request.
    pub left: usize,
}

/// What became of one account of somebody who hands over all of them.
#[derive(Debug)]
pub struct HandedOver {
    /// What passed over, and to whom.
    pub passing: Passing,
    /// The entry, or why it stayed where it was.
    pub done: Result<Done, Refusal>,
}

/// Says that one of us leaves, on a day or today. Saying so twice is once.
///
/// # Errors
/// Where it is turned down, its key was used for another command, or the ledger fails.
pub async fn leave(
    ledger: &Ledger,
    present: &mut Present,
    member: MemberId,
    day: Option<jiff::civil::Date>,
    order: &Order,
) -> Result<Done, CommandError> {
    for _ in 0..TRIES {
        // Read first, so that whatever comes in between is noticed when this is stored.
        let version = ledger.stream_version(Stream::Firm).await?;
        let now = present.catch_up(ledger).await?;
        let desk = present.desk();
        let same = |entry: &Entry| match &entry.body {
            Body::Fact(Fact::MemberLeft(it)) => it.member == member && on_the_day(desk, entry, day),
            _ => false,
        };
        if let Some(done) = order.by.asked_before(ledger, "", same).await? {
            return Ok(done);
        }
        let (fact, at) = match act::leave(desk, member, order.member, day, desk.day_of(now))? {
            Outcome::Told { fact, at } => (fact, at),
            Outcome::Already { id, position } => return Ok(Done { id, position, fresh: false }),
        };
        // The version keeps apart what is said, taken back and said again.
        let unkeyed = || EntryId::named(&format!("member.left:{member}:{version}"));
        let id = order.by.keyed("").unwrap_or_else(unkeyed);
        let mut entry = entry(id, &order.by, Body::Fact(fact));
        entry.occurred_at = at;
        if let Some(done) = store(ledger, Stream::Firm, version, entry).await? {
            return Ok(done);
        }
    }
    Err(CommandError::Contended)
}

/// What would pass over if all that somebody looks after were shared out among colleagues now.
/// Nothing is stored.
///
/// # Errors
/// Where it is turned down, or the ledger fails.
pub async fn hand_over_plan(
    ledger: &Ledger,
    present: &mut Present,
    from: MemberId,
    to: &[MemberId],
    order: &Order,
) -> Result<Plan, CommandError> {
    let now = present.catch_up(ledger).await?;
    let today = present.desk().day_of(now);
    let (desk, to, by) = (present.desk().clone(), to.to_vec(), order.member);
    let plan = move || act::pass_on(&desk, from, &to, by, today);
    // It looks at every account there is, away from the threads that answer requests.
    let plan = tokio::task::spawn_blocking(plan).await.map_err(|_| CommandError::Broken)?;
    let mut accounts = plan?;
    let left = accounts.len().saturating_sub(MAX_HANDED_OVER);
    accounts.truncate(MAX_HANDED_OVER);
    Ok(Plan { accounts, left })
}

/// Hands over all that somebody looks after as [`hand_over_plan`] laid it out, each account by an
/// entry of its own. Where it breaks off it is planned and asked for again: what was handed over
/// stays so, and what is left is handed over then.
///
/// # Errors
/// Where it is turned down as a whole, its key was used for another command, or the ledger fails.
pub async fn hand_over_all(
    ledger: &Ledger,
    present: &mut Present,
    wanted: HandOverAll<'_>,
    plan: Plan,
    order: &Order,
) -> Result<HandedAll, CommandError> {
    let HandOverAll { from, reason, .. } = wanted;
    if reason.trim().is_empty() {
        return Err(CommandError::Invalid("`reason` is empty".to_owned()));
    }
    let mut accounts = handed_before(ledger, present, wanted, order).await?;
    let known: BTreeSet<AccountId> = accounts.iter().map(|it| it.passing.account).collect();
    for passing in plan.accounts.into_iter().filter(|it| !known.contains(&it.account)) {
        let one = Act::HandOver(HandOver {
            from: Some(from),
            to: passing.to,
            contacts: None,
            contracts: None,
            promises: Vec::new(),
            reason: reason.to_owned(),
        });
        let part = part_of(passing.account);
        let done = match act_in_part(ledger, present, passing.account, &one, order, &part).await {
            Ok(done) => Ok(done),
            Err(CommandError::Act(refusal)) => Err(refusal),
            Err(error) => return Err(error),
        };
        accounts.push(HandedOver { passing, done });
    }
    accounts.sort_by_key(|it| it.passing.account);
    Ok(HandedAll { accounts, left: plan.left })
}

/// Under which name the key of a request on many accounts stands for one of them.
fn part_of(account: AccountId) -> String {
    format!(":{account}")
}

/// What passed over by an earlier request under the same key.
async fn handed_before(
    ledger: &Ledger,
    present: &Present,
    HandOverAll { from, to, reason }: HandOverAll<'_>,
    order: &Order,
) -> Result<Vec<HandedOver>, CommandError> {
    if order.by.key.is_none() {
        return Ok(Vec::new());
    }
    let ids: Vec<EntryId> = present
        .desk()
        .accounts()
        .filter_map(|account| {
            let mut events = account.ownership();
            let (source, _) = events.find(|(source, event)| {
                matches!(event, OwnershipEvent::HandedOver(_))
                    && order.by.keyed(&part_of(account.id)) == Some(source.id)
            })?;
            Some(source.id)
        })
        .collect();
    let mut handed = Vec::new();
    for entry in ledger.find(&ids).await?.into_iter().flatten() {
        let Body::Fact(Fact::OwnerHandedOver(fact)) = &entry.body else { continue };
        order.by.must_be(&entry, |_| {
            fact.from == Some(from) && to.contains(&fact.to) && fact.reason == reason.trim()
        })?;
        let passing = Passing {
            account: fact.account,
            to: fact.to,
            contacts: fact.contacts.clone(),
            contracts: fact.contracts.clone(),
        };
        let done = Done { id: entry.id, position: entry.position, fresh: false };
        handed.push(HandedOver { passing, done: Ok(done) });
    }
    Ok(handed)
}
