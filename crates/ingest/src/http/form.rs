//! Forms of the pages: reading them, and leading their senders back.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use linchpin_problem::Problem;
use serde::de::DeserializeOwned;

/// Longest address to return to, in bytes.
const MAX_RETURN: usize = 2_000;

/// Reads a form; a field that was left empty counts as absent, and of one that is given several
/// times each is a line of it.
pub(super) fn from_form<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let wrong = |e: &dyn std::fmt::Display| Problem::bad_request(format!("the form: {e}"));
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(text).map_err(|e| wrong(&e))?;
    let mut filled: Vec<(String, String)> = Vec::new();
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
        match filled.iter_mut().find(|(known, _)| *known == name) {
            Some((_, lines)) => lines.extend(["\n", &value]),
            None => filled.push((name, value)),
        }
    }
    let filled = serde_urlencoded::to_string(filled).map_err(|e| wrong(&e))?;
    serde_urlencoded::from_str(&filled).map_err(|e| wrong(&e))
}

/// One field of a form, whatever the others are.
pub(super) fn form_field(text: &str, name: &str) -> Option<String> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(text).ok()?;
    fields.into_iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

/// A path on this desk; anything that could lead elsewhere becomes the first page.
pub(super) fn local_path(asked: Option<&str>) -> String {
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

/// What a person sees whose form was refused: the reason, and the way back.
pub(super) fn not_done(problem: &Problem, back: &str) -> Response {
    let (title, detail, back) = (escaped(problem.title), escaped(&problem.detail), escaped(back));
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>Not done</title></head>\
         <body><main><h1>Not done</h1><p>{title}: {detail}.</p>\
         <p><a href=\"{back}\">Back</a></p></main></body></html>\n"
    );
    let mut response = (problem.status_code(), Html(page)).into_response();
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
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
