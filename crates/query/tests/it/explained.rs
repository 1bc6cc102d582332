//! Why an account stands where it stands, and what would change it.

use linchpin_domain::desk::Desk;
use linchpin_domain::fact::*;
use linchpin_domain::id::{AccountId, EngagementId};
use linchpin_domain::policy::Status;
use linchpin_domain::private::Private;
use linchpin_query::view::{
    Explanation, account_view, explain, fall_sentence, policy_view, portfolio,
};

use super::story::{Story, contact, day, member, past, today};

/// A key account of 2026 whose framework agreement ends on 28 February 2027.
fn brackwater() -> (Story, AccountId) {
    let mut story = Story::begin();
    let id = story.client("2024-01-10", "Brackwater");
    story.owned("2024-01-10", id, "Maija Virtanen");
    for month in 1..=12 {
        story.invoice(&format!("2026-{month:02}-05"), id, "45000");
        story.order(&format!("2026-{month:02}-05"), id);
    }
    story.joins("2024-02-01", id, "Jane Doe", Level::Director, BuyingRole::Champion);
    story.joins("2024-02-01", id, "Erika Muster", Level::Executive, BuyingRole::DecisionMaker);
    story.framework("2024-03-01", id, "2027-02-28");
    for of in [JudgementOf::StrategicFit, JudgementOf::GrowthPotential] {
        story.tell(
            "2026-01-31",
            JudgementGiven {
                account: id,
                of,
                score: 4,
                by: member("Kari Berg"),
                reason: "They lead where we want to go".to_owned(),
                expires: day("2027-01-31"),
            },
        );
    }
    (story, id)
}

fn why(desk: &Desk, id: AccountId, on: &str) -> Explanation {
    explain(desk, id, today(on)).unwrap()
}

#[test]
fn a_verdict_names_points_rules_and_figures_in_words() {
    let (story, id) = brackwater();
    let why = why(&story.desk, id, "2026-12-10");
    assert_eq!(why.status, Status::Key);
    assert_eq!(why.sentence, format!("Key account with {} of 100 points.", why.points));
    let criterion = |name: &str| why.criteria.iter().find(|it| it.id == name).unwrap();
    assert_eq!(criterion("revenue").rule, "€50,000 to €400,000 in 12 months");
    assert_eq!(criterion("revenue").figure, "€540,000");
    assert_eq!(criterion("revenue").evidence_count, 12);
    assert_eq!(criterion("levels").figure, "2 of 4 levels, no manager or specialist");
    assert_eq!(criterion("feedback").figure, "nobody has answered yet");
    assert_eq!(criterion("framework").rule, "at least one framework agreement in force");
    assert_eq!(criterion("referrals").figure, "none yet");
    let sum: u32 = why.criteria.iter().map(|it| it.points).sum();
    assert_eq!(sum, why.points);
}

#[test]
fn what_lapses_by_itself_is_told_with_its_day_and_its_points() {
    let (story, id) = brackwater();
    let why = why(&story.desk, id, "2026-12-10");
    let has = |text: &str| why.would_change.iter().any(|it| it == text);
    assert!(
        has("−8 on 1 February 2027: the judgement of strategic fit lapses."),
        "{:?}",
        why.would_change
    );
    assert!(
        has("−6 on 1 March 2027: the framework agreement has ended."),
        "{:?}",
        why.would_change
    );
    assert!(why.would_change.len() <= 6);
    assert!(why.would_change.iter().any(|it| it.starts_with('+')), "{:?}", why.would_change);
    let fall = why.falls_to.as_ref().unwrap();
    assert!(fall.points < why.points);
    assert!(fall_sentence(&why).unwrap().starts_with("If nothing is done it falls to "));
}

#[test]
fn the_smallest_step_brings_exactly_what_it_promises() {
    let (mut story, id) = brackwater();
    let before = why(&story.desk, id, "2026-12-10");
    let step = before.would_change.iter().find(|it| it.contains("Reach one more level"));
    assert_eq!(
        step.map(String::as_str),
        Some("+3 Reach one more level: no manager or specialist yet.")
    );
    story.joins("2026-12-09", id, "Otto Normal", Level::Manager, BuyingRole::User);
    assert_eq!(why(&story.desk, id, "2026-12-10").points, before.points + 3);
}

