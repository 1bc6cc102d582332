//! What points come to: what is enough by itself, what nothing goes without, and what is missing.

use super::course_rules::{lives, under};
use super::story::*;
use super::world::*;
use crate::policy::Status::{Key, Released, Standard, UnderReview};
use crate::policy::assess;

const FRAMEWORK: &str = r#"
[[criterion]]
id = "framework"
title = "Framework"
measure = "contracts"
of = "framework"
at_least = 1
points = 1
sufficient = true
missing = "no points"
why = "Agreed terms are a promise."
"#;

#[test]
fn all_points_of_a_sufficient_criterion_are_enough() {
    let desk =
        under("", FRAMEWORK, &[told("2025-01-01", framework("2025-01-01", "2025-12-31", None))]);
    let expected = [("2025-01-01", Key), ("2026-01-01", UnderReview), ("2026-01-31", Released)];
    assert_eq!(lives(&desk, "2026-06-01"), course(&expected));
    assert_eq!(assess(&of(&desk, "acme"), day("2025-02-01")).unwrap().points(), 1);
}

#[test]
fn without_a_point_from_a_required_criterion_nothing_else_counts() {
    let required = FRAMEWORK.replace("sufficient", "required");
    let billed = || vec![billed("2025-01-01", "acme", 100)];
    let desk = under("", &required, &billed());
    assert_eq!(status_on(&desk, "acme", "2025-02-01"), Standard);
    let contract = told("2025-02-01", framework("2025-02-01", "2025-03-31", None));
    let desk = under("", &required, &[billed(), vec![contract]].concat());
    let expected = [
        ("2025-01-01", Standard),
        ("2025-02-01", Key),
        ("2025-04-01", UnderReview),
        ("2025-05-01", Released),
    ];
    assert_eq!(lives(&desk, "2025-12-01"), course(&expected), "also to stay one");
}

const CUSTOM: &str = r#"
[[criterion]]
id = "fit"
title = "Strategic fit"
measure = "judgement"
of = "strategic fit"
at_least = 100
points = 1
missing = "no points"
why = "Where we want to go."
[[criterion]]
id = "worth-it"
title = "Worth it"
measure = "custom"
when = "revenue >= 30.0 && fit >= 4.0"
points = 3
missing = "no points"
why = "Small clients that fit."
"#;

#[test]
fn a_predicate_over_a_missing_figure_is_missing_itself() {
    let story =
        vec![billed("2025-01-01", "acme", 30), judged("2025-02-01", "acme", 4, "2025-02-28")];
    let none = under("", CUSTOM, &story);
    let half = under(
        "",
        &CUSTOM.replace(
            "points = 3\nmissing = \"no points\"",
            "points = 3\nmissing = \"half the points\"",
        ),
        &story,
    );
    for (desk, missing) in [(none, 0), (half, 1)] {
        let worth = |date| {
            let assessment = assess(&of(&desk, "acme"), day(date)).unwrap();
            let found = assessment.criteria.last().unwrap().result.clone();
            (found.value.map(|it| it.to_string()), found.points)
        };
        assert_eq!(worth("2025-01-31"), (None, missing), "nobody has judged yet");
        assert_eq!(worth("2025-02-01"), (Some("1".to_owned()), 3));
        assert_eq!(worth("2025-03-01"), (None, missing), "the judgement has lapsed");
        assert_eq!(worth("2026-01-01"), (Some("0".to_owned()), 0), "one side decides alone");
    }
}
