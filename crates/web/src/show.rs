//! How days, sums and shares are written on a page.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::decision::Severity;
use linchpin_domain::policy::Status;

/// A status as its style class.
pub(crate) fn status_class(status: &Status) -> &'static str {
    match status {
        Status::Key => "key",
        Status::UnderReview => "review",
        Status::Standard => "standard",
    }
}

/// A status in a word or two.
pub(crate) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Key => "Key",
        Status::UnderReview => "Under review",
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
    day.strftime("%-d %B %Y").to_string()
}

/// `30 November` within the year of another day, else `30 November 2027`.
pub(crate) fn day_words(day: &Date, today: &Date) -> String {
    let format = if day.year() == today.year() { "%-d %B" } else { "%-d %B %Y" };
    day.strftime(format).to_string()
}

/// `Mon 30 Nov`, with the year where it is another than today's.
pub(crate) fn weekday(day: &Date, today: &Date) -> String {
    let format = if day.year() == today.year() { "%a %-d %b" } else { "%a %-d %b %Y" };
    day.strftime(format).to_string()
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
    match days_left {
        0 => "Today".to_owned(),
        1 => "Tomorrow".to_owned(),
        -1 => "Yesterday".to_owned(),
        days if days > 0 => format!("In {} days", thousands(&days.to_string())),
        days => format!("{} days ago", thousands(&days.unsigned_abs().to_string())),
    }
}

/// `9 things`, `1 thing`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        n => format!("{} {many}", number_words(n)),
    }
}

/// A whole number with separators of thousands.
pub(crate) fn number_words(number: usize) -> String {
    thousands(&number.to_string())
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
    thousands(&position.to_string())
}

/// A share of 0 to 1: `11.4%`.
pub(crate) fn percent(share: &f64) -> String {
    format!("{:.1}%", share * 100.0).replace('-', "−")
}

/// A sum with two places as a whole number with separators: `279489.02` gives `279,489`.
pub(crate) fn whole(amount: &str) -> String {
    let (minus, bare) = match amount.strip_prefix('-') {
        Some(bare) => ("−", bare),
        None => ("", amount),
    };
    let (units, cents) = bare.split_once('.').unwrap_or((bare, "0"));
    let up = cents.as_bytes().first().is_some_and(|digit| *digit >= b'5');
    let rounded = match units.parse::<u128>() {
        Ok(units) => (units + u128::from(up)).to_string(),
        Err(_) => return amount.to_owned(),
    };
    let minus = if rounded == "0" { "" } else { minus };
    format!("{minus}{}", thousands(&rounded))
}

/// A sum as a whole number with its currency: `€512,400`, `−€5`, `CHF 1,200`.
pub(crate) fn money(amount: &str, currency: &str) -> String {
    let figure = whole(amount);
    match figure.strip_prefix('−') {
        Some(bare) => format!("−{}{bare}", symbol(currency)),
        None => format!("{}{figure}", symbol(currency)),
    }
}

/// What stands before a sum in a currency.
pub(crate) fn symbol(currency: &str) -> String {
    match currency {
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "USD" => "$".to_owned(),
        code => format!("{code}\u{a0}"),
    }
}

/// The first letter large.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
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
        assert_eq!(money("1200.00", "CHF"), "CHF\u{a0}1,200");
    }

    #[test]
    fn near_days_are_told_in_days() {
        assert_eq!(when(13), "In 13 days");
        assert_eq!(when(-1), "Yesterday");
        assert_eq!(when(-4), "4 days ago");
    }
}
