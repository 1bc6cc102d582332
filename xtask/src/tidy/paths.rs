//! No path of anyone's machine is committed: it works for one person only, and tells who that is.

use super::{Finding, Source};

/// Beginnings of such paths. Put together here, so that this file does not find itself.
const MACHINES: &[&str] = &[
    concat!("/", "work", "/"),
    concat!("/", "root", "/"),
    concat!("/", "home", "/"),
    concat!("/", "Users", "/"),
];

/// Each line that names a path of a machine.
pub(super) fn check(file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let named = MACHINES.iter().find(|start| begins_somewhere(line, start));
        if let Some(start) = named {
            let advice =
                format!("`{start}` is a path of one machine; write it relative to the repository");
            findings.push(Finding::new(&file.path, number, "machine-path", advice));
        }
    }
    findings
}

/// Whether a path beginning so stands in the line, and not merely a folder of that name within a
/// longer path or address.
fn begins_somewhere(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '}' | '/'))
    }) || line.contains(&format!("file://{start}"))
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::{MACHINES, check};

    #[track_caller]
    fn lines(text: String) -> Vec<usize> {
        check(&Source { path: "a.md".to_owned(), text })
            .into_iter()
            .map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn a_path_of_a_machine_is_found_wherever_it_begins() {
        let start = MACHINES[0];
        assert_eq!(lines(format!("a\n{start}b\n\"{start}c\" (file://{start}d)")), [2, 3]);
    }

    #[test]
    fn a_folder_of_that_name_within_a_path_is_fine() {
        let start = MACHINES[2];
        assert!(
            lines(format!("https://example.org{start}x and docs{start}y and ~{start}z")).is_empty()
        );
    }
}
