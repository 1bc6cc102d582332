#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["revenue", "strategic_fit", "feedback", "gone"];

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Revenue 120000.10, strategic fit 4, feedback 7.5; `gone` was never told.
fn figures(name: &str) -> Option<Decimal> {
    match name {
        "revenue" => Some(number("120000.10")),
        "strategic_fit" => Some(number("4")),
        "feedback" => Some(number("7.5")),
        _ => None,
    }
}

fn given(text: &str) -> Predicate {
    Predicate::parse(text, &NAMES).unwrap_or_else(|wrong| panic!("{text}: {wrong}"))
}

/// Whether it holds of figures by name.
fn holds(predicate: &Predicate, figures: &dyn Fn(&str) -> Option<Decimal>) -> Option<bool> {
    predicate.holds(&|place| predicate.names_used().nth(place).and_then(figures))
}

#[track_caller]
fn then(text: &str, expected: Option<bool>) {
    assert_eq!(holds(&given(text), &figures), expected, "{text}");
}

#[track_caller]
fn refused(text: &str, offset: usize, part: &str) {
    let wrong = Predicate::parse(text, &NAMES).unwrap_err();
    assert_eq!(wrong.offset, offset, "{text}: {wrong}");
    assert!(wrong.message.contains(part), "{text}: {wrong}");
}

#[test]
fn figures_are_compared_exactly() {
    for (text, holds) in [
        ("revenue > 120000.09", true),
        ("revenue > 120000.1", false),
        ("revenue >= 120000.100", true),
        ("revenue < 120000.11 && strategic_fit == 4.0", true),
        ("revenue <= 120000.0999999999999999999", false),
        ("0.1 + 0.2 == 0.3", true),
        ("revenue * 0.1 == 12000.01", true),
        ("7 / 2 == 3.5 && feedback % 2 == 1.5 && -7 % 2 == -1", true),
        ("1.5e3 == 1500 && 5E-1 == .5 && 1.2e+1 == 12 && 0x10 == 16 && 3u == 3", true),
        ("9007199254740993.0 == 9007199254740992", false),
        ("- 1.5 < -1 && -feedback == -7.5 && 0 - -1 == 1", true),
        ("1 / 3 * 3 == 1", false),
        ("0.0000000000000000000000000001 > 0", true),
    ] {
        then(text, Some(holds));
    }
}

#[test]
fn operators_bind_as_in_cel() {
    for (text, holds) in [
        ("1 + 2 * 3 == 7", true),
        ("(1 + 2) * 3 == 9", true),
        ("10 - 3 - 2 == 5", true),
        ("false && false || true", true),
        ("true || true && false", true),
        ("!false && !(feedback > 8)", true),
        ("!(strategic_fit != 4)", true),
        ("strategic_fit in [3, 4, 5]", true),
        ("feedback in [7, 8,]", false),
        ("feedback in []", false),
        ("feedback in [strategic_fit + 3.5]", true),
        ("feedback > 7 ? strategic_fit >= 4 : revenue > 200000", true),
        ("(feedback > 9 ? 1 : 2) == 2", true),
        ("false ? true : false ? true : feedback == 7.5", true),
        ("min(feedback, strategic_fit) == 4 && max(1, feedback, 3) == 7.5 && max(2) == 2", true),
        ("(feedback > 7) == (revenue > 1)", true),
        ("(feedback > 7) != true", false),
        ("revenue > 1\n\t&& feedback > 1\r\n", true),
    ] {
        then(text, Some(holds));
    }
}

#[test]
fn a_missing_figure_is_undefined_unless_the_other_side_decides() {
    for (text, holds) in [
        ("gone > 1", None),
        ("gone == gone", None),
        ("!(gone > 1)", None),
        ("gone + 1 > 0", None),
        ("-gone > 0", None),
        ("gone * 0 == 0", None),
        ("true && gone > 1", None),
        ("gone > 1 && true", None),
        ("false || gone > 1", None),
        ("false && gone > 1", Some(false)),
        ("gone > 1 && false", Some(false)),
        ("true || gone > 1", Some(true)),
        ("gone > 1 || true", Some(true)),
        ("gone > 1 || gone < 1", None),
        ("gone > 1 ? true : true", None),
        ("true ? feedback > 1 : gone > 1", Some(true)),
        ("feedback > 7 ? gone > 1 : true", None),
        ("(true ? 1 : gone) == 1", Some(true)),
        ("4 in [4, gone]", None),
        ("gone in [4]", None),
        ("min(1, gone) <= 1", None),
        ("max(1, gone) >= 1", None),
        ("(gone > 1) == (gone > 1)", None),
    ] {
        then(text, holds);
    }
}

#[test]
fn what_cannot_be_counted_is_undefined() {
    for (text, holds) in [
        ("1 / 0 > 1", None),
        ("revenue / (feedback - 7.5) > 1", None),
        ("feedback % 0 == 0", None),
        ("1e28 * 10 > 1", None),
        ("7e28 + 7e28 > 1", None),
        ("-7e28 - 7e28 < 1", None),
        ("1 / 0 > 1 || true", Some(true)),
        ("1 / 0 > 1 && false", Some(false)),
    ] {
        then(text, holds);
    }
}

