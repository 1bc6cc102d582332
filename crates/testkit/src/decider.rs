//! What holds for every service that decides: written down and read back, it decides as if nothing
//! had been; and going on from day to day, it stands where whoever starts over comes to.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::account::accounts_of;
use linchpin_domain::audit::Audit;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::{Fact, FactRetracted};
use linchpin_domain::id::EntryId;

use crate::{at, genesis};

/// How often a service may be asked on one day before it has nothing more to say.
const MOST_ROUNDS: usize = 9;

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
    pub what: What,
    /// How many days before it became true; fewer than none where it lies ahead.
    pub late_by: i64,
    /// Days until the next is told.
    pub pause: i64,
}

/// What is told.
#[derive(Debug, Clone)]
pub enum What {
    /// A fact.
    Fact(Box<Fact>),
    /// That one of the facts told before was never true: which one, counted round and round. A
    /// fact of the firm that cannot be taken back stays.
    Back(usize),
}

/// A story told day by day, each fact decided on before the next: a restart behind the facts that
/// ask for one changes no decision.
///
/// # Panics
/// Where it does.
pub fn a_restart_changes_no_decision<S: Decider>(rules: &[Fact], story: &[(Told, bool)]) {
    let (mut steady, mut restarted) = (World::<S>::new(rules), World::<S>::new(rules));
    for (told, restart) in story {
        steady.live(told, &|_, _| {});
        restarted.live(told, &|_, _| {});
        if *restart {
            restarted.service = restarted.service.restarted();
        }
        assert_eq!(steady.service.next_due(), restarted.service.next_due());
    }
    assert_eq!(steady.entries, restarted.entries);
}

/// The same where all is told before anything is decided, with one restart in the middle of that.
///
/// # Panics
/// Where it does.
pub fn what_was_taken_in_is_decided_after_a_restart<S: Decider>(
    rules: &[Fact],
    story: &[Told],
    behind: usize,
) {
    let (mut steady, mut restarted) = (World::<S>::new(rules), World::<S>::new(rules));
    for (number, told) in story.iter().enumerate() {
        for world in [&mut steady, &mut restarted] {
            world.tell(told);
        }
        if number == behind {
            restarted.service = restarted.service.restarted();
        }
    }
    steady.decide();
    restarted.decide();
    assert_eq!(steady.entries, restarted.entries);
    assert_eq!(steady.service.next_due(), restarted.service.next_due());
}

/// A story lived through day by day: whenever the service came to rest, on the day before each on
/// which it is due, and on the last of a pause, it `stands` where whoever starts over comes to; and
/// each of its decisions comes out again when all is computed anew. Gives all entries and that
/// audit.
///
/// # Panics
/// Where it does not, or where it never comes to rest.
pub fn going_on_equals_starting_over<S: Decider>(
    rules: &[Fact],
    story: &[Told],
    stands: impl Fn(&S, Date),
) -> (Vec<Entry>, Audit) {
    let mut world = World::<S>::new(rules);
    story.iter().for_each(|told| world.live(told, &stands));
    let mut audit = Audit::default();
    world.entries.iter().for_each(|entry| audit.note(entry));
    world.entries.iter().for_each(|entry| audit.recompute(entry));
    assert_eq!(audit.differences(), &[]);
    (world.entries, audit)
}

/// A service that lives through the days, and all that came to its ledger, its own decisions among
/// it.
struct World<S> {
    service: S,
    entries: Vec<Entry>,
    day: Date,
    /// How many facts were told.
    told: usize,
}

impl<S: Decider> World<S> {
    fn new(rules: &[Fact]) -> Self {
        let day = Date::constant(2024, 1, 1);
        let mut world = Self { service: S::default(), entries: Vec::new(), day, told: 0 };
        world.take(EntryId::named("genesis"), 0, Body::Genesis(genesis(false)));
        for (number, rules) in rules.iter().enumerate() {
            let id = EntryId::named(&format!("rules {number}"));
            world.take(id, 0, Body::Fact(rules.clone()));
        }
        world
    }

    fn take(&mut self, id: EntryId, late_by: i64, body: Body) {
        let position = self.entries.len() as u64 + 1;
        let noon = |day: Date| at(&format!("{day}T12:00:00Z"));
        let entry = Entry {
            position,
            id,
            stream: body.stream(),
            version: position,
            occurred_at: noon(self.day.saturating_sub(late_by.days())),
            recorded_at: noon(self.day),
            actor: "test".to_owned(),
            correlation: None,
            body,
        };
        self.service.absorb(&entry);
        self.entries.push(entry);
    }

    fn tell(&mut self, told: &Told) {
        let id = EntryId::named(&self.told.to_string());
        self.told += 1;
        let fact = match &told.what {
            What::Fact(fact) => Some(Fact::clone(fact)),
            What::Back(which) => self.taken_back(*which),
        };
        if let Some(fact) = fact {
            self.take(id, told.late_by, Body::Fact(fact));
        }
    }

    /// The retraction of one of the facts told before, by one of the clients that it is about.
    fn taken_back(&self, which: usize) -> Option<Fact> {
        let facts = self.entries.iter().filter_map(|entry| match &entry.body {
            Body::Fact(fact) => Some((entry.id, fact)),
            _ => None,
        });
        let facts: Vec<_> = facts.collect();
        let (id, fact) = facts[which % facts.len()];
        let accounts: Vec<_> = accounts_of(fact).collect();
        let back = match (fact, accounts.len()) {
            (Fact::MemberLeft(it), 0) => FactRetracted::of_member(it.member, id, "by mistake"),
            (_, 0) => return None,
            (_, number) => {
                let account = accounts[which / facts.len() % number];
                FactRetracted::of_account(account, id, "by mistake")
            }
        };
        Some(back.into())
    }

    /// Decides until nothing is left to decide.
    fn decide(&mut self) {
        for round in 0.. {
            assert!(round < MOST_ROUNDS, "it never comes to rest on {}", self.day);
            let decided = self.service.decide(self.day);
            if decided.is_empty() {
                break;
            }
            for (id, decision) in decided {
                self.take(id, 0, Body::Decision(decision));
            }
        }
        let due = self.service.next_due();
        assert!(due.is_none_or(|due| due > self.day), "{due:?} on {}", self.day);
    }

    fn live(&mut self, told: &Told, stands: &dyn Fn(&S, Date)) {
        self.tell(told);
        self.decide();
        stands(&self.service, self.day);
        let last = self.day.saturating_add(told.pause.days());
        while let Some(due) = self.service.next_due().filter(|due| *due <= last) {
            // The day before, on which nobody was asked to look.
            self.day = due.saturating_sub(1.days());
            stands(&self.service, self.day);
            self.day = due;
            self.decide();
            stands(&self.service, self.day);
        }
        self.day = last;
        stands(&self.service, self.day);
    }
}
