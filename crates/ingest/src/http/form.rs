//! Forms of the pages: reading them, and leading their senders back.

use linchpin_problem::Problem;
use serde::de::DeserializeOwned;

/// Longest address to return to, in bytes.
const MAX_RETURN: usize = 2_000;

/// Most fields of a form: of no act are there so many.
const MAX_FIELDS: usize = 64;

/// Reads a form; a field that was left empty counts as absent, and of one that is given several
/// times each is a line of it.
pub(super) fn from_form<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let wrong = |e: &dyn std::fmt::Display| Problem::bad_request(format!("the form: {e}"));
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|e| wrong(&e))?;
    let mut filled: Vec<(String, String)> = Vec::new();
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
        let is_full = filled.len() == MAX_FIELDS;
        match filled.iter_mut().find(|(known, _)| *known == name) {
            Some((_, lines)) => lines.extend(["\n", &value]),
            None if is_full => {
                let detail = format!("the form has more than {MAX_FIELDS} fields");
                return Err(Problem::bad_request(detail));
            }
            None => filled.push((name, value)),
        }
    }
    let filled = serde_urlencoded::to_string(filled).map_err(|e| wrong(&e))?;
    serde_urlencoded::from_str(&filled).map_err(|e| wrong(&e))
}

/// A path on this desk; anything that could lead elsewhere becomes the first page.
fn local_path(asked: Option<&str>) -> String {
    let local = |path: &&str| {
        path.starts_with('/')
            && !path.contains("//")
            && !path.contains('\\')
            && path.len() <= MAX_RETURN
            && path.bytes().all(|c| c.is_ascii_graphic())
    };
    asked.filter(local).unwrap_or("/").to_owned()
}

/// The path with `done=DEED` in its query, once.
pub(super) fn with_deed(path: &str, deed: &str) -> String {
    let (path, fragment) = match path.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (path, None),
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let done = format!("done={deed}");
    let kept = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("done="));
    let query: Vec<&str> = kept.chain([done.as_str()]).collect();
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{path}?{}{fragment}", query.join("&"))
}

/// A form as it was sent. The answer that refuses it carries it as an extension, so that whoever
/// draws the page can show what was typed; no log and no header ever holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentForm {
    /// The path it was sent to.
    pub action: String,
    /// The page of this desk that it would have led back to.
    pub back: String,
    /// Its fields, in their order.
    pub fields: Vec<(String, String)>,
}

impl SentForm {
    /// Reads one; what cannot be read has no fields.
    pub(super) fn read(action: &str, text: &str) -> Self {
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(text).unwrap_or_default();
        let back = fields.iter().find(|(name, _)| name == "return_to");
        let back = local_path(back.map(|(_, value)| value.as_str()));
        Self { action: action.to_owned(), back, fields }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_paths_are_returned_to() {
        for good in ["/", "/alerts", "/accounts/1?tab=2#why"] {
            assert_eq!(local_path(Some(good)), good);
        }
        let long = format!("/{}", "a".repeat(MAX_RETURN));
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x",
            "/ä",
            "alerts",
            "/a//b",
            &long,
        ] {
            assert_eq!(local_path(Some(bad)), "/", "{bad}");
        }
        assert_eq!(local_path(None), "/");
    }

    #[test]
    fn the_deed_goes_into_the_query_once() {
        assert_eq!(with_deed("/", "snoozed"), "/?done=snoozed");
        assert_eq!(with_deed("/a?x=1&done=old#top", "snoozed"), "/a?x=1&done=snoozed#top");
    }
}