#[test]
fn an_error_says_where_and_what_was_expected() {
    for (text, offset, part) in [
        ("", 0, "expected a name, a number or an opening bracket, not the end"),
        ("revenue >", 9, "not the end"),
        ("revenue > > 1", 10, "not `>`"),
        ("revenue >\n  ) 1", 12, "not `)`"),
        ("revenue > 1 feedback", 12, "expected an operator or a closing bracket, not `feedback`"),
        ("(revenue > 1", 12, "closing bracket, not the end"),
        ("revenue ? true", 14, "not the end"),
        ("revenue = 1", 8, "`=` is no operator: there are =="),
        ("revenue > 1 & true", 12, "`&` is no operator"),
        ("revenue in [1 2]", 14, "not `2`"),
        ("if > 1", 0, "`if` has no place here"),
        ("1 < 99999999999999999999", 4, "too large"),
        ("1 < 0.12345678901234567890123456789", 4, "28 digits"),
        ("1 < 1e29", 4, "28 digits"),
        ("1 < 1e-29", 4, "28 digits"),
        ("1 < 1e999", 4, "too large"),
        ("1 < 12x", 6, "not `x`"),
        ("revenue > \"much\"", 10, "`\"` has no place"),
        ("größe > 1", 2, "`ö` has no place"),
        ("true // always", 5, "a comment belongs beside"),
        ("true && {}", 8, "`{` has no place"),
    ] {
        refused(text, offset, part);
    }
}

