//! Every status of the course in plain sentences, and what is nearest to changing it.

use linchpin_domain::desk::Desk;
use linchpin_domain::fact::*;
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::Status;
use linchpin_query::view::{Explanation, alert_list, explain};

use super::story::{Story, day, member, past, today};

/// One point for each engagement of a year; a yes to enter and to release.
pub(crate) const ASKED: &str = r#"
name = "Asked"
enters_at = 10
stays_from = 6
grace_days = 30
trial_days = 90

[approval]
role = "key-account director"
of = ["enter", "release"]
veto_days = 180

[reassessment]
every_days = 300

[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
window_days = 365
from = 0
to = 10
points = 10
missing = "no points"
why = "It is what we live on."
"#;

const DIRECTOR: &str = "the key-account director (Kari Berg)";

fn why(desk: &Desk, id: AccountId, on: &str) -> Explanation {
    explain(desk, id, past(on)).unwrap()
}

/// A client whose points nominate it on 10 January 2026.
fn nominated() -> (Story, AccountId) {
    let mut story = Story::under(ASKED);
    let id = story.client("2025-12-01", "Alder");
    story.orders(1..=10, id);
    (story, id)
}

fn approve(story: &mut Story, when: &str, id: AccountId, reason: &str) {
    let by = member("Kari Berg");
    story.tell(when, StatusApproved { account: id, by, reason: reason.to_owned() });
}

/// The same, approved on 1 February 2026.
fn approved() -> (Story, AccountId) {
    let (mut story, id) = nominated();
    approve(&mut story, "2026-02-01", id, "It grows");
    (story, id)
}

fn nearest(why: &Explanation) -> Vec<&str> {
    why.nearest.iter().map(|turn| turn.sentence.as_str()).collect()
}

#[test]
fn a_standard_client_is_told_which_single_step_would_do() {
    let (story, id) = nominated();
    let why = why(&story.desk, id, "2026-01-03");
    assert_eq!(
        why.sentence,
        "Standard client with 3 of 10 points, 7 points short of a key account."
    );
    assert_eq!(nearest(&why), ["Seven more engagements nominate it."]);
    assert_eq!(why.nearest[0].to, Status::Nominated);
}

#[test]
fn a_nomination_says_who_made_it_and_whose_yes_it_waits_for() {
    let (story, id) = nominated();
    let by_points = why(&story.desk, id, "2026-01-20");
    let waits = format!(
        "Nominated as a key account with 10 of 10 points; it waits for the yes of {DIRECTOR}."
    );
    assert_eq!(by_points.sentence, waits);
    assert_eq!(by_points.verdict, ["Its points nominated it on 10 January."]);
    assert_eq!(
        nearest(&by_points)[0],
        format!("The yes of {DIRECTOR} makes it a key account on trial; a no ends the nomination.")
    );
    let course = by_points.course.unwrap();
    assert_eq!(course.waits_for.as_deref(), Some("key-account director"));
    assert_eq!(course.waits_for_whom.unwrap().name, "Kari Berg");

    let mut story = Story::under(ASKED);
    let id = story.client("2025-12-01", "Birch");
    story.orders(1..=7, id);
    let (by, reason) = (member("Maija Virtanen"), "They open a second site".to_owned());
    story.tell("2026-01-15", StatusNominated { account: id, by, reason });
    let by_hand = why(&story.desk, id, "2026-01-20");
    assert_eq!(
        by_hand.verdict,
        [
            "Maija Virtanen proposed it on 15 January: “They open a second site”",
            "Without the proposal it is 3 points short."
        ]
    );
    assert_eq!(by_hand.course.unwrap().ruling.unwrap().what, "nominated");
}

#[test]
fn a_refusal_says_until_when_its_points_do_not_count() {
    let (mut story, id) = nominated();
    let (by, reason) = (member("Kari Berg"), "One project only".to_owned());
    story.tell("2026-02-01", StatusVetoed { account: id, by, reason });
    let why = why(&story.desk, id, "2026-03-01");
    assert_eq!(why.sentence, "Standard client with 10 of 10 points.");
    assert_eq!(
        why.verdict,
        [
            "Kari Berg refused it on 1 February: “One project only”",
            "Its points do not nominate it again before 31 July."
        ]
    );
    assert_eq!(why.course.as_ref().unwrap().vetoed_until, Some(day("2026-07-31")));
    assert_eq!(nearest(&why), ["By time alone it is nominated on 31 July."]);
}

#[test]
fn a_trial_says_who_approved_when_it_ends_and_when_it_lapses() {
    let (story, id) = approved();
    let why = why(&story.desk, id, "2026-03-01");
    assert_eq!(why.sentence, "Key account on trial with 10 of 10 points.");
    assert_eq!(
        why.verdict,
        [
            "Kari Berg approved it on 1 February: “It grows”",
            "The trial ends on 2 May.",
            "The status lapses on 28 November unless somebody confirms it before."
        ]
    );
    assert_eq!(
        nearest(&why),
        [
            "The trial ends on 2 May, and it is a key account for good.",
            "The status lapses on 28 November unless somebody confirms it before."
        ]
    );
    let days: Vec<_> = why.nearest.iter().map(|turn| turn.day).collect();
    assert_eq!(days, [Some(day("2026-05-02")), Some(day("2026-11-28"))]);
}

#[test]
fn what_keeps_a_status_by_a_day_keeps_it() {
    let (mut story, id) = approved();
    let (by, reason) = (member("Kari Berg"), "All well".to_owned());
    story.tell("2026-11-20", StatusConfirmed { account: id, by, reason });
    let before = why(&story.desk, id, "2026-12-01");
    assert_eq!(before.status, Status::Key);
    assert!(before.verdict[0].starts_with("Kari Berg confirmed it on 20 November"), "{before:?}");
    assert_eq!(
        nearest(&before)[..2],
        [
            "If nothing more comes in, it goes under review on 5 January 2027 with 5 of 10 points.",
            "One more engagement before 5 January 2027 keeps it."
        ]
    );
    assert_eq!(why(&story.desk, id, "2027-01-05").status, Status::UnderReview);
    story.order("2026-12-20", id);
    assert_eq!(why(&story.desk, id, "2027-01-05").status, Status::Key, "as it was promised");
}

#[test]
fn a_review_says_why_and_how_it_ends() {
    let (mut story, id) = approved();
    let (by, reason) = (member("Kari Berg"), "All well".to_owned());
    story.tell("2026-11-20", StatusConfirmed { account: id, by, reason });
    let by_points = why(&story.desk, id, "2027-01-10");
    assert_eq!(
        by_points.sentence,
        "Under review with 0 of 10 points, 6 points below what it takes to stay."
    );
    let waits = format!("its release then waits for the yes of {DIRECTOR}.");
    let ends = format!("Its grace period ends on 4 February unless they are won back; {waits}");
    assert!(by_points.verdict.contains(&ends), "{:?}", by_points.verdict);
    assert_eq!(by_points.course.unwrap().review_because.as_deref(), Some("points"));
    let over = why(&story.desk, id, "2027-02-10");
    let waits = format!(
        "Its grace period ended on 4 February; its release waits for the yes of {DIRECTOR}."
    );
    assert!(over.verdict.contains(&waits), "{:?}", over.verdict);
    assert_eq!(
        nearest(&over)[0],
        format!("The yes of {DIRECTOR} releases it; a no begins the review anew.")
    );
    approve(&mut story, "2027-02-12", id, "They went elsewhere");
    let released = why(&story.desk, id, "2027-03-01");
    assert_eq!(
        released.sentence,
        "Released client with 0 of 10 points, 10 points short of a key account."
    );
    assert_eq!(
        released.verdict,
        ["Kari Berg approved its release on 12 February: “They went elsewhere”"]
    );
}

#[test]
fn a_status_that_nobody_confirmed_is_told_apart_from_one_that_lost_its_points() {
    let (story, id) = approved();
    let why = why(&story.desk, id, "2026-12-01");
    assert_eq!(why.sentence, "Under review with 10 of 10 points: nobody confirmed it in time.");
    let course = why.course.as_ref().unwrap();
    assert_eq!(course.review_because.as_deref(), Some("not confirmed"));
    assert_eq!(course.review_ends, Some(day("2026-12-28")));
    assert!(
        why.verdict[0].starts_with("Its grace period ends on 28 December unless it is confirmed;"),
        "{:?}",
        why.verdict
    );
    assert!(!nearest(&why).iter().any(|it| it.contains("engagement")), "{:?}", why.nearest);
}

#[test]
fn an_override_says_who_why_until_when_and_what_the_policy_alone_would_say() {
    let (mut story, id) = nominated();
    let (by, reason) = (member("Kari Berg"), "The board wants it".to_owned());
    let account = id;
    let expires = day("2026-06-30");
    story.tell("2025-12-15", StatusOverridden { account, to: Status::Key, by, reason, expires });
    let why = why(&story.desk, id, "2026-01-03");
    assert_eq!(why.status, Status::Key);
    assert_eq!(why.sentence, "Key account by override until 30 June, with 3 of 10 points.");
    assert_eq!(
        why.verdict,
        [
            "Kari Berg overrode the status: “The board wants it”",
            "By the policy alone: standard client with 3 of 10 points, 7 points short of a key account."
        ]
    );
    let course = why.course.as_ref().unwrap();
    assert_eq!(course.status, Status::Standard);
    let overridden = course.overridden.as_ref().unwrap();
    assert_eq!((overridden.until, overridden.by.name.as_str()), (expires, "Kari Berg"));
    assert!(overridden.entry.position.is_some());
    assert_eq!(
        nearest(&why),
        ["From 1 July on the override holds no more, and it is a standard client."]
    );
}

#[test]
fn the_alert_before_it_lapses_says_when_it_was_confirmed_or_since_when_nobody_did() {
    let why_on = |story: &Story, on: &str| {
        let alerts = alert_list(&story.desk, past(on));
        let lapsing = alerts.into_iter().find(|alert| alert.rule == "reassessment-due").unwrap();
        assert!(lapsing.title.starts_with("Its key status lapses on "), "{}", lapsing.title);
        lapsing.why
    };
    let unless = "Unless it is confirmed in time it goes under review.";
    let (mut story, id) = approved();
    let never = format!("Key since 1 February and not confirmed since. {unless}");
    assert_eq!(why_on(&story, "2026-11-01"), never);
    let (by, reason) = (member("Maija Virtanen"), "They still call us first".to_owned());
    story.tell("2026-03-01", StatusConfirmed { account: id, by, reason });
    assert_eq!(why_on(&story, "2026-12-01"), format!("Last confirmed 1 March. {unless}"));
}

/// Points from the group, a criterion that is enough by itself, one that everybody needs, and one
/// formed from the others.
const WEIGHED: &str = r#"
name = "Weighed"
enters_at = 10
stays_from = 10

[[criterion]]
id = "work"
title = "Work"
measure = "engagements"
scope = "group"
window_days = 365
from = 0
to = 10
points = 10
missing = "no points"
why = "."

[[criterion]]
id = "levels"
title = "Levels"
measure = "levels reached"
scope = "group"
from = 0
to = 4
points = 4
required = true
missing = "no points"
why = "."

[[criterion]]
id = "framework"
title = "Framework agreement"
measure = "contracts"
of = "framework"
at_least = 1
points = 1
sufficient = true
missing = "no points"
why = "."

[[criterion]]
id = "broad"
title = "Broad"
measure = "custom"
when = "levels >= 2 && work >= 3"
points = 2
missing = "no points"
why = "."
"#;

#[test]
fn scope_weight_and_the_figures_of_a_custom_criterion_are_said() {
    let mut story = Story::under(WEIGHED);
    let (holding, id) = (story.client("2025-12-01", "Group"), story.client("2025-12-01", "Alder"));
    story.tell("2025-12-02", ParentSet { account: id, parent: holding });
    story.orders(1..=9, holding);
    story.order("2026-01-10", id);
    let before = explain(&story.desk, id, today("2026-02-01")).unwrap();
    let of =
        |why: &Explanation, id: &str| why.criteria.iter().find(|it| it.id == id).unwrap().clone();
    let work = of(&before, "work");
    assert_eq!(work.rule, "0 to 10 engagements in 12 months, of the whole group");
    assert_eq!((work.scope.as_str(), work.figure.as_str()), ("group", "10 engagements"));
    let positions: Vec<_> = work.evidence.iter().map(|it| it.position).collect();
    assert!(positions.is_sorted_by(|a, b| a > b), "newest first: {positions:?}");
    assert_eq!(
        of(&before, "levels").weight.as_deref(),
        Some("Nobody is a key account without a point from it, and there is none.")
    );
    assert_eq!(before.status, Status::Standard);
    assert_eq!(before.sentence, "Standard client with 10 of 17 points.");
    assert_eq!(before.verdict, ["Nobody is a key account without a point from “Levels”."]);
    let custom = of(&before, "broad");
    assert_eq!(
        (custom.figure.as_str(), custom.rule.as_str()),
        ("does not hold", "where levels >= 2 && work >= 3")
    );
    let used: Vec<_> =
        custom.uses.iter().map(|it| (it.name.as_str(), it.figure.as_str())).collect();
    assert_eq!(used, [("levels", "no level yet"), ("work", "10 engagements")]);

    story.joins("2026-02-01", holding, "Jane Doe", Level::Director, BuyingRole::Champion);
    let known = explain(&story.desk, id, today("2026-02-01")).unwrap();
    assert_eq!(of(&known, "levels").figure, "1 of 4 levels, no executive or manager or specialist");
    assert_eq!(known.status, Status::Key);

    let other = story.client("2025-12-01", "Birch");
    story.framework("2026-01-01", other, "2026-12-31");
    let enough = explain(&story.desk, other, today("2026-02-01")).unwrap();
    assert_eq!(enough.status, Status::Key);
    assert_eq!(
        enough.verdict,
        ["“Framework agreement” is enough by the policy, whatever the points."]
    );
    assert_eq!(
        of(&enough, "framework").weight.as_deref(),
        Some("All its points are enough by themselves, and they are there.")
    );
}
