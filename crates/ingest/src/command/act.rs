//! Acts on a client, each one entry.

use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::act::{self, Act, Outcome, Refusal};
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::{Body, Entry, Stream};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::{AccountId, EntryId};
use linchpin_ledger::Ledger;

use super::order::{Order, store};
use super::present::Present;
use super::{CommandError, Done, TRIES, entry};

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
    act_in_part(ledger, present, account, act, order, "").await
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
        let now = present.catch_up(ledger).await?;
        let desk = present.desk();
        let (account, act) = (desk.meant(account), &meant(desk, act));
        let same = |entry: &Entry| {
            let said = match &entry.body {
                Body::Fact(told) => act::says(told, account, order.member, act),
                _ => false,
            };
            said && on_the_day(desk, entry, day_of(act)) && lasts_as_asked(desk, entry, act)
        };
        if let Some(done) = order.by.asked_before(ledger, part, same).await? {
            return Ok(done);
        }
        let judged = {
            // It may look at many accounts, away from the threads that answer requests.
            let (desk, act, by) = (Arc::clone(desk), act.clone(), order.member);
            let judge = move || act::decide(&desk, account, by, &act, now);
            tokio::task::spawn_blocking(judge).await.map_err(|_| CommandError::Broken)?
        };
        let (fact, at) = match judged? {
            Outcome::Told { fact, at } => (fact, at),
            Outcome::Already { id, position } => return Ok(Done { id, position, fresh: false }),
        };
        // The version keeps apart what is said, taken back and said again; the actor, who of two
        // was first.
        let (name, version, actor) = (fact.name(), desk.version(account), &order.by.actor);
        let unkeyed = || EntryId::named(&format!("{name}:{account}:{version}:{actor}"));
        let id = order.by.keyed(part).unwrap_or_else(unkeyed);
        let mut entry = entry(id, &order.by, Body::Fact(fact));
        entry.occurred_at = at;
        if let Some(done) = store(ledger, Stream::Account(account), version, entry).await? {
            return Ok(done);
        }
    }
    Err(CommandError::Contended)
}

/// The act on those accounts that its ids mean.
fn meant(desk: &Desk, act: &Act) -> Act {
    let mut act = act.clone();
    match &mut act {
        Act::SetParent { parent: other, .. }
        | Act::Merge { into: other, .. }
        | Act::Dismiss { other, .. } => *other = desk.meant(*other),
        _ => {}
    }
    act
}

/// Whether an entry is of the day that was asked for, or of the one on which it was told where none
/// was named.
pub(super) fn on_the_day(desk: &Desk, entry: &Entry, day: Option<Date>) -> bool {
    let meant = day.unwrap_or_else(|| desk.day_of(entry.recorded_at));
    desk.day_of(entry.occurred_at) == meant
}

/// Whether a judgement lasts as long as one that names no end would.
fn lasts_as_asked(desk: &Desk, entry: &Entry, act: &Act) -> bool {
    match (&entry.body, act) {
        (Body::Fact(Fact::JudgementGiven(it)), Act::Judge { expires: None, .. }) => {
            it.expires == act::usual_expiry(desk.day_of(entry.occurred_at))
        }
        _ => true,
    }
}

/// The day that an act names.
fn day_of(act: &Act) -> Option<Date> {
    match act {
        Act::SetParent { day, .. }
        | Act::ClearParent { day }
        | Act::HoldReview { day }
        | Act::UpdatePlan { day } => *day,
        _ => None,
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::Act(refusal)
    }
}
