//! Trials: what another policy would have said of the same facts.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;

use super::story::{Told, day, desk_under, told};
use super::world::*;
use crate::desk::Desk;
use crate::fact::*;
use crate::id::{ContractId, EngagementId, InvoiceId};
use crate::money::{Currency, Decimal};
use crate::policy::{FIRST_POLICY, Policy, Span, Status, Track, assess};
use crate::private::Private;
use crate::trial::{Cause, Hands, Outcome, SweepError, Sweeping, Trial, sweep};

const NAMES: [&str; 3] = ["acme", "bolt", "cove"];

/// A policy that measures all that can be measured.
const EVERYTHING: &str = r#"
name = "Everything"
enters_at = 24
stays_from = 14
grace_days = 40
trial_days = 90
[approval]
role = "key-account director"
of = ["release"]
[reassessment]
every_days = 200
"#;

fn criterion(id: &str, measure: &str, rest: &str) -> String {
    let head = format!("[[criterion]]\nid = \"{id}\"\ntitle = \"{id}\"\nmeasure = \"{measure}\"\n");
    format!("{head}{rest}\nmissing = \"half the points\"\nwhy = \"It counts.\"\n")
}

fn everything() -> String {
    let windowed = |id, measure, days, from, to| {
        let rest = format!("window_days = {days}\nfrom = {from}\nto = {to}\npoints = 7");
        criterion(id, measure, &rest)
    };
    let plain = |id, measure, rest: &str| criterion(id, measure, &format!("{rest}\npoints = 5"));
    let all = [
        windowed("revenue", "revenue", 200, 0, 90_000),
        windowed("group-revenue", "revenue", 365, 0, 300_000) + "scope = \"group\"\n",
        windowed("profit", "profit", 120, 0, 50_000),
        windowed("frequency", "engagements", 150, 0, 4),
        windowed("regular", "active months", 300, 0, 4),
        windowed("touch", "interactions", 60, 0, 3),
        windowed("known-by", "colleagues involved", 250, 0, 3),
        windowed("referrals", "referrals", 400, 0, 2),
        windowed("feedback", "feedback", 180, 2, 9),
        windowed("reviews", "account reviews", 100, 0, 2),
        windowed("plans", "plan updates", 365, 0, 2),
        plain("fit", "judgement", "of = \"strategic fit\"\nfrom = 0\nto = 5"),
        plain("frame", "contracts", "of = \"framework\"\nat_least = 1"),
        plain("in-hand", "work in hand", "at_least = 1"),
        plain("people", "active contacts", "from = 0\nto = 3"),
        plain("levels", "levels reached", "from = 0\nto = 4"),
        plain("years", "tenure years", "from = 0\nto = 2"),
        plain("both", "custom", "when = \"frequency >= 1 && revenue > 20000\""),
    ];
    EVERYTHING.to_owned() + &all.concat()
}

fn any_fact() -> impl Strategy<Value = Told> {
    let date = (0_i64..800).prop_map(|n| (day("2024-01-01") + n.days()).to_string());
    let name = prop::sample::select(NAMES.to_vec());
    (date, name, 0_u32..26, 1_u32..60_000).prop_map(|(date, name, kind, n)| {
        let by = ["ann", "ben", "dora"][n as usize % 3];
        let soon = (day(&date) + i64::from(n % 300).days()).to_string();
        match kind {
            0..=4 => invoice(&date, name, n),
            5 => credit(&date, name, n),
            6..=8 => engagement(&date, name, n),
            9 => cancelled(&date, name, n),
            10 | 11 => interaction(&date, name, by),
            12 => feedback(&date, name, n),
            13 => told(&date, ReferralGiven { account: id(name), brought: None }),
            14 => told(&date, ReviewHeld { account: id(name), by: who(by) }),
            15 => told(&date, PlanUpdated { account: id(name), by: who(by) }),
            16 => judged(&date, name, (n % 6) as u8, &soon),
            17 => contract(&date, name, &soon),
            18 => met(&date, name, by, Level::ALL[n as usize % 4]),
            19 => belongs(&date, name, NAMES[n as usize % 3]),
            20 => cleared(&date, name),
            21 => nominated(&date, name, by),
            22 => approved(&date, name, "dora"),
            23 => vetoed(&date, name, "dora"),
            24 => confirmed(&date, name, by),
            _ => overridden(&date, name, Status::ALL[n as usize % 6], &soon),
        }
    })
}

