//! What people ask of a client's account: strict, judged against what is known, and refused with
//! a reason that says what to do.
//!
//! The facts behind these acts are liberal: a door that is told one takes it whatever is known,
//! and the fold makes sense of it. An act is the other way in. What it comes to is a fact too, but
//! only where it moves something today.

mod beforehand;
mod care;
mod ground;
mod group;
mod judge;
mod leave;
mod naming;
mod ownership;
mod refusal;
mod retract;
mod status;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Span, Timestamp};

pub use beforehand::{Beforehand, Kind};
pub use ground::Ground;
pub use judge::{MAX_JUDGEMENT_YEARS, latest_judgement, usual_expiry};
pub use leave::{leave, vacant_roles};
pub use naming::{MAX_NAME, Named, Naming, name_member};
pub use ownership::{HandOver, MAX_COLLEAGUES, Passing, pass_on};
pub use refusal::Refusal;
pub use retract::{is_guarded, lacks, retract};

use crate::account::Account;
pub use crate::account::MAX_OVERRIDE_YEARS;
use crate::desk::Desk;
use crate::entry::Position;
use crate::fact::{Fact, JudgementOf, PlanUpdated, ReviewHeld, Role};
use crate::id::{AccountId, EntryId, MemberId};
use crate::policy::Status;
use crate::timeline::{Source, Timeline};

/// What one of us wants done with a client.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Proposes it as a key account.
    Nominate {
        /// Why.
        reason: String,
    },
    /// Gives what waits its yes.
    Approve {
        /// Why.
        reason: String,
    },
    /// Refuses what waits its yes.
    Veto {
        /// Why.
        reason: String,
    },
    /// Says that a key account was looked at again and stays one.
    Confirm {
        /// Why.
        reason: String,
    },
    /// Gives it a status by override.
    Override {
        /// The status.
        to: Status,
        /// Why.
        reason: String,
        /// The last day on which it holds.
        expires: Date,
    },
    /// Ends an override before its time.
    EndOverride {
        /// Why.
        reason: String,
    },
    /// Gives a client whom nobody looks after an account manager.
    Assign {
        /// Who.
        owner: MemberId,
    },
    /// Says that the client is one's own.
    Claim {
        /// On what grounds.
        reason: String,
    },
    /// Settles whose client it is.
    Rule {
        /// Whose it is.
        owner: MemberId,
        /// Why.
        reason: String,
        /// Whether the history of the client's parent counted, where that was the question.
        parent_history_counts: Option<bool>,
    },
    /// Passes it from one account manager to another.
    HandOver(HandOver),
    /// Puts it below another organisation.
    SetParent {
        /// The organisation directly above it.
        parent: AccountId,
        /// From which day on; today where none is named.
        day: Option<Date>,
    },
    /// Says that it belongs to no other organisation.
    ClearParent {
        /// From which day on; today where none is named.
        day: Option<Date>,
    },
    /// Says that it is a duplicate of another account.
    Merge {
        /// The account that stays.
        into: AccountId,
        /// Why they are one.
        reason: String,
    },
    /// Undoes a merge.
    Unmerge {
        /// Why they are two.
        reason: String,
    },
    /// Says that it is neither the same client as another nor of its group, so that this is
    /// suggested no more.
    Dismiss {
        /// The one with a name alike.
        other: AccountId,
        /// Why, where anything is to be said.
        reason: Option<String>,
    },
    /// Says what one of us thinks of it, for a time.
    Judge {
        /// What is judged.
        of: JudgementOf,
        /// From 0 (not at all) to 5 (as much as can be).
        score: u8,
        /// The last day on which it counts; a year on where none is named.
        expires: Option<Date>,
        /// Why.
        reason: String,
    },
    /// Says that an account review was held.
    HoldReview {
        /// When; today where no day is named.
        day: Option<Date>,
    },
    /// Says that the account plan was brought up to date.
    UpdatePlan {
        /// When; today where no day is named.
        day: Option<Date>,
    },
}

/// What an act comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A fact to store.
    Told {
        /// The fact.
        fact: Fact,
        /// When it became true; `None` where that is now.
        at: Option<Timestamp>,
    },
    /// It is so already, or was said today by the same hand: a second click is no fault.
    Already {
        /// The entry that says so.
        id: EntryId,
        /// Where it stands.
        position: Position,
    },
}

impl Outcome {
    fn already(source: &Source) -> Self {
        Self::Already { id: source.id, position: source.position }
    }
}

