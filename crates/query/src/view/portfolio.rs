//! All accounts on a day.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_domain::money::{Decimal, cents};
use linchpin_domain::policy::Status;

use super::row::{brought, follow, row};
use super::sums::{plus, share, total};
use super::{AccountRow, Clocks, Concentration, Portfolio, StatusCount};

/// Length of the trailing window in which revenue and orders are counted, in days.
pub const WINDOW_DAYS: i32 = 365;

/// An order of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Largest revenue first.
    #[default]
    Revenue,
    /// By name.
    Name,
    /// Most points first.
    Score,
    /// Largest loss of points over 30 days first.
    Drift,
    /// Next deadline first; accounts without one last.
    Deadline,
}

impl Sort {
    /// Every order.
    pub const ALL: [Self; 5] =
        [Self::Revenue, Self::Name, Self::Score, Self::Drift, Self::Deadline];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Name => "name",
            Self::Score => "score",
            Self::Drift => "drift",
            Self::Deadline => "deadline",
        }
    }

    /// The order of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }
}

/// Where each account of a portfolio stands and what stands below it, so that one account is
/// found without a pass over the firm.
#[derive(Debug, Default)]
pub(super) struct Index {
    places: HashMap<AccountId, usize>,
    below: HashMap<AccountId, Vec<AccountId>>,
}

impl Portfolio {
    /// The line of an account; `None` where it does not exist by the day.
    pub fn row(&self, id: AccountId) -> Option<&AccountRow> {
        self.accounts.get(*self.index.places.get(&id)?)
    }

    /// The same portfolio with a part of its accounts, in an order of their own.
    pub(crate) fn page(&self, accounts: Vec<AccountRow>, next_cursor: Option<String>) -> Self {
        Self {
            as_of: self.as_of,
            clocks: self.clocks.clone(),
            currency: self.currency.clone(),
            window_days: self.window_days,
            total_revenue: self.total_revenue.clone(),
            counts: self.counts.clone(),
            concentration: self.concentration.clone(),
            accounts,
            next_cursor,
            index: Arc::default(),
        }
    }

    /// The accounts directly below another on the day, in order of id.
    pub(super) fn below(&self, id: AccountId) -> &[AccountId] {
        self.index.below.get(&id).map_or(&[], Vec::as_slice)
    }
}

struct Ranked {
    row: AccountRow,
    revenue: Option<Decimal>,
    any: bool,
}

impl Ranked {
    /// Accounts that brought something (or gave something back) come first, then those whose
    /// revenue cannot be told, then those without any business in the window.
    fn key(&self) -> (bool, Reverse<Option<Decimal>>) {
        (!self.any, Reverse(self.revenue))
    }
}

/// All accounts that exist on the day of `clocks`, largest revenue first. Accounts of the same
/// exact revenue share a rank (1, 2, 2, 4); those without any business in the window rank behind
/// all that had some, so that they do not push down a client who was only given money back.
pub fn portfolio(desk: &Desk, clocks: Clocks) -> Portfolio {
    let as_of = clocks.as_of;
    let mut ranked: Vec<Ranked> = desk
        .accounts()
        .filter(|account| account.exists_on(as_of))
        .map(|account| {
            let brought = brought(desk, account, as_of, WINDOW_DAYS);
            let followed = follow(&desk.client_of(account), as_of);
            let row = row(desk, account, &clocks, &brought, &followed);
            Ranked { row, revenue: brought.revenue, any: brought.any }
        })
        .collect();
    ranked.sort_by(|a, b| {
        a.key()
            .cmp(&b.key())
            .then_with(|| a.row.name.cmp(&b.row.name))
            .then(a.row.id.cmp(&b.row.id))
    });
    let revenue = total(ranked.iter().filter_map(|account| account.revenue));
    rank(&mut ranked, revenue);
    Portfolio {
        as_of,
        currency: desk.firm().currency().code().to_owned(),
        window_days: WINDOW_DAYS,
        total_revenue: revenue.map(cents),
        counts: counts(&ranked),
        concentration: concentration(&ranked, revenue),
        index: Arc::new(index(desk, &ranked, as_of)),
        accounts: ranked.into_iter().map(|account| account.row).collect(),
        next_cursor: None,
        clocks,
    }
}

fn index(desk: &Desk, ranked: &[Ranked], as_of: Date) -> Index {
    let mut below: HashMap<AccountId, Vec<AccountId>> = HashMap::new();
    for account in desk.accounts() {
        if let Some(parent) = desk.parent_on(account.id, as_of) {
            below.entry(parent).or_default().push(account.id);
        }
    }
    let places = ranked.iter().enumerate().map(|(at, account)| (account.row.id, at));
    Index { places: places.collect(), below }
}

fn rank(ranked: &mut [Ranked], total: Option<Decimal>) {
    let mut last: Option<(bool, Reverse<Option<Decimal>>)> = None;
    let mut rank = 0;
    for (place, account) in (1_u32..).zip(ranked.iter_mut()) {
        let key = account.key();
        if last != Some(key) {
            rank = place;
            last = Some(key);
        }
        account.row.rank = rank;
        account.row.share = share(account.revenue, total);
    }
}

fn counts(ranked: &[Ranked]) -> Vec<StatusCount> {
    let count = |status| ranked.iter().filter(|account| account.row.status == status).count();
    Status::ALL.map(|status| StatusCount { status, accounts: count(status) }).to_vec()
}

fn concentration(ranked: &[Ranked], whole: Option<Decimal>) -> Concentration {
    let mut sum = Some(Decimal::ZERO);
    let mut first = [0.0; 10];
    for (at, share_of_first) in first.iter_mut().enumerate() {
        let more = ranked.get(at).and_then(|account| account.revenue);
        sum = plus(sum, Some(more.unwrap_or_default()));
        *share_of_first = share(sum, whole);
    }
    let key = ranked.iter().filter(|account| account.row.status.is_key());
    let key = total(key.filter_map(|account| account.revenue));
    Concentration { top_1: first[0], top_5: first[4], top_10: first[9], key: share(key, whole) }
}

/// Puts rows in order; ties by name, then id, so that the same rows always stand the same way.
pub fn sort_rows(rows: &mut [AccountRow], sort: Sort) {
    rows.sort_by(|a, b| {
        let first = match sort {
            Sort::Revenue => a.rank.cmp(&b.rank),
            Sort::Name => Ordering::Equal,
            Sort::Score => b.points.cmp(&a.points),
            Sort::Drift => drift(a).cmp(&drift(b)),
            Sort::Deadline => deadline(a).cmp(&deadline(b)),
        };
        let name = |row: &AccountRow| row.name.to_lowercase();
        first.then_with(|| name(a).cmp(&name(b))).then_with(|| a.id.cmp(&b.id))
    });
}

fn drift(row: &AccountRow) -> i64 {
    i64::from(row.points) - i64::from(row.points_before)
}

fn deadline(row: &AccountRow) -> (bool, Option<Date>) {
    let day = row.next_deadline.as_ref().map(|deadline| deadline.day);
    (day.is_none(), day)
}
