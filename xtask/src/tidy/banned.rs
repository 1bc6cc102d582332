//! Calls and attributes that are not used here, each with its reason.

use super::Finding;
use super::tokens::Tokens;

/// A call to an associated or free function, written `first::second`.
struct Call {
    path: (&'static str, &'static str),
    rule: &'static str,
    advice: &'static str,
    /// Whether a file may use it all the same.
    fine: fn(&str) -> bool,
    /// Whether test code may use it.
    fine_in_tests: bool,
}

const CLOCK: &str =
    "time comes in as data; take the moment from the caller, or the clock the binary hands in";
const PURE: &str = "the domain is pure; let the caller read it and hand the value in";

const CALLS: &[Call] = &[
    clock("Timestamp", "now"),
    clock("Zoned", "now"),
    clock("SystemTime", "now"),
    clock("Utc", "now"),
    // Elsewhere it measures how long something took, and never says what time it is.
    pure("Instant", "now"),
    pure("env", "var"),
    pure("env", "var_os"),
    pure("env", "vars"),
    pure("env", "args"),
    pure("std", "fs"),
    pure("std", "net"),
    pure("std", "process"),
    pure("std", "thread"),
];

const fn clock(first: &'static str, second: &'static str) -> Call {
    Call {
        path: (first, second),
        rule: "clock",
        advice: CLOCK,
        fine: faces_the_world,
        fine_in_tests: true,
    }
}

const fn pure(first: &'static str, second: &'static str) -> Call {
    Call {
        path: (first, second),
        rule: "pure-domain",
        advice: PURE,
        fine: outside_domain,
        fine_in_tests: true,
    }
}

/// A macro that is not called.
struct Macro {
    names: &'static [&'static str],
    rule: &'static str,
    advice: &'static str,
    fine: fn(&str) -> bool,
}

const MACROS: &[Macro] = &[
    Macro {
        names: &["println", "eprintln", "print", "eprint"],
        rule: "print",
        advice: "only the binary talks to the terminal; return the text, or use tracing without personal data",
        fine: prints,
    },
    Macro {
        names: &["dbg"],
        rule: "print",
        advice: "a leftover of debugging; remove it",
        fine: nowhere,
    },
    Macro {
        names: &["todo", "unimplemented"],
        rule: "unfinished",
        advice: "finish it, or leave the feature out and say so in the issue",
        fine: nowhere,
    },
];

/// Every banned call and attribute in a file.
pub(super) fn check(path: &str, tokens: &Tokens) -> Vec<Finding> {
    let mut findings = attributes(path, tokens);
    for (index, token) in tokens.0.iter().enumerate() {
        let test = token.test || is_test_file(path);
        for call in CALLS {
            let fine = (test && call.fine_in_tests) || (call.fine)(path);
            if !fine && tokens.is_path(index, call.path.0, call.path.1) {
                let advice = format!("`{}::{}`: {}", call.path.0, call.path.1, call.advice);
                findings.push(Finding::new(path, token.line, call.rule, advice));
            }
        }
        let Some(word) = tokens.word(index).filter(|_| tokens.is_mark(index + 1, '!')) else {
            continue;
        };
        let banned =
            MACROS.iter().find(|banned| banned.names.contains(&word) && !(banned.fine)(path));
        if let Some(banned) = banned {
            let advice = format!("`{word}!`: {}", banned.advice);
            findings.push(Finding::new(path, token.line, banned.rule, advice));
        }
    }
    findings
}

fn attributes(path: &str, tokens: &Tokens) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, open, close) in tokens.attributes() {
        let line = tokens.0[at].line;
        let words: Vec<&str> = tokens.words(open + 1, close).collect();
        if words.first() == Some(&"ignore") {
            let advice = "a test that is not run proves nothing; mend it, or remove it";
            findings.push(Finding::new(path, line, "ignored-test", advice));
        }
        for word in ["flatten", "untagged"].into_iter().filter(|word| words.contains(word)) {
            if words.contains(&"serde") {
                let advice = format!(
                    "serde `{word}` hides errors and buffers; write the fields or a tag out"
                );
                findings.push(Finding::new(path, line, "serde", advice));
            }
        }
    }
    findings
}

/// Files made of test code: the end-to-end package, integration tests, test modules of their own.
fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
}

fn faces_the_world(path: &str) -> bool {
    ["crates/linchpin/", "crates/testkit/", "xtask/"].iter().any(|folder| path.starts_with(folder))
}

fn outside_domain(path: &str) -> bool {
    !path.starts_with("crates/domain/src/")
}

/// The binary, and whatever runs where a person reads along: tests and tasks.
fn prints(path: &str) -> bool {
    is_test_file(path)
        || path.ends_with("build.rs")
        || ["crates/linchpin/", "crates/testkit/", "xtask/"]
            .iter()
            .any(|folder| path.starts_with(folder))
}

fn nowhere(_: &str) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Tokens;
    use super::check;

    #[track_caller]
    fn finds(path: &str, text: &str, expected: &[&str]) {
        let findings = check(path, &Tokens::read(text).unwrap());
        let found: Vec<String> =
            findings.iter().map(|f| format!("{}:{}", f.line, f.rule)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_clock_is_read_only_where_the_world_is_faced() {
        let text = "fn a() {\n    jiff::Timestamp::now();\n    Utc :: now();\n}";
        finds("crates/ledger/src/a.rs", text, &["2:clock", "3:clock"]);
        finds("crates/linchpin/src/a.rs", text, &[]);
        finds("crates/testkit/src/a.rs", text, &[]);
        finds("crates/ledger/tests/a.rs", text, &[]);
        finds("crates/ledger/src/a.rs", &format!("#[cfg(test)]\nmod tests {{ {text} }}"), &[]);
    }

    #[test]
    fn words_in_texts_and_comments_are_not_code() {
        let text = "/// Never calls `SystemTime::now()`.\nconst A: &str = \"println!() todo!()\"; // todo!()";
        finds("crates/domain/src/a.rs", text, &[]);
    }

    #[test]
    fn the_domain_reads_nothing_by_itself() {
        let text = "fn a() { std::env::var(\"A\"); }\nuse std::fs;";
        finds("crates/domain/src/a.rs", text, &["1:pure-domain", "2:pure-domain"]);
        finds("crates/ledger/src/a.rs", text, &[]);
        let timed = "fn a() { Instant::now(); }";
        finds("crates/domain/src/a.rs", timed, &["1:pure-domain"]);
        finds("crates/ledger/src/a.rs", timed, &[]);
    }

    #[test]
    fn only_the_binary_prints() {
        let text = "fn a() { println!(\"a\"); eprint!(\"b\"); }";
        finds("crates/query/src/a.rs", text, &["1:print", "1:print"]);
        finds("crates/linchpin/src/a.rs", text, &[]);
        finds("crates/query/tests/a.rs", text, &[]);
        finds("crates/web/build.rs", text, &[]);
    }

    #[test]
    fn unfinished_work_is_found_anywhere_also_in_tests() {
        finds(
            "tests/a.rs",
            "fn a() { todo!() }\n#[test]\n#[ignore = \"slow\"]\nfn b() {}",
            &["3:ignored-test", "1:unfinished"],
        );
    }

    #[test]
    fn serde_shortcuts_are_found_also_behind_a_condition() {
        let text = "struct A {\n    #[serde(default, flatten)]\n    b: B,\n}\n#[cfg_attr(feature = \"x\", serde(untagged))]\nenum C {}";
        finds("crates/query/src/a.rs", text, &["2:serde", "5:serde"]);
        finds("crates/query/src/a.rs", "fn flatten() { a.flatten(); }", &[]);
    }
}
