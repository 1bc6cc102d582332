//! Sums of money that end in no answer rather than in a panic.

use linchpin_domain::money::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The largest sum that is told, in major units (10^27). A decimal holds little more, and
/// rounding and writing need some room; what is larger counts as unknown, like a sum for which an
/// exchange rate is missing.
const LARGEST: Decimal = Decimal::from_parts(0xE800_0000, 0x9FD0_803C, 0x033B_2E3C, false, 0);

/// A sum and one more part; `None` where either is unknown or the two are too large together.
pub(super) fn plus(sum: Option<Decimal>, more: Option<Decimal>) -> Option<Decimal> {
    sum?.checked_add(more?).filter(|sum| sum.abs() <= LARGEST)
}

/// The sum of many parts; `None` where it is too large.
pub(super) fn total(parts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    parts.into_iter().try_fold(Decimal::ZERO, |sum, part| plus(Some(sum), Some(part)))
}

/// A part of a whole, 0 where there is no whole or either is unknown.
pub(super) fn share(part: Option<Decimal>, whole: Option<Decimal>) -> f64 {
    let number = |sum: Option<Decimal>| sum.and_then(|sum| sum.to_f64());
    match (number(part), number(whole)) {
        (Some(part), Some(whole)) if whole > 0.0 => part / whole,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use linchpin_domain::money::cents;

    use super::*;

    #[test]
    fn sums_up_to_the_bound_are_told_and_no_others() {
        assert_eq!(LARGEST.to_string(), format!("1{}", "0".repeat(27)));
        assert_eq!(total([LARGEST, -LARGEST, LARGEST]), Some(LARGEST));
        assert_eq!(cents(-LARGEST).len(), "-.00".len() + 28);
        for parts in [vec![LARGEST, Decimal::ONE], vec![Decimal::MAX, Decimal::MAX, Decimal::MIN]] {
            assert_eq!(total(parts), None);
        }
        assert_eq!(plus(None, Some(Decimal::ONE)), None);
        assert!(share(Some(Decimal::ONE), None).abs() < f64::EPSILON);
        assert!((share(Some(Decimal::ONE), Some(Decimal::TWO)) - 0.5).abs() < f64::EPSILON);
    }
}
