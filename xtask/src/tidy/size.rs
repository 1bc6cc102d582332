//! Files and functions stay small enough to be read in one go.

use proc_macro2::Delimiter;

use super::tokens::{Kind, Tokens};
use super::{Finding, Source};

/// Lines from which on a file is worth dividing, and lines it must not pass.
const FILE_WARN: usize = 400;
const FILE_MAX: usize = 500;

/// Lines between a function's braces.
const BODY_MAX: usize = 70;

/// The length of a Rust file.
pub(super) fn check_file(file: &Source) -> Option<Finding> {
    let lines = file.text.lines().count();
    let told =
        |most| format!("{lines} lines, more than {most}; divide it by what its parts are about");
    if lines > FILE_MAX {
        return Some(Finding::new(&file.path, lines, "file-length", told(FILE_MAX)));
    }
    (lines > FILE_WARN).then(|| Finding::warning(&file.path, lines, "file-length", told(FILE_WARN)))
}

/// The length of each function's body.
pub(super) fn check_functions(path: &str, tokens: &Tokens) -> Vec<Finding> {
    let mut findings = Vec::new();
    for index in 0..tokens.0.len() {
        let Some((name, open, close)) = function(tokens, index) else { continue };
        let lines = tokens.0[close].line.saturating_sub(tokens.0[open].line + 1);
        if lines > BODY_MAX {
            let advice = format!(
                "`{name}` has {lines} lines, at most {BODY_MAX} are allowed; give its steps names"
            );
            findings.push(Finding::new(path, tokens.0[index].line, "function-length", advice));
        }
    }
    findings
}

/// The function that begins at an index: its name and its braces. None for a mere signature.
fn function(tokens: &Tokens, index: usize) -> Option<(&str, usize, usize)> {
    if tokens.word(index) != Some("fn") {
        return None;
    }
    let name = tokens.word(index + 1)?;
    let mut at = index + 2;
    loop {
        match tokens.0.get(at)?.kind {
            Kind::Open(Delimiter::Brace, close) => return Some((name, at, close)),
            Kind::Open(_, close) => at = close + 1,
            Kind::Mark(';') | Kind::Close(_) => return None,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::super::tokens::Tokens;
    use super::{check_file, check_functions};

    fn body(lines: usize) -> String {
        format!(
            "trait T {{ fn short(&self); }}\nfn long<F: Fn() -> u8>(f: F) -> [u8; 2] where F: Send {{\n{}}}",
            "a();\n".repeat(lines)
        )
    }

    #[test]
    fn seventy_lines_are_fine_and_one_more_is_not() {
        assert!(check_functions("a.rs", &Tokens::read(&body(70)).unwrap()).is_empty());
        let findings = check_functions("a.rs", &Tokens::read(&body(71)).unwrap());
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].to_string().starts_with("a.rs:2: function-length: `long` has 71 lines")
        );
    }

    #[test]
    fn a_function_pointer_is_no_function() {
        let text = format!("struct S {{ f: fn(u8) }}\nconst X: u8 = {{\n{}0 }};", "\n".repeat(90));
        assert!(check_functions("a.rs", &Tokens::read(&text).unwrap()).is_empty());
    }

    #[test]
    fn a_long_file_warns_before_it_fails() {
        let file = |lines| Source { path: "a.rs".to_owned(), text: "\n".repeat(lines) };
        assert_eq!(check_file(&file(400)), None);
        assert!(check_file(&file(401)).unwrap().warning);
        assert!(!check_file(&file(501)).unwrap().warning);
    }
}
