//! What is kept tells what is found out from scratch: after any sequence of entries, late facts,
//! retractions, merges, groups and other rules among them, on any day, and for whoever still reads
//! an older desk.

use jiff::{Span, ToSpan};
use linchpin_domain::decision::Decision;
use linchpin_domain::entry::Entry;
use linchpin_domain::fact::*;
use linchpin_domain::id::{EngagementId, EntryId, MemberId};
use linchpin_domain::policy::Status;
use linchpin_domain::private::Private;
use linchpin_testkit::{Decider, Told, What, going_on_equals_starting_over};
use proptest::prelude::*;

use super::*;

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
[ownership]
parent_history_counts = true
dormant_after_days = 30
[[criterion]]
id = "work"
title = "Work for the group"
measure = "engagements"
scope = "group"
window_days = 40
from = 0
to = 4
points = 12
missing = "no points"
why = "It pays the rent."
[[criterion]]
id = "own"
title = "Work"
measure = "engagements"
window_days = 30
at_least = 2
points = 5
missing = "no points"
why = "Who comes back."
"#;

/// What may take over: nobody is asked, less is asked for, or what was before.
fn another(which: u32) -> String {
    let (head, tail) = POLICY.split_once("[approval]").unwrap();
    let plain = format!("{head}{}", &tail[tail.find("[reassessment]").unwrap()..]);
    match which {
        0 => POLICY.to_owned(),
        1 => plain,
        _ => plain.replace("enters_at = 10", "enters_at = 5"),
    }
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
    let fact = (0_u32..40, 0..CLIENTS, 0..CLIENTS, 0_u32..120);
    let fact =
        fact.prop_map(|(kind, one, other, n)| What::Fact(Box::new(fact_of(kind, one, other, n))));
    let what = prop_oneof![6 => fact, 1 => any::<usize>().prop_map(What::Back)];
    (what, late, 0_i64..25).prop_map(|(what, late_by, pause)| Told { what, late_by, pause })
}

fn fact_of(kind: u32, one: usize, other: usize, n: u32) -> Fact {
    let (account, by, reason) = (client(one), member(n as usize), "so be it".to_owned());
    let two = client(one) != client(other);
    match kind {
        0..4 => OwnershipRuled {
            account,
            owner: member(other),
            by,
            reason,
            parent_history_counts: None,
        }
        .into(),
        4..6 => AccountRenamed { account, name: format!("Client {n}") }.into(),
        6..11 if two => ParentSet { account, parent: client(other) }.into(),
        11 => ParentCleared { account }.into(),
        12..15 if two => AccountsMerged { account, into: client(other), reason }.into(),
        15 if two => AccountsUnmerged { account, from: client(other), reason }.into(),
        16..20 => StatusApproved { account, by, reason }.into(),
        20 => StatusVetoed { account, by, reason }.into(),
        21 => StatusConfirmed { account, by, reason }.into(),
        22 => {
            let (to, expires) = (Status::ALL[n as usize % 6], Date::constant(2024, 6, 1));
            StatusOverridden { account, to, by, reason, expires }.into()
        }
        23 => OverrideEnded { account, by, reason }.into(),
        24..26 => {
            let role = if n.is_multiple_of(4) { Role::Operations } else { Role::Director };
            MemberNamed { member: by, person: Private::default(), role }.into()
        }
        26..29 => PolicyAdopted { document: another(n % 3), approvals: Vec::new() }.into(),
        _ => EngagementRecorded {
            account,
            engagement: EngagementId::named(&format!("{n} for {account}")),
            kind: EngagementKind::Order,
            title: None,
            by: Some(by),
            until: None,
        }
        .into(),
    }
}

/// A desk with what is kept of its clients, and a few that readers still hold.
#[derive(Default)]
struct Followed {
    desk: Arc<Desk>,
    clients: Clients,
    held: Vec<Arc<Desk>>,
}

