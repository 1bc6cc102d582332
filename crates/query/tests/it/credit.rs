//! Who is said to have moved a status: whoever did, and nobody who had no say.

use linchpin_domain::desk::Desk;
use linchpin_domain::fact::*;
use linchpin_domain::id::AccountId;
use linchpin_domain::policy::Status;
use linchpin_query::view::{explain, movement, sentence};

use super::course::ASKED;
use super::story::{Story, day, member, today};

const MANAGER: &str = "Maija Virtanen";
const DIRECTOR: &str = "Kari Berg";

/// A client whose points nominate it on 10 January 2026.
fn nominated() -> (Story, AccountId) {
    let mut story = Story::under(ASKED);
    let id = story.client("2025-12-01", "Alder");
    story.orders(1..=10, id);
    (story, id)
}

fn approved(account: AccountId, by: &str) -> StatusApproved {
    StatusApproved { account, by: member(by), reason: format!("{by} said so") }
}

fn vetoed(account: AccountId, by: &str) -> StatusVetoed {
    StatusVetoed { account, by: member(by), reason: format!("{by} said so") }
}

fn confirmed(account: AccountId, by: &str) -> StatusConfirmed {
    StatusConfirmed { account, by: member(by), reason: format!("{by} said so") }
}

/// The sentence about a ruling in an explanation, and who is named as its ruler.
fn explained(desk: &Desk, id: AccountId, on: &str) -> (String, Option<String>) {
    let why = explain(desk, id, today(on)).unwrap();
    let ruling = why.course.unwrap().ruling.map(|ruling| ruling.by.name);
    (why.verdict.first().cloned().unwrap_or_default(), ruling)
}

/// The newest step of the only client that moved: what moved it, to where, in a sentence.
fn moved(desk: &Desk, on: &str) -> (String, Status, String) {
    let on = day(on);
    let found = movement(desk, on.yesterday().unwrap(), today(&on.to_string()));
    let step = found.moves[0].steps.last().unwrap().clone();
    (step.by, step.to, step.sentence)
}

#[test]
fn a_yes_of_somebody_without_a_say_is_not_credited_before_nor_after_the_one_that_counts() {
    for (first, second) in [(DIRECTOR, MANAGER), (MANAGER, DIRECTOR)] {
        let (mut story, id) = nominated();
        story.tell("2026-02-01T08:00:00Z", approved(id, first));
        story.tell("2026-02-01T09:00:00Z", approved(id, second));
        let said = format!("{DIRECTOR} approved it on 1 February: “{DIRECTOR} said so”");
        let found = explained(&story.desk, id, "2026-02-10");
        assert_eq!(found, (said, Some(DIRECTOR.to_owned())), "{first} first");
        let said = format!("{DIRECTOR} approved: “{DIRECTOR} said so”");
        let step = ("ruling".to_owned(), Status::Trial, said);
        assert_eq!(moved(&story.desk, "2026-02-01"), step, "{first} first");
    }
}

#[test]
fn a_no_of_somebody_without_a_say_is_not_credited() {
    let (mut story, id) = nominated();
    story.tell("2026-02-01T08:00:00Z", vetoed(id, DIRECTOR));
    story.tell("2026-02-01T09:00:00Z", vetoed(id, MANAGER));
    let said = format!("{DIRECTOR} refused it on 1 February: “{DIRECTOR} said so”");
    let by = Some(DIRECTOR.to_owned());
    assert_eq!(explained(&story.desk, id, "2026-02-10"), (said, by));
    let (by, to, said) = moved(&story.desk, "2026-02-01");
    assert_eq!((by.as_str(), to), ("ruling", Status::Standard));
    assert!(said.starts_with(DIRECTOR), "{said}");
}

#[test]
fn who_approved_stands_behind_a_key_account_until_somebody_confirms_it() {
    let (mut story, id) = nominated();
    story.tell("2026-02-01", approved(id, DIRECTOR));
    let (said, _) = explained(&story.desk, id, "2026-06-01");
    assert!(said.starts_with("Kari Berg approved it on 1 February"), "past its trial: {said}");
    story.tell("2026-11-01", confirmed(id, MANAGER));
    let (said, by) = explained(&story.desk, id, "2026-11-02");
    assert!(said.starts_with("Maija Virtanen confirmed it on 1 November"), "{said}");
    assert_eq!(by.as_deref(), Some(MANAGER));
}

