//! Conditions under which a row, or a group of rows, tells a fact.

use rust_decimal::Decimal;

use super::document::{Columns, WhenToml};
use super::field::decimal;
use super::{Bad, Values};

/// One condition. It holds for a group where it holds for any of its rows.
#[derive(Debug, Clone)]
pub(crate) struct When {
    column: usize,
    test: Test,
    not: bool,
}

#[derive(Debug, Clone)]
enum Test {
    Equals(String),
    In(Vec<String>),
    StartsWith(String),
    Above(Decimal),
    Empty,
}

impl When {
    pub(crate) fn read(read: WhenToml, columns: &mut Columns) -> Result<Self, String> {
        let column = columns.index(&read.column);
        let mut tests = Vec::new();
        tests.extend(read.equals.map(Test::Equals));
        tests.extend(read.any_of.map(Test::In));
        tests.extend(read.starts_with.map(Test::StartsWith));
        if let Some(above) = read.above {
            tests.push(Test::Above(Decimal::from(above)));
        }
        if read.empty {
            tests.push(Test::Empty);
        }
        match (tests.pop(), tests.is_empty()) {
            (Some(test), true) => Ok(Self { column, test, not: read.not }),
            _ => Err(format!(
                "the condition on `{}` needs exactly one of `equals`, `in`, `starts_with`, `above`, `empty`",
                read.column
            )),
        }
    }

    /// The column it asks about.
    pub(crate) fn column(&self) -> usize {
        self.column
    }

    /// Whether rows of one group may differ in that column.
    pub(crate) fn is_about_lines(&self) -> bool {
        matches!(self.test, Test::Above(_))
    }

    /// Whether it holds for any of the rows, or for none where it is negated.
    pub(crate) fn holds(&self, rows: &[Values], columns: &Columns) -> Result<bool, Bad> {
        let mut any = false;
        for row in rows {
            let value = row[self.column].as_str();
            any |= match &self.test {
                Test::Equals(text) => value == text,
                Test::In(texts) => texts.iter().any(|text| text == value),
                Test::StartsWith(text) => value.starts_with(text.as_str()),
                Test::Above(bound) => decimal(columns.name(self.column), value)? > *bound,
                Test::Empty => value.is_empty(),
            };
        }
        Ok(any != self.not)
    }
}
