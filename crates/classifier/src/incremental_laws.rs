//! Going on from day to day, only where something can have changed, equals starting over: for
//! clients whose relatives changed, for merges, rulings and rules told late, on every day.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use linchpin_bus::Service;
use linchpin_domain::audit::Audit;
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::{Body, Entry, Stream};
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, EntryId, InvoiceId, MemberId};
use linchpin_domain::money::Currency;
use linchpin_domain::policy::{Status, Track};
use linchpin_domain::private::Private;
use linchpin_testkit::genesis;
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

const CLIENTS: usize = 5;

fn client(n: usize) -> AccountId {
    AccountId::named(&format!("client {}", n % CLIENTS))
}

fn member(n: usize) -> MemberId {
    MemberId::named(&format!("member {}", n % 2))
}

/// Something told, so many days after it became true: fewer than none where it lies ahead.
#[derive(Debug, Clone)]
struct Told {
    what: What,
    late_by: i64,
    pause: i64,
}

#[derive(Debug, Clone)]
enum What {
    Fact(Box<Fact>),
    /// Takes back one of the facts told before.
    Back(prop::sample::Index),
}

fn any_told() -> impl Strategy<Value = Told> {
    let late = prop_oneof![4 => Just(0_i64), 3 => 0_i64..100, 1 => -40_i64..0];
    let fact = (0_u32..40, 0..CLIENTS, 0..CLIENTS, 0_u32..120);
    let fact =
        fact.prop_map(|(kind, one, other, n)| What::Fact(Box::new(fact_of(kind, one, other, n))));
    let what = prop_oneof![6 => fact, 1 => any::<prop::sample::Index>().prop_map(What::Back)];
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
        _ => invoice(account, n),
    }
}

fn invoice(account: AccountId, n: u32) -> Fact {
    InvoiceIssued {
        account,
        invoice: InvoiceId::named(&n.to_string()),
        number: None,
        amount: n.into(),
        currency: Currency::EUR,
        cost: None,
        lines: Vec::new(),
    }
    .into()
}

/// A classifier that lives through the days, and all that came to its ledger.
struct World {
    classifier: Classifier,
    entries: Vec<Entry>,
    today: Date,
}

fn noon(day: Date) -> Timestamp {
    format!("{day}T12:00:00Z").parse().unwrap()
}

impl World {
    fn new() -> Self {
        let today = Date::constant(2024, 1, 1);
        let mut world = Self { classifier: Classifier::default(), entries: Vec::new(), today };
        let rules = PolicyAdopted { document: POLICY.to_owned(), approvals: Vec::new() };
        world.take(EntryId::named("genesis"), today, Body::Genesis(genesis(false)));
        world.take(EntryId::named("rules"), today, Body::Fact(rules.into()));
        world
    }

    fn take(&mut self, id: EntryId, happened: Date, body: Body) {
        let position = self.entries.len() as u64 + 1;
        let entry = Entry {
            position,
            id,
            stream: body.stream(),
            version: position,
            occurred_at: noon(happened),
            recorded_at: noon(self.today),
            actor: "test".to_owned(),
            correlation: None,
            body,
        };
        self.classifier.absorb(&entry);
        self.entries.push(entry);
    }

    fn tell(&mut self, told: &Told) {
        let happened = self.today - told.late_by.days();
        let fact = match &told.what {
            What::Fact(fact) => Fact::clone(fact),
            What::Back(which) => {
                let told = self.entries.iter().filter_map(|entry| match &entry.body {
                    Body::Fact(fact) => Some((entry.id, fact)),
                    _ => None,
                });
                let told: Vec<_> = told.collect();
                let (id, fact) = told[which.index(told.len())];
                match (fact, fact.stream()) {
                    (_, Stream::Account(account)) => {
                        let also = fact.also().filter(|_| which.index(2) == 0);
                        FactRetracted::of_account(also.unwrap_or(account), id, "by mistake").into()
                    }
                    (Fact::MemberLeft(it), Stream::Firm) => {
                        FactRetracted::of_member(it.member, id, "by mistake").into()
                    }
                    (_, Stream::Firm) => return,
                }
            }
        };
        let id = EntryId::named(&self.entries.len().to_string());
        self.take(id, happened, Body::Fact(fact));
    }

    /// Decides until nothing is left to decide, and compares with who starts over.
    fn decide(&mut self) {
        for round in 0.. {
            assert!(round < 9, "it never comes to rest on {}", self.today);
            let decided = self.classifier.decide(self.today);
            if decided.is_empty() {
                break;
            }
            for (id, decision) in decided {
                self.take(id, self.today, Body::Decision(decision));
            }
        }
        let due = self.classifier.next_due();
        assert!(due.is_none_or(|due| due > self.today), "{due:?} on {}", self.today);
        self.compare();
    }

    /// Every client stands where a walk from its first day comes to, and was recorded so.
    fn compare(&self) {
        let desk = &self.classifier.desk;
        for id in (0..CLIENTS).map(client) {
            let scratch = desk.client(id);
            let scratch = scratch.and_then(|it| Track::follow(&it, self.today, &mut |_| {}));
            let known = self.classifier.tracks.get(&id);
            let picture =
                |track: &Track| (track.standing(), *track.course(), track.points(), track.next());
            assert_eq!(known.map(picture), scratch.as_ref().map(picture), "{id} on {}", self.today);
            let Some(track) = scratch else { continue };
            let recorded = desk.recorded(id).map_or(Status::Standard, |it| it.change.to);
            assert_eq!(recorded, track.standing().status, "{id} on {}", self.today);
        }
    }

    fn live(&mut self, told: &Told) {
        self.tell(told);
        self.decide();
        let last = self.today + told.pause.days();
        while let Some(due) = self.classifier.next_due().filter(|due| *due <= last) {
            // The day before, on which nobody was asked to look.
            self.today = due.yesterday().unwrap();
            self.compare();
            self.today = due;
            self.decide();
        }
        self.today = last;
        self.compare();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn going_on_equals_starting_over_on_every_day(story in prop::collection::vec(any_told(), 1..45)) {
        let mut world = World::new();
        story.iter().for_each(|told| world.live(told));
        let mut audit = Audit::default();
        world.entries.iter().for_each(|entry| audit.note(entry));
        world.entries.iter().for_each(|entry| audit.recompute(entry));
        prop_assert_eq!(audit.differences(), &[]);
        let decisions = world.entries.iter().filter(|it| matches!(it.body, Body::Decision(Decision::StatusChanged(_))));
        prop_assert_eq!(audit.checked(), decisions.count() as u64);
    }
}
