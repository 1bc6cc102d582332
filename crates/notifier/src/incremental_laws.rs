//! The alerts that stand are those that somebody would raise who looked at everything anew, and go
//! to those whom they would tell, on every day: for clients whose relatives changed, for merges, rulings and rules told late.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use std::collections::BTreeMap;

use jiff::civil::Date;
use linchpin_domain::decision::Recipient;
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, ContactId, EngagementId, InvoiceId, MemberId};
use linchpin_domain::money::Currency;
use linchpin_domain::private::Private;
use linchpin_domain::watch::look;
use linchpin_testkit::{Told, What, going_on_equals_starting_over};
use proptest::prelude::*;

use crate::Notifier;

const POLICY: &str = r#"
name = "Short"
enters_at = 10
stays_from = 5
grace_days = 12
[approval]
role = "key-account director"
of = ["enter", "release"]
veto_days = 20
[reassessment]
every_days = 50
[[criterion]]
id = "revenue"
title = "Revenue of the group"
measure = "revenue"
scope = "group"
window_days = 60
from = 0
to = 100
points = 10
missing = "no points"
why = "It pays the rent."
"#;

const WATCHLIST: &str = r#"
name = "All that looks at more than the client"
[[rule]]
id = "left"
kind = "contact left"
severity = "soon"
to = "account manager"
news_days = 20
[[rule]]
id = "disputed"
kind = "ownership disputed"
severity = "now"
to = "key-account director"
[[rule]]
id = "two"
kind = "worked by two"
severity = "now"
to = "key-account director"
news_days = 15
[[rule]]
id = "pending"
kind = "approval pending"
severity = "soon"
to = "key-account director"
[[rule]]
id = "reassess"
kind = "reassessment due"
severity = "soon"
to = "account manager"
lead_days = [20, 5]
"#;

const CLIENTS: usize = 4;

fn client(n: usize) -> AccountId {
    AccountId::named(&format!("client {}", n % CLIENTS))
}

fn any_told() -> impl Strategy<Value = Told> {
    let fact = (0_u32..40, 0..CLIENTS, 0..CLIENTS, 0_u32..120);
    let fact =
        fact.prop_map(|(kind, one, other, n)| What::Fact(Box::new(fact_of(kind, one, other, n))));
    let late = prop_oneof![4 => Just(0_i64), 3 => 0_i64..60, 1 => -30_i64..0];
    let what = prop_oneof![7 => fact, 1 => any::<usize>().prop_map(What::Back)];
    (what, late, 0_i64..15).prop_map(|(what, late_by, pause)| Told { what, late_by, pause })
}

fn fact_of(kind: u32, one: usize, other: usize, n: u32) -> Fact {
    let by = MemberId::named(&format!("member {}", n % 3));
    let contact = ContactId::named(&format!("contact {}", n % 2));
    let (account, reason) = (client(one), "so be it".to_owned());
    let two = client(one) != client(other);
    match kind {
        0..7 => EngagementRecorded {
            account,
            engagement: EngagementId::named(&n.to_string()),
            kind: EngagementKind::Placement,
            title: None,
            by: Some(by),
            until: None,
        }
        .into(),
        7..9 => OwnerAssigned { account, owner: by }.into(),
        9..11 => OwnershipClaimed { account, by, reason }.into(),
        11..13 => {
            let (owner, parent_history_counts) = (by, None);
            OwnershipRuled { account, owner, by, reason, parent_history_counts }.into()
        }
        13 => ContactLeft { account, contact }.into(),
        14 => {
            let (person, title) = (Private::default(), String::new());
            ContactJoined { account, contact, person, title, level: None, role: None }.into()
        }
        15..18 if two => ParentSet { account, parent: client(other) }.into(),
        18 => ParentCleared { account }.into(),
        19..21 if two => AccountsMerged { account, into: client(other), reason }.into(),
        21 if two => AccountsUnmerged { account, from: client(other), reason }.into(),
        22..25 => StatusApproved { account, by, reason }.into(),
        25 => StatusVetoed { account, by, reason }.into(),
        26..28 => StatusConfirmed { account, by, reason }.into(),
        28..30 => {
            let role = if !n.is_multiple_of(4) { Role::Director } else { Role::Operations };
            MemberNamed { member: by, person: Private::default(), role }.into()
        }
        30 if n > 80 => MemberLeft { member: by }.into(),
        31..34 => {
            let rate = linchpin_domain::money::Decimal::from(n % 4);
            ExchangeRateSet { currency: Currency::USD, rate }.into()
        }
        _ => InvoiceIssued {
            account,
            invoice: InvoiceId::named(&n.to_string()),
            number: None,
            amount: n.into(),
            currency: if n.is_multiple_of(3) { Currency::USD } else { Currency::EUR },
            cost: None,
            lines: Vec::new(),
        }
        .into(),
    }
}

fn rules() -> [Fact; 2] {
    let policy = PolicyAdopted { document: POLICY.to_owned(), approvals: Vec::new() };
    [policy.into(), WatchlistAdopted { document: WATCHLIST.to_owned() }.into()]
}

/// The alerts that stand are those that a look at everything finds due, and go to whom it tells.
fn stands(notifier: &Notifier, today: Date) {
    let desk = &notifier.desk;
    for id in (0..CLIENTS).map(client) {
        let found = desk.client(id).map(|client| look(&client, today).due);
        let found = found.into_iter().flatten();
        let due: BTreeMap<String, Recipient> = found.map(|(key, it)| (key, it.to)).collect();
        let stand = desk.alerts().of(id).filter(|alert| alert.stands());
        let stand = stand.map(|alert| (alert.raised.key.clone(), alert.to));
        let stand: BTreeMap<String, Recipient> = stand.collect();
        assert_eq!(stand, due, "{id} on {today}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn the_alerts_that_stand_are_those_due_on_every_day(
        story in prop::collection::vec(any_told(), 1..40)
    ) {
        going_on_equals_starting_over(&rules(), &story, stands);
    }
}
