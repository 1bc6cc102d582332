//! A classifier that was written down and read back decides as if nothing had been.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::civil::Date;
use linchpin_bus::Service;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::Entry;
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, EntryId, InvoiceId};
use linchpin_domain::money::Currency;
use linchpin_testkit::{
    Decider, Told, What, a_restart_changes_no_decision,
    what_was_taken_in_is_decided_after_a_restart,
};
use proptest::prelude::*;

use crate::Classifier;

fn told() -> impl Strategy<Value = Told> {
    let retraction = (0_usize..20).prop_map(|n| -> Fact {
        let fact = EntryId::named(&n.to_string());
        FactRetracted::of_account(account(n), fact, "by mistake").into()
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
    let what = fact.prop_map(|fact| What::Fact(Box::new(fact)));
    (what, 0_i64..400, 0_i64..200).prop_map(|(what, late_by, pause)| Told { what, late_by, pause })
}

/// One of three clients.
fn account(n: usize) -> AccountId {
    AccountId::named(&(n % 3).to_string())
}

impl Decider for Classifier {
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
    [PolicyAdopted { document: crate::tests::POLICY.to_owned(), approvals: Vec::new() }.into()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn going_on_from_a_snapshot_decides_the_same(
        story in prop::collection::vec((told(), any::<bool>()), 1..25)
    ) {
        a_restart_changes_no_decision::<Classifier>(&rules(), &story);
    }

    #[test]
    fn what_was_taken_in_and_not_decided_is_decided_after_a_restart(
        story in prop::collection::vec(told(), 1..25),
        split in any::<prop::sample::Index>(),
    ) {
        let behind = split.index(story.len());
        what_was_taken_in_is_decided_after_a_restart::<Classifier>(&rules(), &story, behind);
    }
}
