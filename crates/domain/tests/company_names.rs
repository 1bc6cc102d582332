//! How well names alone tell duplicates and groups, on real names where they are at hand:
//! `LINCHPIN_DATA/company-names`, else `../shared/data/company-names` beside the repository.
//!
//! What the labels mean. In `lei_names_extract.csv` every row is another legal entity, chosen because
//! others are called much the same, so each suggestion of a duplicate among them is wrong by the
//! label. Many are equal to the last letter within one country, and those no rule about names can
//! tell apart; those that differ in the legal form alone are for a person to tell. What is counted
//! against the rules is therefore how many are suggested for any other reason. Recall and precision
//! are measured on the same names, written as other people might write them: recall is the share of
//! spellings of which a row of that name and country is suggested as a duplicate, precision the
//! share of suggested duplicates that are such a row. In `emm_company_namepairs.csv` each of 201
//! pairs of Dutch names is labelled as the same organisation or not; 191 are not.
//!
//! Floors stand a little under what was measured.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]
#![allow(clippy::print_stderr, reason = "what is skipped is said where a test's output goes")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use linchpin_domain::id::AccountId;
use linchpin_domain::names::{Kind, NameIndex, Suggestion, Why};

/// A file of the real data; `None`, said plainly, where this machine has none.
fn data(name: &str) -> Option<String> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("LINCHPIN_DATA").map_or(beside, PathBuf::from);
    let path = folder.join("company-names").join(name);
    if !path.exists() {
        eprintln!("skipped: the real data (company-names/{name}) is not on this machine");
        return None;
    }
    Some(std::fs::read_to_string(path).unwrap())
}

/// The rows under the headings; a field in quotation marks may hold commas and doubled marks.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().map(fields);
    let head = lines.next().unwrap();
    lines.map(|line| head.iter().cloned().zip(line).collect()).collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    let mut letters = line.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                fields.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => fields.last_mut().unwrap().push(c),
        }
    }
    fields
}

struct Entity {
    account: AccountId,
    name: String,
    country: String,
}

fn entities() -> Option<Vec<Entity>> {
    let entity = |row: BTreeMap<String, String>| Entity {
        account: AccountId::named(&format!("lei:{}", row["lei"])),
        name: row["legal_name"].clone(),
        country: row["country"].clone(),
    };
    Some(rows(&data("lei_names_extract.csv")?).into_iter().map(entity).collect())
}

fn index(entities: &[Entity]) -> NameIndex {
    let mut index = NameIndex::default();
    for entity in entities {
        index.insert(entity.account, &entity.name, Some(&entity.country));
    }
    index
}

/// Letters and digits alone, which is as much as any two spellings of one name surely share.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A legal form and another way to write it.
const FORMS: &[(&str, &str)] = &[
    ("PRIVATE LIMITED", "Pvt. Ltd."),
    ("LIMITED", "Ltd"),
    ("Limited", "Ltd."),
    ("LTD", "Limited"),
    ("Ltd.", "Limited"),
    ("LLC", "L.L.C."),
    ("Inc.", "Incorporated"),
    ("INC.", "Inc"),
    ("B.V.", "BV"),
    ("S.R.L.", "Srl"),
    ("GmbH", "Gesellschaft mit beschränkter Haftung"),
    ("S.L.", "SL"),
    ("Corporation", "Corp."),
    ("CORPORATION", "Corp"),
];