impl Decider for Followed {
    fn absorb(&mut self, entry: &Entry) {
        if entry.position.is_multiple_of(3) {
            self.held.push(Arc::clone(&self.desk));
        }
        let desk = Arc::make_mut(&mut self.desk);
        let changed = desk.apply(entry);
        self.clients.note(desk, &changed);
        if self.held.len() > 3 {
            self.held.remove(0);
        }
    }

    fn decide(&mut self, _: Date) -> Vec<(EntryId, Decision)> {
        Vec::new()
    }

    fn next_due(&self) -> Option<Date> {
        None
    }

    fn restarted(&self) -> Self {
        let (desk, clients) = (Arc::clone(&self.desk), Clients::default());
        clients.begin(desk.position());
        Self { desk, clients, held: Vec::new() }
    }
}

impl Followed {
    /// Whoever reads the desk, or one that was held from before, is told what is true of it.
    fn tells(&self, today: Date) {
        // Only now and then, so that many entries come in between.
        if self.desk.position() % 4 == 1 {
            return;
        }
        for desk in self.held.iter().chain([&self.desk]) {
            let clocks =
                |as_of| Clocks { as_of, known_at: None, position: desk.position(), past: false };
            for id in (0..CLIENTS).map(client) {
                self.status(desk, id, &clocks(today));
            }
            let days: [Span; 3] = [0.days(), (-45).days(), 20.days()];
            for to in days.map(|days| today + days) {
                let from = to - 60.days();
                let lives = |accounts: &[&Arc<Account>]| self.clients.lives(desk, accounts, to);
                let kept = view::movement_of(desk, from, clocks(to), &lives);
                let scratch = view::movement(desk, from, clocks(to));
                assert_eq!(written(&kept), written(&scratch), "to {to}");
            }
            let rulings = Rulings::with(desk, &|it| self.clients.precedents(desk, it));
            assert_eq!(format!("{rulings:?}"), format!("{:?}", Rulings::of(desk)));
        }
    }

    fn status(&self, desk: &Desk, id: AccountId, clocks: &Clocks) {
        let scratch = view::status(desk, id, clocks.clone());
        if let Some(kept) = self.clients.status(id, clocks) {
            assert_eq!(written(&kept), written(&scratch), "{id} on {}", clocks.as_of);
        }
        self.clients.keep_status(id, clocks, &scratch);
    }
}

fn written(it: &impl serde::Serialize) -> String {
    serde_json::to_string(it).unwrap()
}

fn rules() -> [Fact; 1] {
    [PolicyAdopted { document: POLICY.to_owned(), approvals: Vec::new() }.into()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, ..ProptestConfig::default() })]

    #[test]
    fn what_is_kept_tells_what_is_found_out_from_scratch(
        story in prop::collection::vec(any_told(), 1..40)
    ) {
        going_on_equals_starting_over(&rules(), &story, Followed::tells);
    }
}

/// How much of what is asked is kept, so that the law above is no law about nothing.
#[test]
fn a_client_is_followed_once_until_something_changes_it() {
    let order = |n: usize, m: u32| Told {
        what: What::Fact(Box::new(fact_of(39, n, n, m))),
        late_by: 0,
        pause: 1,
    };
    let story: Vec<Told> = (0..4).map(|n| order(n, 1)).chain([order(0, 2)]).collect();
    going_on_equals_starting_over(&rules(), &story, |followed: &Followed, today| {
        let there: Vec<&Arc<Account>> = followed.desk.accounts().collect();
        let position = followed.desk.position();
        let kept = |it: &&Arc<Account>| {
            let found = followed.clients.lives.find(position, std::iter::once(it.id));
            found[0].as_ref().is_some_and(|life| life.covers(today))
        };
        let new = there.iter().filter(|it| !kept(it)).count();
        assert!(new <= 1, "{new} of {} at {position}", there.len());
        followed.clients.lives(&followed.desk, &there, today);
        assert!(there.iter().all(kept));
    });
}
