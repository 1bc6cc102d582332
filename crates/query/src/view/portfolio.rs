//! All accounts on a day.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_domain::money::Decimal;
use serde::Serialize;

use super::drift::{Drift, drift};
use super::figures::{Concentration, Figures, Part, StatusShare, figures};
use super::groups::{GroupRow, Groups, Together, roll_up};
use super::row::{brought, follow, row};
use super::sums::{share, total};
use super::{AccountRow, Clocks};

/// Length of the trailing window in which revenue and orders are counted, in days.
pub const WINDOW_DAYS: i32 = 365;

/// Lines of one list beside the accounts themselves, such as of who drifts, at most.
pub const MAX_LISTED: usize = 50;

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

/// All accounts on a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Portfolio {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub as_of: Date,
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// ISO 4217 code of every amount here.
    pub currency: String,
    /// Length of the trailing revenue window, in days.
    pub window_days: i32,
    /// Revenue of all accounts in the window; absent where it is too large to be summed exactly.
    pub total_revenue: Option<String>,
    /// How many accounts have each status, and what they bring, key first.
    pub counts: Vec<StatusShare>,
    /// Shares of revenue: the largest, five and ten largest, all key accounts; 0 to 1.
    pub concentration: Concentration,
    /// The accounts, largest revenue first.
    pub accounts: Vec<AccountRow>,
    /// Address of the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    #[serde(skip)]
    #[schema(ignore)]
    index: Option<Arc<Index>>,
}

/// What the accounts come to together: by status, by group, and who is on the move.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PortfolioView {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub as_of: Date,
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// ISO 4217 code of every amount here.
    pub currency: String,
    /// Length of the trailing window of revenue and profit, in days.
    pub window_days: i32,
    /// Each account by itself.
    pub accounts: Figures,
    /// Each ultimate parent with everyone below it; a group has the highest status in it.
    pub groups: Figures,
    /// The groups with the largest revenue, at most 50.
    pub largest_groups: Vec<GroupRow>,
    /// Who is drifting towards or away from key.
    pub drift: Drift,
}

/// Where each account of a portfolio stands and what stands below it, so that one account is
/// found without a pass over the firm; and what all come to.
#[derive(Debug)]
struct Index {
    places: HashMap<AccountId, usize>,
    below: HashMap<AccountId, Vec<AccountId>>,
    figures: Figures,
    groups: Groups,
    /// Found when it is first asked for.
    drift: OnceLock<Drift>,
}

impl Portfolio {
    /// The line of an account; `None` where it does not exist by the day.
    pub fn row(&self, id: AccountId) -> Option<&AccountRow> {
        self.accounts.get(*self.index.as_ref()?.places.get(&id)?)
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
            index: None,
        }
    }

    /// What the group below an ultimate parent comes to; `None` where there is nobody below it.
    pub(super) fn group_of(&self, head: AccountId) -> Option<&Together> {
        self.index.as_ref()?.groups.of.get(&head)
    }

    /// The accounts directly below another on the day, in order of id.
    pub(super) fn below(&self, id: AccountId) -> &[AccountId] {
        let below = self.index.as_ref().and_then(|index| index.below.get(&id));
        below.map_or(&[], Vec::as_slice)
    }
}

struct Ranked {
    row: AccountRow,
    part: Part,
    any: bool,
}

impl Ranked {
    /// Accounts that brought something (or gave something back) come first, then those whose
    /// revenue cannot be told, then those without any business in the window.
    fn key(&self) -> (bool, Reverse<Option<Decimal>>) {
        (!self.any, Reverse(self.part.revenue))
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
            let part = Part {
                status: row.status,
                revenue: brought.revenue,
                profit: brought.profit,
                invoices: brought.invoices,
                uncosted: brought.uncosted,
            };
            Ranked { row, part, any: brought.any }
        })
        .collect();
    ranked.sort_by(|a, b| {
        a.key()
            .cmp(&b.key())
            .then_with(|| a.row.name.cmp(&b.row.name))
            .then(a.row.id.cmp(&b.row.id))
    });
    rank(&mut ranked);
    let index = index(desk, &ranked, as_of);
    let figures = index.figures.clone();
    Portfolio {
        as_of,
        currency: desk.firm().currency().code().to_owned(),
        window_days: WINDOW_DAYS,
        total_revenue: figures.total_revenue,
        counts: figures.shares,
        concentration: figures.concentration,
        index: Some(Arc::new(index)),
        accounts: ranked.into_iter().map(|account| account.row).collect(),
        next_cursor: None,
        clocks,
    }
}

/// What the accounts of a portfolio of the same desk come to together; `None` for a part of one.
pub fn portfolio_view(desk: &Desk, portfolio: &Portfolio) -> Option<PortfolioView> {
    let index = portfolio.index.as_ref()?;
    Some(PortfolioView {
        as_of: portfolio.as_of,
        clocks: portfolio.clocks.clone(),
        currency: portfolio.currency.clone(),
        window_days: portfolio.window_days,
        accounts: index.figures.clone(),
        groups: index.groups.figures.clone(),
        largest_groups: index.groups.largest.clone(),
        drift: index.drift.get_or_init(|| drift(desk, portfolio)).clone(),
    })
}

fn index(desk: &Desk, ranked: &[Ranked], as_of: Date) -> Index {
    let mut below: HashMap<AccountId, Vec<AccountId>> = HashMap::new();
    for account in desk.accounts() {
        if let Some(parent) = desk.parent_on(account.id, as_of) {
            below.entry(parent).or_default().push(account.id);
        }
    }
    let places = ranked.iter().enumerate().map(|(at, account)| (account.row.id, at));
    let parts: Vec<Part> = ranked.iter().map(|account| account.part).collect();
    let rows = ranked.iter().map(|account| (&account.row, account.part));
    Index {
        places: places.collect(),
        below,
        figures: figures(&parts),
        groups: roll_up(desk, as_of, rows),
        drift: OnceLock::new(),
    }
}

fn rank(ranked: &mut [Ranked]) {
    let whole = total(ranked.iter().filter_map(|account| account.part.revenue));
    let mut last: Option<(bool, Reverse<Option<Decimal>>)> = None;
    let mut rank = 0;
    for (place, account) in (1_u32..).zip(ranked.iter_mut()) {
        let key = account.key();
        if last != Some(key) {
            rank = place;
            last = Some(key);
        }
        account.row.rank = rank;
        account.row.share = share(account.part.revenue, whole);
    }
}

/// Puts rows in order; ties by name, then id, so that the same rows always stand the same way.
pub fn sort_rows(rows: &mut [AccountRow], sort: Sort) {
    rows.sort_by(|a, b| {
        let first = match sort {
            Sort::Revenue => a.rank.cmp(&b.rank),
            Sort::Name => Ordering::Equal,
            Sort::Score => b.points.cmp(&a.points),
            Sort::Drift => change(a).cmp(&change(b)),
            Sort::Deadline => deadline(a).cmp(&deadline(b)),
        };
        let name = |row: &AccountRow| row.name.to_lowercase();
        first.then_with(|| name(a).cmp(&name(b))).then_with(|| a.id.cmp(&b.id))
    });
}

fn change(row: &AccountRow) -> i64 {
    i64::from(row.points) - i64::from(row.points_before)
}

fn deadline(row: &AccountRow) -> (bool, Option<Date>) {
    let day = row.next_deadline.as_ref().map(|deadline| deadline.day);
    (day.is_none(), day)
}