/// The same name as another person might write it, by kind of difference. Written without a look at
/// the rules: what is asked is whether they cope.
fn spellings(name: &str) -> Vec<(&'static str, String)> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let mut spellings = vec![
        ("capitals", name.to_uppercase()),
        ("no punctuation", name.replace(['.', ',', '-', '(', ')'], " ")),
    ];
    if name.contains('&') {
        spellings.push(("and", name.replace('&', "and")));
    }
    let form = FORMS.iter().find(|(form, _)| name.ends_with(&format!(" {form}")));
    if let Some(((_, other), rest)) = form.zip(without_form(name)) {
        spellings.push(("form written otherwise", format!("{rest} {other}")));
        spellings.push(("form left out", rest.to_owned()));
    }
    let long = words.iter().enumerate().max_by_key(|(at, word)| (word.len(), *at));
    if let Some((at, word)) = long.filter(|(_, word)| word.len() >= 7 && word.is_ascii()) {
        let mut other = words.clone();
        let (front, back) = word.split_at(word.len() / 2);
        let dropped = format!("{front}{}", &back[1..]);
        other[at] = &dropped;
        spellings.push(("a letter dropped", other.join(" ")));
        let doubled = format!("{front}{}{back}", &back[..1]);
        let mut other = words.clone();
        other[at] = &doubled;
        spellings.push(("a letter doubled", other.join(" ")));
    }
    // Initials in another order are another person's.
    if words.len() >= 4 && words[..2].iter().all(|word| word.len() > 2) {
        let mut other = words.clone();
        other.swap(0, 1);
        spellings.push(("two words swapped", other.join(" ")));
    }
    spellings
}

/// A name without its legal form; `None` where it has none that is listed.
fn without_form(name: &str) -> Option<&str> {
    let bare = FORMS.iter().find_map(|(form, _)| name.strip_suffix(form)?.strip_suffix(' '))?;
    Some(bare.trim_end_matches(','))
}

/// The same name with something after it that a part of a group would add, and its country.
fn parts(name: &str) -> [(String, &'static str); 2] {
    [(format!("{name} Lithuania UAB"), "LT"), (format!("{name} Wholesale GmbH"), "DE")]
}

#[derive(Default)]
struct Tally {
    asked: usize,
    found: usize,
}

impl Tally {
    fn count(&mut self, found: bool) {
        self.asked += 1;
        self.found += usize::from(found);
    }

    /// Out of ten thousand.
    fn share(&self) -> usize {
        self.found * 10_000 / self.asked
    }
}

fn duplicates(suggestions: &[Suggestion]) -> impl Iterator<Item = &Suggestion> {
    suggestions.iter().filter(|it| it.kind == Kind::Duplicate)
}

#[test]
fn a_real_name_written_otherwise_is_found() {
    let Some(entities) = entities() else { return };
    let index = index(&entities);
    let names: BTreeMap<AccountId, &Entity> = entities.iter().map(|it| (it.account, it)).collect();
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut recall, mut precision, mut first) =
        (Tally::default(), Tally::default(), Tally::default());
    for entity in &entities {
        for (kind, spelling) in spellings(&entity.name) {
            let suggestions = index.suggest(&spelling, Some(&entity.country));
            // Rows of one name and country are one to whoever writes that name.
            let right = |it: &Suggestion| {
                let other = names[&it.account];
                plain(&other.name) == plain(&entity.name) && other.country == entity.country
            };
            let found = duplicates(&suggestions).any(right);
            kinds.entry(kind).or_default().count(found);
            recall.count(found);
            duplicates(&suggestions).for_each(|it| precision.count(right(it)));
            if let Some(it) = suggestions.first() {
                first.count(right(it));
            }
        }
    }
    for (kind, tally) in &kinds {
        println!("{kind:<24} {:>5} of {:>5} found", tally.found, tally.asked);
        assert!(tally.share() >= 8_900, "{kind}");
    }
    for (what, tally, floor) in [
        ("spellings of which the name was found", &recall, 9_850),
        ("duplicates suggested that were right", &precision, 9_250),
        ("first suggestions that were right", &first, 9_700),
    ] {
        println!("{what}: {} of {}, {} in 10,000", tally.found, tally.asked, tally.share());
        assert!(tally.share() >= floor, "{what}");
    }
}

