//! Acts on whose client it is.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Asked, Outcome, Refusal, here};
use crate::account::{Account, Claim, OwnershipEvent, Terms};
use crate::desk::Desk;
use crate::fact::{Fact, OwnerAssigned, OwnerHandedOver, OwnershipClaimed, OwnershipRuled, Role};
use crate::id::{AccountId, ContactId, ContractId, MemberId};
use crate::watch::is_asked_whose;

/// Most colleagues among whom a leaver's accounts are shared out at once.
pub const MAX_COLLEAGUES: usize = 50;

/// A client passing from one account manager to another.
#[derive(Debug, Clone, PartialEq)]
pub struct HandOver {
    /// Who has it, to be sure; whoever does where nobody is named.
    pub from: Option<MemberId>,
    /// Who gets it.
    pub to: MemberId,
    /// The people at the client who pass over; all who work there where none are named.
    pub contacts: Option<Vec<ContactId>>,
    /// The contracts that pass over; all that run where none are named.
    pub contracts: Option<Vec<ContractId>>,
    /// What was promised and is still to be kept.
    pub promises: Vec<String>,
    /// Why.
    pub reason: String,
}

impl HandOver {
    /// Whether a fact says the same.
    pub(super) fn is(&self, fact: &OwnerHandedOver) -> bool {
        self.to == fact.to
            && self.reason.trim() == fact.reason
            && self.from.is_none_or(|from| Some(from) == fact.from)
            && self.contacts.as_ref().is_none_or(|it| *it == fact.contacts)
            && self.contracts.as_ref().is_none_or(|it| *it == fact.contracts)
            && self.promises.iter().map(|promise| promise.trim()).eq(&fact.promises)
    }
}

/// One client of somebody's who hands over, and what passes over with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// The client.
    pub account: AccountId,
    /// Who gets it.
    pub to: MemberId,
    /// The people who pass over.
    pub contacts: Vec<ContactId>,
    /// The contracts that pass over.
    pub contracts: Vec<ContractId>,
}

pub(super) fn assign(asked: &Asked<'_>, owner: MemberId) -> Result<Outcome, Refusal> {
    here(asked.desk, owner, asked.today)?;
    if let Some((source, known)) = asked.account.keeper_on(asked.desk.firm(), asked.today)
        && known == owner
    {
        return Ok(Outcome::already(&source));
    }
    can_be_assigned(asked.desk, asked.account, asked.today)?;
    can_be_assigned_to(asked.desk, asked.account, owner, asked.today)?;
    let fact = OwnerAssigned { account: asked.id, owner };
    Ok(asked.tells(fact, &asked.account.ownership))
}

pub(super) fn claim(asked: &Asked<'_>, reason: &str) -> Result<Outcome, Refusal> {
    let (account, by, reason) = (asked.id, asked.by, reason.trim());
    match can_be_claimed_by(asked.desk, asked.account, by, asked.today) {
        Err(refusal @ Refusal::ClaimsAlready { .. }) => {
            let open = asked.account.open_claims(asked.desk.firm(), asked.today);
            let same = |claim: &&Claim| claim.by == by && claim.reason.as_ref() == reason;
            return open.iter().find(same).map(|it| Outcome::already(&it.source)).ok_or(refusal);
        }
        refused => refused?,
    }
    let fact = OwnershipClaimed { account, by, reason: reason.to_owned() };
    Ok(asked.tells(fact, &asked.account.ownership))
}

/// That nobody looks after it.
pub(super) fn can_be_assigned(desk: &Desk, account: &Account, today: Date) -> Result<(), Refusal> {
    account.keeper_on(desk.firm(), today).map_or(Ok(()), |_| Err(Refusal::Owned))
}

/// That nobody but whom it is given claims it.
pub(super) fn can_be_assigned_to(
    desk: &Desk,
    account: &Account,
    owner: MemberId,
    today: Date,
) -> Result<(), Refusal> {
    match account.open_claims(desk.firm(), today).iter().any(|claim| claim.by != owner) {
        true => Err(Refusal::Disputed),
        false => Ok(()),
    }
}