#[test]
fn a_nomination_that_was_approved_the_same_day_is_one_step_by_the_approval() {
    let mut story = Story::under(ASKED);
    let id = story.client("2025-12-01", "Birch");
    story.orders(1..=7, id);
    let (by, reason) = (member(MANAGER), "They open a second site".to_owned());
    story.tell("2026-01-15T08:00:00Z", StatusNominated { account: id, by, reason });
    story.tell("2026-01-15T09:00:00Z", approved(id, DIRECTOR));
    let (by, to, said) = moved(&story.desk, "2026-01-15");
    assert_eq!((by.as_str(), to), ("ruling", Status::Trial));
    assert_eq!(said, "Kari Berg approved: “Kari Berg said so”");
}

#[test]
fn an_override_its_end_and_its_expiry_are_told_as_what_they_are() {
    let overridden = |story: &mut Story, when: &str, id: AccountId, expires: &str| {
        let (by, reason) = (member(DIRECTOR), "The board wants it".to_owned());
        let (account, to, expires) = (id, Status::Key, day(expires));
        story.tell(when, StatusOverridden { account, to, by, reason, expires });
    };
    let mut story = Story::under(ASKED);
    let id = story.client("2025-12-01", "Cedar");
    overridden(&mut story, "2026-01-10", id, "2026-01-20");
    let (by, to, said) = moved(&story.desk, "2026-01-10");
    assert_eq!((by.as_str(), to), ("ruling", Status::Key));
    assert_eq!(said, "Kari Berg overrode the status: “The board wants it”");
    assert_eq!(moved(&story.desk, "2026-01-21").2, "The override expired.");
    let (by, reason) = (member(DIRECTOR), "No longer".to_owned());
    story.tell("2026-01-15", OverrideEnded { account: id, by, reason });
    let (by, to, said) = moved(&story.desk, "2026-01-15");
    assert_eq!((by.as_str(), to), ("ruling", Status::Standard));
    assert_eq!(said, "Kari Berg ended the override: “No longer”");
}

#[test]
fn of_many_steps_each_is_told_by_its_own_ruling() {
    let (mut story, id) = nominated();
    story.tell("2026-02-01", approved(id, DIRECTOR));
    story.tell("2026-12-05", confirmed(id, MANAGER));
    let found = movement(&story.desk, day("2025-12-31"), today("2026-12-31"));
    let steps: Vec<(String, &str, Status)> = found.moves[0]
        .steps
        .iter()
        .map(|step| (step.day.to_string(), step.by.as_str(), step.to))
        .collect();
    let told = |day: &str, by, to| (day.to_owned(), by, to);
    assert_eq!(
        steps,
        [
            told("2026-01-10", "points", Status::Nominated),
            told("2026-02-01", "ruling", Status::Trial),
            told("2026-05-02", "time", Status::Key),
            told("2026-11-28", "time", Status::UnderReview),
            told("2026-12-05", "ruling", Status::Key),
        ]
    );
    assert_eq!(
        found.moves[0].steps[4].sentence,
        "Maija Virtanen confirmed the status: “Maija Virtanen said so”"
    );
}

#[test]
fn the_history_says_of_a_ruling_without_a_say_why_it_counts_for_nothing() {
    let (mut story, account) = nominated();
    let said = |story: &Story| sentence(&story.desk, story.entries.last().unwrap());
    let why = " It counts for nothing: they were not key-account director on that day.";
    story.tell("2026-02-01T08:00:00Z", approved(account, MANAGER));
    assert_eq!(said(&story), format!("{MANAGER} approved: “{MANAGER} said so”{why}"));
    story.tell("2026-02-01T09:00:00Z", approved(account, DIRECTOR));
    assert_eq!(said(&story), format!("{DIRECTOR} approved: “{DIRECTOR} said so”"));
    let ruled = |by| OwnershipRuled {
        account,
        owner: member(MANAGER),
        by: member(by),
        reason: "hers".to_owned(),
        parent_history_counts: None,
    };
    story.tell("2026-02-02T08:00:00Z", ruled(MANAGER));
    assert!(said(&story).ends_with(why), "{}", said(&story));
    story.tell("2026-02-02T09:00:00Z", ruled(DIRECTOR));
    assert!(!said(&story).ends_with(why), "{}", said(&story));
}
