//! What the rules say of names made up for them.

use proptest::prelude::*;

use super::*;

fn id(name: &str) -> AccountId {
    AccountId::named(&format!("test:{name}"))
}

/// What an account of the second name is to a new one of the first.
fn told_in(asked: (&str, Option<&str>), other: (&str, Option<&str>)) -> Option<(Kind, Why)> {
    let mut index = NameIndex::default();
    index.insert(id("other"), other.0, other.1);
    let told = index.suggest(asked.0, asked.1);
    assert!(told.len() <= 1);
    told.first().map(|it| {
        assert!((AT_LEAST..=100).contains(&it.score));
        (it.kind, it.why)
    })
}

fn told(asked: &str, other: &str) -> Option<(Kind, Why)> {
    told_in((asked, None), (other, None))
}

#[test]
fn the_same_name_is_a_duplicate_with_its_reason() {
    for (asked, other, why) in [
        ("NORTHGATE LOGISTICS", "Northgate Logistics", Why::SameName),
        ("Müller & Söhne", "MULLER UND SOHNE", Why::SmallWords),
        ("Northgate Logistics Ltd.", "Northgate Logistics", Why::LegalForm),
        ("Northgate Logistics Sp. z o.o.", "Northgate Logistics GmbH", Why::LegalForm),
        ("A.K. Engineering", "A K Engineering", Why::SameName),
        ("Black Rock Partners", "Blackrock Partners", Why::Gaps),
        ("The Bank of Narnia", "Bank Narnia", Why::SmallWords),
        ("Logistics Northgate", "Northgate Logistics", Why::WordOrder),
        ("Nortgate Logistics", "Northgate Logistics", Why::OneLetter),
        ("Norhtgate Logistics", "Northgate Logistics", Why::OneLetter),
        ("Northgate Holding", "Northgate Holding Group", Why::GroupWords),
        ("INW", "Imperial Narnian Wardrobes", Why::Initials),
        ("Imperial Narnian Wardrobes", "INW Ltd", Why::Initials),
    ] {
        assert_eq!(told(asked, other), Some((Kind::Duplicate, why)), "{asked} and {other}");
    }
}

#[test]
fn a_letter_that_two_neighbours_swapped_in_the_middle_is_found_as_well() {
    let word = "wardrobe";
    for at in 1..word.len() - 1 {
        let mut letters: Vec<char> = word.chars().collect();
        letters.swap(at, at + 1);
        let swapped: String = letters.into_iter().collect();
        let asked = format!("{swapped} narnia");
        assert_eq!(told(&asked, "Wardrobe Narnia"), Some((Kind::Duplicate, Why::OneLetter)));
    }
}

#[test]
fn a_word_that_tells_two_apart_is_heeded() {
    for (asked, other) in [
        ("Northgate Logistics Poland", "Northgate Logistics Germany"),
        ("Narnia Solar 1", "Narnia Solar 2"),
        ("Narnia Solar", "Narnia Solar 2"),
        ("Vintage Narnia IX", "Vintage Narnia XI"),
        ("A.K. Engineering", "A.B. Engineering"),
        ("H. Tumnus Beheer", "J. Tumnus Beheer"),
        ("Jay Industries", "Jai Industries"),
        ("Northgate Logistics", "Southgate Logistics"),
        ("Global Solutions", "Global Energy Solutions"),
        ("Global Logistics", "Global"),
        ("Narnia 1 2", "Narnia 12"),
        ("", "Northgate"),
        ("...", "..."),
    ] {
        assert_eq!(told(asked, other), None, "{asked} and {other}");
    }
}

