//! Laws of groups, merges, rulings and the course of a status, for every history.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

use super::life::*;
use super::story::*;
use super::world::*;
use crate::desk::{Client, Desk};
use crate::fact::{Fact, StatusOverridden};
use crate::id::AccountId;
use crate::ownership::{Precedent, case_on, likest, precedents_of};
use crate::policy::{Policy, Span, Status, Track, assess};

const DATES: [&str; 4] = ["2024-06-30", "2025-03-01", "2025-12-31", "2026-06-30"];

fn clients(desk: &Desk) -> impl Iterator<Item = Client<'_>> {
    CLIENTS.iter().filter_map(|name| desk.client(id(name)))
}

fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..1_000).prop_map(|n| day("2023-12-01") + n.days())
}

fn spans(client: &Client<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    Track::follow(client, day("2026-12-31"), &mut |span| spans.push(span));
    spans
}

/// Who stands for whom, and who there is.
fn books(desk: &Desk) -> Vec<(AccountId, AccountId, bool)> {
    let known = |name: &&str| desk.told_account(id(name)).is_some();
    CLIENTS.iter().map(|name| (id(name), desk.survivor(id(name)), known(name))).collect()
}

fn like_cases(desk: &Desk, date: &str) -> String {
    let rulings: Vec<Precedent> = clients(desk).flat_map(|it| precedents_of(&it)).collect();
    let cases = clients(desk).filter(|it| it.account().first_day().is_some()).map(|client| {
        let case = case_on(&client, day(date));
        let found = likest(rulings.iter(), &case, 5);
        let found: Vec<_> =
            found.iter().map(|(alike, it)| (it.source.id, *alike, it.owner)).collect();
        format!("{:?} {} {found:?}", case.like, case.earlier_work_counts)
    });
    cases.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_leaves_no_trace_in_any_client((kept, undone, shuffled) in any_life(50)) {
        let (one, other) = (live(&[kept, undone].concat()), live(&shuffled));
        prop_assert_eq!(books(&one), books(&other));
        prop_assert_eq!(one.accounts().len(), other.accounts().count());
        for date in DATES {
            prop_assert_eq!(seen(&one, date), seen(&other, date), "{}", date);
        }
        prop_assert_eq!(like_cases(&one, "2025-06-30"), like_cases(&other, "2025-06-30"));
    }

    #[test]
    fn what_was_taken_back_leaves_no_trace_and_telling_twice_adds_none((kept, undone, shuffled) in any_life(50)) {
        let never = live(&kept);
        let twice = live(&[kept, undone, shuffled].concat());
        for date in DATES {
            prop_assert_eq!(seen(&never, date), seen(&twice, date), "{}", date);
        }
    }

    #[test]
    fn a_snapshot_of_any_life_goes_on_as_if_nothing_had_been(
        (_, _, story) in any_life(50), split in any::<prop::sample::Index>(),
    ) {
        let written = |desk: &Desk| rmp_serde::to_vec_named(desk).unwrap();
        let split = split.index(story.len() + 1);
        let (mut whole, first) = (live(&story[..split]), live(&story[..split]));
        let mut part: Desk = rmp_serde::from_slice(&written(&first)).unwrap();
        for told in &story[split..] {
            let next = entry(whole.position() + 1, told.id, told.at, crate::entry::Body::Fact(told.fact.clone()));
            prop_assert_eq!(whole.apply(&next), part.apply(&next));
        }
        prop_assert_eq!(written(&whole), written(&part));
    }

    #[test]
    fn every_way_up_ends_and_every_client_stands_in_one_group((_, _, story) in any_life(60), days in prop::collection::vec(any_day(), 4)) {
        let desk = live(&story);
        for day in days {
            let mut grouped = 0;
            let mut tops = BTreeSet::new();
            for client in clients(&desk) {
                let own = client.account().id;
                let way = desk.parents_on(own, day);
                let each: BTreeSet<_> = way.iter().collect();
                prop_assert_eq!(each.len(), way.len(), "nobody stands above themselves: {:?}", way);
                prop_assert_eq!((way[0], *way.last().unwrap()), (own, client.top_on(day)));
                prop_assert_eq!(desk.parents_on(client.top_on(day), day).len(), 1);
                let group: Vec<_> = client.group_on(day).iter().map(|it| it.id).collect();
                prop_assert!(group.contains(&own));
                for other in &group {
                    let theirs: Vec<_> = desk.client(*other).unwrap().group_on(day).iter().map(|it| it.id).collect();
                    prop_assert_eq!(&theirs, &group);
                }
                if tops.insert(client.top_on(day)) {
                    grouped += group.len();
                }
            }
            prop_assert_eq!(grouped, desk.accounts().len());
        }
    }

    #[test]
    fn a_link_that_may_be_made_counts_from_its_day(
        (_, _, mut story) in any_life(60), from in any_day(), pair in (0..CLIENTS.len(), 0..CLIENTS.len()),
        probes in prop::collection::vec(0_i64..900, 5),
    ) {
        let before = live(&story);
        let (name, parent) = (CLIENTS[pair.0], CLIENTS[pair.1]);
        let allowed = before.may_belong(id(name), id(parent), from);
        if let Err(closed) = &allowed {
            prop_assert_eq!(closed.path.first(), closed.path.last());
            prop_assert!(closed.path.len() >= 2 && closed.day >= from, "{:?}", closed);
        }
        if name == parent {
            prop_assert!(allowed.is_err());
            return Ok(());
        }
        // At the end of the day, so that it is the day's last word.
        story.push(later(belongs(&from.to_string(), name, parent), 9));
        let desk = live(&story);
        let own = desk.survivor(id(name));
        let next = desk.account(own).unwrap().parents.next_day(from);
        let until = next.unwrap_or(Date::MAX);
        let told_here = before.survivor(id(name)) == id(name);
        for probe in probes {
            let day = from + probe.days();
            if allowed.is_ok() && told_here && day < until {
                prop_assert_eq!(desk.parent_on(own, day), Some(desk.survivor(id(parent))), "{}", day);
            }
        }
        if let (Err(closed), true) = (allowed, told_here) {
            let ways = closed.path.windows(2).filter(|link| desk.parent_on(link[0], closed.day) == Some(link[1]));
            prop_assert!(ways.count() < closed.path.len() - 1, "a link of the loop does not count");
        }
    }

    #[test]
    fn points_sum_to_the_verdict_and_the_status_follows_from_it((_, _, story) in any_life(50)) {
        let desk = live(&story);
        for client in clients(&desk) {
            for span in spans(&client) {
                let assessment = assess(&client, span.from).unwrap();
                let results = assessment.results();
                let sum: u32 = results.iter().map(|it| it.points).sum();
                prop_assert!(results.iter().all(|it| it.points <= it.out_of));
                let verdict = assessment.verdict();
                prop_assert_eq!((span.points, assessment.points(), verdict.points), (sum, sum, sum));
                let policy = &assessment.policy;
                let given = policy.verdict(results.iter().map(|it| it.points));
                prop_assert_eq!(given, verdict);
                let track = Track::follow(&client, span.from, &mut |_| {}).unwrap();
                prop_assert_eq!((track.points(), track.standing().status), (sum, span.status));
                let course = track.course();
                let overridden = client.account().override_on(client.firm(), span.from).map(|it| it.to);
                prop_assert_eq!(span.status, overridden.unwrap_or(course.status));
                let follows = match course.status {
                    Status::Key | Status::Trial | Status::Nominated => verdict.stays,
                    Status::UnderReview => !verdict.stays || course.lapsed,
                    Status::Standard | Status::Released => {
                        let vetoed = course.vetoed_until.is_some_and(|until| until > span.from);
                        !verdict.enters || vetoed || course.must_fall
                    }
                };
                prop_assert!(follows, "{:?} with {:?} on {}", course, verdict, span.from);
            }
        }
    }

    #[test]
    fn nothing_moves_between_two_stops_of_any_client((_, _, story) in any_life(50), probe in any_day()) {
        let desk = live(&story);
        for client in clients(&desk).filter(|it| it.account().exists_on(probe)) {
            let track = Track::follow(&client, probe, &mut |_| {}).unwrap();
            prop_assert!(track.next().is_none_or(|next| next > probe));
            let assessed = assess(&client, probe).unwrap();
            prop_assert_eq!(track.points(), assessed.points(), "stopped on {}", track.day());
        }
    }

    #[test]
    fn alerts_change_only_when_foreseen((_, _, story) in any_life(50), probe in any_day()) {
        let desk = live(&story);
        for client in clients(&desk).filter(|it| it.account().exists_on(probe)) {
            let today = crate::watch::look(&client, probe);
            let next = today.next.unwrap_or(day("2030-01-01"));
            prop_assert!(next > probe, "{} is over on {}", next, probe);
            let eve = next.yesterday().unwrap().min(probe + 200.days()).max(probe);
            let later = crate::watch::look(&client, eve);
            // Whose role it is when an alert is raised is no reason to raise it anew.
            let keys = |look: crate::watch::Look| {
                let due = look.due.into_iter();
                due.map(|(key, it)| (key, it.day, it.subject, it.evidence)).collect::<Vec<_>>()
            };
            prop_assert_eq!(keys(today), keys(later), "{} and {}", probe, eve);
        }
    }

    #[test]
    fn no_status_flips_within_its_hysteresis((_, _, story) in any_life(70), asks in any::<bool>()) {
        // What people rule and what lapses may move a status at any points: here nothing does.
        let quiet = |told: &&Told| !matches!(told.fact,
            Fact::StatusNominated(_) | Fact::StatusOverridden(StatusOverridden { .. })
            | Fact::PolicyAdopted(_) | Fact::ContractSigned(_));
        let story: Vec<Told> = story.iter().filter(quiet).cloned().collect();
        let text = LIFE.replace("[reassessment]\nevery_days = 250\n", "");
        let text = if asks { text } else { text.replace("[approval]\nrole = \"key-account director\"\nof = [\"enter\", \"release\"]\nveto_days = 60\n", "") };
        let policy = Policy::parse(&text).unwrap();
        let desk = desk_under(&text, "name = \"none\"", &story);
        for client in clients(&desk) {
            let spans = spans(&client);
            let in_band = |span: &Span| (policy.stays_from..policy.enters_at).contains(&span.points);
            for pair in spans.windows(2).filter(|pair| in_band(&pair[0]) && in_band(&pair[1])) {
                let (one, other) = (pair[0].status, pair[1].status);
                let ruled = client.account().rulings().between(pair[0].from, pair[1].from).count() > 0;
                let trial_ended = (one, other) == (Status::Trial, Status::Key);
                prop_assert!(one == other || trial_ended || ruled, "{:?}", pair);
            }
        }
    }

    #[test]
    fn no_release_comes_before_the_grace_is_over((_, _, story) in any_life(70)) {
        // An override hides the course below it, and another policy has another grace.
        let plain = |told: &&Told| !matches!(told.fact, Fact::StatusOverridden(_) | Fact::PolicyAdopted(_));
        let story: Vec<Told> = story.iter().filter(plain).cloned().collect();
        let desk = live(&story);
        for client in clients(&desk) {
            let mut review: Option<Date> = None;
            let mut before = Status::Standard;
            for span in spans(&client) {
                if span.status == Status::Released && before.is_key() {
                    let began = review.expect("no release without a review");
                    prop_assert!(began + 30.days() <= span.from, "{} {}", began, span.from);
                }
                review = (span.status == Status::UnderReview).then(|| review.unwrap_or(span.from));
                before = span.status;
            }
        }
    }
}
