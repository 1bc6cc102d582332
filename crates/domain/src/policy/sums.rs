//! Running sums of money over a client's invoices, so that a window is summed without a walk.

use std::ops::Range;

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

/// The sums of all invoices before each, in units of the smallest digit that any of them has.
pub(crate) struct Sums {
    digits: u32,
    before: Vec<(i128, u32)>,
}

impl Sums {
    /// Sums over all invoices of an account; `None` where the amounts are so large or so fine that
    /// adding them as decimals might round.
    pub(crate) fn of(account: &Account, firm: &Firm, part: Part) -> Option<Self> {
        let worth = |item: &Invoiced, day| firm_money(firm, part(item)?, item, day);
        let parts: Vec<Option<Decimal>> =
            account.invoiced().iter().map(|(source, item)| worth(item, source.day)).collect();
        let digits = parts.iter().flatten().map(Decimal::scale).max().unwrap_or(0);
        if digits > MOST_DIGITS {
            return None;
        }
        let mut before = Vec::with_capacity(parts.len() + 1);
        let (mut sum, mut untold, mut size) = (0_i128, 0_u32, 0_i128);
        before.push((sum, untold));
        for part in parts {
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
        Some(Self { digits, before })
    }

    /// The sum of some of the invoices, by their places in the line; `None` where one of them
    /// cannot be told.
    pub(crate) fn over(&self, places: &Range<usize>) -> Option<Decimal> {
        let (from, untold_from) = *self.before.get(places.start)?;
        let (to, untold_to) = *self.before.get(places.end)?;
        if untold_from != untold_to {
            return None;
        }
        Decimal::try_from_i128_with_scale(to - from, self.digits).ok()
    }
}
