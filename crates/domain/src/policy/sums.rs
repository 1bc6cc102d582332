//! Running sums over the invoices of a client or a group, or over how often something happened, so
//! that a window is summed without a walk.

use jiff::civil::Date;

use super::measure::firm_money;
use crate::account::{Account, Invoiced};
use crate::desk::Firm;
use crate::money::Decimal;

/// What of an invoice is summed; `None` where it cannot be told.
pub(crate) type Part = fn(&Invoiced) -> Option<Decimal>;

/// Digits behind the point up to which sums are kept as whole numbers.
const MOST_DIGITS: u32 = 12;

/// The largest sum of amounts, signs left aside, that is kept: a decimal holds 96 bits, so that
/// nothing below this is ever rounded and any order of adding gives the same.
const LARGEST: i128 = 1 << 95;

/// The sums of all items before each, in units of the smallest digit that any of them has.
pub(crate) struct Sums {
    digits: u32,
    days: Vec<Date>,
    before: Vec<(i128, u32)>,
}

impl Sums {
    /// Sums over all invoices of some accounts; `None` where the amounts are so large or so fine
    /// that adding them as decimals might round.
    pub(crate) fn of(accounts: &[&Account], firm: &Firm, part: Part) -> Option<Self> {
        let worth = |item: &Invoiced, day| firm_money(firm, part(item)?, item, day);
        let items = accounts.iter().flat_map(|account| account.invoiced().iter());
        let mut parts: Vec<(Date, Option<Decimal>)> =
            items.map(|(source, item)| (source.day, worth(item, source.day))).collect();
        parts.sort_by_key(|(day, _)| *day);
        let scales = parts.iter().filter_map(|(_, part)| Some((*part)?.scale()));
        let digits = scales.max().unwrap_or(0);
        if digits > MOST_DIGITS {
            return None;
        }
        let mut before = Vec::with_capacity(parts.len() + 1);
        let (mut sum, mut untold, mut size) = (0_i128, 0_u32, 0_i128);
        before.push((sum, untold));
        for (_, part) in &parts {
            match part {
                None => untold += 1,
                Some(part) => {
                    let more = part.mantissa().checked_mul(10_i128.pow(digits - part.scale()))?;
                    size = size.checked_add(more.checked_abs()?).filter(|size| *size < LARGEST)?;
                    sum += more;
                }
            }
            before.push((sum, untold));
        }
        Some(Self { digits, days: parts.into_iter().map(|(day, _)| day).collect(), before })
    }

    /// Counts happenings, given the day of each.
    pub(crate) fn count(mut days: Vec<Date>) -> Self {
        days.sort_unstable();
        let before = (0..).take(days.len() + 1).map(|number| (number, 0)).collect();
        Self { digits: 0, days, before }
    }

    /// The first day after this one with an item.
    pub(crate) fn next_day(&self, day: Date) -> Option<Date> {
        self.days.get(self.days.partition_point(|other| *other <= day)).copied()
    }

    /// The sum of the items of the days D with `after < D <= until`, and the day of the oldest; no
    /// sum where one of them cannot be told.
    pub(crate) fn over(&self, after: Date, until: Date) -> (Option<Decimal>, Option<Date>) {
        let end = self.days.partition_point(|day| *day <= until);
        let start = self.days.partition_point(|day| *day <= after).min(end);
        let oldest = self.days[start..end].first().copied();
        let ((from, untold_from), (to, untold_to)) = (self.before[start], self.before[end]);
        let told = untold_from == untold_to;
        let sum = told.then(|| Decimal::try_from_i128_with_scale(to - from, self.digits).ok());
        (sum.flatten(), oldest)
    }
}
