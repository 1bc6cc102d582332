//! The configuration file: TOML, each key a setting.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::setting::SETTINGS;

/// A value as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InFile {
    /// The setting's key; for a secret also the key with `_file` behind it.
    pub(super) key: String,
    pub(super) value: String,
    pub(super) at: At,
}

/// A place in a file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Reads a file. What cannot be read is told with its place; the rest is given all the same.
pub(super) fn read(text: &str) -> (Vec<InFile>, Vec<(At, String)>) {
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let at = at(text, error.span().map_or(0, |span| span.start));
            let reason = error.message().trim_end().replace('\n', "; ");
            return (Vec::new(), vec![(at, reason)]);
        }
    };
    let mut reader = Reader { text, values: Vec::new(), wrong: Vec::new() };
    reader.table("", table.get_ref());
    reader.values.sort_by_key(|value| (value.at.line, value.at.column));
    reader.wrong.sort_by_key(|(at, _)| (at.line, at.column));
    (reader.values, reader.wrong)
}

struct Reader<'a> {
    text: &'a str,
    values: Vec<InFile>,
    wrong: Vec<(At, String)>,
}

impl Reader<'_> {
    fn table(&mut self, above: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = match above {
                "" => name.get_ref().to_string(),
                above => format!("{above}.{}", name.get_ref()),
            };
            let place = at(self.text, name.span().start);
            let holds_settings = SETTINGS
                .iter()
                .any(|s| s.key.strip_prefix(&key).is_some_and(|rest| rest.starts_with('.')));
            match value.get_ref() {
                DeValue::Table(inner) if holds_settings => self.table(&key, inner),
                _ if holds_settings => self.wrong.push((
                    place,
                    format!("`{key}` is a table: write [{key}] and its settings below it"),
                )),
                _ if !is_known(&key) => self.wrong.push((place, unknown(&key))),
                _ => self.value(key, value),
            }
        }
    }

    fn value(&mut self, key: String, value: &Spanned<DeValue<'_>>) {
        let at = at(self.text, value.span().start);
        match text_of(value.get_ref()) {
            Some(value) => self.values.push(InFile { key, value, at }),
            None => {
                let kind = value.get_ref().type_str();
                let reason =
                    format!("`{key}` cannot be a value of type {kind}: write it in quotes");
                self.wrong.push((at, reason));
            }
        }
    }
}

fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().replace('_', "")),
        DeValue::Array(items) => {
            let items: Option<Vec<&str>> =
                items.iter().map(|item| item.get_ref().as_str()).collect();
            items.filter(|items| !items.is_empty()).map(|items| items.join(","))
        }
        _ => None,
    }
}

fn is_known(key: &str) -> bool {
    let names = |s: &super::Setting| {
        s.key == key || (s.secret && key.strip_suffix("_file").is_some_and(|key| s.key == key))
    };
    SETTINGS.iter().any(names)
}

fn unknown(key: &str) -> String {
    match nearest(key, SETTINGS.iter().map(|setting| setting.key)) {
        Some(near) => format!("unknown setting `{key}`: did you mean `{near}`?"),
        None => format!("unknown setting `{key}`: `linchpin config check` lists those there are"),
    }
}

/// The known name that a mistyped one is closest to, where one is close.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE: f64 = 0.8;
    known
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|(score, _)| *score >= CLOSE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

fn at(text: &str, offset: usize) -> At {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    At { line, column }
}