#[test]
fn a_longer_name_is_below_the_shorter_and_the_other_way_round() {
    for (lower, upper, why) in [
        ("Northgate Logistics Poland Sp. z o.o.", "Northgate Logistics", Why::Place),
        ("Northgate (Hong Kong) Ltd", "Northgate Group plc", Why::Place),
        ("Northgate Logistics Ltd", "Northgate plc", Why::Trade),
        ("Northgate Wardrobes", "Northgate", Why::Longer),
        ("Northgate B.V.", "Northgate Holding B.V.", Why::Holding),
        ("Northgate Germany GmbH", "Northgate Logistics Ltd", Why::SharedHead),
    ] {
        assert_eq!(told(lower, upper), Some((Kind::Parent, why)), "{lower} under {upper}");
        assert_eq!(told(upper, lower), Some((Kind::Subsidiary, why)), "{upper} over {lower}");
    }
}

#[test]
fn countries_tell_a_duplicate_from_a_sister() {
    let in_both = |asked, other| told_in(("Northgate GmbH", asked), ("Northgate Ltd", other));
    let duplicate = Some((Kind::Duplicate, Why::LegalForm));
    assert_eq!(in_both(Some("DE"), Some("Germany")), duplicate);
    assert_eq!(in_both(Some("DE"), None), duplicate);
    assert_eq!(in_both(Some("DE"), Some("GB")), Some((Kind::Parent, Why::Abroad)));
    let common = told_in(("Global Energy", Some("FR")), ("Global Energy", Some("LU")));
    assert_eq!(common, None, "no word in it tells it from others");
    let poland = ("Northgate Poland", Some("PL"));
    assert_eq!(
        told_in(poland, ("Northgate", Some("PL"))),
        Some((Kind::Duplicate, Why::OwnCountry))
    );
    assert_eq!(told_in(poland, ("Northgate", Some("GB"))), Some((Kind::Parent, Why::Place)));
}

#[test]
fn a_head_that_many_share_points_to_nobody() {
    let mut index = NameIndex::default();
    index.insert(id("head"), "Aslan", None);
    let asked = |index: &NameIndex| index.suggest("Aslan Wardrobes", None).len();
    for n in 0..keys::CROWD {
        index.insert(id(&n.to_string()), &format!("Aslan {}", "x".repeat(n + 3)), None);
    }
    assert_eq!(asked(&index), 1);
    index.insert(id("one more"), "Aslan Lamp", None);
    assert_eq!(asked(&index), 0);
    index.remove(id("one more"));
    assert_eq!(asked(&index), 1);
}

#[test]
fn initials_that_several_share_point_to_nobody() {
    let mut index = NameIndex::default();
    index.insert(id("one"), "Imperial Narnian Wardrobes", None);
    assert_eq!(index.suggest("INW", None).len(), 1);
    index.insert(id("two"), "Ivory Needle Works", None);
    assert_eq!(index.suggest("INW", None), []);
}

#[test]
fn the_likeliest_comes_first_and_no_more_than_five_come() {
    let mut index = NameIndex::default();
    index.insert(id("above"), "Northgate", None);
    index.insert(id("order"), "Logistics Northgate", None);
    index.insert(id("same"), "Northgate Logistics", None);
    let whys = |index: &NameIndex| -> Vec<Why> {
        index.suggest("northgate logistics", None).iter().map(|it| it.why).collect()
    };
    assert_eq!(whys(&index), [Why::SameName, Why::WordOrder, Why::Trade]);
    for n in 0..100 {
        index.insert(id(&n.to_string()), "Northgate Logistics", None);
    }
    assert_eq!(whys(&index), [Why::SameName; MOST]);
}

#[test]
fn of_many_equal_names_those_in_the_same_country_are_found() {
    let mut index = NameIndex::default();
    for n in 0..500 {
        index.insert(id(&n.to_string()), "Northgate", Some("IN"));
    }
    let here: Vec<AccountId> = (0..MOST).map(|n| id(&format!("here {n}"))).collect();
    for account in &here {
        index.insert(*account, "Northgate", Some("PL"));
    }
    let told = index.suggest("Northgate", Some("PL"));
    assert!(told.iter().all(|it| here.contains(&it.account)), "{told:?}");
    assert_eq!(told.len(), MOST);
}

