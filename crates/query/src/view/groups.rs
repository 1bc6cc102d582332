//! The same figures for groups: each ultimate parent with everyone below it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

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
    /// By its ultimate parent, what each group of more than that parent comes to.
    pub(super) of: HashMap<AccountId, Together>,
}

/// What the accounts of a group come to together, however many they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Together {
    /// The account that was met first.
    first: AccountId,
    part: Part,
    pub(super) accounts: usize,
    pub(super) key_accounts: usize,
    pub(super) engagements: u32,
    /// The sum of their shares of all accounts' revenue.
    pub(super) share: f64,
}

impl Together {
    /// What one account comes to.
    fn of(row: &AccountRow, part: Part) -> Self {
        Self {
            first: row.id,
            part,
            accounts: 1,
            key_accounts: usize::from(row.status.is_key()),
            engagements: row.engagements,
            share: row.share,
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            first: self.first,
            part: self.part.with(other.part),
            accounts: self.accounts + other.accounts,
            key_accounts: self.key_accounts + other.key_accounts,
            engagements: self.engagements.saturating_add(other.engagements),
            share: self.share + other.share,
        }
    }

    /// Revenue of all; `None` where it cannot be told.
    pub(super) fn revenue(&self) -> Option<Decimal> {
        self.part.revenue
    }

    /// Whether there is anybody beside the ultimate parent.
    fn is_more_than(&self, head: AccountId) -> bool {
        self.accounts > 1 || self.first != head
    }
}

/// Rolls accounts up by their ultimate parents on a day.
pub(super) fn roll_up<'a>(
    desk: &Desk,
    day: Date,
    accounts: impl Iterator<Item = (&'a AccountRow, Part)>,
) -> Groups {
    let mut groups: BTreeMap<AccountId, Together> = BTreeMap::new();
    for (row, part) in accounts {
        let head = desk.parents_on(row.id, day).pop().unwrap_or(row.id);
        let one = Together::of(row, part);
        groups.entry(head).and_modify(|group| *group = group.with(one)).or_insert(one);
    }
    let several = groups.iter().filter(|(head, group)| group.is_more_than(**head));
    let of = several.map(|(head, group)| (*head, *group)).collect();
    let mut groups: Vec<(AccountId, Together)> = groups.into_iter().collect();
    groups.sort_by_key(|(head, group)| (Reverse(group.part.revenue), *head));
    let parts: Vec<Part> = groups.iter().map(|(_, group)| group.part).collect();
    let whole = total(parts.iter().filter_map(|part| part.revenue));
    let largest = groups.iter().take(MAX_GROUPS);
    let largest = largest.map(|(head, group)| row(desk, day, *head, group, whole)).collect();
    Groups { figures: figures(&parts), largest, of }
}

fn row(
    desk: &Desk,
    day: Date,
    head: AccountId,
    group: &Together,
    whole: Option<Decimal>,
) -> GroupRow {
    GroupRow {
        head,
        name: people::account_name(desk, head, day),
        accounts: group.accounts,
        key_accounts: group.key_accounts,
        status: group.part.status,
        revenue: group.part.revenue.map(cents),
        share: share(group.part.revenue, whole),
        profit: group.part.profit.map(cents),
        engagements: group.engagements,
    }
}
