//! A notifier that was written down and read back decides as if nothing had been.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry};
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, ContactId, ContractId, EntryId, MemberId};
use linchpin_domain::private::Private;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_testkit::{at, genesis};
use proptest::prelude::*;

use crate::Notifier;

/// One day of a story: what is told on it, and of which day.
#[derive(Debug, Clone)]
struct Told {
    fact: Fact,
    late_by: i64,
    /// Days until the next is told.
    pause: i64,
}

fn told() -> impl Strategy<Value = Told> {
    let who = prop::sample::select(vec!["ann", "ben", "cat"]);
    let fact = (0_u8..6, who, 0_i64..500).prop_map(|(kind, who, n)| -> Fact {
        let (account, contact) = (AccountId::named("acme"), ContactId::named(who));
        let contract = ContractId::named(who);
        match kind {
            0 | 1 => {
                let role = Some(BuyingRole::DecisionMaker).filter(|_| n % 2 == 0);
                let (person, title) = (Private::named(who), "Head".to_owned());
                ContactJoined { account, contact, person, title, level: None, role }.into()
            }
            2 => ContactLeft { account, contact }.into(),
            3 => {
                let start: Date = "2024-01-01".parse().unwrap();
                ContractSigned {
                    account,
                    contract,
                    title: "Framework".to_owned(),
                    kind: ContractKind::Framework,
                    start,
                    end: start.saturating_add(n.days()),
                    notice_days: Some(30),
                    auto_renewal_months: None,
                    value_a_year: None,
                }
                .into()
            }
            4 => RenewalTalksStarted { account, contract }.into(),
            _ => {
                let reason = "my client".to_owned();
                OwnershipClaimed { account, by: MemberId::named(who), reason }.into()
            }
        }
    });
    (fact, 0_i64..60, 0_i64..90).prop_map(|(fact, late_by, pause)| Told { fact, late_by, pause })
}

/// Whose decisions come back as entries, as the ledger brings them.
struct World {
    service: Notifier,
    position: u64,
    day: Date,
    decided: Vec<(EntryId, Decision)>,
}

impl World {
    fn new() -> Self {
        let (day, decided) = ("2024-01-01".parse().unwrap(), Vec::new());
        let mut world = Self { service: Notifier::default(), position: 0, day, decided };
        world.take(EntryId::named("genesis"), 0, Body::Genesis(genesis(false)));
        let rules = WatchlistAdopted { document: FIRST_WATCHLIST.to_owned() };
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
