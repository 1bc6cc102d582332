//! Any history of a small world of clients, groups, merges, rulings and our own people.

use jiff::ToSpan;
use proptest::prelude::*;

use super::story::*;
use super::world::*;
use crate::desk::Desk;
use crate::fact::*;
use crate::id::{ContractId, EngagementId};
use crate::policy::{Status, Track, assess};
use crate::watch::look;

/// A policy in which everything that a policy can say is said.
pub(super) const LIFE: &str = r#"
name = "Life"
enters_at = 12
stays_from = 6
grace_days = 30
trial_days = 90
[approval]
role = "key-account director"
of = ["enter", "release"]
veto_days = 60
[reassessment]
every_days = 250
[ownership]
parent_history_counts = true
dormant_after_days = 200
[[criterion]]
id = "revenue"
title = "Revenue of the group"
measure = "revenue"
scope = "group"
window_days = 200
from = 0
to = 100
points = 10
missing = "no points"
why = "It pays the rent."
[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
window_days = 100
at_least = 2
points = 3
missing = "no points"
why = "Who comes back."
[[criterion]]
id = "fit"
title = "Strategic fit"
measure = "judgement"
of = "strategic fit"
scope = "group"
from = 0
to = 5
points = 5
missing = "half the points"
why = "Where we want to go."
[[criterion]]
id = "levels"
title = "Levels"
measure = "levels reached"
scope = "group"
at_least = 2
points = 2
missing = "no points"
why = "How high."
[[criterion]]
id = "framework"
title = "Framework"
measure = "contracts"
of = "framework"
at_least = 1
points = 1
sufficient = true
missing = "no points"
why = "Agreed terms."
[[criterion]]
id = "worth-it"
title = "Worth it"
measure = "custom"
when = "fit >= 3.0 && revenue > work"
points = 2
missing = "no points"
why = "Small ones that fit."
"#;

/// What may take over: nobody is asked, something is required, nothing lapses.
pub(super) fn other_policy() -> String {
    let (head, criteria) = LIFE.split_once("[approval]").unwrap();
    let (_, criteria) = criteria.split_once("[[criterion]]").unwrap();
    let criteria = criteria.replacen("points = 3\n", "points = 3\nrequired = true\n", 1);
    let head = head.replace("trial_days = 90", "trial_days = 0").replace("at = 12", "at = 10");
    format!("{head}[[criterion]]{criteria}")
}

pub(super) const RULES: &str = r#"
name = "Rules"
[[rule]]
id = "left"
kind = "contact left"
severity = "soon"
to = "account manager"
news_days = 30
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
news_days = 40
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
lead_days = [60, 14]
"#;

pub(super) const CLIENTS: [&str; 5] = ["acme", "beta", "coop", "dyne", "echo"];
const US: [&str; 3] = ["kari", "kim", "ola"];

fn any_date() -> impl Strategy<Value = String> {
    (0_i64..700).prop_map(|n| (day("2024-01-01") + n.days()).to_string())
}

/// A day after another, in text.
fn after(date: &str, days: u32) -> String {
    (day(date) + i64::from(days).days()).to_string()
}

/// Any happening out of the small world, so that happenings meet.
pub(super) fn any_told() -> impl Strategy<Value = Told> {
    let client = || prop::sample::select(CLIENTS.to_vec());
    let of_us = prop::sample::select(US.to_vec());
    (any_date(), client(), client(), of_us, 0_u32..200, 0_u32..60).prop_map(
        |(date, name, other, by, n, kind)| match kind {
            0..20 => business(&date, name, by, n, kind),
            20..40 => ruling(&date, name, by, n, kind),
            _ => filing(&date, name, other, by, n, kind),
        },
    )
}

fn business(date: &str, name: &str, by: &str, n: u32, kind: u32) -> Told {
    match kind {
        0..8 => billed(date, name, n),
        8..13 => worked(date, name, (!n.is_multiple_of(4)).then_some(by)),
        13 => {
            let engagement = EngagementId::named(&format!("{name} {date} {:?}", Some(by)));
            told(date, EngagementCancelled { account: id(name), engagement, reason: None })
        }
        14..16 => judged(date, name, (n % 6) as u8, &after(date, n)),
        16 | 17 => met(date, name, by, Level::ALL[n as usize % Level::ALL.len()]),
        18 => {
            let contact = crate::id::ContactId::named(by);
            told(date, ContactLeft { account: id(name), contact })
        }
        _ => {
            let contract = ContractId::named(name);
            let end = after(date, n);
            told(
                date,
                ContractSigned { account: id(name), contract, ..framework(date, &end, None) },
            )
        }
    }
}

fn ruling(date: &str, name: &str, by: &str, n: u32, kind: u32) -> Told {
    match kind {
        20..23 => nominated(date, name, by),
        23..29 => approved(date, name, by),
        29..32 => vetoed(date, name, by),
        32..34 => confirmed(date, name, by),
        34 => overridden(date, name, Status::ALL[n as usize % Status::ALL.len()], &after(date, n)),
        35 => override_ended(date, name),
        36 => claims(date, name, by),
        37 => ruled(date, name, by),
        38 => owned(date, name, by),
        _ => {
            let handed = OwnerHandedOver {
                account: id(name),
                from: None,
                to: who(by),
                contacts: Vec::new(),
                contracts: Vec::new(),
                promises: Vec::new(),
                reason: "a new job".to_owned(),
            };
            told(date, handed)
        }
    }
}

fn filing(date: &str, name: &str, other: &str, by: &str, n: u32, kind: u32) -> Told {
    let two = name != other;
    match kind {
        40..49 if two => belongs(date, name, other),
        49 => cleared(date, name),
        50..53 if two => merged(date, name, other),
        53 if two => unmerged(date, name, other),
        54..57 => {
            let roles = [Role::Director, Role::Director, Role::AccountManager];
            member(date, by, roles[n as usize % roles.len()])
        }
        57 if n > 150 => gone(date, by),
        58 if n > 100 => {
            told(date, PolicyAdopted { document: other_policy(), approvals: Vec::new() })
        }
        _ => registered(date, name),
    }
}

/// A fact taken back, under the name of either account that it concerns.
pub(super) fn back(told: &Told, second: bool) -> Option<Told> {
    let first = crate::account::accounts_of(&told.fact).next()?;
    let account = told.fact.also().filter(|_| second).unwrap_or(first);
    let reason = "told by mistake".to_owned();
    let retraction = FactRetracted::of_account(account, told.id, reason);
    Some(super::story::told("2025-12-31", retraction))
}

/// A history without what was taken back; what was taken back and the retractions; all of it in
/// another order.
pub(super) fn any_life(most: usize) -> impl Strategy<Value = (Vec<Told>, Vec<Told>, Vec<Told>)> {
    let fact = (any_told(), prop::bool::weighted(0.15), any::<bool>());
    prop::collection::vec(fact, 1..most)
        .prop_map(|facts| {
            let (mut kept, mut undone) = (Vec::new(), Vec::new());
            for (told, taken_back, second) in facts {
                match back(&told, second).filter(|_| taken_back) {
                    Some(retraction) => undone.extend([told, retraction]),
                    None => kept.push(told),
                }
            }
            // Told twice, once to be taken back: then it is taken back.
            kept.retain(|told| undone.iter().all(|other| other.id != told.id));
            (kept, undone)
        })
        .prop_flat_map(|(kept, undone)| {
            let all = [kept.clone(), undone.clone()].concat();
            (Just(kept), Just(undone), Just(all).prop_shuffle())
        })
}

/// A desk of this world that was told a history.
pub(super) fn live(story: &[Told]) -> Desk {
    desk_under(LIFE, RULES, story)
}

/// All that can be seen of every client of whom anything is known on a day: assessments with their
/// evidence, the status and its course, groups, alerts and why there are none.
pub(super) fn seen(desk: &Desk, date: &str) -> Vec<String> {
    let date = day(date);
    let known = CLIENTS.iter().filter_map(|name| desk.client(id(name)));
    let known = known.filter(|client| client.account().first_day().is_some());
    let all = known.map(|client| {
        let assessment = assess(&client, date).unwrap();
        let criteria = assessment.criteria.iter().map(|it| {
            let mut evidence: Vec<_> = it.evidence.iter().map(|(id, _)| *id).collect();
            evidence.sort_unstable();
            (&it.result, evidence, it.changes_on)
        });
        let criteria: Vec<_> = criteria.collect();
        let mut spans = Vec::new();
        let track = Track::follow(&client, date, &mut |span| {
            spans.push((span.from, span.status, span.points))
        });
        let track = track.map(|track| (track.standing(), *track.course(), track.next()));
        let group: Vec<_> = client.group_on(date).iter().map(|it| it.id).collect();
        let way = desk.parents_on(client.account().id, date);
        let look = look(&client, date);
        let owner = client.account().owner_on(client.firm(), date);
        let look = (look.due, look.quiet, look.next);
        // Its number is the place in the ledger's order; which one it is, is not.
        let mut adopted = client.firm().adoptions();
        let adopted = adopted.find(|(version, ..)| *version == assessment.version);
        let adopted = adopted.map(|(_, source, _)| source.id);
        format!(
            "{adopted:?} {criteria:?}\n{spans:?}\n{track:?}\n{group:?} {way:?} {owner:?}\n{look:?}"
        )
    });
    all.collect()
}
