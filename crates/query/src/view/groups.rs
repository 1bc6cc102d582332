//! The same figures for groups: each ultimate parent with everyone below it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_domain::money::{Decimal, cents};
use linchpin_domain::policy::Status;
use serde::Serialize;

use super::figures::{Figures, Part, figures};
use super::sums::{share, total};
use super::{AccountRow, people};

/// Groups listed at most.
const MAX_GROUPS: usize = 50;

/// An ultimate parent and everyone below it, as one. A client without parent and subsidiaries is a
/// group of one.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct GroupRow {
    /// The ultimate parent.
    #[schema(value_type = String, format = "uuid")]
    pub head: AccountId,
    /// Its name.
    pub name: String,
    /// How many accounts it has. Merged ones count once; an ultimate parent that is no client
    /// itself counts not at all.
    pub accounts: usize,
    /// How many of them are key accounts.
    pub key_accounts: usize,
    /// The highest status that any of them has.
    #[schema(value_type = String)]
    pub status: Status,
    /// Revenue of all over the window; absent where it cannot be told.
    pub revenue: Option<String>,
    /// Share of the revenue of all groups, 0 to 1.
    pub share: f64,
    /// Profit of all over the window; absent where it cannot be told.
    pub profit: Option<String>,
    /// Engagements of every kind over the window.
    pub engagements: u32,
}

/// All groups on a day.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) figures: Figures,
    /// The largest, largest revenue first.
    pub(super) largest: Vec<GroupRow>,
}

struct Group {
    head: AccountId,
    part: Part,
    accounts: usize,
    key_accounts: usize,
    engagements: u32,
}

/// Rolls accounts up by their ultimate parents on a day.
pub(super) fn roll_up<'a>(
    desk: &Desk,
    day: Date,
    accounts: impl Iterator<Item = (&'a AccountRow, Part)>,
) -> Groups {
    let mut groups: BTreeMap<AccountId, Group> = BTreeMap::new();
    for (row, part) in accounts {
        let head = desk.parents_on(row.id, day).pop().unwrap_or(row.id);
        let (key, engagements) = (usize::from(row.status.is_key()), row.engagements);
        groups
            .entry(head)
            .and_modify(|group| {
                group.part = group.part.with(part);
                group.accounts += 1;
                group.key_accounts += key;
                group.engagements = group.engagements.saturating_add(engagements);
            })
            .or_insert(Group { head, part, accounts: 1, key_accounts: key, engagements });
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| (Reverse(group.part.revenue), group.head));
    let parts: Vec<Part> = groups.iter().map(|group| group.part).collect();
    let whole = total(parts.iter().filter_map(|part| part.revenue));
    let largest = groups.iter().take(MAX_GROUPS).map(|group| row(desk, day, group, whole));
    Groups { figures: figures(&parts), largest: largest.collect() }
}

fn row(desk: &Desk, day: Date, group: &Group, whole: Option<Decimal>) -> GroupRow {
    GroupRow {
        head: group.head,
        name: people::account_name(desk, group.head, day),
        accounts: group.accounts,
        key_accounts: group.key_accounts,
        status: group.part.status,
        revenue: group.part.revenue.map(cents),
        share: share(group.part.revenue, whole),
        profit: group.part.profit.map(cents),
        engagements: group.engagements,
    }
}