#[test]
fn on_a_past_day_nothing_later_is_seen_in_what_comes_if_nothing_is_done() {
    let (mut story, id) = brackwater();
    let then = explain(&story.desk, id, past("2026-12-10")).unwrap();
    story.tell(
        "2027-01-20",
        ContractRenewed { account: id, contract: framework(id), end: day("2029-02-28") },
    );
    let later = explain(&story.desk, id, past("2026-12-10")).unwrap();
    assert_eq!(then.would_change, later.would_change);
    assert_eq!(then.falls_to.map(|it| it.day), later.falls_to.map(|it| it.day));
}

fn framework(id: AccountId) -> linchpin_domain::id::ContractId {
    linchpin_domain::id::ContractId::named(&format!("framework of {id}"))
}

#[test]
fn a_standard_client_is_told_how_much_is_missing() {
    let mut story = Story::begin();
    let id = story.client("2026-01-01", "Small");
    let why = why(&story.desk, id, "2026-06-01");
    assert_eq!(why.status, Status::Standard);
    assert_eq!(
        why.sentence,
        "Standard client with 3 of 100 points, 52 points short of a key account."
    );
    assert!(explain(&story.desk, id, past("2025-12-31")).is_none());
}

#[test]
fn an_account_shows_people_group_contracts_and_trend() {
    let (mut story, id) = brackwater();
    let holding = story.client("2024-01-01", "Brackwater Group");
    story.tell("2024-06-01", ParentSet { account: id, parent: holding });
    story.leaves("2026-11-16", id, "Erika Muster");
    story.tell(
        "2026-12-01",
        InteractionHeld {
            account: id,
            kind: InteractionKind::Call,
            contact: Some(contact("Jane Doe")),
            by: Some(member("Maija Virtanen")),
            person: Private::noted("Night-shift rates"),
        },
    );
    let view = account_view(&story.desk, id, &portfolio(&story.desk, today("2026-12-10"))).unwrap();
    assert_eq!(view.row.rank, 1);
    assert!((view.row.share - 1.0).abs() < 1e-12);
    assert_eq!(view.row.owner.as_ref().unwrap().name, "Maija Virtanen");
    let ours: Vec<_> =
        view.ours.iter().map(|it| it.person.as_ref().map(|p| p.name.as_str())).collect();
    assert_eq!(ours, [Some("Maija Virtanen"), Some("Kari Berg"), None, None]);
    assert_eq!(view.group.as_ref().unwrap().name, "Brackwater Group");
    assert_eq!(view.group.as_ref().unwrap().members.len(), 2);
    let names: Vec<_> = view.contacts.iter().map(|it| (it.name.as_str(), it.active)).collect();
    assert_eq!(names, [("Jane Doe", true), ("Erika Muster", false)]);
    let spoke = view.contacts[0].last_spoke.as_ref().unwrap();
    assert_eq!((spoke.by.as_deref(), spoke.day), (Some("Maija Virtanen"), day("2026-12-01")));
    assert_eq!(view.contracts[0].notice_by, Some(day("2026-11-30")));
    assert_eq!(view.contracts[0].state, "in force");
    assert_eq!(view.row.next_deadline.as_ref().unwrap().what, "end");
    assert!(view.trend.windows(2).all(|pair| pair[0].from < pair[1].from));
    assert_eq!(view.trend.last().unwrap().points, view.row.points);
    assert_eq!(view.about, ["Norway"]);
}

#[test]
fn someone_who_moved_keeps_their_name() {
    let (mut story, id) = brackwater();
    let merrow = story.client("2025-01-01", "Merrow Shipping");
    story.tell(
        "2026-11-13",
        ContactMoved {
            account: id,
            contact: contact("Jane Doe"),
            to: merrow,
            title: "Director".to_owned(),
            level: Some(Level::Director),
            role: None,
        },
    );
    let there =
        account_view(&story.desk, merrow, &portfolio(&story.desk, today("2026-12-10"))).unwrap();
    assert_eq!(there.contacts[0].name, "Jane Doe");
    let here = account_view(&story.desk, id, &portfolio(&story.desk, today("2026-12-10"))).unwrap();
    let gone = here.contacts.iter().find(|it| !it.active).unwrap();
    assert_eq!(gone.left_for.as_deref(), Some("Merrow Shipping"));
}