/// Judges what one of us asks of a client at a moment.
///
/// # Errors
/// Why it is turned down, and what to do.
pub fn decide(
    desk: &Desk,
    account: AccountId,
    by: MemberId,
    act: &Act,
    now: Timestamp,
) -> Result<Outcome, Refusal> {
    let asked = Asked::of(desk, account, by, act, now)?;
    let outcome = match act {
        Act::Nominate { reason } => status::nominate(&asked, reason),
        Act::Approve { reason } => status::approve(&asked, reason),
        Act::Veto { reason } => status::veto(&asked, reason),
        Act::Confirm { reason } => status::confirm(&asked, reason),
        Act::Override { to, reason, expires } => status::override_to(&asked, *to, reason, *expires),
        Act::EndOverride { reason } => status::end_override(&asked, reason),
        Act::Assign { owner } => ownership::assign(&asked, *owner),
        Act::Claim { reason } => ownership::claim(&asked, reason),
        Act::Rule { owner, reason, parent_history_counts } => {
            ownership::rule(&asked, *owner, reason, *parent_history_counts)
        }
        Act::HandOver(wanted) => ownership::hand_over(&asked, wanted),
        Act::SetParent { parent, day } => group::set_parent(&asked, *parent, *day),
        Act::ClearParent { day } => group::clear_parent(&asked, *day),
        Act::Merge { into, reason } => group::merge(&asked, *into, reason),
        Act::Unmerge { reason } => group::unmerge(&asked, reason),
        Act::Dismiss { other, reason } => group::dismiss(&asked, *other, reason.as_deref()),
        Act::Judge { of, score, expires, reason } => {
            judge::judge(&asked, *of, *score, *expires, reason)
        }
        Act::HoldReview { day } => {
            let fact = ReviewHeld { account, by };
            care::cared_for(&asked, &asked.account.reviews, *day, fact.into())
        }
        Act::UpdatePlan { day } => {
            let fact = PlanUpdated { account, by };
            care::cared_for(&asked, &asked.account.plans, *day, fact.into())
        }
    }?;
    if let Outcome::Told { fact, .. } = &outcome {
        fact.check().map_err(Refusal::Invalid)?;
    }
    Ok(outcome)
}

/// Whether a stored fact says what an act asks for, so that the same request again is the same.
pub fn says(fact: &Fact, account: AccountId, by: MemberId, act: &Act) -> bool {
    let same = |about: AccountId, who: MemberId, said: &str, reason: &str| {
        about == account && who == by && said == reason.trim()
    };
    match (fact, act) {
        (Fact::StatusNominated(it), Act::Nominate { reason }) => {
            same(it.account, it.by, &it.reason, reason)
        }
        (Fact::StatusApproved(it), Act::Approve { reason }) => {
            same(it.account, it.by, &it.reason, reason)
        }
        (Fact::StatusVetoed(it), Act::Veto { reason }) => {
            same(it.account, it.by, &it.reason, reason)
        }
        (Fact::StatusConfirmed(it), Act::Confirm { reason }) => {
            same(it.account, it.by, &it.reason, reason)
        }
        (Fact::StatusOverridden(it), Act::Override { to, reason, expires }) => {
            let lasts = it.to == *to && it.expires == *expires;
            lasts && same(it.account, it.by, &it.reason, reason)
        }
        (Fact::OverrideEnded(it), Act::EndOverride { reason }) => {
            same(it.account, it.by, &it.reason, reason)
        }
        (Fact::OwnerAssigned(it), Act::Assign { owner }) => {
            it.account == account && it.owner == *owner
        }
        (Fact::OwnershipClaimed(it), Act::Claim { reason }) => {
            same(it.account, it.by, &it.reason, reason)
        }
        (Fact::OwnershipRuled(it), Act::Rule { owner, reason, parent_history_counts }) => {
            let ruled = (it.owner, it.parent_history_counts) == (*owner, *parent_history_counts);
            ruled && same(it.account, it.by, &it.reason, reason)
        }
        (Fact::OwnerHandedOver(it), Act::HandOver(wanted)) => {
            it.account == account && wanted.is(it)
        }
        (Fact::ParentSet(it), Act::SetParent { parent, .. }) => {
            it.account == account && it.parent == *parent
        }
        (Fact::ParentCleared(it), Act::ClearParent { .. }) => it.account == account,
        (Fact::AccountsMerged(it), Act::Merge { into, reason }) => {
            it.account == account && it.into == *into && it.reason == reason.trim()
        }
        (Fact::AccountsUnmerged(it), Act::Unmerge { reason }) => {
            it.account == account && it.reason == reason.trim()
        }
        (Fact::SuggestionDismissed(it), Act::Dismiss { other, reason }) => {
            let said = (it.account, it.other, it.by) == (account, *other, Some(by));
            said && it.reason.as_deref() == group::said(reason.as_deref())
        }
        (Fact::JudgementGiven(it), Act::Judge { of, score, expires, reason }) => {
            let judged = (it.of, it.score) == (*of, *score);
            let lasts = expires.is_none_or(|expires| it.expires == expires);
            judged && lasts && same(it.account, it.by, &it.reason, reason)
        }
        (Fact::ReviewHeld(it), Act::HoldReview { .. }) => it.account == account && it.by == by,
        (Fact::PlanUpdated(it), Act::UpdatePlan { .. }) => it.account == account && it.by == by,
        _ => false,
    }
}

