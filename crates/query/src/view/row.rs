//! The line an account has in lists.

use jiff::civil::Date;
use jiff::{Span as Days, ToSpan};
use linchpin_domain::account::Account;
use linchpin_domain::desk::{Client, Desk};
use linchpin_domain::fact::{EngagementKind, Level};
use linchpin_domain::money::{Decimal, cents};
use linchpin_domain::policy::{Span, Standing, Status, Track, firm_money, profit_of};
use rust_decimal::prelude::ToPrimitive;

use super::contracts::next_deadline;
use super::sums::plus;
use super::{AccountRow, Clocks, Person, alerts, people};

/// Days over which the drift of the score is told.
const DRIFT_DAYS: i32 = 30;

/// Days over which it is told who drifts towards or away from key.
pub(super) const QUARTER_DAYS: i32 = 90;

/// What one account brought over a window.
#[derive(Debug, Clone, Default)]
pub(super) struct Brought {
    /// Exact revenue; `None` where an exchange rate is missing, or the sum is beyond all bounds.
    pub revenue: Option<Decimal>,
    /// Exact revenue less cost; `None` where an invoice names no cost, or the revenue is unknown.
    pub profit: Option<Decimal>,
    /// Invoices, credit notes left out.
    pub invoices: u32,
    /// Those of them that name no cost.
    pub uncosted: u32,
    /// Whether there was any business at all in the window.
    pub any: bool,
    /// Engagements of kind order.
    pub orders: u32,
    /// Engagements of every kind.
    pub engagements: u32,
    /// Revenue by month, oldest first, without what no rate is known for.
    pub months: [Decimal; 12],
}

/// A score and standing on a day, with the stops on the way.
pub(super) struct Followed {
    pub standing: Option<Standing>,
    pub points: u32,
    pub spans: Vec<Span>,
    pub track: Option<Track>,
}

/// Follows an account up to and including a day. Stops after it are not taken.
pub(super) fn follow(client: &Client<'_>, until: Date) -> Followed {
    let mut spans = Vec::new();
    let track = Track::follow(client, until, &mut |span| spans.push(span));
    Followed {
        standing: track.map(|track| track.standing()),
        points: track.map_or(0, |track| track.points()),
        spans,
        track,
    }
}

impl Followed {
    /// The status; standard where the firm has no policy.
    pub(super) fn status(&self) -> Status {
        self.standing.map_or(Status::Standard, |standing| standing.status)
    }

    /// The status of an earlier day.
    pub(super) fn status_on(&self, day: Date) -> Status {
        let span = self.spans.iter().rev().find(|span| span.from <= day);
        span.map_or(Status::Standard, |span| span.status)
    }

    /// The points of an earlier day.
    pub(super) fn points_on(&self, day: Date) -> u32 {
        self.spans.iter().rev().find(|span| span.from <= day).map_or(0, |span| span.points)
    }
}

/// What an account brought over the days D with `as_of - days < D <= as_of`.
pub(super) fn brought(desk: &Desk, account: &Account, as_of: Date, days: i32) -> Brought {
    let after = as_of.saturating_sub(Days::new().days(days));
    let zero = Some(Decimal::ZERO);
    let mut found = Brought { revenue: zero, profit: zero, ..Brought::default() };
    for (source, item) in account.invoiced().between(after, as_of) {
        found.any = true;
        let worth = firm_money(desk.firm(), item.amount, item, source.day);
        found.revenue = plus(found.revenue, worth);
        let gain = profit_of(item).and_then(|it| firm_money(desk.firm(), it, item, source.day));
        found.profit = plus(found.profit, gain);
        found.invoices += u32::from(!item.credit);
        found.uncosted += u32::from(!item.credit && item.cost.is_none());
        if let Some(month) = months_back(source.day, as_of).map(|back| 11 - back) {
            let sum = plus(Some(found.months[month]), worth);
            found.months[month] = sum.unwrap_or(found.months[month]);
        }
    }
    for (_, work) in account.engagements_between(after, as_of) {
        found.any = true;
        found.engagements += 1;
        found.orders += u32::from(work.kind == EngagementKind::Order);
    }
    found
}

/// Calendar months between a day and a later one, where that is less than twelve.
fn months_back(day: Date, as_of: Date) -> Option<usize> {
    let months = |day: Date| i32::from(day.year()) * 12 + i32::from(day.month());
    usize::try_from(months(as_of) - months(day)).ok().filter(|months| *months < 12)
}

/// The line of an account; rank and share are filled in when all are known.
pub(super) fn row(
    desk: &Desk,
    account: &Account,
    clocks: &Clocks,
    brought: &Brought,
    followed: &Followed,
) -> AccountRow {
    let as_of = clocks.as_of;
    // Of a client with duplicates the id of the account that stays, where it has one.
    let own = desk.told_account(account.id).and_then(|told| told.external_ref());
    let (source, id) = own.or_else(|| account.external_ref()).unzip();
    AccountRow {
        id: account.id,
        external_id: id.map(str::to_owned),
        external_source: source.map(str::to_owned),
        name: people::account_name(desk, account.id, as_of),
        status: followed.status(),
        since: followed.standing.map(|standing| standing.since),
        points: followed.points,
        out_of: desk.firm().policy_on(as_of).map_or(0, |(_, policy)| policy.out_of()),
        points_before: followed.points_on(as_of.saturating_sub(DRIFT_DAYS.days())),
        points_quarter_before: followed.points_on(as_of.saturating_sub(QUARTER_DAYS.days())),
        revenue: brought.revenue.map(cents),
        profit: brought.profit.map(cents),
        orders: brought.orders,
        engagements: brought.engagements,
        rank: 0,
        share: 0.0,
        months: brought.months.iter().map(|sum| sum.to_f64().unwrap_or(0.0)).collect(),
        levels: levels(account, as_of),
        owner: owner(desk, account, as_of),
        next_deadline: next_deadline(account, as_of),
        open_alerts: alerts::open(desk, account, clocks),
    }
}

fn owner(desk: &Desk, account: &Account, as_of: Date) -> Option<Person> {
    account.owner_on(desk.firm(), as_of).map(|id| people::member(desk, id, as_of))
}

fn levels(account: &Account, as_of: Date) -> Vec<bool> {
    let mut reached = vec![false; Level::ALL.len()];
    for contact in account.active_contacts(as_of) {
        if let Some(level) = contact.picture.level {
            reached[level as usize] = true;
        }
    }
    reached
}
