//! Everything about one account on a day.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::account::{Account, Contact};
use linchpin_domain::desk::Desk;
use linchpin_domain::fact::Role;
use linchpin_domain::id::{AccountId, ContactId};
use linchpin_domain::money::cents;
use linchpin_domain::policy::{Span, Status};
use linchpin_domain::watch::recipient;

use super::row::{brought, follow};
use super::{
    AccountView, ClaimView, ContactView, Evidence, Group, GroupMember, InteractionView, MergedView,
    OurPerson, Portfolio, Spoke, TrendPoint, WINDOW_DAYS, alerts, contracts, explain, people,
};

/// Interactions shown at most.
const MAX_INTERACTIONS: usize = 10;

/// Accounts of a group shown at most.
const MAX_GROUP: usize = 500;

/// Days for which the score line reaches back.
const TREND_DAYS: i32 = 730;

/// Everything about an account at the clocks of a portfolio of the same desk; `None` where it does
/// not exist by then. Its line, with rank and share, and its group are taken from the portfolio,
/// so that one page costs no pass over the firm.
pub fn account_view(desk: &Desk, id: AccountId, portfolio: &Portfolio) -> Option<AccountView> {
    let clocks = portfolio.clocks.clone();
    let as_of = clocks.as_of;
    let row = portfolio.row(id)?.clone();
    let account = desk.account(id)?;
    let year_before = as_of.saturating_sub(WINDOW_DAYS.days());
    let before = brought(desk, account, year_before, WINDOW_DAYS);
    let followed = follow(&desk.client_of(account), as_of);
    let registered = account.registered_on(as_of);
    let about = registered.map(|it| [it.sector.as_deref(), it.country.as_deref()]);
    Some(AccountView {
        row,
        currency: desk.firm().currency().code().to_owned(),
        why: explain::explanation(desk, account, clocks.clone(), &followed),
        key_since: followed.standing.and_then(|standing| standing.key_since),
        revenue_before: before.revenue.filter(|_| before.any).map(cents),
        about: about.into_iter().flatten().flatten().map(str::to_owned).collect(),
        ours: ours(desk, account, as_of),
        group: group(desk, account, portfolio),
        merged: merged(desk, account.id, as_of),
        contacts: contacts(desk, account, as_of),
        contracts: contracts::contracts(account, as_of),
        claims: claims(desk, account, as_of),
        trend: trend(&followed.spans, as_of),
        alerts: alerts::standing(desk, account, &clocks),
        interactions: interactions(desk, account, as_of),
        clocks,
    })
}

pub(super) fn ours(desk: &Desk, account: &Account, as_of: Date) -> Vec<OurPerson> {
    let roles = [Role::AccountManager, Role::Director, Role::Sponsor, Role::Operations];
    let person = |role| {
        let member = recipient(account, desk.firm(), role, as_of).member;
        member.map(|id| people::member(desk, id, as_of))
    };
    roles.map(|role| OurPerson { role, person: person(role) }).to_vec()
}

/// The group: up to the ultimate parent, then everyone below it. Of many members only the first
/// are listed, but what it comes to is told of all.
fn group(desk: &Desk, account: &Account, portfolio: &Portfolio) -> Option<Group> {
    let as_of = portfolio.as_of;
    let head = desk.parents_on(account.id, as_of).pop().unwrap_or(account.id);
    let together = portfolio.group_of(head)?;
    let mut seen = BTreeSet::from([head]);
    let mut members = Vec::new();
    let mut queue = VecDeque::from([head]);
    while let Some(id) = queue.pop_front() {
        members.push(member(desk, id, portfolio));
        for child in portfolio.below(id) {
            if seen.len() < MAX_GROUP && seen.insert(*child) {
                queue.push_back(*child);
            }
        }
    }
    Some(Group {
        head,
        name: people::account_name(desk, head, as_of),
        accounts: together.accounts,
        key_accounts: together.key_accounts,
        revenue: together.revenue().map(cents),
        share: together.share,
        engagements: together.engagements,
        members,
    })
}

fn member(desk: &Desk, id: AccountId, portfolio: &Portfolio) -> GroupMember {
    let row = portfolio.row(id);
    GroupMember {
        id,
        name: people::account_name(desk, id, portfolio.as_of),
        status: row.map_or(Status::Standard, |row| row.status),
        revenue: row.and_then(|row| row.revenue.clone()),
    }
}