/// That it is neither theirs nor claimed by them.
pub(super) fn can_be_claimed_by(
    desk: &Desk,
    account: &Account,
    by: MemberId,
    today: Date,
) -> Result<(), Refusal> {
    if account.owner_on(desk.firm(), today) == Some(by) {
        return Err(Refusal::OwnsAlready);
    }
    match account.open_claims(desk.firm(), today).iter().find(|claim| claim.by == by) {
        Some(known) => Err(Refusal::ClaimsAlready { day: known.source.day }),
        None => Ok(()),
    }
}

/// That it is not theirs already.
pub(super) fn can_be_handed_to(
    desk: &Desk,
    account: &Account,
    to: MemberId,
    today: Date,
) -> Result<(), Refusal> {
    match account.owner_on(desk.firm(), today) == Some(to) {
        true => Err(Refusal::OwnsAlready),
        false => Ok(()),
    }
}

/// That one of us may hand it over: whoever looks after it or directs the programme, and anybody
/// where nobody does who is here. What another claims, or two work, only the director hands over:
/// else the question would be gone unheard. `is_asked`: whether it is asked because two work it.
pub(super) fn can_be_handed_over_by(
    desk: &Desk,
    account: &Account,
    by: MemberId,
    today: Date,
    is_asked: impl FnOnce() -> bool,
) -> Result<(), Refusal> {
    let firm = desk.firm();
    if firm.has_role(by, Role::Director, today) {
        return Ok(());
    }
    let keeper = account.owner_on(firm, today);
    if keeper.is_some_and(|keeper| keeper != by && firm.left_by(keeper, today).is_none()) {
        return Err(Refusal::NotKeeper);
    }
    let claims = account.open_claims(firm, today);
    match claims.iter().any(|claim| claim.by != by) || is_asked() {
        true => Err(Refusal::Disputed),
        false => Ok(()),
    }
}

pub(super) fn rule(
    asked: &Asked<'_>,
    owner: MemberId,
    reason: &str,
    parent_history_counts: Option<bool>,
) -> Result<Outcome, Refusal> {
    asked.must_have(Role::Director)?;
    let ruled = OwnershipRuled {
        account: asked.id,
        owner,
        by: asked.by,
        reason: reason.trim().to_owned(),
        parent_history_counts,
    };
    let newest = asked.account.ownership.at(asked.today);
    if let Some((source, event)) = newest
        && source.day == asked.today
        && is_that_ruling(event, &ruled)
    {
        return Ok(Outcome::already(source));
    }
    here(asked.desk, owner, asked.today)?;
    Ok(settles(asked, ruled))
}

fn is_that_ruling(event: &OwnershipEvent, ruled: &OwnershipRuled) -> bool {
    let OwnershipEvent::Ruled { owner, by, reason, parent_history_counts } = event else {
        return false;
    };
    (*owner, *by, reason.as_ref(), *parent_history_counts)
        == (ruled.owner, ruled.by, ruled.reason.as_str(), ruled.parent_history_counts)
}

pub(super) fn hand_over(asked: &Asked<'_>, wanted: &HandOver) -> Result<Outcome, Refusal> {
    let (desk, account, today) = (asked.desk, asked.account, asked.today);
    here(desk, wanted.to, today)?;
    let keeper = account.keeper_on(desk.firm(), today);
    if let Some((source, _)) = keeper.filter(|(source, _)| source.day == today) {
        let mut told = account.ownership().filter(|(other, _)| other.id == source.id);
        let same = |event: &OwnershipEvent| matches!(event, OwnershipEvent::HandedOver(fact) if wanted.is(fact));
        if told.any(|(_, event)| same(event)) {
            return Ok(Outcome::already(&source));
        }
    }
    can_be_handed_to(desk, account, wanted.to, today)?;
    let is_asked = || is_asked_whose(&desk.client_of(account), today);
    can_be_handed_over_by(desk, account, asked.by, today, is_asked)?;
    let from = keeper.map(|(_, known)| known);
    if wanted.from.is_some() && wanted.from != from {
        return Err(Refusal::NotOwner);
    }
    let fact = OwnerHandedOver {
        account: asked.id,
        from,
        to: wanted.to,
        contacts: contacts(account, wanted.contacts.as_deref(), today)?,
        contracts: contracts(account, wanted.contracts.as_deref(), today)?,
        promises: wanted.promises.iter().map(|promise| promise.trim().to_owned()).collect(),
        reason: wanted.reason.trim().to_owned(),
    };
    Ok(settles(asked, fact))
}

