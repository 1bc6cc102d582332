//! Words for days, sums and counts, the same on every page, in every answer and on the terminal.

use jiff::civil::Date;
use linchpin_domain::money::{Currency, Decimal};
use rust_decimal::RoundingStrategy;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A day as read from another: `30 November` within the same year, else `30 November 2027`.
pub fn date(day: Date, from: Date) -> String {
    if day.year() == from.year() { format!("{} {}", day.day(), month(day)) } else { full_date(day) }
}

/// A day with its year: `30 November 2027`.
pub fn full_date(day: Date) -> String {
    format!("{} {} {}", day.day(), month(day), day.year())
}

/// A near day: `Mon 30 Nov`; with its year where that is another.
pub fn short_date(day: Date, from: Date) -> String {
    let weekday = WEEKDAYS[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs()) % 7];
    let month = &month(day)[..3];
    if day.year() == from.year() {
        format!("{weekday} {} {month}", day.day())
    } else {
        format!("{weekday} {} {month} {}", day.day(), day.year())
    }
}

/// The name of a day's month.
pub fn month(day: Date) -> &'static str {
    MONTHS[usize::from(day.month().unsigned_abs()).saturating_sub(1) % 12]
}

/// Days from one day to another; negative for the past.
pub fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// How far away a day is: `today`, `tomorrow`, `in 13 days`, `yesterday`, `4 days ago`.
pub fn distance(days: i32) -> String {
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", days.unsigned_abs()),
    }
}

/// An amount in whole units: `€512,400`, `−€31,400`, `CHF 12`.
pub fn money(amount: Decimal, currency: Currency) -> String {
    let whole = amount.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    in_currency(whole, 0, currency)
}

/// An amount to the cent where it has any: `€512,400`, `€12.50`.
pub fn exact_money(amount: Decimal, currency: Currency) -> String {
    let cents = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let places = if cents.is_integer() { 0 } else { 2 };
    in_currency(cents, places, currency)
}

fn in_currency(amount: Decimal, places: usize, currency: Currency) -> String {
    let minus = if amount.is_sign_negative() && !amount.is_zero() { "−" } else { "" };
    let digits = grouped(&format!("{:.places$}", amount.abs()));
    format!("{minus}{}{digits}", sign(currency))
}

/// The sign or code that stands before an amount, with the space it needs.
pub fn sign(currency: Currency) -> String {
    match currency {
        Currency::EUR => "€".to_owned(),
        Currency::GBP => "£".to_owned(),
        Currency::USD => "$".to_owned(),
        Currency::JPY => "¥".to_owned(),
        other => format!("{} ", other.code()),
    }
}

/// A text of digits with its thousands apart: `1284900.50` becomes `1,284,900.50`.
pub fn grouped(digits: &str) -> String {
    let (minus, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", digits),
    };
    let (whole, rest) = digits.find('.').map_or((digits, ""), |dot| digits.split_at(dot));
    let mut out = String::with_capacity(digits.len() + whole.len() / 3 + 3);
    out.push_str(minus);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(rest);
    out
}

/// A whole number with its noun: `1 engagement`, `1,204 engagements`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(&number.to_string()), if number == 1 { one } else { many })
}

/// A small number as a word, a larger one in digits: `two`, `13`.
pub fn number(number: u64) -> String {
    const WORDS: [&str; 10] =
        ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = usize::try_from(number).ok().and_then(|at| WORDS.get(at));
    word.map_or_else(|| grouped(&number.to_string()), |word| (*word).to_owned())
}

/// A bare figure without needless zeros and with thousands apart.
pub fn figure(value: Decimal) -> String {
    grouped(&value.normalize().to_string())
}

/// A share of 0 to 1 in per cent with one place: `4.6%`.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0).replace('-', "−")
}

/// Names in a row: `A`, `A and B`, `A, B and C`.
pub fn list(names: &[String]) -> String {
    match names {
        [] => "nobody yet".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The text with its first letter large.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn days_carry_their_year_only_where_it_is_another() {
        assert_eq!(date(day(2026, 11, 30), day(2026, 11, 17)), "30 November");
        assert_eq!(date(day(2027, 2, 28), day(2026, 11, 17)), "28 February 2027");
        assert_eq!(short_date(day(2026, 11, 30), day(2026, 11, 17)), "Mon 30 Nov");
    }

    #[test]
    fn sums_have_thousands_apart_and_a_real_minus() {
        assert_eq!(money(Decimal::new(51_240_049, 2), Currency::EUR), "€512,400");
        assert_eq!(money(Decimal::new(-3_140_000, 2), Currency::EUR), "−€31,400");
        assert_eq!(exact_money(Decimal::new(1_250, 2), Currency::GBP), "£12.50");
        assert_eq!(exact_money(Decimal::new(5, 0), Currency::CHF), "CHF 5");
        assert_eq!(grouped("999"), "999");
        assert_eq!(grouped("-1000.25"), "−1,000.25");
    }

    #[test]
    fn distances_and_lists_read_as_sentences() {
        assert_eq!(distance(13), "in 13 days");
        assert_eq!(distance(-4), "4 days ago");
        let names = ["A", "B", "C"].map(str::to_owned);
        assert_eq!(list(&names), "A, B and C");
        assert_eq!(percent(-0.011), "−1.1%");
    }
}
