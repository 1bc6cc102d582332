//! A notifier that was written down and read back decides as if nothing had been.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::Entry;
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, ContactId, ContractId, EntryId, MemberId};
use linchpin_domain::private::Private;
use linchpin_domain::watch::FIRST_WATCHLIST;
use linchpin_testkit::{
    Decider, Told, What, a_restart_changes_no_decision,
    what_was_taken_in_is_decided_after_a_restart,
};
use proptest::prelude::*;

use crate::Notifier;

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
    let what = fact.prop_map(|fact| What::Fact(Box::new(fact)));
    (what, 0_i64..60, 0_i64..90).prop_map(|(what, late_by, pause)| Told { what, late_by, pause })
}

impl Decider for Notifier {
    fn absorb(&mut self, entry: &Entry) {
        Service::absorb(self, entry);
    }

    fn decide(&mut self, today: Date) -> Vec<(EntryId, Decision)> {
        Service::decide(self, today)
    }

    fn next_due(&self) -> Option<Date> {
        Service::next_due(self)
    }

    fn restarted(&self) -> Self {
        rmp_serde::from_slice(&rmp_serde::to_vec_named(self).unwrap()).unwrap()
    }
}

fn rules() -> [Fact; 1] {
    [WatchlistAdopted { document: FIRST_WATCHLIST.to_owned() }.into()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn going_on_from_a_snapshot_decides_the_same(
        story in prop::collection::vec((told(), any::<bool>()), 1..25)
    ) {
        a_restart_changes_no_decision::<Notifier>(&rules(), &story);
    }

    #[test]
    fn what_was_taken_in_and_not_decided_is_decided_after_a_restart(
        story in prop::collection::vec(told(), 1..25),
        split in any::<prop::sample::Index>(),
    ) {
        let behind = split.index(story.len());
        what_was_taken_in_is_decided_after_a_restart::<Notifier>(&rules(), &story, behind);
    }
}