#[test]
fn an_account_is_found_by_the_name_it_has_now_and_not_suggested_to_itself() {
    let mut index = NameIndex::default();
    index.insert(id("one"), "Northgate", None);
    let before = index.clone();
    index.insert(id("one"), "Wardrobes of Narnia", Some("PL"));
    assert_eq!(index.len(), 1);
    assert_eq!(index.suggest("Northgate", None), []);
    assert_eq!(index.suggest("Wardrobes of Narnia", None).len(), 1);
    assert_eq!(index.suggest_for(id("one"), &|_| true), []);
    assert_eq!(index.suggest_for(id("nobody"), &|_| true), []);
    assert_eq!(before.suggest("Northgate", None).len(), 1, "a copy keeps what it had");
    index.remove(id("one"));
    index.remove(id("one"));
    assert!(index.is_empty());
    assert_eq!(index.suggest("Wardrobes of Narnia", None), []);
}

#[test]
fn every_reason_can_be_put_in_words() {
    assert_eq!(Why::LegalForm.to_string(), "the same name but for the legal form");
}

/// Names close enough to each other for every rule to have its turn.
fn names() -> impl Strategy<Value = Vec<(u8, String, Option<&'static str>)>> {
    let word = prop::sample::select(vec![
        "northgate",
        "Nortgate",
        "Logistics",
        "Poland",
        "Group",
        "ltd",
        "GmbH",
        "of",
        "A",
        "B.V.",
        "2",
        "Wardrobes",
        "INW",
        "Narnia",
        "Imperial",
        "north",
        "gate",
    ]);
    let name = prop::collection::vec(word, 1..4).prop_map(|words| words.join(" "));
    let country = prop::sample::select(vec![None, Some("PL"), Some("GB")]);
    prop::collection::vec((0..30_u8, name, country), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_way_to_an_index_leaves_no_trace_in_it(names in names()) {
        let mut last = std::collections::BTreeMap::new();
        let mut renamed = NameIndex::default();
        for (n, name, country) in &names {
            renamed.insert(id(&n.to_string()), name, *country);
            last.insert(*n, (name, *country));
        }
        let mut backwards = NameIndex::default();
        for (n, (name, country)) in last.iter().rev() {
            backwards.insert(id(&n.to_string()), name, *country);
        }
        prop_assert_eq!(renamed.len(), last.len());
        for (n, (name, country)) in &last {
            let account = id(&n.to_string());
            let found = renamed.suggest_for(account, &|_| true);
            prop_assert_eq!(found, backwards.suggest_for(account, &|_| true));
            prop_assert_eq!(renamed.suggest(name, *country), backwards.suggest(name, *country));
        }
    }

    /// The keys leave out nothing that the rules would say, as long as no bound is met.
    #[test]
    fn whatever_the_rules_hold_alike_is_looked_at(names in names()) {
        let mut index = NameIndex::default();
        for (n, name, country) in &names {
            index.insert(id(&n.to_string()), name, *country);
        }
        for (_, name, country) in &names {
            let asked = Name::read(name, *country);
            let near: BTreeSet<AccountId> =
                keys::asked(&asked)
                    .into_iter()
                    .flat_map(|look| index.filed.under(look.key))
                    .collect();
            for n in 0..30 {
                let account = id(&n.to_string());
                let Some(other) = index.names.get(account) else { continue };
                if judge(&asked, other, &index).is_some() {
                    prop_assert!(near.contains(&account), "{name} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_filed_and_found(name in "\\PC{0,60}") {
        let mut index = NameIndex::default();
        index.insert(id("one"), &name, None);
        let told = index.suggest(&name, None);
        prop_assert_eq!(told.is_empty(), Name::read(&name, None).core.is_empty());
        index.remove(id("one"));
        prop_assert_eq!(index.suggest(&name, None), vec![]);
    }
}
