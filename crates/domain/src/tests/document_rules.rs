//! What a policy document may say, where an error in one stands, and which adoption counts.

use super::story::*;
use crate::desk::{Adoption, Desk};
use crate::fact::{
    Approval, FactRetracted, MemberLeft, MemberNamed, PolicyAdopted, Role, StatusConfirmed,
};
use crate::id::MemberId;
use crate::policy::{FIRST_POLICY, Policy, Status, Track};
use crate::private::Private;

/// Two criteria, of which the second is custom.
const TWO: &str = r#"name = "Two"
enters_at = 10
stays_from = 5

[[criterion]]
id = "levels"
title = "Levels"
measure = "levels reached"
at_least = 2
points = 10
missing = "no points"
why = "Breadth."

[[criterion]]
id = "broad"
title = "Broad"
measure = "custom"
when = "levels >= 3"
points = 5
missing = "no points"
why = "More breadth."
"#;

/// A document with one text for another is refused at a place, in words.
#[track_caller]
fn refused(this: &str, that: &str, place: (usize, usize), says: &str) {
    assert_eq!(TWO.matches(this).count(), 1, "{this} stands once");
    let error = Policy::parse(&TWO.replace(this, that)).unwrap_err();
    assert_eq!((error.line, error.column), place, "{error}");
    assert!(error.message.contains(says), "{error}");
}

#[test]
fn a_policy_has_a_name_and_asks_for_points() {
    refused("name = \"Two\"", "name = \" \"", (1, 8), "`name` is empty");
    refused("enters_at = 10", "enters_at = 0", (2, 13), "every client would be a key account");
}

#[test]
fn a_value_of_the_wrong_kind_is_told_in_words() {
    refused("enters_at = 10", "enters_at = \"10\"", (2, 13), "expected a whole number, 0 or more");
    let days = "stays_from = 5\ngrace_days = 99999";
    refused("stays_from = 5", days, (4, 14), "expected a whole number from 0 to 65535");
    refused("enters_at = 10", "enters_at =", (2, 12), "expected a value: a number");
}

#[test]
fn an_id_is_made_of_few_letters() {
    let made_of = "an id is made of a-z, 0-9, - and _, 60 of them at most";
    for id in ["", "Levels", "two words", "größe", "a.b", "a\\nb"] {
        refused("id = \"levels\"", &format!("id = \"{id}\""), (6, 6), made_of);
    }
    refused("id = \"levels\"", &format!("id = \"{}\"", "a".repeat(61)), (6, 6), made_of);
    refused("id = \"broad\"", "id = \"Broad\"", (15, 6), "criterion `Broad`");
    for id in ["a", "2024-levels", "_a_b-c", &"a".repeat(60)] {
        let text = TWO.replace("id = \"broad\"", &format!("id = \"{id}\""));
        assert!(Policy::parse(&text).is_ok(), "{id}");
    }
}

#[test]
fn two_ids_that_a_predicate_could_not_tell_apart_are_refused() {
    refused("id = \"broad\"", "id = \"levels\"", (15, 6), "criterion `levels` stands twice");
    for (first, second, name) in
        [("a-b", "a_b", "a_b"), ("in", "_in", "_in"), ("2-x", "_2_x", "_2_x")]
    {
        let text = TWO
            .replace("id = \"levels\"", &format!("id = \"{first}\""))
            .replace("id = \"broad\"", &format!("id = \"{second}\""));
        let error = Policy::parse(&text).unwrap_err();
        assert_eq!((error.line, error.column), (15, 6), "{error}");
        let says = format!(
            "criteria `{first}` and `{second}` are both `{name}` in a predicate: rename one"
        );
        assert_eq!(error.message, says);
    }
}

#[test]
fn what_a_section_may_not_say_is_refused_where_it_stands() {
    let section = |text: &str| format!("stays_from = 5\n{text}");
    let cases = [
        ("[approval]\nrole = \"key-account director\"\nof = []", (6, 6), "`of` is empty"),
        ("[approval]\nrole = \"king\"\nof = [\"enter\"]", (5, 8), "king"),
        ("[approval]\nrole = \"operations\"\nof = [\"leave\"]", (6, 7), "leave"),
        (
            "[approval]\nrole = \"operations\"\nof = [\"enter\"]\nveto_days = 0",
            (7, 13),
            "`veto_days` is 0",
        ),
        ("[reassessment]\nevery_days = 0", (5, 14), "`every_days` is 0"),
        ("[adoption]\napproved_by = []", (5, 15), "`approved_by` is empty"),
        (
            "[ownership]\nparent_history_counts = true\ndormant_after_days = 0",
            (6, 22),
            "`dormant_after_days` is 0",
        ),
        ("grace_day = 3", (4, 1), "grace_day"),
    ];
    for (text, place, says) in cases {
        refused("stays_from = 5", &section(text), place, says);
    }
}