fn invoice(date: &str, name: &str, n: u32) -> Told {
    let currency = if n.is_multiple_of(11) { Currency::USD } else { Currency::EUR };
    let amount = Decimal::new(i64::from(n) * 100 + i64::from(n % 7), 2 + n % 3);
    let cost = (!n.is_multiple_of(4)).then(|| Decimal::from(n / 3));
    let invoice = InvoiceId::named(&n.to_string());
    let account = id(name);
    told(
        date,
        InvoiceIssued { account, invoice, number: None, amount, currency, cost, lines: vec![] },
    )
}

fn credit(date: &str, name: &str, n: u32) -> Told {
    let credit = CreditNoteIssued {
        account: id(name),
        invoice: InvoiceId::named(&n.to_string()),
        number: None,
        amount: (n / 4).into(),
        currency: Currency::EUR,
        lines: Vec::new(),
    };
    told(date, credit)
}

fn engagement(date: &str, name: &str, n: u32) -> Told {
    let until = n.is_multiple_of(2).then(|| day(date) + i64::from(n % 90).days());
    let (engagement, kind) = (EngagementId::named(&(n % 9).to_string()), EngagementKind::Order);
    let by = n.is_multiple_of(3).then(|| who("ben"));
    told(date, EngagementRecorded { account: id(name), engagement, kind, title: None, by, until })
}

fn cancelled(date: &str, name: &str, n: u32) -> Told {
    let engagement = EngagementId::named(&(n % 9).to_string());
    told(date, EngagementCancelled { account: id(name), engagement, reason: None })
}

fn interaction(date: &str, name: &str, by: &str) -> Told {
    let (kind, by) = (InteractionKind::Call, Some(who(by)));
    let person = Private::default();
    told(date, InteractionHeld { account: id(name), kind, contact: None, by, person })
}

fn feedback(date: &str, name: &str, n: u32) -> Told {
    let (score, person) = (Decimal::from(n % 8), Private::default());
    told(date, FeedbackReceived { account: id(name), score, out_of: 7, contact: None, person })
}

fn contract(date: &str, name: &str, end: &str) -> Told {
    let signed = ContractSigned {
        account: id(name),
        contract: ContractId::named(name),
        title: "Framework".to_owned(),
        kind: ContractKind::Framework,
        start: day(date),
        end: day(end),
        notice_days: None,
        auto_renewal_months: None,
        value_a_year: None,
    };
    told(date, signed)
}

fn any_story() -> impl Strategy<Value = Vec<Told>> {
    let dora = member("2023-01-01", "dora", Role::Director);
    let rate = ExchangeRateSet { currency: Currency::USD, rate: Decimal::new(91, 2) };
    let rate = told("2024-09-01", rate);
    prop::collection::vec(any_fact(), 1..60).prop_map(move |mut story| {
        story.extend([dora.clone(), rate.clone()]);
        story
    })
}

/// A policy with other thresholds and other points.
fn any_policy() -> impl Strategy<Value = String> {
    (5_u32..60, 0_u32..20, 0_u32..80, 0_u32..200, prop::bool::ANY).prop_map(
        |(enters, below, grace, trial, first)| {
            let text = if first { FIRST_POLICY.to_owned() } else { everything() };
            let mut table: toml::Table = toml::from_str(&text).unwrap();
            let mut put = |name: &str, value: u32| table.insert(name.to_owned(), value.into());
            put("enters_at", enters);
            put("stays_from", enters.saturating_sub(below));
            put("grace_days", grace);
            put("trial_days", trial);
            toml::to_string(&table).unwrap()
        },
    )
}

