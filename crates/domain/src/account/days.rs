//! On which days something happened with a client, and how often.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days in order, each with the number of happenings. Adding is cheap at the end, where nearly
/// everything lands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Days(Vec<(Date, u32)>);

impl Days {
    pub(super) fn first(&self) -> Option<Date> {
        self.0.first().map(|(day, _)| *day)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The first one after a day.
    pub(super) fn after(&self, day: Date) -> Option<Date> {
        let at = self.0.partition_point(|(other, _)| *other <= day);
        self.0.get(at).map(|(day, _)| *day)
    }

    pub(super) fn add(&mut self, day: Date) {
        if self.0.last().is_none_or(|(last, _)| *last < day) {
            return self.0.push((day, 1));
        }
        match self.0.binary_search_by_key(&day, |(other, _)| *other) {
            Ok(at) => self.0[at].1 += 1,
            Err(at) => self.0.insert(at, (day, 1)),
        }
    }

    /// Takes in the days of another.
    pub(super) fn join(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by_key(|(day, _)| *day);
        self.0.dedup_by(|(day, times), (before, sum)| {
            let same = day == before;
            *sum += if same { *times } else { 0 };
            same
        });
    }

    /// Takes one happening off a day.
    pub(super) fn take(&mut self, day: Date) {
        let Ok(at) = self.0.binary_search_by_key(&day, |(other, _)| *other) else { return };
        self.0[at].1 -= 1;
        if self.0[at].1 == 0 {
            self.0.remove(at);
        }
    }

    /// Forgets what came after a day.
    pub(super) fn cut(&mut self, day: Date) {
        self.0.truncate(self.0.partition_point(|(other, _)| *other <= day));
    }
}