/// What settles whose client it is settles the work up to then, so it counts behind that too.
fn settles(asked: &Asked<'_>, fact: impl Into<Fact>) -> Outcome {
    let account = asked.account;
    let after = [asked.after(&account.ownership), asked.after(&account.engagements)];
    Outcome::Told { fact: fact.into(), at: after.into_iter().flatten().max() }
}

/// The people who pass over: those who were named and work there, or all who do.
fn contacts(
    account: &Account,
    named: Option<&[ContactId]>,
    today: Date,
) -> Result<Vec<ContactId>, Refusal> {
    let mut all = account.seats(today).map(|(contact, _)| contact);
    let Some(named) = named else { return Ok(all.collect()) };
    let there: Vec<ContactId> = all.by_ref().collect();
    match named.iter().find(|contact| !there.contains(contact)) {
        Some(contact) => Err(Refusal::NotContact { contact: *contact }),
        None => Ok(named.to_vec()),
    }
}

/// The contracts that pass over: those that were named and run, or all that do.
fn contracts(
    account: &Account,
    named: Option<&[ContractId]>,
    today: Date,
) -> Result<Vec<ContractId>, Refusal> {
    let runs = |terms: &Terms| terms.end >= today && terms.ended.is_none_or(|ended| today < ended);
    let running: Vec<ContractId> =
        account.contracts_on(today).filter(runs).map(|terms| terms.id).collect();
    let Some(named) = named else { return Ok(running) };
    match named.iter().find(|contract| !running.contains(contract)) {
        Some(contract) => Err(Refusal::NotContract { contract: *contract }),
        None => Ok(named.to_vec()),
    }
}

/// How all accounts of somebody who hands over would be shared out among colleagues, in order of
/// id. A group stays together, so that nobody works another's client by it; each goes to whoever
/// has the fewest accounts by then, and of those to the one who was named first.
///
/// # Errors
/// Where somebody is not known, has left, or cannot take them.
pub fn pass_on(
    desk: &Desk,
    from: MemberId,
    to: &[MemberId],
    by: MemberId,
    today: Date,
) -> Result<Vec<Passing>, Refusal> {
    here(desk, by, today)?;
    desk.firm().member_on(from, today).ok_or(Refusal::NoSuchMember)?;
    may_take(desk, from, to, today)?;
    let mut loads: Vec<(usize, MemberId)> = to.iter().map(|member| (0, *member)).collect();
    let mut groups: BTreeMap<AccountId, Vec<Passing>> = BTreeMap::new();
    for account in desk.accounts() {
        let Some(owner) = account.owner_on(desk.firm(), today) else { continue };
        if let Some((load, _)) = loads.iter_mut().find(|(_, member)| *member == owner) {
            *load += 1;
        }
        if owner == from {
            let top = desk.parents_on(account.id, today).last().copied().unwrap_or(account.id);
            groups.entry(top).or_default().push(Passing {
                account: account.id,
                to: from,
                contacts: contacts(account, None, today)?,
                contracts: contracts(account, None, today)?,
            });
        }
    }
    let mut passing = Vec::new();
    for group in groups.into_values() {
        // The first of those with the fewest: `min_by_key` keeps the first of equals.
        let Some((load, to)) = loads.iter_mut().min_by_key(|(load, _)| *load) else { break };
        *load += group.len();
        passing.extend(group.into_iter().map(|it| Passing { to: *to, ..it }));
    }
    passing.sort_by_key(|it| it.account);
    Ok(passing)
}

fn may_take(desk: &Desk, from: MemberId, to: &[MemberId], today: Date) -> Result<(), Refusal> {
    if to.is_empty() {
        return Err(Refusal::NobodyTakes);
    }
    if to.len() > MAX_COLLEAGUES {
        return Err(Refusal::TooManyTake);
    }
    for (place, member) in to.iter().enumerate() {
        if *member == from {
            return Err(Refusal::TakesOwn);
        }
        if to[..place].contains(member) {
            return Err(Refusal::TakesTwice { member: *member });
        }
        here(desk, *member, today)?;
    }
    Ok(())
}