fn desk(policy: &str, story: &[Told]) -> Desk {
    desk_under(policy, crate::watch::FIRST_WATCHLIST, story)
}

fn policy(text: &str) -> Arc<Policy> {
    Arc::new(Policy::parse(text).unwrap())
}

/// The status of every day from one to another.
fn every_day(desk: &Desk, name: &str, to: Date) -> Vec<Span> {
    let mut spans = Vec::new();
    if let Some(client) = desk.client(id(name)) {
        Track::follow(&client, to, &mut |span| spans.push(span));
    }
    spans
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn a_walk_that_reads_only_what_moved_comes_to_what_reading_everything_does(
        story in any_story(), probes in prop::collection::vec(0_i64..1_000, 12),
    ) {
        let desk = desk(&everything(), &story);
        for name in NAMES {
            let spans = every_day(&desk, name, day("2026-12-31"));
            let Some(first) = spans.first() else { continue };
            let client = desk.client(id(name)).unwrap();
            let probes = probes.iter().map(|n| day("2024-01-01") + n.days());
            for date in spans.iter().map(|span| span.from).chain(probes).filter(|it| *it >= first.from) {
                let walked = spans.iter().rev().find(|span| span.from <= date).unwrap();
                let read = assess(&client, date).unwrap();
                prop_assert_eq!(walked.points, read.points(), "{} on {}", name, date);
                let next = spans.iter().find(|span| span.from > date).map(|span| span.from);
                let foreseen = read.changes_on().filter(|it| *it > date && *it <= day("2026-12-31"));
                prop_assert!(foreseen.is_none() || next <= foreseen && next.is_some());
            }
        }
    }

    #[test]
    fn a_trial_of_all_history_is_what_adopting_the_policy_at_the_start_gives(
        story in any_story(), draft in any_policy(), from in 0_i64..900, days in 1_i64..200,
    ) {
        let (now, adopted) = (desk(&everything(), &story), desk(&draft, &story));
        let from = day("2024-01-01") + from.days();
        let to = from + days.days();
        let trial = Trial::run(&now, &policy(&draft), from, to, &Hands::own());
        for name in NAMES {
            let on = |spans: &[Span], date: Date| {
                let span = spans.iter().rev().find(|span| span.from <= date);
                span.map_or((Status::Standard, 0), |span| (span.status, span.points))
            };
            let (was, would) = (every_day(&now, name, to), every_day(&adopted, name, to));
            let found = trial.clients.iter().find(|it| it.account == id(name));
            let mut date = from;
            while date <= to {
                let (was, would) = (on(&was, date).0, on(&would, date).0);
                let gained = found.is_some_and(|it| {
                    it.stretches.iter().any(|days| days.gained && days.from <= date && date <= days.until)
                });
                let lost = found.is_some_and(|it| {
                    it.stretches.iter().any(|days| !days.gained && days.from <= date && date <= days.until)
                });
                prop_assert_eq!(gained, would.is_key() && !was.is_key(), "{} on {}", name, date);
                prop_assert_eq!(lost, was.is_key() && !would.is_key(), "{} on {}", name, date);
                prop_assert!(found.is_some() || !was.is_key() && !would.is_key());
                date = date.tomorrow().unwrap();
            }
            let (was, would) = (on(&was, to), on(&would, to));
            match found {
                Some(found) => {
                    prop_assert_eq!((found.now.status, found.now.points), was);
                    prop_assert_eq!((found.draft.status, found.draft.points), would);
                }
                None => prop_assert_eq!(was.0, would.0, "{}", name),
            }
        }
    }
}

/// Three clients over three years: one large, one middling, one small; each with an owner.
fn three() -> Vec<Told> {
    let mut story = vec![member("2023-01-01", "dora", Role::Director)];
    for (name, amount) in [("acme", 30_000), ("bolt", 14_000), ("cove", 1_000)] {
        story.extend([registered("2023-06-01", name), owned("2023-06-02", name, "ann")]);
        for month in 1..=12 {
            story.push(billed(&format!("2024-{month:02}-05"), name, amount));
        }
    }
    story
}