#[test]
fn what_a_criterion_may_not_say_is_refused_where_it_stands() {
    let when = "when = \"levels >= 3\"";
    refused(when, "when = \"levels >= three\"", (18, 19), "no figure is named `three`");
    refused(when, "when = \"levels >= 3\"\nscope = \"group\"", (14, 1), "drop `scope`");
    refused(when, "when = \"levels\"", (18, 9), "true or false is expected");
    refused(when, "when = \"levels >= 3\"\nat_least = 1", (14, 1), "drop `at_least`");
    refused(when, "", (14, 1), "needs `when`");
    refused("at_least = 2", "at_least = 2\nwhen = \"true\"", (10, 8), "takes no `when`");
    refused("at_least = 2", "at_least = 2\nof = \"retainer\"", (10, 6), "takes no `of`");
    refused("at_least = 2", "at_least = 2\nfrom = 1", (5, 1), "either `at_least`");
    refused("points = 10", "points = 1001", (5, 1), "between 1 and 1000");
    let too_large = "a thousand million million";
    refused("at_least = 2", "from = \"-7e28\"\nto = \"7e28\"", (9, 8), too_large);
    refused("at_least = 2", "at_least = 1000000000000001", (9, 12), too_large);
    refused("at_least = 2", "at_least = \"0.1234567890123\"", (9, 12), "more than 12 digits");
}

#[test]
fn the_sections_that_the_first_policy_leaves_out_can_be_written_as_it_shows_them() {
    let bare = |line: &str| {
        let starts = ["# [", "# role =", "# of =", "# veto_days", "# every_days", "# approved_by"];
        let custom =
            ["# id =", "# title =", "# measure =", "# when =", "# points =", "# trial_days"];
        let rest = ["# missing =", "# why ="];
        let commented = [&starts[..], &custom, &rest].concat();
        match commented.iter().any(|start| line.starts_with(start)) {
            true => line[2..].to_owned(),
            false => line.to_owned(),
        }
    };
    let whole: Vec<String> = FIRST_POLICY.lines().map(bare).collect();
    let policy = Policy::parse(&whole.join("\n")).unwrap();
    assert_eq!(policy.adopted_by, [Role::Director]);
    assert_eq!((policy.trial_days, policy.reassess_every_days), (365, Some(365)));
    let approval = policy.approval.unwrap();
    assert_eq!((approval.to_enter, approval.to_release), (true, false));
    assert_eq!(policy.criteria.last().unwrap().id, "broad-and-loyal");
}

#[test]
fn the_schema_takes_what_holds_and_tells_editors_what_does_not() {
    let schema = jsonschema::validator_for(Policy::schema().as_value()).unwrap();
    let wrong = |text: &str| -> Vec<String> {
        let value: serde_json::Value = toml::from_str(text).unwrap();
        schema.iter_errors(&value).map(|error| error.to_string()).collect()
    };
    let valid = |text: &str| wrong(text).is_empty();
    assert_eq!((wrong(FIRST_POLICY), wrong(TWO)), (vec![], vec![]));
    for (this, that) in [
        ("points = 10", "points = 1001"),
        ("points = 10", "points = 10\ncolour = \"red\""),
        ("measure = \"custom\"", "measure = \"charm\""),
        ("id = \"levels\"", "id = \"Levels\""),
        ("at_least = 2", "at_least = 2\nof = \"handshake\""),
        ("stays_from = 5", "stays_from = 5\n[approval]\nrole = \"operations\"\nof = []"),
        ("stays_from = 5", "stays_from = 5\n[reassessment]\nevery_days = 0"),
    ] {
        let wrong = TWO.replace(this, that);
        assert!(wrong != TWO && !valid(&wrong), "{that}");
        assert!(Policy::parse(&wrong).is_err(), "{that}");
    }
    let bare = &TWO[..TWO.find("[[criterion]]").unwrap()];
    assert!(!valid(bare), "a policy has a criterion");
}

fn named(date: &str, who: &str, role: Role) -> Told {
    told(date, MemberNamed { member: MemberId::named(who), person: Private::named(who), role })
}

fn adopted(date: &str, name: &str, asks: &[&str], approved_by: &[&str]) -> Told {
    let mut document = TWO.replace("name = \"Two\"", &format!("name = \"{name}\""));
    if !asks.is_empty() {
        let section = format!("stays_from = 5\n[adoption]\napproved_by = {asks:?}");
        document = document.replace("stays_from = 5", &section);
    }
    let by = |who: &&str| Approval { by: MemberId::named(who), reason: "It is time".to_owned() };
    told(date, PolicyAdopted { document, approvals: approved_by.iter().map(by).collect() })
}

