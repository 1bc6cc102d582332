//! Lists in commands: an array in JSON, and in a form the lines of a text or a repeated field.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Most items of a list: as many people as a hand-over may name.
const MAX_ITEMS: usize = 4_000;

/// Reads a list that must be there.
pub(super) fn listed<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    deserializer.deserialize_any(Lines(PhantomData))
}

/// Reads a list that may be left out, or be null.
pub(super) fn maybe_listed<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    let list = Option::<Listed<T>>::deserialize(deserializer)?;
    Ok(list.map(|Listed(items)| items))
}

/// Reads a list that is empty where it is left out, or null.
pub(super) fn listed_or_none<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: fmt::Display>,
{
    maybe_listed(deserializer).map(Option::unwrap_or_default)
}

struct Listed<T>(Vec<T>);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        listed(deserializer).map(Self)
    }
}

struct Lines<T>(PhantomData<T>);

impl<'de, T: FromStr<Err: fmt::Display>> Visitor<'de> for Lines<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts, or a text with one of them a line")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<&str> = lines.take(MAX_ITEMS + 1).collect();
        within(lines.len())?;
        lines.into_iter().map(parsed).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element::<String>()? {
            within(all.len() + 1)?;
            all.push(parsed(&item)?);
        }
        Ok(all)
    }
}

fn within<E: Error>(items: usize) -> Result<(), E> {
    if items > MAX_ITEMS {
        return Err(E::custom(format!("more than {MAX_ITEMS} items")));
    }
    Ok(())
}

fn parsed<T: FromStr<Err: fmt::Display>, E: Error>(text: &str) -> Result<T, E> {
    text.parse().map_err(E::custom)
}
