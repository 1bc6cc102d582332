//! What holds for every service that decides: written down and read back, it decides as if nothing
//! had been.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::Fact;
use linchpin_domain::id::EntryId;

use crate::{at, genesis};

/// A service, as far as these laws look at it.
pub trait Decider: Default {
    /// Takes in an entry.
    fn absorb(&mut self, entry: &Entry);
    /// What it decides on a day.
    fn decide(&mut self, today: Date) -> Vec<(EntryId, Decision)>;
    /// When it next has something to decide by itself.
    fn next_due(&self) -> Option<Date>;
    /// The same, written down and read back.
    #[must_use]
    fn restarted(&self) -> Self;
}

/// One day of a story: what is told on it, and of which day.
#[derive(Debug, Clone)]
pub struct Told {
    /// What is told.
    pub fact: Fact,
    /// How many days before it became true.
    pub late_by: i64,
    /// Days until the next is told.
    pub pause: i64,
}

/// A story told day by day, each fact decided on before the next: a restart behind the facts that
/// ask for one changes no decision.
///
/// # Panics
/// Where it does.
pub fn a_restart_changes_no_decision<S: Decider>(rules: &Fact, story: &[(Told, bool)]) {
    let (mut steady, mut restarted) = (World::<S>::new(rules), World::<S>::new(rules));
    for (number, (told, restart)) in story.iter().enumerate() {
        steady.live(number, told);
        restarted.live(number, told);
        if *restart {
            restarted.service = restarted.service.restarted();
        }
        assert_eq!(steady.service.next_due(), restarted.service.next_due());
    }
    assert_eq!(steady.decided, restarted.decided);
}

/// The same where all is told before anything is decided, with one restart in the middle of that.
///
/// # Panics
/// Where it does.
pub fn what_was_taken_in_is_decided_after_a_restart<S: Decider>(
    rules: &Fact,
    story: &[Told],
    behind: usize,
) {
    let (mut steady, mut restarted) = (World::<S>::new(rules), World::<S>::new(rules));
    for (number, told) in story.iter().enumerate() {
        for world in [&mut steady, &mut restarted] {
            world.tell(number, told);
        }
        if number == behind {
            restarted.service = restarted.service.restarted();
        }
    }
    steady.decide();
    restarted.decide();
    assert_eq!(steady.decided, restarted.decided);
    assert_eq!(steady.service.next_due(), restarted.service.next_due());
}

/// Whose decisions come back as entries, as the ledger brings them.
struct World<S> {
    service: S,
    position: u64,
    day: Date,
    decided: Vec<(EntryId, Decision)>,
}

impl<S: Decider> World<S> {
    fn new(rules: &Fact) -> Self {
        let day = Date::constant(2024, 1, 1);
        let mut world = Self { service: S::default(), position: 0, day, decided: Vec::new() };
        world.take(EntryId::named("genesis"), 0, Body::Genesis(genesis(false)));
        world.take(EntryId::named("rules"), 0, Body::Fact(rules.clone()));
        world
    }

    fn take(&mut self, id: EntryId, late_by: i64, body: Body) {
        self.position += 1;
        let recorded_at = at(&self.day.to_string());
        let occurred_at = at(&self.day.saturating_sub(late_by.days()).to_string());
        let entry = Entry {
            position: self.position,
            id,
            stream: body.stream(),
            version: self.position,
            occurred_at,
            recorded_at,
            actor: "test".to_owned(),
            correlation: None,
            body,
        };
        self.service.absorb(&entry);
    }

    fn tell(&mut self, number: usize, told: &Told) {
        let id = EntryId::named(&number.to_string());
        self.take(id, told.late_by, Body::Fact(told.fact.clone()));
    }

    /// Decides until nothing is left to decide.
    fn decide(&mut self) {
        loop {
            let decided = self.service.decide(self.day);
            if decided.is_empty() {
                return;
            }
            for (id, decision) in decided {
                self.take(id, 0, Body::Decision(decision.clone()));
                self.decided.push((id, decision));
            }
        }
    }

    fn live(&mut self, number: usize, told: &Told) {
        self.tell(number, told);
        self.decide();
        let last = self.day.saturating_add(told.pause.days());
        while let Some(due) = self.service.next_due().filter(|due| *due <= last && *due > self.day)
        {
            self.day = due;
            self.decide();
        }
        self.day = last;
    }
}
