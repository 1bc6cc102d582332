//! A line of happenings in the order in which they happened, whatever the order of arrival.

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::entry::Position;
use crate::id::EntryId;

/// Where an item comes from. Sorting goes by when it happened; at the same moment by rank (so
/// that who joined and left at once is gone), then by id, so that every arrival order gives the
/// same line. The position is evidence only and takes no part.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(into = "Packed", try_from = "Packed")]
pub struct Source {
    /// When it became true.
    pub at: Timestamp,
    /// The day from which it counts, in the firm's time zone: as a rule the day of `at`.
    pub day: Date,
    /// Order within the moment.
    pub rank: u8,
    /// The fact.
    pub id: EntryId,
    /// Where the fact stands in the ledger.
    pub position: Position,
}

impl Source {
    /// What sorts it.
    pub(crate) fn key(&self) -> (Timestamp, u8, EntryId) {
        (self.at, self.rank, self.id)
    }
}

/// How a source is written down: microsecond, year, month, day, rank, id, position. There is one
/// of it for every happening, so that a snapshot is for the most part made of them; the ledger
/// keeps moments to the microsecond, so nothing is lost.
type Packed = (i64, i16, i8, i8, u8, EntryId, Position);

impl From<Source> for Packed {
    fn from(it: Source) -> Self {
        let day = it.day;
        let at = it.at.as_microsecond();
        (at, day.year(), day.month(), day.day(), it.rank, it.id, it.position)
    }
}

impl TryFrom<Packed> for Source {
    type Error = jiff::Error;

    fn try_from(packed: Packed) -> Result<Self, jiff::Error> {
        let (at, year, month, day, rank, id, position) = packed;
        let (at, day) = (Timestamp::from_microsecond(at)?, Date::new(year, month, day)?);
        Ok(Self { at, day, rank, id, position })
    }
}

/// The line, sorted by when things happened. Where days are asked for, each item counts from the
/// day it happened. Insertion is cheap at the end, where nearly everything lands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timeline<T> {
    items: Vec<(Source, T)>,
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T> Timeline<T> {
    /// Puts an item in its place; whether it is new. The same fact again changes nothing.
    pub fn insert(&mut self, source: Source, item: T) -> bool {
        if self.items.last().is_none_or(|(last, _)| last.key() < source.key()) {
            self.items.push((source, item));
            return true;
        }
        let at = self.items.partition_point(|(other, _)| other.key() < source.key());
        let new = self.items.get(at).is_none_or(|(other, _)| other.key() != source.key());
        if new {
            self.items.insert(at, (source, item));
        }
        new
    }

    /// Takes out what came from a fact, and says on which day that was.
    pub fn remove(&mut self, fact: EntryId) -> Option<Date> {
        let at = self.items.iter().position(|(source, _)| source.id == fact)?;
        Some(self.items.remove(at).0.day)
    }

    /// All items, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Source, &T)> {
        self.items.iter().map(|(source, item)| (source, item))
    }

    /// All items, oldest first, to be changed where they stand.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Source, &mut T)> {
        self.items.iter_mut().map(|(source, item)| (&*source, item))
    }

    /// The items up to and including a day, oldest first.
    pub fn until(&self, day: Date) -> impl DoubleEndedIterator<Item = (&Source, &T)> {
        self.between(Date::MIN, day)
    }

    /// The items of the days D with `after < D <= until`.
    pub fn between(
        &self,
        after: Date,
        until: Date,
    ) -> impl DoubleEndedIterator<Item = (&Source, &T)> {
        self.items[self.places(after, until)].iter().map(|(source, item)| (source, item))
    }

    /// The places of the items of the days D with `after < D <= until`.
    pub(crate) fn places(&self, after: Date, until: Date) -> Range<usize> {
        let end = self.items.partition_point(|(source, _)| source.day <= until);
        self.items.partition_point(|(source, _)| source.day <= after).min(end)..end
    }

    /// The day of each item, oldest first.
    pub(crate) fn days(&self) -> impl Iterator<Item = Date> {
        self.items.iter().map(|(source, _)| source.day)
    }

    /// The day of the item at a place.
    pub(crate) fn day_at(&self, place: usize) -> Option<Date> {
        self.items.get(place).map(|(source, _)| source.day)
    }

    /// How many items there are of the days D with `after < D <= until`, and the day of the oldest.
    pub(crate) fn tally(&self, after: Date, until: Date) -> (usize, Option<Date>) {
        let places = self.places(after, until);
        (places.len(), self.day_at(places.start).filter(|_| !places.is_empty()))
    }

    /// The newest item up to and including a day.
    pub fn at(&self, day: Date) -> Option<(&Source, &T)> {
        self.until(day).next_back()
    }

    /// The first day after this one on which something happened.
    pub fn next_day(&self, day: Date) -> Option<Date> {
        let at = self.items.partition_point(|(source, _)| source.day <= day);
        self.items.get(at).map(|(source, _)| source.day)
    }

    /// The first day on which something happened.
    pub fn first_day(&self) -> Option<Date> {
        self.items.first().map(|(source, _)| source.day)
    }

    /// Forgets what happened after a day.
    pub fn cut(&mut self, day: Date) {
        let end = self.items.partition_point(|(source, _)| source.day <= day);
        self.items.truncate(end);
    }

    /// Takes in another line. Of what stands in both, its own stays.
    pub fn join(&mut self, other: Self) {
        if other.is_empty() {
            return;
        }
        // Two sorted runs: this sort only has to merge them, and it keeps equal ones in order.
        self.items.extend(other.items);
        self.items.sort_by_key(|(source, _)| source.key());
        self.items.dedup_by_key(|(source, _)| source.key());
    }

    /// Keeps only items that a test lets through.
    pub fn retain_items(&mut self, keep: impl Fn(&T) -> bool) {
        self.items.retain(|(_, item)| keep(item));
    }

    /// Keeps only what a test of its source lets through.
    pub fn retain(&mut self, keep: impl Fn(&Source) -> bool) {
        self.items.retain(|(source, _)| keep(source));
    }

    /// Whether nothing happened.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
