//! A classifier that was written down and read back decides as if nothing had been.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, EntryId, InvoiceId};
use linchpin_domain::money::Currency;
use linchpin_testkit::{at, genesis};
use proptest::prelude::*;

use crate::Classifier;

/// One day of a story: what is told on it, and of which day.
#[derive(Debug, Clone)]
struct Told {
    fact: Fact,
    late_by: i64,
    /// Days until the next is told.
    pause: i64,
}

fn told() -> impl Strategy<Value = Told> {
    let retraction = (0_usize..20).prop_map(|n| -> Fact {
        let fact = EntryId::named(&n.to_string());
        FactRetracted { account: account(n), fact, reason: "by mistake".to_owned() }.into()
    });
    let invoice = (0_usize..1_000, 1_u32..150).prop_map(|(n, amount)| -> Fact {
        InvoiceIssued {
            account: account(n),
            invoice: InvoiceId::named(&n.to_string()),
            number: None,
            amount: amount.into(),
            currency: Currency::EUR,
            cost: None,
            lines: Vec::new(),
        }
        .into()
    });
    let fact = prop_oneof![4 => invoice, 1 => retraction];
    (fact, 0_i64..400, 0_i64..200).prop_map(|(fact, late_by, pause)| Told { fact, late_by, pause })
}

/// One of three clients.
fn account(n: usize) -> AccountId {
    AccountId::named(&(n % 3).to_string())
}

/// Whose decisions come back as entries, as the ledger brings them.
struct World {
    service: Classifier,
    position: u64,
    day: Date,
    decided: Vec<(EntryId, Decision)>,
}

impl World {
    fn new() -> Self {
        let (day, decided) = ("2024-01-01".parse().unwrap(), Vec::new());
        let mut world = Self { service: Classifier::default(), position: 0, day, decided };
        world.take(EntryId::named("genesis"), 0, Body::Genesis(genesis(false)));
        let rules = PolicyAdopted { document: crate::tests::POLICY.to_owned() };
        world.take(EntryId::named("rules"), 0, Body::Fact(rules.into()));
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
        let id = EntryId::named(&number.to_string());
        self.take(id, told.late_by, Body::Fact(told.fact.clone()));
        self.decide();
        let last = self.day.saturating_add(told.pause.days());
        while let Some(due) = self.service.next_due().filter(|due| *due <= last && *due > self.day)
        {
            self.day = due;
            self.decide();
        }
        self.day = last;
    }

    fn restart(&mut self) {
        let written = rmp_serde::to_vec_named(&self.service).unwrap();
        self.service = rmp_serde::from_slice(&written).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn going_on_from_a_snapshot_decides_the_same(
        story in prop::collection::vec((told(), any::<bool>()), 1..25)
    ) {
        let (mut steady, mut restarted) = (World::new(), World::new());
        for (number, (told, restart)) in story.iter().enumerate() {
            steady.live(number, told);
            restarted.live(number, told);
            if *restart {
                restarted.restart();
            }
            prop_assert_eq!(steady.service.next_due(), restarted.service.next_due());
        }
        prop_assert_eq!(&steady.decided, &restarted.decided);
    }

    /// Also in the middle of what was taken in and not yet decided on.
    #[test]
    fn what_was_taken_in_and_not_decided_is_decided_after_a_restart(
        story in prop::collection::vec(told(), 1..25),
        split in any::<prop::sample::Index>(),
    ) {
        let split = split.index(story.len());
        let (mut steady, mut restarted) = (World::new(), World::new());
        for (number, told) in story.iter().enumerate() {
            for world in [&mut steady, &mut restarted] {
                world.take(EntryId::named(&number.to_string()), told.late_by, Body::Fact(told.fact.clone()));
            }
            if number == split {
                restarted.restart();
            }
        }
        steady.decide();
        restarted.decide();
        prop_assert_eq!(steady.decided, restarted.decided);
        prop_assert_eq!(steady.service.next_due(), restarted.service.next_due());
    }
}