#[test]
fn the_written_rules_read_as_clauses() {
    let story = Story::begin();
    let policy = policy_view(&story.desk, today("2026-12-10")).unwrap();
    assert_eq!((policy.version, policy.out_of, policy.clauses.len()), (1, 100, 14));
    let notice = policy.rules.iter().find(|rule| rule.id == "notice").unwrap();
    assert_eq!(
        notice.sentence,
        "The last day for notice nears: told 90, 60, 30 and 14 days before; from 14 days on it cannot wait."
    );
}

#[test]
fn a_quiet_rule_says_what_it_looked_at() {
    let mut story = Story::under(super::course::ASKED);
    let id = story.client("2025-12-01", "Alder");
    story.orders(1..=10, id);
    story.joins("2026-01-05", id, "Jane Doe", Level::Director, BuyingRole::Champion);
    story.framework("2026-01-05", id, "2027-01-31");
    story.owned("2026-01-05", id, "Maija Virtanen");
    let (by, reason) = (member("Kari Berg"), "It grows".to_owned());
    story.tell("2026-02-01", StatusApproved { account: id, by, reason });
    let engagement = EngagementId::named("by another");
    let (kind, by) = (EngagementKind::Order, Some(member("Kari Berg")));
    let work = EngagementRecorded { account: id, engagement, kind, title: None, by, until: None };
    story.tell("2026-02-10", work);
    let (owner, by) = (member("Maija Virtanen"), member("Kari Berg"));
    let reason = "She knows them".to_owned();
    let ruled = OwnershipRuled { account: id, owner, by, reason, parent_history_counts: None };
    story.tell("2026-02-11", ruled);
    let why = explain(&story.desk, id, today("2026-02-12")).unwrap();
    let of = |rule: &str| -> Vec<&str> {
        let these = why.quiet.iter().filter(|quiet| quiet.rule == rule);
        these.map(|quiet| quiet.subject.as_str()).collect()
    };
    assert_eq!(of("contact-joined"), ["Jane Doe, 5 January"]);
    assert_eq!(
        of("approval-pending"),
        ["key (trial) since 1 February", "nominated since 10 January"]
    );
    assert_eq!(of("worked-by-two"), ["work by Kari Berg since 1 December 2025"]);
    let before = "its confirmation by 28 November, 30 days before";
    assert!(of("reassessment-due").contains(&before), "{:?}", of("reassessment-due"));
    let before = "Framework agreement, 31 January 2027, 90 days before";
    assert!(of("contract-end").contains(&before), "{:?}", of("contract-end"));
    assert!(!why.quiet.iter().any(|quiet| quiet.subject.contains("without a name")), "{why:?}");
}

#[test]
fn the_overrides_that_stand_are_listed_under_the_client_that_stays() {
    let mut story = Story::begin();
    let (one, two) = (story.client("2026-01-01", "Alder"), story.client("2026-01-01", "Birch"));
    let overridden = |story: &mut Story, when: &str, account| {
        let (by, to, reason) = (member("Kari Berg"), Status::Key, "The board".to_owned());
        story.tell(when, StatusOverridden { account, to, by, reason, expires: day("2026-06-30") });
    };
    overridden(&mut story, "2026-02-01", one);
    overridden(&mut story, "2026-02-02", two);
    let (by, reason) = (member("Kari Berg"), "No more".to_owned());
    story.tell("2026-03-01", OverrideEnded { account: two, by, reason });
    let listed = |story: &Story, on: &str| -> Vec<String> {
        let policy = policy_view(&story.desk, today(on)).unwrap();
        assert_eq!(policy.overrides.len(), policy.overrides_in_force);
        policy.overrides.into_iter().map(|it| it.name).collect()
    };
    assert_eq!(listed(&story, "2026-01-31"), Vec::<String>::new());
    assert_eq!(listed(&story, "2026-02-10"), ["Alder", "Birch"]);
    assert_eq!(listed(&story, "2026-03-01"), ["Alder"]);
    assert_eq!(listed(&story, "2026-07-01"), Vec::<String>::new());
    let reason = "one client".to_owned();
    story.tell("2026-03-02", AccountsMerged { account: one, into: two, reason });
    assert_eq!(listed(&story, "2026-02-10"), ["Birch"], "once");
}
