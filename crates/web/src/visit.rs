//! What a request brings besides its page: the address, the two clocks, the theme.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::PageError;
use crate::frame::Theme;

/// Longest query string of a page, in bytes.
const MAX_QUERY: usize = 4_000;

/// The two clocks as asked for, still as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AskedClocks {
    pub(crate) as_of: Option<String>,
    pub(crate) known_at: Option<String>,
}

impl AskedClocks {
    /// As they stand in an address.
    pub(crate) fn query(&self) -> String {
        let mut pairs = Vec::new();
        if let Some(as_of) = &self.as_of {
            pairs.push(format!("as_of={}", encode(as_of)));
        }
        if let Some(known_at) = &self.known_at {
            pairs.push(format!("known_at={}", encode(known_at)));
        }
        pairs.join("&")
    }

    /// The first clock as a day.
    pub(crate) fn day(&self) -> Result<Option<Date>, PageError> {
        let Some(text) = &self.as_of else { return Ok(None) };
        let day = text.parse::<Date>().map_err(|_| {
            PageError::Bad(format!("`as_of` is `{text}`, which is no day. Write it as 2026-09-30."))
        })?;
        Ok(Some(day))
    }

    /// The second clock as a moment. A day means its end, and a time without a zone is the firm's.
    pub(crate) fn moment(&self, zone: &TimeZone) -> Result<Option<Timestamp>, PageError> {
        let Some(text) = &self.known_at else { return Ok(None) };
        let bad = || {
            let how = "Write it as 2026-09-30, 2026-09-30T18:00 or 2026-09-30T16:00:00Z.";
            PageError::Bad(format!("`known_at` is `{text}`, which is no moment. {how}"))
        };
        linchpin_query::moment(text, zone).map(Some).ok_or_else(bad)
    }
}

/// What a request brings besides its page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visit {
    /// Path and query, without the note of a finished act.
    pub(crate) here: String,
    pub(crate) theme: Theme,
    pub(crate) clocks: AskedClocks,
    pub(crate) done: Option<String>,
    pub(crate) pairs: Vec<(String, String)>,
}

impl Visit {
    /// Of an address and its headers.
    pub(crate) fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let query = if query.len() > MAX_QUERY { "" } else { query };
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            pairs.push((decode(name), decode(value)));
        }
        let take = |pairs: &[(String, String)], name: &str| {
            let found = pairs.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let clocks =
            AskedClocks { as_of: take(&pairs, "as_of"), known_at: take(&pairs, "known_at") };
        let done = take(&pairs, "done");
        pairs.retain(|(name, value)| name != "done" && !value.is_empty());
        let here = address(parts.uri.path(), &pairs);
        Self { here, theme: Theme::of(&parts.headers), clocks, done, pairs }
    }

    /// A parameter of the address.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Refuses a look at the past where something is to be done.
    pub(crate) fn only_now(&self) -> Result<(), PageError> {
        if self.clocks.as_of.is_some() || self.clocks.known_at.is_some() {
            return Err(PageError::Bad("Nothing can be done about the past.".to_owned()));
        }
        Ok(())
    }

    /// Refuses parameters that a page does not know, naming the first.
    pub(crate) fn allow(&self, known: &[&str]) -> Result<(), PageError> {
        let clocks = ["as_of", "known_at"];
        let odd = self
            .pairs
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()) && !clocks.contains(&name.as_str()));
        match odd {
            Some((name, _)) => Err(PageError::Bad(format!(
                "This page knows no parameter `{}`. It takes {}.",
                name.chars().take(60).collect::<String>(),
                listed(known)
            ))),
            None => Ok(()),
        }
    }

    /// The address of the same page with some parameters set (or, by an empty value, dropped).
    pub(crate) fn with(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let mut pairs: Vec<(String, String)> = self
            .pairs
            .iter()
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
            .cloned()
            .collect();
        let set = changes.iter().filter(|(_, value)| !value.is_empty());
        pairs.extend(set.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        address(path, &pairs)
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "only `as_of` and `known_at`".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// A path with parameters.
pub(crate) fn address(path: &str, pairs: &[(String, String)]) -> String {
    let query: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Per cent encoding of a parameter's name or value.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// The text behind per cent encoding; what is no UTF-8 becomes the replacement sign.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let coded = (bytes[index] == b'%').then(|| bytes.get(index + 1..index + 3)).flatten();
        let coded = coded.and_then(|two| std::str::from_utf8(two).ok());
        match coded.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                index += 3;
            }
            None => {
                out.push(if bytes[index] == b'+' { b' ' } else { bytes[index] });
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clocks(known_at: &str) -> AskedClocks {
        AskedClocks { as_of: Some("2026-02-31".to_owned()), known_at: Some(known_at.to_owned()) }
    }

    #[test]
    fn encoding_and_decoding_agree() {
        let text = "a b&c=ä+\"<%";
        assert_eq!(decode(&encode(text)), text);
        assert_eq!(decode("a+b%2"), "a b%2");
        assert_eq!(decode("%ff"), "\u{fffd}");
    }

    #[test]
    fn a_day_that_is_none_is_refused_by_name() {
        let refused = clocks("").day().unwrap_err().to_string();
        assert!(refused.contains("as_of") && refused.contains("2026-02-31"), "{refused}");
    }

    #[test]
    fn known_at_takes_a_day_a_local_time_or_a_moment() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = |text: &str| clocks(text).moment(&zone).unwrap().unwrap().to_string();
        assert_eq!(at("2026-09-30"), "2026-09-30T21:59:59.999999999Z");
        assert_eq!(at("2026-09-30T18:00"), "2026-09-30T16:00:00Z");
        assert_eq!(at("2026-09-30T16:00:00Z"), "2026-09-30T16:00:00Z");
        assert!(clocks("yesterday").moment(&zone).is_err());
    }
}