fn in_force(desk: &Desk, date: &str) -> (u32, String) {
    let (version, policy) = desk.firm().policy_on(day(date)).unwrap();
    (version, policy.name.clone())
}

const DIRECTOR: &str = "key-account director";

#[test]
fn an_adoption_counts_with_a_yes_from_each_role_that_it_and_the_one_before_name() {
    let story = |approved: &[&str]| {
        let story = [
            named("2024-01-01", "kari", Role::Director),
            named("2024-01-01", "olga", Role::Operations),
            adopted("2025-01-01", "Strict", &[DIRECTOR], &["kari"]),
            adopted("2026-01-01", "Next", &["operations"], approved),
        ];
        desk_under(TWO, "name = \"none\"", &story)
    };
    let lacks = |desk: &Desk| -> Vec<Vec<Role>> {
        desk.firm().adoptions().map(|(_, _, it): (_, _, &Adoption)| it.lacks.clone()).collect()
    };
    let (strict, next) = ((2, "Strict".to_owned()), (3, "Next".to_owned()));
    let both = story(&["kari", "olga"]);
    assert_eq!(in_force(&both, "2026-01-01"), next);
    assert_eq!(lacks(&both), [vec![], vec![], vec![]]);
    for (approved, lacking) in [
        (&["kari"][..], vec![Role::Operations]),
        (&["olga"], vec![Role::Director]),
        (&[], vec![Role::Director, Role::Operations]),
        (&["nobody"], vec![Role::Director, Role::Operations]),
    ] {
        let desk = story(approved);
        assert_eq!(in_force(&desk, "2026-06-01"), strict, "{approved:?}");
        assert_eq!(lacks(&desk)[2], lacking, "{approved:?}");
        assert_eq!(desk.firm().policies().count(), 2, "what does not count is no policy");
    }
}

#[test]
fn who_has_left_approves_nothing_and_what_does_not_count_asks_for_nothing() {
    let left = told("2025-06-01", MemberLeft { member: MemberId::named("kari") });
    let story = [
        named("2024-01-01", "kari", Role::Director),
        left,
        adopted("2025-07-01", "Strict", &[DIRECTOR], &["kari"]),
        adopted("2025-08-01", "Free", &[], &[]),
    ];
    let desk = desk_under(TWO, "name = \"none\"", &story);
    assert_eq!(in_force(&desk, "2025-07-15"), (1, "Two".to_owned()));
    assert_eq!(in_force(&desk, "2025-08-01"), (3, "Free".to_owned()));
}

#[test]
fn who_left_by_mistake_never_did_in_any_order() {
    let kari = MemberId::named("kari");
    let left = told("2025-06-01", MemberLeft { member: kari });
    let back = |member: &str| {
        let member = MemberId::named(member);
        told("2025-08-15", FactRetracted::of_member(member, left.id, "she only moved desks"))
    };
    let story = [
        named("2024-01-01", "kari", Role::Director),
        left.clone(),
        adopted("2025-07-01", "Strict", &[DIRECTOR], &["kari"]),
        back("kari"),
        back("maja"),
    ];
    for order in orders(story.len()) {
        let told: Vec<Told> = order.iter().map(|at| story[*at].clone()).collect();
        let desk = desk_under(TWO, "name = \"none\"", &told);
        assert_eq!(in_force(&desk, "2025-07-15"), (2, "Strict".to_owned()), "{order:?}");
        assert_eq!(desk.firm().left_by(kari, day("2025-12-31")), None);
        assert!(desk.firm().never_left(kari, left.id));
        let without = told.iter().filter(|it| it.id != back("kari").id);
        let desk = desk_under(TWO, "name = \"none\"", &without.cloned().collect::<Vec<_>>());
        assert_eq!(in_force(&desk, "2025-07-15"), (1, "Two".to_owned()), "{order:?}");
        assert_eq!(desk.firm().left_by(kari, day("2025-12-31")), Some(day("2025-06-01")));
    }
}

#[test]
fn which_adoption_counts_does_not_hang_on_the_order_of_arrival() {
    let story = [
        adopted("2025-01-01", "Strict", &[DIRECTOR], &["kari"]),
        adopted("2026-01-01", "Loose", &[], &[]),
        adopted("2026-02-01", "Next", &[], &["maja"]),
        named("2024-01-01", "kari", Role::Director),
        named("2025-12-01", "maja", Role::Director),
    ];
    let days = ["2024-06-01", "2025-06-01", "2026-01-15", "2026-03-01"];
    let first = ["Two", "Strict", "Strict", "Next"];
    for order in orders(story.len()) {
        let told: Vec<Told> = order.iter().map(|at| story[*at].clone()).collect();
        let desk = desk_under(TWO, "name = \"none\"", &told);
        let names = days.map(|day| in_force(&desk, day).1);
        assert_eq!(names, first, "{order:?}");
    }
}

