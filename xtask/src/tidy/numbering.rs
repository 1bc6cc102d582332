//! Migrations and decision records are numbered from 1 without gaps, so that none can slip in
//! between others that have been applied or cited.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;

/// Engines whose migrations make the same tables.
const ENGINES: [&str; 2] = ["migrations/sqlite", "migrations/postgres"];

/// The numbering in every folder that has one, and the likeness of both engines' migrations.
pub(super) fn check(paths: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in ENGINES {
        findings.extend(numbered(paths, folder, ".sql", '_'));
    }
    findings.extend(numbered(paths, "docs/adr", ".md", '-'));
    findings.extend(alike(paths));
    findings
}

fn names<'a>(
    paths: &'a [String],
    folder: &'a str,
    ending: &'a str,
) -> impl Iterator<Item = &'a str> {
    paths.iter().filter_map(move |path| {
        let name = path.strip_prefix(folder)?.strip_prefix('/')?;
        (name.ends_with(ending) && !name.contains('/') && name != "README.md").then_some(name)
    })
}

fn numbered(paths: &[String], folder: &str, ending: &'static str, after: char) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut taken: BTreeMap<usize, &str> = BTreeMap::new();
    for name in names(paths, folder, ending) {
        let path = format!("{folder}/{name}");
        let number = name
            .split_once(after)
            .and_then(|(number, _)| Some((number.len(), number.parse().ok()?)));
        let Some((4, number)) = number else {
            let advice = format!(
                "begin the name with four digits and `{after}`, such as 0001{after}ledger{ending}"
            );
            findings.push(Finding::new(&path, 1, "numbering", advice));
            continue;
        };
        if let Some(other) = taken.insert(number, name) {
            let advice = format!("has the number of {other}; take the next free one");
            findings.push(Finding::new(&path, 1, "numbering", advice));
        }
    }
    for (expected, (number, name)) in (1..).zip(&taken) {
        if *number != expected {
            let advice = format!("number {expected:04} is missing before it; number without gaps");
            findings.push(Finding::new(&format!("{folder}/{name}"), 1, "numbering", advice));
            break;
        }
    }
    findings
}

/// Where both engines have migrations, each has the other's, under the same name.
fn alike(paths: &[String]) -> Vec<Finding> {
    let [one, other] = ENGINES.map(|folder| names(paths, folder, ".sql").collect::<BTreeSet<_>>());
    if one.is_empty() || other.is_empty() {
        return Vec::new();
    }
    let lone = |folder: &str, name: &&str, without: &str| {
        let advice =
            format!("{without} has no migration of this name; both engines have the same tables");
        Finding::new(&format!("{folder}/{name}"), 1, "numbering", advice)
    };
    let here = one.difference(&other).map(|name| lone(ENGINES[0], name, ENGINES[1]));
    here.chain(other.difference(&one).map(|name| lone(ENGINES[1], name, ENGINES[0]))).collect()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[track_caller]
    fn finds(paths: &[&str], expected: &[&str]) {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let found: Vec<String> = check(&paths).into_iter().map(|finding| finding.path).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_gap_is_found_at_the_file_after_it() {
        finds(&["migrations/sqlite/0001_a.sql", "migrations/sqlite/0002_b.sql"], &[]);
        finds(
            &["migrations/sqlite/0001_a.sql", "migrations/sqlite/0003_b.sql"],
            &["migrations/sqlite/0003_b.sql"],
        );
        finds(&["docs/adr/0002-a.md", "docs/adr/README.md"], &["docs/adr/0002-a.md"]);
    }

    #[test]
    fn a_number_is_taken_once() {
        finds(&["docs/adr/0001-a.md", "docs/adr/0001-b.md"], &["docs/adr/0001-b.md"]);
    }

    #[test]
    fn a_file_without_a_number_is_found() {
        finds(&["migrations/sqlite/ledger.sql"], &["migrations/sqlite/ledger.sql"]);
        finds(&["migrations/sqlite/1_ledger.sql"], &["migrations/sqlite/1_ledger.sql"]);
    }

    #[test]
    fn both_engines_have_the_same_migrations() {
        let both = [
            "migrations/postgres/0001_a.sql",
            "migrations/sqlite/0001_a.sql",
            "migrations/sqlite/0002_b.sql",
        ];
        finds(&both, &["migrations/sqlite/0002_b.sql"]);
    }
}
