//! How one field of a fact is read from rows.

use std::collections::BTreeMap;

use linchpin_domain::fact::InvoiceLine;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value as Json;

use super::document::{Columns, FieldToml};
use super::moment::{known_format, parse_date};
use super::template::Template;
use super::{Bad, Values};

/// How a field is read.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    from: From,
    read: As,
    formats: Vec<String>,
    values: BTreeMap<String, String>,
    default: Option<String>,
    optional: bool,
    /// What stands before an outside id: `orders` makes `orders:12583`.
    id: Option<String>,
    negate: bool,
}

#[derive(Debug, Clone)]
enum From {
    Column(usize),
    Text(Template),
    Const(Json),
    Sum(Vec<usize>),
    Lines { item: usize, quantity: usize, unit_price: usize },
}

/// What a text is read as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum As {
    #[default]
    Text,
    Date,
    Decimal,
    Integer,
}

impl Field {
    /// Checks a field of the document.
    pub(crate) fn read(read: FieldToml, ids: &str, columns: &mut Columns) -> Result<Self, String> {
        let mut from = Vec::new();
        if let Some(column) = &read.column {
            from.push(From::Column(columns.index(column)));
        }
        if let Some(text) = &read.text {
            from.push(From::Text(Template::parse(text, columns)?));
        }
        if let Some(value) = &read.is {
            from.push(From::Const(constant(value)?));
        }
        if let Some(sum) = &read.sum {
            if sum.is_empty() {
                return Err("`sum` names no column".to_owned());
            }
            from.push(From::Sum(sum.iter().map(|name| columns.index(name)).collect()));
        }
        if let Some(lines) = &read.lines {
            from.push(From::Lines {
                item: columns.index(&lines.item),
                quantity: columns.index(&lines.quantity),
                unit_price: columns.index(&lines.unit_price),
            });
        }
        let (Some(from), true) = (from.pop(), from.is_empty()) else {
            return Err(
                "a field needs exactly one of `column`, `text`, `const`, `sum`, `lines`".to_owned()
            );
        };
        for format in &read.formats {
            known_format(format)?;
        }
        let formats =
            if read.formats.is_empty() { vec!["%Y-%m-%d".to_owned()] } else { read.formats };
        let (optional, negate, default) = (read.optional, read.negate, read.default);
        let id = read.id.then(|| ids.to_owned());
        Ok(Self {
            from,
            read: read.read,
            formats,
            values: read.values,
            default,
            optional,
            id,
            negate,
        })
    }

    /// Columns that must say the same in every row of a group.
    pub(crate) fn common_columns(&self) -> Vec<usize> {
        match &self.from {
            From::Column(column) => vec![*column],
            From::Text(template) => template.columns().collect(),
            From::Const(_) | From::Sum(_) | From::Lines { .. } => Vec::new(),
        }
    }

    /// The columns whose product it sums up.
    pub(crate) fn summed(&self) -> Option<&[usize]> {
        match &self.from {
            From::Sum(columns) => Some(columns),
            _ => None,
        }
    }

    /// The value for a group of rows; `None` where it may be, and is, absent.
    pub(crate) fn value(&self, rows: &[Values], columns: &Columns) -> Result<Option<Json>, Bad> {
        match &self.from {
            From::Const(value) => Ok(Some(value.clone())),
            From::Sum(factors) => {
                let sum = sum(rows, factors, columns)?;
                let signed = if self.negate { -sum } else { sum };
                Ok(Some(Json::String(plain(signed).to_string())))
            }
            From::Lines { item, quantity, unit_price } => {
                lines(rows, *item, *quantity, *unit_price, columns).map(Some)
            }
            From::Column(_) | From::Text(_) => {
                let row = rows.first().ok_or_else(|| Bad::new("no row", "the group has no row"))?;
                self.text(row, columns)?.map(|text| self.typed(&text, columns)).transpose()
            }
        }
    }

    /// The text for a row, translated and with the default in its place.
    pub(crate) fn text(&self, row: &Values, columns: &Columns) -> Result<Option<String>, Bad> {
        let found = match &self.from {
            From::Column(column) => Some(row[*column].clone()).filter(|text| !text.is_empty()),
            From::Text(template) => template.render(row, columns).ok(),
            From::Const(Json::String(text)) => Some(text.clone()),
            From::Const(_) | From::Sum(_) | From::Lines { .. } => None,
        };
        let meant = match found {
            Some(text) if !self.values.is_empty() => self.values.get(&text).cloned(),
            found => found,
        };
        match meant.or_else(|| self.default.clone()) {
            Some(text) => Ok(Some(match &self.id {
                Some(ids) => format!("{ids}:{text}"),
                None => text,
            })),
            None if self.optional => Ok(None),
            None => Err(self.missing(row, columns)),
        }
    }