#[test]
fn a_version_keeps_its_number_whatever_day_a_later_one_is_for() {
    let story = [
        adopted("2026-01-01", "Later", &[], &[]),
        adopted("2025-01-01", "Early", &[], &[]),
        adopted("2025-06-01", "Between", &[], &[]),
    ];
    let days = ["2024-06-01", "2025-03-01", "2025-07-01", "2026-03-01"];
    let numbers = [1, 3, 4, 2];
    for known in 1..=story.len() {
        let desk = desk_under(TWO, "name = \"none\"", &story[..known]);
        let listed: Vec<(u32, String)> = desk
            .firm()
            .adoptions()
            .map(|(number, _, it)| (number, it.policy.as_ref().unwrap().name.clone()))
            .collect();
        let told = [(1, "Two"), (2, "Later"), (3, "Early"), (4, "Between")];
        let told = told.map(|(number, name)| (number, name.to_owned()));
        assert!(told[..=known].iter().all(|it| listed.contains(it)), "{listed:?}");
        assert_eq!(listed.len(), known + 1);
    }
    let desk = desk_under(TWO, "name = \"none\"", &story);
    assert_eq!(days.map(|day| in_force(&desk, day).0), numbers);
}

/// Key by revenue from the first invoice on, under policies that ask for a reassessment.
fn lapses(policies: &[(&str, Option<u32>)], confirmed: Option<&str>) -> String {
    let plain = "name = \"Plain\"\nenters_at = 10\nstays_from = 5\ngrace_days = 30\n";
    let criterion = "[[criterion]]\nid = \"r\"\ntitle = \"R\"\nmeasure = \"revenue\"\n\
                     window_days = 9000\nat_least = 1\npoints = 10\nmissing = \"no points\"\n\
                     why = \"Rent.\"\n";
    let every = |days: u32| format!("[reassessment]\nevery_days = {days}\n");
    let text =
        |days: Option<u32>| format!("{plain}{}{criterion}", days.map_or(String::new(), every));
    let mut story = vec![told("2024-01-01", invoice(1, "100"))];
    for (date, days) in policies {
        story.push(told(date, PolicyAdopted { document: text(*days), approvals: Vec::new() }));
    }
    story.extend(confirmed.map(|date| {
        let (by, reason) = (MemberId::named("kari"), "Still ours".to_owned());
        told(date, StatusConfirmed { account: acme(), by, reason })
    }));
    let desk = desk_under(&text(None), "name = \"none\"", &story);
    let mut spans = Vec::new();
    Track::follow(&client(&desk), day("2030-01-01"), &mut |span| spans.push(span));
    let lapsed = spans.iter().find(|span| span.status == Status::UnderReview);
    lapsed.map_or("never".to_owned(), |span| span.from.to_string())
}

#[test]
fn a_policy_that_begins_to_ask_for_reassessment_gives_everybody_a_whole_term() {
    assert_eq!(lapses(&[], None), "never");
    assert_eq!(lapses(&[("2023-01-01", Some(365))], None), "2024-12-31");
    assert_eq!(lapses(&[("2026-03-01", Some(365))], None), "2027-03-01");
    assert_eq!(lapses(&[("2026-03-01", Some(365))], Some("2026-09-01")), "2027-09-01");
    // What was confirmed before it was asked for does not shorten the term.
    assert_eq!(lapses(&[("2026-03-01", Some(365))], Some("2026-02-01")), "2027-03-01");
    let asked_again = [("2024-06-01", Some(365)), ("2024-09-01", None), ("2025-06-01", Some(365))];
    assert_eq!(lapses(&asked_again, None), "2026-06-01");
}

#[test]
fn a_policy_that_asks_more_often_takes_no_more_than_what_was_left() {
    let long = ("2023-01-01", Some(730));
    assert_eq!(lapses(&[long], None), "2025-12-31");
    assert_eq!(lapses(&[long, ("2024-02-01", Some(100))], None), "2024-05-11");
    assert_eq!(lapses(&[long, ("2025-12-01", Some(100))], None), "2025-12-31");
    assert_eq!(lapses(&[long, ("2025-12-01", Some(1000))], None), "2026-09-27");
}

/// Every order of so many things.
fn orders(many: usize) -> Vec<Vec<usize>> {
    let Some(last) = many.checked_sub(1) else { return vec![Vec::new()] };
    let shorter = orders(last);
    let put = |order: &Vec<usize>, at: usize| {
        let mut order = order.clone();
        order.insert(at, last);
        order
    };
    shorter.iter().flat_map(|order| (0..many).map(move |at| put(order, at))).collect()
}
