//! Asked of groups, duplicates and care.

use super::super::*;
use super::given::*;

fn set_parent(parent: &str, on: Option<&str>) -> Act {
    Act::SetParent { parent: other(parent), day: on.map(day) }
}

#[test]
fn a_loop_is_refused_with_the_way_in_names() {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let given = given.below("2024-01-01", "bolt", "acme").below("2024-01-01", "cog", "bolt");
    let why = given.asks("ann", &set_parent("cog", None)).unwrap_err();
    assert_eq!(
        why.to_string(),
        "on 2025-06-02 this would close a loop: Acme → Cog → Bolt → Acme; clear one of these links \
         first"
    );
    given.refused("ann", &set_parent("acme", None), &Refusal::Itself);
    let field = "parent";
    given.refused("ann", &set_parent("nobody", None), &Refusal::NoOther { field });
    // Before those links there is room for this one, but it would still be there when they come.
    let first = day("2024-01-01");
    let early = given.asks("ann", &set_parent("cog", Some("2023-01-01"))).unwrap_err();
    assert!(matches!(early, Refusal::Loop { day, .. } if day == first));
}

#[test]
fn a_parent_is_set_and_cleared_from_a_day_on() {
    let given = Given::directed().registered("bolt", "Bolt");
    let clear = |on: Option<&str>| Act::ClearParent { day: on.map(day) };
    let (today, to_come) = (day(TODAY), day("2025-06-03"));
    given.refused("ann", &clear(None), &Refusal::NoParent { day: today });
    given.refused(
        "ann",
        &set_parent("bolt", Some("2025-06-03")),
        &Refusal::ToCome { day: to_come },
    );
    let given = given.done("ann", &set_parent("bolt", Some("2024-01-01")));
    given.already("ann", &set_parent("bolt", None));
    let parent = |given: &Given, on: &str| given.desk.parent_on(acme(), day(on));
    assert_eq!(parent(&given, "2023-12-31"), None);
    assert_eq!(parent(&given, "2024-01-01"), Some(other("bolt")));
    let given = given.done("ann", &clear(Some("2024-03-01")));
    given.already("ann", &clear(Some("2024-03-01")));
    assert_eq!(parent(&given, "2024-03-01"), None);
    // What is said of the same day later counts.
    let given = given.done("ann", &set_parent("bolt", Some("2024-03-01")));
    assert_eq!(parent(&given, "2024-03-01"), Some(other("bolt")));
}

#[test]
fn duplicates_are_merged_once_and_apart_again() {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let merge = |into: &str| Act::Merge { into: other(into), reason: because() };
    let unmerge = Act::Unmerge { reason: because() };
    given.refused("ann", &merge("acme"), &Refusal::Itself);
    given.refused("ann", &merge("nobody"), &Refusal::NoOther { field: "into" });
    given.refused("ann", &unmerge, &Refusal::NotMerged);
    let given = given.done("ann", &merge("bolt"));
    given.already("ann", &merge("bolt"));
    given.refused("ann", &merge("cog"), &Refusal::MergedAlready { into: "Bolt".to_owned() });
    given.refused(
        "ann",
        &Act::Nominate { reason: because() },
        &Refusal::Merged { into: "Bolt".to_owned() },
    );
    let of = |id: &str, into: &str| {
        let act = Act::Merge { into: other(into), reason: because() };
        decide(&given.desk, other(id), member("ann"), &act, now()).unwrap_err()
    };
    assert_eq!(of("bolt", "acme"), Refusal::ItsDuplicate { into: "Acme".to_owned() });
    let stays = "Bolt".to_owned();
    assert_eq!(of("cog", "acme"), Refusal::OtherMerged { other: "Acme".to_owned(), stays });
    let given = given.done("ann", &unmerge);
    given.already("ann", &unmerge);
    assert_eq!(given.desk.survivor(acme()), acme());
    given.done("ann", &merge("cog"));
}

#[test]
fn who_stands_above_with_others_between_is_not_merged() {
    let given = Given::directed().registered("bolt", "Bolt").registered("cog", "Cog");
    let given = given.below("2024-01-01", "acme", "bolt").below("2024-01-01", "bolt", "cog");
    let merge = |into: &str| Act::Merge { into: other(into), reason: because() };
    let path = "Acme → Bolt → Cog".to_owned();
    given.refused("ann", &merge("cog"), &Refusal::Between { path });
    given.done("ann", &merge("bolt"));
}

#[test]
fn care_is_told_once_a_day_by_each() {
    let given = Given::directed();
    let review = |on: Option<&str>| Act::HoldReview { day: on.map(day) };
    let given = given.done("ann", &review(None));
    given.already("ann", &review(None));
    let given = given.done("ben", &review(None)).done("ann", &review(Some("2025-06-01")));
    given.already("ann", &review(Some("2025-06-01")));
    let plan = Act::UpdatePlan { day: None };
    given.done("ann", &plan).already("ann", &plan);
}