/// Revenue of a year is all that counts.
fn by_revenue(enters: u32, stays: u32, points: u32, at_least: u32) -> String {
    let head = format!("name = \"Revenue\"\nenters_at = {enters}\nstays_from = {stays}\n");
    let rest = format!("window_days = 365\nat_least = {at_least}\npoints = {points}");
    head + &criterion("revenue", "revenue", &rest)
}

#[test]
fn a_lower_threshold_of_revenue_makes_the_middling_client_key() {
    let desk = desk(&by_revenue(10, 10, 10, 200_000), &three());
    let (from, to) = (day("2024-01-01"), day("2024-12-31"));
    let trial =
        Trial::run(&desk, &policy(&by_revenue(10, 10, 10, 100_000)), from, to, &Hands::own());
    let counts =
        (trial.counts.became, trial.counts.stayed, trial.counts.ceased, trial.counts.never);
    assert_eq!(counts, (1, 1, 0, 1));
    let bolt = &trial.clients[0];
    assert_eq!((bolt.account, bolt.outcome), (id("bolt"), Outcome::Became));
    assert_eq!((bolt.now.points, bolt.draft.points), (0, 10));
    let turn = bolt.turn.as_ref().unwrap();
    assert_eq!(turn.day, day("2024-08-05"), "the eighth invoice brings it above 100,000");
    let Cause::Criterion(shift) = &turn.cause else { panic!("{:?}", turn.cause) };
    assert_eq!((shift.now.unwrap().points, shift.draft.unwrap().points), (0, 10));
    assert_eq!(shift.draft.unwrap().value, Some(Decimal::from(112_000)));
    let acme = &trial.clients[1];
    assert_eq!(acme.outcome, Outcome::Stayed);
    assert_eq!(acme.stretches.len(), 1, "it would have been key earlier: {:?}", acme.stretches);
    let (ann, last) = (&trial.loads[0], trial.last_covered().unwrap());
    assert_eq!((ann.manager, ann.now, ann.draft), (Some(who("ann")), 1, 2));
    let sums = [last.revenue, last.now, last.draft].map(|sum| sum.unwrap().to_string());
    assert_eq!(sums, ["540000", "360000", "528000"]);
    assert_eq!(trial.covered.len(), 12, "eleven ends of months and the last day");
    assert_eq!((trial.moves_now.entered, trial.moves_draft.entered), (1, 2));
}

#[test]
fn where_points_are_the_same_the_points_needed_are_the_cause() {
    let desk = desk(&by_revenue(10, 10, 12, 200_000), &three());
    let (from, to) = (day("2024-01-01"), day("2025-03-31"));
    let stricter = by_revenue(12, 12, 12, 200_000);
    let none = Trial::run(&desk, &policy(&stricter), from, to, &Hands::own());
    assert_eq!((none.counts.ceased, none.counts.became), (0, 0));
    let graded = |enters: u32| {
        let head = format!("name = \"Graded\"\nenters_at = {enters}\nstays_from = {enters}\n");
        head + &criterion(
            "revenue",
            "revenue",
            "window_days = 365\nfrom = 0\nto = 400000\npoints = 40",
        )
    };
    let desk = super::story::desk_under(&graded(30), crate::watch::FIRST_WATCHLIST, &three());
    let trial = Trial::run(&desk, &policy(&graded(38)), from, day("2024-12-31"), &Hands::own());
    let acme = &trial.clients[0];
    assert_eq!((acme.outcome, acme.now.points), (Outcome::Ceased, 36));
    let cause = &acme.turn.as_ref().unwrap().cause;
    assert_eq!(*cause, Cause::Thresholds { now: (30, 30), draft: (38, 38) });
}

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
    for _ in 0..5 {
        assert_eq!(Trial::run(&desk, &draft, from, to, &Hands::own()), one);
    }
}