/// What an act is judged against.
struct Asked<'a> {
    desk: &'a Desk,
    id: AccountId,
    account: &'a Arc<Account>,
    by: MemberId,
    now: Timestamp,
    today: Date,
}

impl<'a> Asked<'a> {
    fn of(
        desk: &'a Desk,
        id: AccountId,
        by: MemberId,
        act: &Act,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let today = desk.day_of(now);
        desk.told_account(id).ok_or(Refusal::NoAccount)?;
        let stays = desk.survivor(id);
        // Only a merge is undone, or said again, at the duplicate itself.
        let of_duplicates = matches!(act, Act::Merge { .. } | Act::Unmerge { .. });
        if stays != id && !of_duplicates {
            return Err(Refusal::Merged { into: name(desk, stays, today) });
        }
        here(desk, by, today)?;
        let account = desk.account(id).ok_or(Refusal::NoAccount)?;
        Ok(Self { desk, id, account, by, now, today })
    }

    fn must_have(&self, role: Role) -> Result<(), Refusal> {
        if self.desk.firm().has_role(self.by, role, self.today) {
            return Ok(());
        }
        Err(Refusal::NotTheirs { role })
    }

    /// What is told of the client now, and counts behind all that a line holds of today. Where the
    /// clock stands still, as that of a simulated ledger does, it is moved on for it.
    fn tells<T>(&self, fact: impl Into<Fact>, line: &Timeline<T>) -> Outcome {
        let at = self.after(line);
        Outcome::Told { fact: fact.into(), at }
    }

    fn after<T>(&self, line: &Timeline<T>) -> Option<Timestamp> {
        behind(line, self.today, self.desk).filter(|at| *at > self.now)
    }

    /// The day that is meant, and the moment on it: behind whatever was told of that day before.
    fn moment<T>(
        &self,
        line: &Timeline<T>,
        day: Option<Date>,
    ) -> Result<(Date, Option<Timestamp>), Refusal> {
        let (day, begins) = moment(self.desk, day, self.today)?;
        let at = match begins {
            Some(begins) => Some(behind(line, day, self.desk).unwrap_or(begins)),
            None => self.after(line),
        };
        Ok((day, at))
    }
}

/// The first moment of a day behind all that a line holds of it; `None` where it holds nothing.
fn behind<T>(line: &Timeline<T>, day: Date, desk: &Desk) -> Option<Timestamp> {
    let (last, _) = line.at(day).filter(|(source, _)| source.day == day)?;
    let at = last.at.checked_add(Span::new().microseconds(1)).ok()?;
    (desk.day_of(at) == day).then_some(at)
}

/// The day that is meant, and when it began; `None` for today, which is when it is told.
fn moment(
    desk: &Desk,
    day: Option<Date>,
    today: Date,
) -> Result<(Date, Option<Timestamp>), Refusal> {
    let Some(day) = day.filter(|day| *day != today) else { return Ok((today, None)) };
    if day > today {
        return Err(Refusal::ToCome { day });
    }
    let begins = day.to_zoned(desk.firm().zone().clone()).map(|begins| begins.timestamp());
    Ok((day, Some(begins.map_err(|_| Refusal::NoSuchDay { day })?)))
}

/// That one of us is known and still here.
fn here(desk: &Desk, member: MemberId, today: Date) -> Result<(), Refusal> {
    let firm = desk.firm();
    if firm.member_on(member, today).is_none() {
        return Err(Refusal::NoMember { member });
    }
    match firm.left_by(member, today) {
        Some(day) => Err(Refusal::HasLeft { member, day }),
        None => Ok(()),
    }
}

fn name(desk: &Desk, id: AccountId, day: Date) -> String {
    match desk.told_account(id) {
        Some(account) => account.name_on(day),
        None => id.to_string(),
    }
}