    fn missing(&self, row: &Values, columns: &Columns) -> Bad {
        let column = self.common_columns().into_iter().next();
        let Some(column) = column else { return Bad::empty("a field") };
        let name = columns.name(column);
        if row[column].is_empty() {
            return Bad::empty(name);
        }
        let known: Vec<&str> = self.values.keys().map(String::as_str).collect();
        Bad::value(name, &row[column], &format!("one of {}", known.join(", ")))
    }

    fn typed(&self, text: &str, columns: &Columns) -> Result<Json, Bad> {
        let name = || match self.common_columns().first() {
            Some(column) => columns.name(*column).to_owned(),
            None => "a field".to_owned(),
        };
        match self.read {
            As::Text => Ok(Json::String(text.to_owned())),
            As::Date => match parse_date(text, &self.formats) {
                Some(date) => Ok(Json::String(date.to_string())),
                None => {
                    let expected = format!("a date of the form {}", self.formats.join(", "));
                    Err(Bad::value(&name(), text, &expected))
                }
            },
            As::Decimal => {
                let number = decimal(&name(), text)?;
                Ok(Json::String(plain(if self.negate { -number } else { number }).to_string()))
            }
            As::Integer => match text.parse::<i64>() {
                Ok(number) => {
                    Ok(Json::from(if self.negate { number.saturating_neg() } else { number }))
                }
                Err(_) => Err(Bad::value(&name(), text, "a whole number")),
            },
        }
    }

    /// A value that fits, by which the map is tried when it is read.
    pub(crate) fn sample(&self) -> Json {
        match (&self.from, self.read) {
            (From::Const(value), _) => value.clone(),
            (From::Sum(_), _) | (_, As::Decimal) => Json::String("0".to_owned()),
            (From::Lines { .. }, _) => Json::Array(Vec::new()),
            (_, As::Date) => Json::String("2020-01-01".to_owned()),
            (_, As::Integer) => Json::from(1),
            (_, As::Text) => {
                let value = self.values.values().next().or(self.default.as_ref());
                let text = value.map_or("sample", String::as_str);
                let id = self.id.as_ref().map(|ids| format!("{ids}:{text}"));
                Json::String(id.unwrap_or_else(|| text.to_owned()))
            }
        }
    }

    /// The words that it can give, where they are known.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let constant = match &self.from {
            From::Const(Json::String(text)) => Some(text.as_str()),
            _ => None,
        };
        self.values.values().map(String::as_str).chain(self.default.as_deref()).chain(constant)
    }
}

/// The sum over rows of the product of some columns, exact.
pub(crate) fn sum(rows: &[Values], factors: &[usize], columns: &Columns) -> Result<Decimal, Bad> {
    let too_large =
        || Bad::new("a sum too large", "the amounts sum to more than a decimal can hold");
    let mut sum = Decimal::ZERO;
    for row in rows {
        let mut product = Decimal::ONE;
        for factor in factors {
            let number = decimal(columns.name(*factor), &row[*factor])?;
            product = product.checked_mul(number).ok_or_else(too_large)?;
        }
        sum = sum.checked_add(product).ok_or_else(too_large)?;
    }
    Ok(sum)
}

/// The lines of an invoice in an order of their own, so that the order in the file leaves no trace.
fn lines(
    rows: &[Values],
    item: usize,
    quantity: usize,
    unit_price: usize,
    columns: &Columns,
) -> Result<Json, Bad> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(InvoiceLine {
            item: row[item].clone(),
            quantity: plain(decimal(columns.name(quantity), &row[quantity])?),
            unit_price: plain(decimal(columns.name(unit_price), &row[unit_price])?),
        });
    }
    lines.sort();
    serde_json::to_value(lines).map_err(|e| Bad::new("lines", e.to_string()))
}

/// What is expected of a figure, with the cure where a comma is in its way.
pub(super) fn number_for(text: &str) -> &'static str {
    if text.contains(',') {
        "a number such as 12.50; of a column with 12,50 the map says `decimal_comma = true`"
    } else {
        "a number such as 12.50"
    }
}

/// Reads an exact decimal: digits, at most one point, a sign.
pub(crate) fn decimal(column: &str, text: &str) -> Result<Decimal, Bad> {
    if text.is_empty() {
        return Err(Bad::empty(column));
    }
    Decimal::from_str_exact(text).map_err(|_| Bad::value(column, text, number_for(text)))
}

/// Without trailing zeros, so that `18.0` and `18.00` are one; zero has no sign.
fn plain(number: Decimal) -> Decimal {
    number.normalize()
}

fn constant(value: &toml::Value) -> Result<Json, String> {
    match value {
        toml::Value::String(text) => Ok(Json::String(text.clone())),
        toml::Value::Integer(number) => Ok(Json::from(*number)),
        toml::Value::Boolean(yes) => Ok(Json::from(*yes)),
        other => Err(format!(
            "`const` is a {}: write a text, a whole number, true or false",
            other.type_str()
        )),
    }
}
