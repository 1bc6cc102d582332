//! Acts on groups and duplicates.
//!
//! The links of a group are facts, which are taken whatever they say; of links that form a loop
//! the fold leaves out the newest. These acts are stricter: they refuse what would close one.

use jiff::civil::Date;

use super::{Asked, Outcome, Refusal, name};
use crate::account::Account;
use crate::desk::Desk;
use crate::fact::{
    AccountsMerged, AccountsUnmerged, ParentCleared, ParentSet, SuggestionDismissed,
};
use crate::id::AccountId;

pub(super) fn set_parent(
    asked: &Asked<'_>,
    parent: AccountId,
    day: Option<Date>,
) -> Result<Outcome, Refusal> {
    let (desk, account) = (asked.desk, asked.id);
    other_stands(desk, account, parent, "parent", asked.today)?;
    let (day, at) = asked.moment(&asked.account.parents, day)?;
    if let Some((source, known)) = asked.account.told_parent(day)
        && desk.survivor(known) == parent
        && desk.parent_on(account, day) == Some(parent)
    {
        return Ok(Outcome::already(source));
    }
    closes_no_loop(desk, account, parent, (day, asked.today))?;
    Ok(Outcome::Told { fact: ParentSet { account, parent }.into(), at })
}

pub(super) fn clear_parent(asked: &Asked<'_>, day: Option<Date>) -> Result<Outcome, Refusal> {
    let (day, at) = asked.moment(&asked.account.parents, day)?;
    match asked.account.parents.at(day) {
        Some((_, Some(_))) => {
            Ok(Outcome::Told { fact: ParentCleared { account: asked.id }.into(), at })
        }
        Some((source, None)) if source.day == day => Ok(Outcome::already(source)),
        _ => Err(Refusal::NoParent { day }),
    }
}

pub(super) fn merge(asked: &Asked<'_>, into: AccountId, reason: &str) -> Result<Outcome, Refusal> {
    let (desk, account) = (asked.desk, asked.id);
    let told = desk.told_account(account).ok_or(Refusal::NoAccount)?;
    if let Some((source, known)) = told.merged_into()
        && known == into
    {
        return Ok(Outcome::already(source));
    }
    is_not_merged(desk, told, asked.today)?;
    can_be_merged_into(desk, account, into, asked.today)?;
    let fact = AccountsMerged { account, into, reason: reason.trim().to_owned() };
    Ok(asked.tells(fact, &told.merged))
}

/// That it stands for itself.
pub(super) fn is_not_merged(desk: &Desk, told: &Account, today: Date) -> Result<(), Refusal> {
    match told.merged_into() {
        Some((_, into)) => Err(Refusal::MergedAlready { into: name(desk, into, today) }),
        None => Ok(()),
    }
}

/// That it was merged into another: which one.
pub(super) fn is_merged(told: &Account) -> Result<AccountId, Refusal> {
    told.merged_into().map(|(_, into)| into).ok_or(Refusal::NotMerged)
}

/// That the two can be one client.
pub(super) fn can_be_merged_into(
    desk: &Desk,
    account: AccountId,
    into: AccountId,
    today: Date,
) -> Result<(), Refusal> {
    other_stands(desk, account, into, "into", today)?;
    for (from, to) in [(account, into), (into, account)] {
        let way = desk.parents_on(from, today);
        if let Some(at) = way.iter().position(|id| *id == to).filter(|at| *at > 1) {
            return Err(Refusal::Between { path: path(desk, &way[..=at], today) });
        }
    }
    Ok(())
}

/// That one can be directly above the other from today on.
pub(super) fn can_belong_to(
    desk: &Desk,
    account: AccountId,
    parent: AccountId,
    today: Date,
) -> Result<(), Refusal> {
    other_stands(desk, account, parent, "parent", today)?;
    closes_no_loop(desk, account, parent, (today, today))
}

pub(super) fn unmerge(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let account = asked.id;
    let told = asked.desk.told_account(account).ok_or(Refusal::NoAccount)?;
    if let Some((source, None)) = told.merged.at(Date::MAX)
        && source.day == asked.today
    {
        return Ok(Outcome::already(source));
    }
    let from = is_merged(told)?;
    let fact = AccountsUnmerged { account, from, reason: reason.trim().to_owned() };
    Ok(asked.tells(fact, &told.merged))
}

pub(super) fn dismiss(
    asked: &Asked<'_>,
    other: AccountId,
    reason: Option<&str>,
) -> Result<Outcome, Refusal> {
    other_stands(asked.desk, asked.id, other, "other", asked.today)?;
    let mut before = asked.account.dismissed.iter();
    if let Some((source, _)) = before.find(|(_, id)| asked.desk.survivor(**id) == other) {
        return Ok(Outcome::already(source));
    }
    let reason = said(reason).map(str::to_owned);
    let fact = SuggestionDismissed { account: asked.id, other, by: Some(asked.by), reason };
    Ok(Outcome::Told { fact: fact.into(), at: None })
}

/// What was said, where anything was.
pub(super) fn said(reason: Option<&str>) -> Option<&str> {
    reason.map(str::trim).filter(|reason| !reason.is_empty())
}

/// That the other account is known, another one, and no duplicate.
fn other_stands(
    desk: &Desk,
    account: AccountId,
    other: AccountId,
    field: &'static str,
    today: Date,
) -> Result<(), Refusal> {
    if other == account {
        return Err(Refusal::Itself);
    }
    desk.told_account(other).ok_or(Refusal::NoOther { field })?;
    let stays = desk.survivor(other);
    if stays == account {
        return Err(Refusal::ItsDuplicate { into: name(desk, other, today) });
    }
    if stays != other {
        let (other, stays) = (name(desk, other, today), name(desk, stays, today));
        return Err(Refusal::OtherMerged { other, stays });
    }
    Ok(())
}

/// That a link from a day on leads nobody back to itself; names are those of the other day.
fn closes_no_loop(
    desk: &Desk,
    account: AccountId,
    parent: AccountId,
    (from, today): (Date, Date),
) -> Result<(), Refusal> {
    desk.may_belong(account, parent, from)
        .map_err(|closed| Refusal::Loop { day: closed.day, path: path(desk, &closed.path, today) })
}

fn path(desk: &Desk, way: &[AccountId], today: Date) -> String {
    let names: Vec<String> = way.iter().map(|id| name(desk, *id, today)).collect();
    names.join(" → ")
}
