//! What can be known of a map before the first row: it is tried on made-up values.

use linchpin_domain::fact::Fact;
use linchpin_domain::policy::DocumentError;
use serde_json::Value as Json;
use toml::Spanned;

use super::build::set;
use super::document::{Columns, FactMap};

/// The kind of fact that a map names.
pub(crate) fn kind(text: &str, name: &Spanned<String>) -> Result<&'static str, DocumentError> {
    let found = Fact::KINDS.iter().find(|(known, _)| known == name.get_ref());
    let taken = ["fact.retracted", "policy.adopted", "watchlist.adopted"];
    match found {
        Some((known, _)) if !taken.contains(known) => Ok(known),
        Some((known, _)) => {
            let message = format!("`{known}` is not told by a table: use its own command");
            Err(DocumentError::at(text, name.span().start, message))
        }
        None => {
            let known: Vec<&str> = Fact::KINDS
                .iter()
                .map(|(known, _)| *known)
                .filter(|known| !taken.contains(known))
                .collect();
            let message =
                format!("unknown type `{}`: write one of {}", name.get_ref(), known.join(", "));
            Err(DocumentError::at(text, name.span().start, message))
        }
    }
}

/// Tries the map of a fact on made-up values: fields and words that the fact does not know, and
/// fields that it lacks, come to light.
pub(crate) fn tried(
    text: &str,
    at: usize,
    fact: &FactMap,
    places: &[usize],
) -> Result<(), DocumentError> {
    for ((path, field), place) in fact.fields.iter().zip(places) {
        let words: Vec<Json> = field.words().map(|word| Json::String(word.to_owned())).collect();
        let sample = if words.is_empty() { vec![field.sample()] } else { words };
        for value in sample {
            let mut alone = Json::Object(serde_json::Map::new());
            if !set(&mut alone, path, value) {
                return Err(DocumentError::at(
                    text,
                    *place,
                    format!("`{}` is no field", path.join(".")),
                ));
            }
            if let Some(message) = refused(fact.name, &alone)
                && (message.starts_with("unknown field") || message.starts_with("unknown variant"))
            {
                let message = format!("`{}` of `{}`: {message}", path.join("."), fact.name);
                return Err(DocumentError::at(text, *place, message));
            }
        }
    }
    let mut whole = Json::Object(serde_json::Map::new());
    for ((path, field), place) in fact.fields.iter().zip(places) {
        if !set(&mut whole, path, field.sample()) {
            let message =
                format!("`{}` stands both as a field and as a group of fields", path.join("."));
            return Err(DocumentError::at(text, *place, message));
        }
    }
    super::build::fill_currency(fact.name, &mut whole, "EUR");
    match refused(fact.name, &whole) {
        Some(message) if message.starts_with("missing field") => {
            Err(DocumentError::at(text, at, format!("`{}`: {message}", fact.name)))
        }
        _ => Ok(()),
    }
}

/// Two groups must never tell a fact under one key, or each would correct the other for ever.
pub(crate) fn tells_groups_apart(
    text: &str,
    at: usize,
    fact: &FactMap,
    group_by: &[usize],
    columns: &Columns,
) -> Result<(), DocumentError> {
    let absent =
        group_by.iter().find(|column| !fact.once && !fact.key.columns().any(|key| key == **column));
    match absent {
        Some(column) => {
            let name = columns.name(*column);
            let message = format!(
                "`key` of `{}` must name the group's column {{{name}}}, or the fact be told `once`",
                fact.name
            );
            Err(DocumentError::at(text, at, message))
        }
        None => Ok(()),
    }
}

fn refused(name: &str, value: &Json) -> Option<String> {
    let read = Fact::decode(name, &value.to_string())?;
    read.err().map(|error| {
        let message = error.to_string();
        message.rsplit_once(" at line ").map(|(message, _)| message.to_owned()).unwrap_or(message)
    })
}
