//! Revenue on many days, and shares of it.

use jiff::Span as Days;
use jiff::civil::Date;

use crate::account::{Account, Invoiced};
use crate::desk::Firm;
use crate::money::Decimal;
use crate::policy::{Sums, firm_money};

/// Length of the trailing window in which revenue is counted, in days.
pub const REVENUE_DAYS: i32 = 365;

/// Most days on which the effect on the firm is told: twenty years of month ends.
const MOST_DAYS: usize = 240;

/// The ends of the months from a day on, and the last day itself; the newest ones of a long time.
pub(super) fn month_ends(from: Date, to: Date) -> Vec<Date> {
    let mut days = vec![to];
    let mut end = to.first_of_month().yesterday();
    while let Ok(day) = end
        && day >= from
        && days.len() < MOST_DAYS
    {
        days.push(day);
        end = day.first_of_month().yesterday();
    }
    days.reverse();
    days
}

/// What a client brought over the year up to each of some days; `None` where it cannot be told for
/// want of a rate.
pub(super) fn revenue(account: &Account, firm: &Firm, days: &[Date]) -> Vec<Option<Decimal>> {
    let line = account.invoiced();
    if line.is_empty() {
        return vec![Some(Decimal::ZERO); days.len()];
    }
    let sums = Sums::of(&[account], firm, |item| Some(item.amount));
    let on = |day: &Date| {
        let after = day.saturating_sub(Days::new().days(REVENUE_DAYS));
        match &sums {
            Some(sums) => sums.over(after, *day).0,
            None => {
                let worth = |item: &Invoiced, day| firm_money(firm, item.amount, item, day);
                let items = line.between(after, *day);
                items
                    .map(|(source, item)| worth(item, source.day))
                    .try_fold(Decimal::ZERO, |sum, worth| sum.checked_add(worth?))
            }
        }
    };
    days.iter().map(on).collect()
}

/// A sum and one more part; `None` where the two are too large together.
pub(super) fn plus(sum: Option<Decimal>, more: Decimal) -> Option<Decimal> {
    sum?.checked_add(more)
}
