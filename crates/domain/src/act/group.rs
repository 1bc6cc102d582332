//! Acts on groups and duplicates.
//!
//! The links of a group are facts, which are taken whatever they say; of links that form a loop
//! the fold leaves out the newest. These acts are stricter: they refuse what would close one.

use jiff::civil::Date;

use super::{Asked, Outcome, Refusal};
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
    other_stands(asked, parent, "parent")?;
    let (day, at) = asked.moment(&asked.account.parents, day)?;
    if let Some((source, known)) = asked.account.told_parent(day)
        && desk.survivor(known) == parent
        && desk.parent_on(account, day) == Some(parent)
    {
        return Ok(Outcome::already(source));
    }
    desk.may_belong(account, parent, day)
        .map_err(|closed| Refusal::Loop { day: closed.day, path: path(asked, &closed.path) })?;
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
    if let Some((source, Some(known))) = told.merged.at(Date::MAX) {
        if *known == into {
            return Ok(Outcome::already(source));
        }
        return Err(Refusal::MergedAlready { into: asked.name(*known) });
    }
    if desk.survivor(into) == account && into != account {
        return Err(Refusal::ItsDuplicate { into: asked.name(into) });
    }
    other_stands(asked, into, "into")?;
    for (from, to) in [(account, into), (into, account)] {
        let way = desk.parents_on(from, asked.today);
        if let Some(at) = way.iter().position(|id| *id == to).filter(|at| *at > 1) {
            return Err(Refusal::Between { path: path(asked, &way[..=at]) });
        }
    }
    let fact = AccountsMerged { account, into, reason: reason.trim().to_owned() };
    Ok(asked.tells(fact, &told.merged))
}

pub(super) fn unmerge(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let account = asked.id;
    let told = asked.desk.told_account(account).ok_or(Refusal::NoAccount)?;
    match told.merged.at(Date::MAX) {
        Some((_, Some(from))) => {
            let fact = AccountsUnmerged { account, from: *from, reason: reason.trim().to_owned() };
            Ok(asked.tells(fact, &told.merged))
        }
        Some((source, None)) if source.day == asked.today => Ok(Outcome::already(source)),
        _ => Err(Refusal::NotMerged),
    }
}

pub(super) fn dismiss(
    asked: &Asked<'_>,
    other: AccountId,
    reason: Option<&str>,
) -> Result<Outcome, Refusal> {
    other_stands(asked, other, "other")?;
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
fn other_stands(asked: &Asked<'_>, other: AccountId, field: &'static str) -> Result<(), Refusal> {
    if other == asked.id {
        return Err(Refusal::Itself);
    }
    asked.desk.told_account(other).ok_or(Refusal::NoOther { field })?;
    let stays = asked.desk.survivor(other);
    if stays == asked.id {
        return Err(Refusal::ItsDuplicate { into: asked.name(other) });
    }
    if stays != other {
        return Err(Refusal::OtherMerged { other: asked.name(other), stays: asked.name(stays) });
    }
    Ok(())
}

fn path(asked: &Asked<'_>, way: &[AccountId]) -> String {
    let names: Vec<String> = way.iter().map(|id| asked.name(*id)).collect();
    names.join(" → ")
}
