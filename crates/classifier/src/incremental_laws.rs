//! Going on from day to day, only where something can have changed, equals starting over: for
//! clients whose relatives changed, for merges, rulings and rules told late, on every day.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::Body;
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, InvoiceId, MemberId};
use linchpin_domain::money::Currency;
use linchpin_domain::policy::{Status, Track, assess};
use linchpin_domain::private::Private;
use linchpin_testkit::{Told, What, going_on_equals_starting_over};
use proptest::prelude::*;

use crate::Classifier;

/// Groups, approvals, a trial and a reassessment, in windows so short that days matter.
const POLICY: &str = r#"
name = "Short"
enters_at = 10
stays_from = 5
grace_days = 12
trial_days = 25
[approval]
role = "key-account director"
of = ["enter"]
veto_days = 20
[reassessment]
every_days = 70
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
[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
window_days = 30
at_least = 2
points = 5
missing = "no points"
why = "Who comes back."
[[criterion]]
id = "fit"
title = "Strategic fit"
measure = "judgement"
of = "strategic fit"
scope = "group"
at_least = 3
points = 3
missing = "no points"
why = "Where we want to go."
[[criterion]]
id = "both"
title = "Work that is paid"
measure = "custom"
when = "revenue > 50 && work >= 1"
points = 2
missing = "no points"
why = "One without the other is little."
"#;

/// What may take over: nobody is asked, and everything counts for the client alone.
fn plain() -> String {
    let without = |text: String, from: &str, to: &str| {
        let (head, tail) = text.split_once(from).unwrap();
        let (_, rest) = tail.split_once(to).unwrap();
        format!("{head}{to}{rest}")
    };
    let text = without(POLICY.to_owned(), "[approval]", "[[criterion]]");
    text.replace("scope = \"group\"\n", "")
}

/// The same, which a director must approve before it takes over.
fn guarded() -> String {
    let head = "[adoption]\napproved_by = [\"key-account director\"]\n[[criterion]]";
    plain().replacen("[[criterion]]", head, 1)
}

const CLIENTS: usize = 5;

fn client(n: usize) -> AccountId {
    AccountId::named(&format!("client {}", n % CLIENTS))
}

fn member(n: usize) -> MemberId {
    MemberId::named(&format!("member {}", n % 2))
}

fn any_told() -> impl Strategy<Value = Told> {
    let late = prop_oneof![4 => Just(0_i64), 3 => 0_i64..100, 1 => -40_i64..0];
    let fact = (0_u32..46, 0..CLIENTS, 0..CLIENTS, 0_u32..120);
    let fact =
        fact.prop_map(|(kind, one, other, n)| What::Fact(Box::new(fact_of(kind, one, other, n))));
    let what = prop_oneof![6 => fact, 1 => any::<usize>().prop_map(What::Back)];
    (what, late, 0_i64..25).prop_map(|(what, late_by, pause)| Told { what, late_by, pause })
}

fn fact_of(kind: u32, one: usize, other: usize, n: u32) -> Fact {
    let (account, by, reason) = (client(one), member(n as usize), "so be it".to_owned());
    let two = client(one) != client(other);
    match kind {
        0..10 => invoice(account, n),
        10..14 => EngagementRecorded {
            account,
            engagement: linchpin_domain::id::EngagementId::named(&n.to_string()),
            kind: EngagementKind::Order,
            title: None,
            by: None,
            until: None,
        }
        .into(),
        14..16 => JudgementGiven {
            account,
            of: JudgementOf::StrategicFit,
            score: (n % 6) as u8,
            by,
            reason,
            expires: Date::constant(2024, 1, 1) + i64::from(n * 3).days(),
        }
        .into(),
        16..21 if two => ParentSet { account, parent: client(other) }.into(),
        21 => ParentCleared { account }.into(),
        22..24 if two => AccountsMerged { account, into: client(other), reason }.into(),
        24 if two => AccountsUnmerged { account, from: client(other), reason }.into(),
        25..29 => StatusApproved { account, by, reason }.into(),
        29 => StatusVetoed { account, by, reason }.into(),
        30 => StatusNominated { account, by, reason }.into(),
        31 => StatusConfirmed { account, by, reason }.into(),
        32 => {
            let (to, expires) = (Status::ALL[n as usize % 6], Date::constant(2024, 6, 1));
            StatusOverridden { account, to, by, reason, expires }.into()
        }
        33 => OverrideEnded { account, by, reason }.into(),
        34..36 => {
            let role = if !n.is_multiple_of(4) { Role::Director } else { Role::Operations };
            MemberNamed { member: by, person: Private::default(), role }.into()
        }
        36 if n > 90 => MemberLeft { member: by }.into(),
        37 if n > 60 => PolicyAdopted { document: plain(), approvals: Vec::new() }.into(),
        38 if n > 60 => {
            let approvals = vec![Approval { by, reason }];
            PolicyAdopted { document: guarded(), approvals }.into()
        }
        39..42 => {
            let rate = linchpin_domain::money::Decimal::from(n % 4);
            ExchangeRateSet { currency: Currency::USD, rate }.into()
        }
        _ => invoice(account, n),
    }
}

/// One in three is in a currency that has no rate on some days.
fn invoice(account: AccountId, n: u32) -> Fact {
    InvoiceIssued {
        account,
        invoice: InvoiceId::named(&n.to_string()),
        number: None,
        amount: n.into(),
        currency: if n.is_multiple_of(3) { Currency::USD } else { Currency::EUR },
        cost: None,
        lines: Vec::new(),
    }
    .into()
}

fn rules() -> [Fact; 1] {
    [PolicyAdopted { document: POLICY.to_owned(), approvals: Vec::new() }.into()]
}

/// Every client stands where a walk from its first day comes to, and was recorded so.
fn stands(classifier: &Classifier, today: Date) {
    let desk = &classifier.desk;
    for id in (0..CLIENTS).map(client) {
        let scratch = desk.client(id);
        let scratch = scratch.and_then(|it| Track::follow(&it, today, &mut |_| {}));
        let known = classifier.tracks.get(&id);
        let picture =
            |track: &Track| (track.standing(), *track.course(), track.points(), track.next());
        assert_eq!(known.map(picture), scratch.as_ref().map(picture), "{id} on {today}");
        let Some(track) = scratch else { continue };
        let assessed = desk.client(id).and_then(|client| assess(&client, today));
        assert_eq!(assessed.map(|it| it.points()), Some(track.points()), "{id} on {today}");
        let recorded = desk.recorded(id).map_or(Status::Standard, |it| it.change.to);
        assert_eq!(recorded, track.standing().status, "{id} on {today}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn going_on_equals_starting_over_on_every_day(
        story in prop::collection::vec(any_told(), 1..45)
    ) {
        let (entries, audit) = going_on_equals_starting_over(&rules(), &story, stands);
        let changes = entries.iter().filter(|it| {
            matches!(it.body, Body::Decision(Decision::StatusChanged(_)))
        });
        prop_assert_eq!(audit.checked(), changes.count() as u64);
    }
}
