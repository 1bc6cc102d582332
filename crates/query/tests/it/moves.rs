//! Who moved between two days, and what moved them.

use linchpin_domain::fact::*;
use linchpin_domain::policy::Status;
use linchpin_query::view::{MoveCount, Movement, movement};

use super::story::{Story, account, day, member, small_policy, today};

fn between(story: &Story, from: &str, to: &str) -> Movement {
    movement(&story.desk, day(from), today(to))
}

/// What is told of each step: day, what moved it, and by which criterion.
fn told(found: &Movement) -> Vec<(String, &str, Option<&str>)> {
    let steps = found.moves.iter().flat_map(|it| &it.steps);
    steps.map(|step| (step.day.to_string(), step.by.as_str(), step.criterion.as_deref())).collect()
}

#[test]
fn every_step_is_told_with_its_day_and_what_moved_it() {
    let mut story = Story::small(90);
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2024-02-01", id, "1000");
    let found = between(&story, "2024-01-15", "2025-06-30");
    assert_eq!(found.moved, 1);
    let alder = &found.moves[0];
    assert_eq!((alder.from, alder.to), (Some(Status::Standard), Status::Released));
    let statuses: Vec<Status> = alder.steps.iter().map(|step| step.to).collect();
    assert_eq!(statuses, [Status::Trial, Status::Key, Status::UnderReview, Status::Released]);
    let steps = told(&found);
    assert_eq!(steps[0], ("2024-02-01".to_owned(), "points", Some("Revenue")));
    assert_eq!(steps[1], ("2024-05-01".to_owned(), "time", None));
    assert_eq!(steps[2], ("2025-01-31".to_owned(), "points", Some("Revenue")));
    assert_eq!(steps[3], ("2025-03-02".to_owned(), "time", None));
    let sentences: Vec<&str> = alder.steps.iter().map(|step| step.sentence.as_str()).collect();
    assert_eq!(
        sentences,
        [
            "Revenue gave 60 points instead of 0; in all 60 instead of 0.",
            "The trial ended.",
            "Revenue gave 0 points instead of 60; in all 0 instead of 60.",
            "The grace period ended."
        ]
    );
    let counted = MoveCount { from: Some(Status::Standard), to: Status::Released, accounts: 1 };
    assert_eq!(found.table, [counted]);
}

#[test]
fn only_what_changed_after_the_first_day_and_up_to_the_last_counts() {
    let mut story = Story::small(90);
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2024-02-01", id, "1000");
    assert_eq!(between(&story, "2024-02-01", "2024-04-30").moved, 0);
    assert_eq!(between(&story, "2024-01-31", "2024-02-01").moved, 1);
    assert_eq!(between(&story, "2024-01-31", "2024-01-31").moved, 0);
    let found = between(&story, "2023-12-31", "2024-02-01");
    assert_eq!((found.moves[0].from, found.moves[0].to), (None, Status::Trial));
    assert_eq!(found.moves[0].steps.len(), 1, "to come to us is no move");
    assert_eq!(found.moves[0].steps[0].from, Some(Status::Standard));
}

#[test]
fn who_came_back_is_listed_and_counted_nowhere() {
    let mut story = Story::small(90);
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2024-02-01", id, "1000");
    story.credit("2024-06-01", id, "700");
    story.invoice("2024-06-10", id, "700");
    let found = between(&story, "2024-05-15", "2024-07-01");
    assert_eq!((found.moved, found.table.len()), (1, 0));
    let statuses: Vec<Status> = found.moves[0].steps.iter().map(|step| step.to).collect();
    assert_eq!(statuses, [Status::UnderReview, Status::Key]);
}

#[test]
fn another_policy_is_told_apart_from_what_the_client_did() {
    let mut story = Story::small(90);
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2024-02-01", id, "1000");
    story.adopt("2024-06-01", &small_policy(90).replace("to = 1000", "to = 10000"));
    let found = between(&story, "2024-05-15", "2024-06-15");
    assert_eq!(told(&found), [("2024-06-01".to_owned(), "policy", Some("Revenue"))]);
    let sentence = &found.moves[0].steps[0].sentence;
    assert_eq!(sentence, "Version 3 of the policy came in force: 6 points instead of 60.");
}

#[test]
fn what_somebody_ruled_is_told_with_the_name_and_the_reason() {
    let mut story = Story::small(90);
    let id = story.client("2024-01-01", "Alder");
    story.invoice("2024-02-01", id, "10");
    let overridden = StatusOverridden {
        account: id,
        to: Status::Key,
        by: member("Kari Berg"),
        reason: "the board knows them".to_owned(),
        expires: day("2024-04-30"),
    };
    story.tell("2024-03-01", overridden);
    let found = between(&story, "2024-02-15", "2024-06-01");
    let steps = &found.moves[0].steps;
    assert_eq!(told(&found)[0], ("2024-03-01".to_owned(), "ruling", None));
    assert_eq!(steps[0].sentence, "Kari Berg overrode the status: “the board knows them”");
    assert_eq!(told(&found)[1], ("2024-05-01".to_owned(), "ruling", None));
    assert_eq!(steps[1].sentence, "The override expired.");
    assert_eq!((steps[1].from, steps[1].to), (Some(Status::Key), Status::Standard));
}

#[test]
fn who_moved_last_stands_first_and_a_duplicate_moves_with_the_account_that_stays() {
    let mut story = Story::small(90);
    for (name, when) in [("Alder", "2024-02-01"), ("Birch", "2024-03-01"), ("Cedar", "2024-03-05")]
    {
        let id = story.client("2024-01-01", name);
        story.invoice(when, id, "1000");
    }
    let reason = "one client".to_owned();
    let (account, into) = (account("Cedar"), account("Birch"));
    story.tell("2024-03-06", AccountsMerged { account, into, reason });
    let found = between(&story, "2024-01-15", "2024-04-01");
    let names: Vec<&str> = found.moves.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Birch", "Alder"]);
    assert_eq!(found.table[0].accounts, 2);
}
