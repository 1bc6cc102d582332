//! The demo's days: three years up to yesterday, in the firm's time zone.

use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// The years whose days a story is told about.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The first working day.
    pub(super) start: Date,
    /// The day on which the story is told. Nothing happens on it yet.
    pub(super) today: Date,
    zone: TimeZone,
}

impl Calendar {
    /// Three years up to `today`, which is held within 1950 to 2150, so that no date computed
    /// from it leaves the calendar.
    pub(super) fn new(today: Date, zone: &TimeZone) -> Self {
        let today = today.clamp(date(1950, 1, 1), date(2150, 12, 31));
        let mut start = today - 3.years();
        while is_weekend(start) {
            start += 1.day();
        }
        Self { start, today, zone: zone.clone() }
    }

    /// The working day on or before a day, never before the start.
    pub(super) fn workday(&self, day: Date) -> Date {
        let mut day = day;
        while is_weekend(day) {
            day -= 1.day();
        }
        day.max(self.start)
    }

    /// The working day on or before the one that many days ago.
    pub(super) fn ago(&self, days: i64) -> Date {
        self.workday(self.today - days.days())
    }

    /// How many days lie between a day and today.
    pub(super) fn age(&self, day: Date) -> i64 {
        i64::from((self.today - day).get_days())
    }

    /// First and last day of one of the three years: 0 is the oldest, 2 ends yesterday.
    pub(super) fn year(&self, year: usize) -> (Date, Date) {
        let back = |years: i64| -> Span { years.years() };
        let ends = 2 - i64::try_from(year.min(2)).unwrap_or(2);
        let first = (self.today - back(ends + 1)).max(self.start);
        (first, self.today - back(ends) - 1.day())
    }

    /// What a figure that is known for each of the three years amounts to around a day, in
    /// per mille of a year's unit: straight lines between the middles of the years.
    pub(super) fn level(&self, years: [u32; 3], day: Date) -> i64 {
        let [first, second, third] = years.map(i64::from);
        let days = 1095 - self.age(day).clamp(0, 1095);
        let line = |from: i64, to: i64, since: i64| 1000 * from + 1000 * (to - from) * since / 365;
        match days {
            ..183 => 1000 * first,
            183..548 => line(first, second, days - 183),
            548..913 => line(second, third, days - 548),
            _ => 1000 * third,
        }
    }

    /// Every month's last day from the first month to the current one.
    pub(super) fn month_ends(&self) -> Vec<Date> {
        let mut ends = vec![self.start.last_of_month()];
        let last = self.today.last_of_month();
        while let Some(end) = ends.last().copied().filter(|end| *end < last) {
            ends.push((end + 1.day()).last_of_month());
        }
        ends
    }

    /// The moment of a day's wall-clock time, given in seconds after midnight.
    pub(super) fn at(&self, day: Date, seconds: i64) -> Timestamp {
        let midnight = day.at(0, 0, 0, 0);
        let time = midnight.saturating_add(seconds.seconds());
        self.zone.to_timestamp(time).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_year_ends_yesterday() {
        let calendar = Calendar::new(date(2024, 2, 29), &TimeZone::UTC);
        assert_eq!(calendar.year(2), (date(2023, 2, 28), date(2024, 2, 28)));
        assert_eq!(calendar.start, date(2021, 3, 1));
    }

    #[test]
    fn a_level_runs_straight_between_the_middles_of_the_years() {
        let calendar = Calendar::new(date(2025, 1, 1), &TimeZone::UTC);
        assert_eq!(calendar.level([10, 20, 30], date(2022, 1, 1)), 10_000);
        assert_eq!(calendar.level([10, 20, 30], calendar.today), 30_000);
        let middle = calendar.level([10, 20, 30], calendar.today - 547.days());
        assert!((19_000..=21_000).contains(&middle), "{middle}");
    }
}