#[test]
fn a_part_of_a_group_finds_its_parent() {
    let Some(entities) = entities() else { return };
    let index = index(&entities);
    let names: BTreeMap<AccountId, &Entity> = entities.iter().map(|it| (it.account, it)).collect();
    let (mut recall, mut precision) = (Tally::default(), Tally::default());
    for entity in &entities {
        let Some(bare) = without_form(&entity.name) else { continue };
        for (part, country) in parts(bare) {
            let suggestions = index.suggest(&part, Some(country));
            let parents = || suggestions.iter().filter(|it| it.kind == Kind::Parent);
            let begins =
                |it: &Suggestion| plain(&names[&it.account].name).starts_with(&plain(bare));
            recall.count(parents().any(|it| names[&it.account].name == entity.name));
            parents().for_each(|it| precision.count(begins(it)));
        }
    }
    for (what, tally, floor) in [
        ("parts of which the parent was found", &recall, 8_650),
        ("parents suggested whose name the part begins with", &precision, 9_350),
    ] {
        println!("{what}: {} of {}, {} in 10,000", tally.found, tally.asked, tally.share());
        assert!(tally.share() >= floor, "{what}");
    }
}

#[test]
fn different_entities_of_alike_names_are_seldom_called_duplicates() {
    let Some(entities) = entities() else { return };
    let index = index(&entities);
    let names: BTreeMap<AccountId, &Entity> = entities.iter().map(|it| (it.account, it)).collect();
    let mut whys: BTreeMap<(Kind, Why), usize> = BTreeMap::new();
    let (mut equal, mut other_form, mut others) = (0, 0, 0);
    for entity in &entities {
        for it in index.suggest_for(entity.account, &|_| true) {
            *whys.entry((it.kind, it.why)).or_default() += 1;
            let other = names[&it.account];
            if it.kind != Kind::Duplicate {
                continue;
            }
            assert_eq!(other.country, entity.country, "{} and {}", entity.name, other.name);
            match it.why {
                Why::SameName => equal += 1,
                Why::LegalForm => other_form += 1,
                _ => others += 1,
            }
        }
    }
    for ((kind, why), count) in &whys {
        println!("{kind:?}, {why}: {count}");
    }
    let asked = entities.len();
    println!(
        "{asked} entities; duplicates suggested: {equal} of equal names, {other_form} but for the legal form, {others} others"
    );
    assert_eq!(asked, 2_838);
    assert!(other_form * 100 <= asked * 9, "no more than nine for a hundred entities");
    assert!(others * 1_000 <= asked * 4, "no more than four for a thousand entities");
    let parents =
        whys.iter().filter(|((kind, why), _)| *kind == Kind::Parent && *why != Why::Abroad);
    let parents: usize = parents.map(|(_, count)| count).sum();
    assert!(parents * 100 <= asked * 5, "no more than five parents for a hundred entities");
}

#[test]
fn labelled_pairs_are_told_apart() {
    let Some(text) = data("emm_company_namepairs.csv") else { return };
    let (mut duplicate, mut related, mut missed) = (0, 0, 0);
    let (mut wrong, mut different) = (0, 0);
    for row in rows(&text) {
        let mut index = NameIndex::default();
        index.insert(AccountId::named("pair:1"), &row["gt_name"], Some("NL"));
        let told = index.suggest(&row["name"], Some("NL"));
        if row["correct"] == "False" {
            different += 1;
            wrong += told.len();
            continue;
        }
        match told.first().map(|it| it.kind) {
            Some(Kind::Duplicate) => duplicate += 1,
            Some(_) => related += 1,
            None => missed += 1,
        }
    }
    println!(
        "of 10 equal pairs {duplicate} are duplicates, {related} parent and subsidiary, {missed} missed"
    );
    println!("of {different} different pairs {wrong} led to a suggestion");
    assert_eq!((duplicate + related + missed, different), (10, 191));
    assert!(duplicate >= 8 && duplicate + related >= 9);
    assert_eq!(wrong, 0);
}
