//! Figures of many accounts, or groups, together: shares by status, and how much hangs on how few.

use linchpin_domain::money::{Decimal, cents};
use linchpin_domain::policy::Status;
use serde::Serialize;

use super::sums::{plus, share, total};
use crate::words;

/// Figures of all accounts, or of all groups, over the trailing window.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Figures {
    /// How many accounts, or groups, there are.
    pub number: usize,
    /// Revenue of all; absent where it is too large to be summed exactly.
    pub total_revenue: Option<String>,
    /// Profit of all; absent where it cannot be told.
    pub total_profit: Option<String>,
    /// Why the profit cannot be told, in a sentence.
    pub profit_unknown: Option<String>,
    /// What each status has of it, key first.
    pub shares: Vec<StatusShare>,
    /// Shares of revenue: the largest, five and ten largest, all key ones; 0 to 1.
    pub concentration: Concentration,
}

/// How many have a status, and what they bring.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StatusShare {
    /// The status.
    #[schema(value_type = String)]
    pub status: Status,
    /// How many.
    pub accounts: usize,
    /// Their revenue; absent where it is too large to be summed exactly.
    pub revenue: Option<String>,
    /// Their share of all revenue, 0 to 1.
    pub share: f64,
    /// Their profit; absent where the profit of all cannot be told.
    pub profit: Option<String>,
    /// Their share of all profit; absent where that cannot be told or is nothing or a loss.
    pub profit_share: Option<f64>,
}

/// How much hangs on how few.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Concentration {
    /// Share of the largest.
    pub top_1: f64,
    /// Share of the five largest.
    pub top_5: f64,
    /// Share of the ten largest.
    pub top_10: f64,
    /// Share of all key accounts (those on trial and under review included).
    pub key: f64,
}

/// What one account, or group, adds to the figures of all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) status: Status,
    /// `None` where it cannot be told.
    pub(super) revenue: Option<Decimal>,
    /// `None` where it cannot be told.
    pub(super) profit: Option<Decimal>,
    /// Invoices of the window.
    pub(super) invoices: u32,
    /// Those of them that name no cost.
    pub(super) uncosted: u32,
}

impl Part {
    /// What two bring together; the one of the higher status gives it.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            status: self.status.min(other.status),
            revenue: plus(self.revenue, other.revenue),
            profit: plus(self.profit, other.profit),
            invoices: self.invoices.saturating_add(other.invoices),
            uncosted: self.uncosted.saturating_add(other.uncosted),
        }
    }
}

/// The figures of all parts, which stand largest revenue first. Where one's revenue cannot be told
/// it is left out; where one's profit cannot, that of all cannot either.
pub(super) fn figures(parts: &[Part]) -> Figures {
    let revenue = total(parts.iter().filter_map(|part| part.revenue));
    let profit = profit(parts.iter());
    let shares = Status::ALL.map(|status| {
        let these = || parts.iter().filter(move |part| part.status == status);
        let sum = total(these().filter_map(|part| part.revenue));
        let gain = profit.and_then(|_| self::profit(these()));
        StatusShare {
            status,
            accounts: these().count(),
            revenue: sum.map(cents),
            share: share(sum, revenue),
            profit: gain.map(cents),
            profit_share: profit
                .filter(|all| *all > Decimal::ZERO)
                .map(|all| share(gain, Some(all))),
        }
    });
    Figures {
        number: parts.len(),
        total_revenue: revenue.map(cents),
        total_profit: profit.map(cents),
        profit_unknown: profit.is_none().then(|| unknown(parts)),
        shares: shares.to_vec(),
        concentration: concentration(parts, revenue),
    }
}

fn profit<'a>(mut parts: impl Iterator<Item = &'a Part>) -> Option<Decimal> {
    parts.try_fold(Decimal::ZERO, |sum, part| plus(Some(sum), part.profit))
}

fn unknown(parts: &[Part]) -> String {
    let sum = |of: fn(&Part) -> u32| parts.iter().map(|part| u64::from(of(part))).sum::<u64>();
    let (invoices, uncosted) = (sum(|part| part.invoices), sum(|part| part.uncosted));
    if uncosted == 0 {
        return "The profit cannot be told: an exchange rate is missing, or the sum is too large."
            .to_owned();
    }
    let of = words::count(invoices, "invoice", "invoices");
    let verb = if uncosted == 1 { "names" } else { "name" };
    format!(
        "The profit cannot be told: {} of {of} {verb} no cost.",
        words::grouped(&uncosted.to_string())
    )
}

fn concentration(parts: &[Part], whole: Option<Decimal>) -> Concentration {
    let mut sum = Some(Decimal::ZERO);
    let mut first = [0.0; 10];
    for (at, share_of_first) in first.iter_mut().enumerate() {
        let more = parts.get(at).and_then(|part| part.revenue);
        sum = plus(sum, Some(more.unwrap_or_default()));
        *share_of_first = share(sum, whole);
    }
    let key = parts.iter().filter(|part| part.status.is_key());
    let key = total(key.filter_map(|part| part.revenue));
    Concentration { top_1: first[0], top_5: first[4], top_10: first[9], key: share(key, whole) }
}