/// The accounts that were merged into one.
fn merged(desk: &Desk, id: AccountId, as_of: Date) -> Vec<MergedView> {
    let merged = desk.duplicates_of(id).take(MAX_GROUP).filter_map(|duplicate| {
        let told = desk.told_account(duplicate)?;
        let (source, _) = told.merged_into()?;
        let name = told.name_on(as_of);
        Some(MergedView { id: duplicate, name, day: source.day, entry: Evidence::from(source) })
    });
    merged.collect()
}

/// Who works there, highest first; then who left within a year, newest first.
fn contacts(desk: &Desk, account: &Account, as_of: Date) -> Vec<ContactView> {
    let spoke = last_spoke(desk, account, as_of);
    let year_before = as_of.saturating_sub(WINDOW_DAYS.days());
    let mut found: Vec<Contact> = account
        .contacts_on(as_of)
        .filter(|contact| contact.left.is_none_or(|left| left > year_before))
        .map(|contact| people::with_name(contact, account, desk, as_of))
        .collect();
    found.sort_by(|a, b| {
        let level =
            |contact: &Contact| contact.picture.level.map_or(usize::MAX, |level| level as usize);
        (!a.active, std::cmp::Reverse(a.left), level(a), a.name(), a.id).cmp(&(
            !b.active,
            std::cmp::Reverse(b.left),
            level(b),
            b.name(),
            b.id,
        ))
    });
    found.into_iter().map(|it| contact(desk, it, &spoke, as_of)).collect()
}

fn contact(
    desk: &Desk,
    contact: Contact,
    spoke: &BTreeMap<ContactId, Spoke>,
    as_of: Date,
) -> ContactView {
    ContactView {
        id: contact.id,
        name: contact.name().to_owned(),
        title: contact.picture.title.to_string(),
        level: contact.picture.level,
        role: contact.picture.role,
        active: contact.active,
        since: contact.since,
        left: contact.left,
        left_for: contact.left_for.map(|to| people::account_name(desk, to, as_of)),
        confirmed: contact.confirmed,
        last_spoke: spoke.get(&contact.id).cloned(),
        email: contact.person.email,
        phone: contact.person.phone,
    }
}

fn last_spoke(desk: &Desk, account: &Account, as_of: Date) -> BTreeMap<ContactId, Spoke> {
    let mut spoke = BTreeMap::new();
    for (source, held) in account.interactions().until(as_of) {
        if let Some(contact) = held.contact {
            let by = held.by.map(|by| people::member_name(desk, by, as_of));
            spoke.insert(contact, Spoke { by, day: source.day });
        }
    }
    spoke
}

pub(super) fn claims(desk: &Desk, account: &Account, as_of: Date) -> Vec<ClaimView> {
    let claim = |claim: linchpin_domain::account::Claim| ClaimView {
        by: people::member(desk, claim.by, as_of),
        day: claim.source.day,
        reason: claim.reason.to_string(),
    };
    account.open_claims(desk.firm(), as_of).into_iter().map(claim).collect()
}

/// The score line of the last two years, one point for each change.
fn trend(spans: &[Span], as_of: Date) -> Vec<TrendPoint> {
    let first = as_of.saturating_sub(TREND_DAYS.days());
    let start = spans.partition_point(|span| span.from <= first).saturating_sub(1);
    let mut points: Vec<TrendPoint> = Vec::new();
    for span in &spans[start..] {
        let same = points
            .last()
            .is_some_and(|last| last.points == span.points && last.status == span.status);
        if !same {
            let from = span.from.max(first);
            points.push(TrendPoint { from, points: span.points, status: span.status });
        }
    }
    points
}

fn interactions(desk: &Desk, account: &Account, as_of: Date) -> Vec<InteractionView> {
    let newest = account.interactions().until(as_of).rev().take(MAX_INTERACTIONS);
    newest
        .map(|(source, held)| InteractionView {
            day: source.day,
            kind: held.kind,
            contact: held
                .contact
                .map(|contact| people::contact_name(Some(account), desk, contact, as_of)),
            by: held.by.map(|by| people::member_name(desk, by, as_of)),
            note: held.note.as_deref().map(str::to_owned),
        })
        .collect()
}
