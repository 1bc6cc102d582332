//! How days, sums and shares are written on a page.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::decision::Severity;
use linchpin_domain::money::{Currency, Decimal};
use linchpin_domain::policy::Status;
use linchpin_query::view::Concentration;
use linchpin_query::words;
use rust_decimal::RoundingStrategy;

/// A status as its style class.
pub(crate) fn status_class(status: &Status) -> &'static str {
    match status {
        Status::Key => "key",
        Status::UnderReview => "review",
        Status::Trial => "trial",
        Status::Nominated => "nominated",
        Status::Released => "released",
        Status::Standard => "standard",
    }
}

/// A status in a word or two.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Key => "Key",
        Status::UnderReview => "Under review",
        Status::Trial => "Key (trial)",
        Status::Nominated => "Nominated",
        Status::Released => "Released",
        Status::Standard => "Standard",
    }
}

/// An urgency as its style class.
pub(crate) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Now => "now",
        Severity::Soon => "soon",
        Severity::Know => "know",
    }
}

/// An urgency in words.
pub(crate) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Now => "Cannot wait",
        Severity::Soon => "Soon",
        Severity::Know => "To know",
    }
}

/// `30 Nov 2026`.
pub(crate) fn day(day: &Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// `30 Nov` within the year of another day, else `30 Nov 2027`.
pub(crate) fn day_near(day: &Date, today: &Date) -> String {
    let format = if day.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
    day.strftime(format).to_string()
}

/// `30 November 2026`.
pub(crate) fn day_long(day: &Date) -> String {
    words::full_date(*day)
}

/// `since 30 November 2026`. What holds from before anything was recorded has no day.
pub(crate) fn since(day: &Date) -> String {
    if is_beginning(day) {
        "from the beginning".to_owned()
    } else {
        format!("since {}", day_long(day))
    }
}

/// The same in short: `30 Nov 2026`, `Always`.
pub(crate) fn since_short(day: &Date) -> String {
    if is_beginning(day) { "Always".to_owned() } else { self::day(day) }
}

/// Rules that come with a new ledger are dated to the beginning of the calendar of computers, so
/// that they hold for facts however old.
fn is_beginning(day: &Date) -> bool {
    day.year() <= 1970
}

/// `30 November` within the year of another day, else `30 November 2027`.
pub(crate) fn day_words(day: &Date, today: &Date) -> String {
    words::date(*day, *today)
}

/// `Mon 30 Nov`, with the year where it is another than today's.
pub(crate) fn weekday(day: &Date, today: &Date) -> String {
    words::short_date(*day, *today)
}

/// `Tuesday 17 November`.
pub(crate) fn weekday_long(day: Date) -> String {
    day.strftime("%A %-d %B").to_string()
}

/// `17 Nov 2026, 06:00` in the firm's zone.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%-d %b %Y, %H:%M").to_string()
}

/// `06:42` in the firm's zone.
pub(crate) fn hour(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%H:%M").to_string()
}

/// `In 13 days`, `Tomorrow`, `Today`, `Yesterday`, `4 days ago`.
pub(crate) fn when(days_left: i32) -> String {
    capital(&words::distance(days_left))
}

/// `9 things`, `1 thing`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    words::count(number as u64, one, many)
}

/// A whole number with separators of thousands.
pub(crate) fn number_words(number: usize) -> String {
    words::grouped(&number.to_string())
}

/// A count at the head of a sentence: words up to ten, figures above.
pub(crate) fn spelled(number: usize) -> String {
    const WORDS: [&str; 11] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    WORDS.get(number).map_or_else(|| number_words(number), |word| (*word).to_owned())
}

/// The same within a sentence.
pub(crate) fn spelled_within(number: usize) -> String {
    spelled(number).to_lowercase()
}

/// An entry's place: `48,213`.
pub(crate) fn place(position: &u64) -> String {
    words::grouped(&position.to_string())
}

/// A share of 0 to 1: `11.4%`.
pub(crate) fn percent(share: &f64) -> String {
    words::percent(*share)
}

/// A share of a revenue, a dash where there is no revenue to have a share of.
pub(crate) fn share(share: &f64, of: &Concentration) -> String {
    if of.top_1 > 0.0 { percent(share) } else { "–".to_owned() }
}

/// A sum with two places as a whole number with separators: `279489.02` gives `279,489`.
pub(crate) fn whole(amount: &str) -> String {
    let Ok(amount) = amount.parse::<Decimal>() else { return amount.to_owned() };
    let whole = amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    words::grouped(&(if whole.is_zero() { Decimal::ZERO } else { whole }).to_string())
}

/// A sum as a whole number with its currency: `€512,400`, `−€5`, `CHF 1,200`.
pub(crate) fn money(amount: &str, currency: &str) -> String {
    match (amount.parse(), Currency::from_code(currency)) {
        (Ok(amount), Some(currency)) => words::money(amount, currency),
        _ => format!("{currency} {amount}"),
    }
}

/// What stands before a sum in a currency.
pub(crate) fn symbol(code: &str) -> String {
    Currency::from_code(code).map_or_else(|| format!("{code} "), words::sign)
}

/// The first letter large.
pub(crate) fn capital(text: &str) -> String {
    words::capital(text)
}

/// The first letter large, and a full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let text = capital(text.trim());
    if text.ends_with(['.', '?']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_rounded_half_up_and_grouped() {
        assert_eq!(whole("279489.02"), "279,489");
        assert_eq!(whole("999.50"), "1,000");
        assert_eq!(whole("-1234.00"), "−1,234");
        assert_eq!(whole("-0.20"), "0");
        assert_eq!(money("-5.00", "EUR"), "−€5");
        assert_eq!(money("1200.00", "CHF"), "CHF 1,200");
    }

    #[test]
    fn without_revenue_nobody_has_a_share_of_it() {
        let none = Concentration { top_1: 0.0, top_5: 0.0, top_10: 0.0, key: 0.0 };
        assert_eq!(share(&1.0, &none), "–");
        assert_eq!(share(&0.25, &Concentration { top_1: 0.75, ..none }), "25.0%");
    }

    #[test]
    fn near_days_are_told_in_days() {
        assert_eq!(when(13), "In 13 days");
        assert_eq!(when(-1), "Yesterday");
        assert_eq!(when(-4), "4 days ago");
    }
}
