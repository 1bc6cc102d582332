//! Texts with columns in them: `Customer {CustomerID}`.

use super::document::Columns;
use super::{Bad, Values};

/// A text with columns in it.
#[derive(Debug, Clone)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Column(usize),
}

impl Template {
    /// Reads a template and notes the columns it names.
    pub(crate) fn parse(text: &str, columns: &mut Columns) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            let Some(close) = after.find('}') else {
                return Err(format!("`{text}` opens a brace that it does not close"));
            };
            let name = after[1..close].trim();
            if name.is_empty() {
                return Err(format!("`{text}` names no column between its braces"));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Column(columns.index(name)));
            rest = &after[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The columns it names.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|part| match part {
            Part::Column(column) => Some(*column),
            Part::Text(_) => None,
        })
    }

    /// The text for a row. A column that is empty is an error, for the text would mean nothing.
    pub(crate) fn render(&self, values: &Values, columns: &Columns) -> Result<String, Bad> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Column(column) if values[*column].is_empty() => {
                    return Err(Bad::empty(columns.name(*column)));
                }
                Part::Column(column) => text.push_str(&values[*column]),
            }
        }
        Ok(text)
    }
}