#[test]
fn a_name_that_there_is_not_is_told_with_those_there_are() {
    refused("feedback > 1 && profit > 1", 16, "no figure is named `profit`: there are revenue, ");
    let long = "x".repeat(300);
    let many: Vec<String> = (0..30).map(|i| format!("criterion_{i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let wrong = Predicate::parse(&format!("{long} > 1"), &many).unwrap_err();
    assert!(wrong.message.ends_with("criterion_11 and 18 more"), "{wrong}");
    assert!(wrong.message.len() < 300, "{wrong}");
    let wrong = Predicate::parse("x > 1", &[]).unwrap_err();
    assert!(wrong.message.contains("no other criteria"), "{wrong}");
}

#[test]
fn functions_and_macros_beyond_min_and_max_are_refused() {
    for (text, offset) in [
        ("sqrt(revenue) > 1", 0),
        ("revenue > 1 && timestamp (1) > 1", 15),
        ("revenue.matches(feedback)", 8),
        ("revenue.min(feedback) > 1", 8),
        ("size([1]) > 0", 0),
        ("has(revenue)", 4),
        ("has(revenue.feedback)", 3),
        ("[1, 2].all(x, x > 1)", 10),
        ("[1].exists(x, true)", 10),
        ("[1].map(x, x) == [1]", 7),
        ("[1].filter(x, x > 1) == [1]", 10),
    ] {
        let wrong = Predicate::parse(text, &NAMES).unwrap_err();
        let told = ["only min(…) and max(…)", "`.` is for numbers", "after `in` only"];
        assert!(told.iter().any(|part| wrong.message.contains(part)), "{text}: {wrong}");
        assert_eq!(wrong.offset, offset, "{text}: {wrong}");
    }
    refused("min() > 1", 0, "needs a number");
}

#[test]
fn what_is_no_truth_by_its_shape_is_refused() {
    for (text, offset, part) in [
        ("revenue", 0, "a number where true or false is expected"),
        ("revenue + 1", 8, "a number where true or false"),
        ("-revenue", 0, "a number where"),
        ("true ? 1 : 2", 5, "a number where"),
        ("revenue && true", 0, "a number where"),
        ("!revenue", 1, "a number where"),
        ("(revenue > 1) + 1 > 1", 9, "true or false where a number"),
        ("true > false", 0, "true or false where a number"),
        ("revenue == true", 0, "a number where"),
        ("true ? revenue > 1 : 2", 21, "a number where"),
        ("revenue in feedback", 11, "a list such as"),
        ("revenue in [true]", 12, "true or false where a number"),
        ("[1] == [1]", 0, "after `in` only"),
        ("revenue[0] > 1", 7, "after `in` only"),
        ("null == 1", 0, "a name or a number"),
    ] {
        refused(text, offset, part);
    }
}

#[test]
fn length_and_depth_are_bounded() {
    let nested =
        |depth: usize, open: &str| format!("{}1{} > 0", open.repeat(depth), ")".repeat(depth));
    then(&nested(32, "("), Some(true));
    refused(&nested(33, "("), 32, "nested more than 32 deep");
    refused(&"[".repeat(900), 32, "nested more than 32 deep");
    refused(
        &format!("true{}", " ? true : true".repeat(40)),
        5 + 14 * 32,
        "nested more than 32 deep",
    );
    // Operators nest too, without a bracket.
    then(&format!("1{} > 0", " + 1".repeat(30)), Some(true));
    assert!(Predicate::parse(&format!("1{} > 0", "+1".repeat(490)), &NAMES).is_err());
    then(&format!("true{}", " && true".repeat(120)), Some(true));
    then(&format!("{}true", "!".repeat(900)), Some(true));
    let full = format!("true{}", " ".repeat(MAX_PREDICATE - 4));
    then(&full, Some(true));
    refused(&format!("{full} "), MAX_PREDICATE, "1000 bytes, not 1001");
}

#[test]
fn names_are_those_of_criteria() {
    let predicate = given("feedback > 1 && revenue > feedback || strategic_fit > 1");
    let used: Vec<&str> = predicate.names_used().collect();
    assert_eq!(used, ["feedback", "revenue", "strategic_fit"]);
    for (id, name) in [
        ("strategic-fit", "strategic_fit"),
        ("revenue", "revenue"),
        ("2024-revenue", "_2024_revenue"),
        ("in", "_in"),
        ("max", "_max"),
    ] {
        assert_eq!(Predicate::name_of(id), name);
        let text = format!("{name} == 1");
        let read = Predicate::parse(&text, &[name]).unwrap();
        assert_eq!(holds(&read, &|asked| (asked == name).then(|| number("1"))), Some(true), "{id}");
        for other in
            ["revenue", "_revenue", "_in", "in", "strategic-fit", "_2024_revenue", "", name]
        {
            assert_eq!(Predicate::is_name_of(other, id), other == name, "{other} {id}");
        }
    }
}

#[test]
fn it_is_kept_as_its_text() {
    let predicate = given("revenue > 0.1 && gone == 1");
    let json = serde_json::to_string(&predicate).unwrap();
    assert_eq!(json, "\"revenue > 0.1 && gone == 1\"");
    assert_eq!(serde_json::from_str::<Predicate>(&json).unwrap(), predicate);
    let packed = rmp_serde::to_vec_named(&predicate).unwrap();
    assert_eq!(rmp_serde::from_slice::<Predicate>(&packed).unwrap(), predicate);
    assert_eq!(predicate.text(), "revenue > 0.1 && gone == 1");
    assert!(serde_json::from_str::<Predicate>("\"revenue >\"").is_err());
}

/// Texts that are made of what predicates are made of, so that many get far.
fn any_tokens() -> impl Strategy<Value = String> {
    let tokens = "( ) [ ] ! - + * / % < <= > >= == != && || ? : , in . = & min( max( has( .all( \
                  revenue feedback gone true false null 1 0 0.1 7e28 1e-28 0x10 3u 79228162514264337593543950335.0";
    let tokens: Vec<&'static str> = tokens.split_whitespace().collect();
    let some = proptest::collection::vec(proptest::sample::select(tokens), 1..40);
    (some, 1..8_usize).prop_map(|(tokens, times)| (tokens.join(" ") + " ").repeat(times))
}

/// Predicates that are right: every one must be read, and never panic when evaluated.
fn any_truth() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "revenue",
        "feedback",
        "gone",
        "0",
        "1",
        "-0.1",
        "7e28",
        "1e-28",
        "1000000000000.5",
    ]);
    let number = leaf.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
        let sign = proptest::sample::select(vec!["+", "-", "*", "/", "%"]);
        prop_oneof![
            (inner.clone(), sign, inner.clone()).prop_map(|(l, s, r)| format!("({l} {s} {r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("min({l}, max({r}, {l}))")),
            inner.prop_map(|n| format!("-({n})")),
        ]
    });
    let sign = proptest::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]);
    let truth = (number.clone(), sign, number).prop_map(|(l, s, r)| format!("{l} {s} {r}"));
    truth.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l}) && ({r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l}) || !({r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} ? {r} : ({l}))")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), tokens in any_tokens()) {
        for text in [String::from_utf8_lossy(&bytes).into_owned(), tokens] {
            match Predicate::parse(&text, &NAMES) {
                Ok(predicate) => prop_assert_eq!(holds(&predicate, &figures), holds(&predicate, &figures)),
                Err(wrong) => {
                    prop_assert!(wrong.offset <= text.len());
                    prop_assert!(wrong.message.len() < 400, "{}", wrong);
                }
            }
        }
    }

    /// What is known may never be taken back when one more figure is told.
    #[test]
    fn what_is_decided_stays_so_whatever_the_missing_figure_is(text in any_truth(), told in -5..5_i64) {
        prop_assume!(text.len() <= MAX_PREDICATE);
        let predicate = match Predicate::parse(&text, &NAMES) {
            Ok(predicate) => predicate,
            Err(wrong) => return Err(TestCaseError::fail(format!("{text}: {wrong}"))),
        };
        let with = |name: &str| if name == "gone" { Some(told.into()) } else { figures(name) };
        if let Some(decided) = holds(&predicate, &figures) {
            prop_assert_eq!(holds(&predicate, &with), Some(decided), "{}", text);
        }
    }
}
