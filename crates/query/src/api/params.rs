//! Query parameters, read strictly: an unknown or doubled name is refused by name.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use linchpin_domain::entry::Position;
use linchpin_problem::Problem;

use crate::model::moment;

/// Longest query string read, in bytes.
const MAX_QUERY: usize = 4 * 1024;

/// The parameter that every read has: what the answer must have taken in.
pub(super) const AT_LEAST: &str = "at_least";

/// The parameters of a request.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string of which these names are known, and [`AT_LEAST`].
    pub(super) fn read(query: Option<&str>, known: &[&str]) -> Result<Self, Problem> {
        let query = query.unwrap_or("");
        if query.len() > MAX_QUERY {
            let detail =
                format!("the query has {} bytes, at most {MAX_QUERY} are read", query.len());
            return Err(Problem::bad_request(detail));
        }
        let read: Vec<(String, String)> = serde_urlencoded::from_str(query)
            .map_err(|error| Problem::bad_request(format!("the query cannot be read: {error}")))?;
        for (at, (name, _)) in read.iter().enumerate() {
            if !known.contains(&name.as_str()) && name != AT_LEAST {
                let known = [known, &[AT_LEAST]].concat().join(", ");
                let detail = format!("unknown parameter `{}`: known here: {known}", short(name));
                return Err(Problem::bad_request(detail));
            }
            if read[..at].iter().any(|(other, _)| other == name) {
                let detail = format!("parameter `{name}` is given twice: give it once");
                return Err(Problem::bad_request(detail));
            }
        }
        Ok(Self(read))
    }

    /// A parameter as given; one that is empty counts as left out, as forms send it.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The position that the answer must have taken in; 0 where none is asked for. Everything else
    /// in the query is left to whoever answers it.
    pub(super) fn at_least(query: Option<&str>) -> Result<Position, Problem> {
        let read: Vec<(String, String)> =
            serde_urlencoded::from_str(query.unwrap_or("")).unwrap_or_default();
        let asked = read.into_iter().filter(|(name, _)| name == AT_LEAST).collect();
        Ok(Self(asked).number(AT_LEAST, 0, i64::MAX.unsigned_abs())?.unwrap_or(0))
    }

    /// A day.
    pub(super) fn day(&self, name: &str) -> Result<Option<Date>, Problem> {
        self.read_as(name, "write a day that exists, such as 2026-11-30", |text| {
            text.parse().ok().filter(|_| text.len() == "2026-11-30".len())
        })
    }

    /// A moment, or the end of a day in the firm's zone.
    pub(super) fn moment(&self, name: &str, zone: &TimeZone) -> Result<Option<Timestamp>, Problem> {
        let advice = "write a moment such as 2026-11-30T18:00:00Z, or a day that exists";
        self.read_as(name, advice, |text| moment(text, zone))
    }

    /// A whole number within bounds.
    pub(super) fn number<T>(&self, name: &str, least: T, most: T) -> Result<Option<T>, Problem>
    where
        T: FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        let advice = format!("write a whole number from {least} to {most}");
        self.read_as(name, &advice, |text| {
            text.parse().ok().filter(|number| (least..=most).contains(number))
        })
    }

    /// One of some words.
    pub(super) fn one_of<T>(
        &self,
        name: &str,
        words: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        self.read_as(name, &format!("write one of {}", words.join(", ")), read)
    }

    /// An identity.
    pub(super) fn id<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        self.read_as(name, "write a UUID, or SOURCE:ID such as crm:0015g", |text| text.parse().ok())
    }

    fn read_as<T>(
        &self,
        name: &str,
        advice: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => {
                let detail = format!("parameter `{name}` cannot be `{}`: {advice}", short(text));
                Err(Problem::bad_request(detail))
            }
        }
    }
}

/// The address of the next page: the same question, from a cursor on.
pub(super) fn next_page(path: &str, query: Option<&str>, cursor: &str) -> String {
    let asked = query.unwrap_or("").split('&');
    let kept = asked.filter(|it| !it.is_empty() && it.split('=').next() != Some("cursor"));
    let cursor = serde_urlencoded::to_string([("cursor", cursor)]).unwrap_or_default();
    let pairs: Vec<&str> = kept.chain([cursor.as_str()]).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
