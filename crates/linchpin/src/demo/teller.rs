//! Collects the story: what happened, when it happened, and when the desk learnt of it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;

use super::Told;
use super::calendar::Calendar;
use super::cast::Member;
use super::rng::Rng;

/// The door through which a fact comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// The accounts package, imported every evening.
    Books,
    /// The contract register, imported every evening.
    Register,
    /// The CRM, which tells within the hour.
    Crm,
    /// The contact list, compared the same night or some nights later.
    List,
    /// One of us, on a page of the desk.
    Page(Member),
}

impl Door {
    fn actor(self) -> String {
        match self {
            Self::Books => "import:invoices".to_owned(),
            Self::Register => "import:contracts".to_owned(),
            Self::Crm => "crm".to_owned(),
            Self::List => "sync:contacts".to_owned(),
            Self::Page(member) => format!("page:{}", member.number()),
        }
    }
}

/// The story so far.
#[derive(Debug)]
pub(super) struct Teller {
    /// The days it runs over.
    pub(super) calendar: Calendar,
    /// The seed every stream of chance starts from.
    pub(super) seed: u64,
    told: Vec<Told>,
    rng: Rng,
    opened: i64,
}

const HOUR: i64 = 3600;

impl Teller {
    pub(super) fn new(seed: u64, calendar: Calendar) -> Self {
        Self { rng: Rng::new(seed, "teller"), calendar, seed, told: Vec::new(), opened: 0 }
    }

    /// A stream of chance for one purpose.
    pub(super) fn rng(&self, label: &str) -> Rng {
        Rng::new(self.seed, label)
    }

    /// Something that was so when the desk was set up: told in the order of telling, on the
    /// morning of the first day.
    pub(super) fn opening(&mut self, actor: &str, fact: impl Into<Fact>) {
        let at = self.calendar.at(self.calendar.start, 5 * HOUR + self.opened);
        self.opened += 1;
        self.push(at, at, actor.to_owned(), fact.into());
    }

    /// Something that happened on a working day on or before this one. One fact in eight is
    /// learnt late. `None` where the day has not come yet.
    pub(super) fn tell(&mut self, day: Date, door: Door, fact: impl Into<Fact>) -> Option<EntryId> {
        let late = match self.rng.between(0, 99) {
            0..88 => 0,
            88..97 => self.rng.between(1, 9),
            _ => self.rng.between(10, 45),
        };
        self.tell_late(day, late, door, fact)
    }

    /// The same, learnt a given number of days late, where these days have passed; else at once.
    pub(super) fn tell_late(
        &mut self,
        day: Date,
        days_late: i64,
        door: Door,
        fact: impl Into<Fact>,
    ) -> Option<EntryId> {
        let day = self.calendar.workday(day);
        if day >= self.calendar.today {
            return None;
        }
        let seconds = if day == self.calendar.start { 9 * HOUR } else { 8 * HOUR };
        let seconds = seconds + self.rng.between(0, 9 * HOUR - 1);
        let occurred = self.calendar.at(day, seconds);
        let learnt = self.learnt(day, seconds, days_late, door);
        Some(self.push(occurred, learnt, door.actor(), fact.into()))
    }

    fn learnt(&mut self, day: Date, seconds: i64, days_late: i64, door: Door) -> Timestamp {
        let learnt_on = self.calendar.workday(day + days_late.days());
        let late = learnt_on > day && learnt_on < self.calendar.today;
        let day = if late { learnt_on } else { day };
        let seconds = match door {
            Door::Books => 19 * HOUR + self.rng.between(0, 900),
            Door::Register => 20 * HOUR + self.rng.between(0, 900),
            Door::List => 22 * HOUR + self.rng.between(0, 900),
            Door::Crm | Door::Page(_) if late => self.rng.between(9 * HOUR, 17 * HOUR),
            Door::Crm => seconds + self.rng.between(30, HOUR),
            Door::Page(_) => seconds + self.rng.between(300, 2 * HOUR),
        };
        self.calendar.at(day, seconds)
    }

    fn push(
        &mut self,
        occurred_at: Timestamp,
        learnt_at: Timestamp,
        actor: String,
        fact: Fact,
    ) -> EntryId {
        let number = self.told.len();
        let id = EntryId::named(&format!("demo:{}:{}:{number}", self.seed, self.calendar.today));
        self.told.push(Told { id, occurred_at, learnt_at, actor, fact });
        id
    }

    /// The whole story in the order in which it was learnt; what was learnt in the same moment
    /// stays in the order of telling.
    pub(super) fn finish(mut self) -> Vec<Told> {
        self.told.sort_by_key(|told| told.learnt_at);
        self.told
    }
}
