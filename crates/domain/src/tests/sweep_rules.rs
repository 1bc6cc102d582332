//! Sweeps: the same trial for many values; and trials by many hands.

use std::sync::Arc;

use super::story::day;
use super::trial_rules::{by_revenue, desk, policy, three};
use super::trial_world::criterion;
use super::world::*;
use crate::money::Decimal;
use crate::policy::Policy;
use crate::trial::{Cause, Hands, SweepError, Sweeping, Trial, sweep};

#[test]
fn a_sweep_gives_for_each_value_what_a_trial_of_it_gives() {
    let now = by_revenue(10, 10, 10, 200_000);
    let desk = desk(&now, &three());
    let to = day("2024-12-31");
    let what: Sweeping = "revenue.at_least=5k..400k/5".parse().unwrap();
    let swept = sweep(&desk, &now, &what, to, &Hands::own()).unwrap();
    let found: Vec<_> = swept.steps.iter().map(|it| (it.value.to_string(), it.found.key)).collect();
    let expected = [("5000", 3), ("103750", 2), ("202500", 1), ("301250", 1), ("400000", 0)];
    assert_eq!(found, expected.map(|(value, key)| (value.to_owned(), key)));
    assert_eq!((swept.now.key, swept.own), (1, Some(Decimal::from(200_000))));
    for step in &swept.steps {
        let at = by_revenue(10, 10, 10, u32::try_from(step.value).unwrap());
        let trial = Trial::run(&desk, &policy(&at), to, to, &Hands::own());
        assert_eq!((step.became, step.ceased), (trial.counts.became, trial.counts.ceased));
        assert_eq!(step.found.revenue, trial.last_covered().unwrap().draft);
    }
}

#[test]
fn a_sweep_that_cannot_be_made_says_what_was_expected() {
    let wrong = |text: &str| text.parse::<Sweeping>().unwrap_err().to_string();
    assert!(wrong("revenue").contains("expected FIELD=A..B"));
    assert!(wrong("revenue.at_least=5k").contains("two figures"));
    assert!(wrong("revenue.at_least=9k..5k").contains("lower figure first"));
    assert!(wrong("revenue.at_least=1..5/99").contains("2 to 25 steps"));
    assert!(wrong("revenue.why=1..5").contains("at_least, from, to, points, window_days"));
    assert!(wrong("name=1..5").contains("enters_at"));
    assert!(wrong("enters_at=a..5").contains("k or M"));
    let (now, story) = (by_revenue(10, 10, 10, 200_000), three());
    let desk = desk(&now, &story);
    let made = |text: &str| {
        let what: Sweeping = text.parse().unwrap();
        sweep(&desk, &now, &what, day("2024-12-31"), &Hands::own()).unwrap_err()
    };
    assert!(made("profit.at_least=1..5").to_string().contains("its criteria are revenue"));
    assert!(made("revenue.from=1..5").to_string().contains("has at_least, points, window_days"));
    assert!(matches!(made("enters_at=5..50"), SweepError::Value { .. }));
}

#[test]
fn a_threshold_takes_the_other_along_where_it_would_pass_it() {
    let now = by_revenue(10, 8, 10, 200_000);
    let desk = desk(&now, &three());
    let keys = |what: &str| {
        let what: Sweeping = what.parse().unwrap();
        let swept = sweep(&desk, &now, &what, day("2024-12-31"), &Hands::own()).unwrap();
        swept.steps.iter().map(|it| (it.value.to_string(), it.found.key)).collect::<Vec<_>>()
    };
    let each = |values: [(&str, u32); 2]| values.map(|(value, key)| (value.to_owned(), key));
    assert_eq!(keys("enters_at=2..10/2"), each([("2", 1), ("10", 1)]));
    assert_eq!(keys("stays_from=1..10/2"), each([("1", 1), ("10", 1)]));
}

#[test]
fn one_bound_can_be_tried_in_place_of_a_range() {
    let head = "name = \"Range\"\nenters_at = 5\nstays_from = 5\n";
    let rest = "window_days = 365\nfrom = 0\nto = 200000\npoints = 10";
    let ranged = head.to_owned() + &criterion("revenue", "revenue", rest);
    let desk = desk(&ranged, &three());
    let what: Sweeping = "revenue.at_least=100k..400k/2".parse().unwrap();
    let swept = sweep(&desk, &ranged, &what, day("2024-12-31"), &Hands::own()).unwrap();
    assert_eq!(swept.own, None, "the document has no such figure");
    assert_eq!(swept.steps.iter().map(|it| it.found.key).collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn a_yes_that_nobody_was_asked_for_can_be_taken_as_given() {
    let now = by_revenue(10, 10, 10, 200_000);
    let desk = desk(&now, &three());
    let asking = "[approval]\nrole = \"key-account director\"\nof = [\"enter\"]\n[reassessment]\nevery_days = 20\n[[criterion]]";
    let asks = now.replacen("[[criterion]]", asking, 1);
    let (from, to) = (day("2024-01-01"), day("2024-12-31"));
    let run = |draft: Policy| {
        let trial = Trial::run(&desk, &Arc::new(draft), from, to, &Hands::own());
        (trial.counts.ceased, trial.clients[0].turn.as_ref().map(|turn| turn.cause.clone()))
    };
    let asks = Policy::parse(&asks).unwrap();
    assert_eq!(run(asks.clone()), (1, Some(Cause::Course)), "it waits for a yes");
    assert_eq!(run(asks.with_every_yes()), (0, None));
}

#[test]
fn however_many_threads_there_are_the_trial_is_the_same() {
    let mut story = Vec::new();
    for number in 0..300_u32 {
        let name = format!("client {number}");
        story.push(billed("2024-03-05", &name, number * 1_000));
        story.push(owned("2024-03-06", &name, ["ann", "ben"][number as usize % 2]));
    }
    let desk = desk(&by_revenue(10, 10, 10, 200_000), &story);
    let (from, to) = (day("2024-01-01"), day("2024-12-31"));
    let draft = policy(&by_revenue(10, 10, 10, 100_000));
    let one = Trial::run(&desk, &draft, from, to, &Hands::own());
    assert_eq!((one.followed, one.counts.became, one.counts.stayed), (300, 100, 100));
    assert_eq!(one.clients.len(), 200);
    assert_eq!(one.loads.iter().map(|it| it.draft - it.now).sum::<u32>(), 100);
    for threads in 2..=8 {
        let share = |work: &(dyn Fn() + Sync)| {
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        };
        let hands = Hands { share: &share, progress: &|_| {} };
        assert_eq!(Trial::run(&desk, &draft, from, to, &hands), one);
    }
}
