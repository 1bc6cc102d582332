//! Acts on one of us: leaving, and handing over all they look after.

use linchpin_domain::act::{self, Act, HandOver, Outcome, Passing, Refusal};
use linchpin_domain::entry::Body;
use linchpin_domain::id::{AccountId, EntryId, MemberId};
use linchpin_ledger::{Append, AppendError, Ledger, Repeat};

use super::act::{Order, act_in_part};
use super::present::Present;
use super::{CommandError, Done, entry};

/// Most accounts handed over by one request; whoever has more asks again.
pub const MAX_HANDED_OVER: usize = 1_000;

/// What became of one account of somebody who hands over all of them.
#[derive(Debug)]
pub struct HandedOver {
    /// The client.
    pub account: AccountId,
    /// Who got it.
    pub to: MemberId,
    /// The entry, or why it stayed where it was.
    pub done: Result<Done, Refusal>,
}

/// Says that one of us leaves, on a day or today. Saying so twice is once.
///
/// # Errors
/// Where it is turned down, or the ledger fails.
pub async fn leave(
    ledger: &Ledger,
    present: &mut Present,
    member: MemberId,
    day: Option<jiff::civil::Date>,
    order: &Order,
) -> Result<Done, CommandError> {
    // They leave once, so that the entry needs no other name and no version to be judged by.
    let id = EntryId::named(&format!("member.left:{member}"));
    if let Some(said) = ledger.find(&[id]).await?.pop().flatten() {
        return Ok(Done { id, position: said.position, fresh: false });
    }
    let now = present.catch_up(ledger).await?;
    let today = present.desk().day_of(now);
    let Outcome::Told { fact, at } = act::leave(present.desk(), member, order.member, day, today)?
    else {
        return Err(CommandError::Contended);
    };
    let mut entry = entry(id, &order.by, Body::Fact(fact), Repeat::KeepFirst);
    entry.occurred_at = at;
    let appended = ledger.append(Append::of(vec![entry])).await?;
    let outcome = appended.outcomes.first().copied().ok_or(AppendError::Closed)?;
    Ok(Done { id, position: outcome.position, fresh: outcome.fresh })
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
) -> Result<Vec<Passing>, CommandError> {
    let now = present.catch_up(ledger).await?;
    let today = present.desk().day_of(now);
    let (desk, to, by) = (present.desk().clone(), to.to_vec(), order.member);
    let plan = move || act::pass_on(&desk, from, &to, by, today);
    // It looks at every account there is, away from the threads that answer requests.
    let plan = tokio::task::spawn_blocking(plan).await.map_err(|_| CommandError::Broken)?;
    Ok(plan?)
}

/// Hands over all that somebody looks after, as [`hand_over_plan`] says, each account by an entry
/// of its own and at most [`MAX_HANDED_OVER`] of them. Where it breaks off it is asked for again:
/// what was handed over stays so, and what is left is handed over then.
///
/// # Errors
/// Where it is turned down as a whole, or the ledger fails.
pub async fn hand_over_all(
    ledger: &Ledger,
    present: &mut Present,
    from: MemberId,
    to: &[MemberId],
    reason: &str,
    order: &Order,
) -> Result<Vec<HandedOver>, CommandError> {
    if reason.trim().is_empty() {
        return Err(CommandError::Invalid("`reason` is empty".to_owned()));
    }
    let plan = hand_over_plan(ledger, present, from, to, order).await?;
    let mut handed = Vec::new();
    for Passing { account, to, .. } in plan.into_iter().take(MAX_HANDED_OVER) {
        let one = Act::HandOver(HandOver {
            from: Some(from),
            to,
            contacts: None,
            contracts: None,
            promises: Vec::new(),
            reason: reason.to_owned(),
        });
        let part = format!(":{account}");
        let done = match act_in_part(ledger, present, account, &one, order, &part).await {
            Ok(done) => Ok(done),
            Err(CommandError::Act(refusal)) => Err(refusal),
            Err(error) => return Err(error),
        };
        handed.push(HandedOver { account, to, done });
    }
    Ok(handed)
}
