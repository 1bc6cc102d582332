//! The demo's sample firm: Quillhaven Staffing, three years of it, made from a seed.
//!
//! Pure: the same seed and day tell the same story. All names are invented, or the placeholder
//! names of many countries. Whatever the seed, the story ends with the same situations: a key
//! client has just lost its only decision maker, notice deadlines near, two colleagues dispute a
//! subsidiary, one client fades and one rises. The seed only rolls days, sums and words.

mod book;
mod calendar;
mod cast;
mod contracts;
mod names;
mod ownership;
mod people;
mod rng;
mod teller;
mod touch;
mod trade;
mod work;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;

use book::Book;
use calendar::Calendar;
use teller::Teller;

/// One fact of the story.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    /// The entry's identity: the same for the same seed and day.
    pub(crate) id: EntryId,
    /// When it became true in the world.
    pub(crate) occurred_at: Timestamp,
    /// When the desk learnt it; never before `occurred_at`.
    pub(crate) learnt_at: Timestamp,
    /// Who told it, such as `import:invoices`. Never names a person.
    pub(crate) actor: String,
    /// What is told.
    pub(crate) fact: Fact,
}

/// The story of the sample firm, in the order in which it was learnt: three years up to the
/// evening before `today`, so that all of it lies in the past at any hour of `today`. Days are
/// days in `zone`. `today` is held within the years 1950 to 2150.
pub(crate) fn story(seed: u64, today: Date, zone: &TimeZone) -> Vec<Told> {
    let mut teller = Teller::new(seed, Calendar::new(today, zone));
    let mut book = Book::open(&teller);
    ownership::name_members(&mut teller);
    book.register(&mut teller);
    ownership::assign(&mut teller, &book);
    people::live(&mut teller, &mut book);
    contracts::sign(&mut teller, &book);
    work::deliver(&mut teller, &book);
    touch::meet(&mut teller, &book);
    touch::listen(&mut teller, &book);
    touch::judge(&mut teller, &book);
    touch::refer(&mut teller, &book);
    ownership::dispute(&mut teller, &book);
    teller.finish()
}
