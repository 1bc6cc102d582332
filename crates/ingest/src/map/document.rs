//! The document's own shape, and its checks.

use std::collections::BTreeMap;

use linchpin_domain::money::Currency;
use linchpin_domain::policy::DocumentError;
use serde::Deserialize;
use toml::Spanned;

use super::check;
use super::field::{As, Field};
use super::moment::Moment;
use super::template::Template;
use super::when::When;

/// Longest map taken, in bytes. It is kept with every row that cannot be read, so it is short.
pub const MAX_MAP: usize = 64 << 10;

/// How the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Format {
    /// Rows of cells under a header.
    #[serde(rename = "csv")]
    Csv,
    /// One JSON object a line.
    #[serde(rename = "jsonl")]
    Jsonl,
}

/// A map that was read and checked.
#[derive(Debug, Clone)]
pub struct Map {
    pub(crate) source: String,
    pub(crate) format: Option<Format>,
    pub(crate) delimiter: u8,
    pub(crate) currency: Option<Currency>,
    pub(crate) group_by: Vec<usize>,
    pub(crate) account: Option<usize>,
    pub(crate) columns: Columns,
    pub(crate) facts: Vec<FactMap>,
    pub(crate) text: String,
}

/// How one kind of fact is told.
#[derive(Debug, Clone)]
pub(crate) struct FactMap {
    /// The kind's name on the wire.
    pub(crate) name: &'static str,
    pub(crate) when: Vec<When>,
    pub(crate) occurred_at: Moment,
    pub(crate) key: Template,
    /// Whether only the first telling counts, whatever later ones say.
    pub(crate) once: bool,
    /// The path of each field in the fact, and how it is read.
    pub(crate) fields: Vec<(Vec<String>, Field)>,
}

/// The columns that a map names, each with how it is cleaned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    names: Vec<String>,
    cleans: Vec<Clean>,
}

/// How the values of a column are cleaned before anything else: spaces around them always go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clean {
    #[serde(default)]
    strip_prefix: String,
    #[serde(default)]
    strip_suffix: String,
    /// Whether its figures have a comma before the decimals, and points, spaces or apostrophes
    /// between thousands.
    #[serde(default)]
    decimal_comma: bool,
}

/// What may stand between thousands where the comma stands before the decimals.
const THOUSANDS: [char; 6] = ['.', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

impl Columns {
    /// Columns whose cleaning is known already.
    pub(crate) fn cleaned(cleans: BTreeMap<String, Clean>) -> Self {
        let (names, cleans) = cleans.into_iter().unzip();
        Self { names, cleans }
    }

    /// The number of a column, new or known.
    pub(crate) fn index(&mut self, name: &str) -> usize {
        self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.cleans.push(Clean::default());
            self.names.len() - 1
        })
    }

    pub(crate) fn name(&self, column: usize) -> &str {
        &self.names[column]
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// A value of a column, cleaned.
    pub(crate) fn clean(&self, column: usize, value: &str) -> String {
        let clean = &self.cleans[column];
        let value = value.trim();
        let value = value.strip_prefix(clean.strip_prefix.as_str()).unwrap_or(value);
        let value = value.strip_suffix(clean.strip_suffix.as_str()).unwrap_or(value).trim();
        if clean.decimal_comma {
            return value.replace(THOUSANDS, "").replace(',', ".");
        }
        value.to_owned()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MapToml {
    source: Spanned<String>,
    ids: Option<Spanned<String>>,
    format: Option<Format>,
    encoding: Option<Spanned<String>>,
    delimiter: Option<Spanned<String>>,
    currency: Option<Spanned<String>>,
    #[serde(default)]
    group_by: Vec<String>,
    account: Option<String>,
    occurred_at: Option<Spanned<MomentToml>>,
    #[serde(default)]
    columns: BTreeMap<String, Clean>,
    #[serde(rename = "fact", default)]
    facts: Vec<Spanned<FactToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MomentToml {
    pub(crate) column: Option<String>,
    #[serde(rename = "const")]
    pub(crate) is: Option<String>,
    #[serde(default)]
    pub(crate) formats: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactToml {
    #[serde(rename = "type")]
    name: Spanned<String>,
    #[serde(default)]
    when: Vec<Spanned<WhenToml>>,
    occurred_at: Option<Spanned<MomentToml>>,
    key: Spanned<String>,
    #[serde(default)]
    once: bool,
    #[serde(default)]
    fields: BTreeMap<Spanned<String>, Spanned<FieldToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhenToml {
    pub(crate) column: String,
    pub(crate) equals: Option<String>,
    #[serde(rename = "in")]
    pub(crate) any_of: Option<Vec<String>>,
    pub(crate) starts_with: Option<String>,
    pub(crate) above: Option<i64>,
    #[serde(default)]
    pub(crate) empty: bool,
    #[serde(default)]
    pub(crate) not: bool,
}

/// How a field is read, as the document says it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldToml {
    pub(crate) column: Option<String>,
    pub(crate) text: Option<String>,
    #[serde(rename = "const")]
    pub(crate) is: Option<toml::Value>,
    pub(crate) sum: Option<Vec<String>>,
    pub(crate) lines: Option<LinesToml>,
    #[serde(rename = "as", default)]
    pub(crate) read: As,
    #[serde(default)]
    pub(crate) formats: Vec<String>,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) default: Option<String>,
    #[serde(default)]
    pub(crate) optional: bool,
    #[serde(default)]
    pub(crate) id: bool,
    #[serde(default)]
    pub(crate) negate: bool,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinesToml {
    pub(crate) item: String,
    pub(crate) quantity: String,
    pub(crate) unit_price: String,
}

impl Map {
    /// The currency of its amounts, where it names one.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Reads a map.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_MAP {
            return Err(DocumentError::at(text, 0, format!("longer than {MAX_MAP} bytes")));
        }
        let read: MapToml = toml::from_str(text).map_err(|e| DocumentError::from_toml(text, &e))?;
        let source_name = source(text, &read.source)?;
        let ids = read.ids.as_ref().map_or(Ok(source_name.clone()), |ids| source(text, ids))?;
        let mut columns = Columns::cleaned(read.columns);
        if let Some(encoding) = &read.encoding
            && !["utf-8", "utf8"].contains(&encoding.get_ref().to_ascii_lowercase().as_str())
        {
            let message = format!("`{}` is not read: save the file as UTF-8", encoding.get_ref());
            return Err(DocumentError::at(text, encoding.span().start, message));
        }
        if read.facts.is_empty() {
            return Err(DocumentError::at(text, text.len(), "no [[fact]]: name at least one"));
        }
        let group_by: Vec<usize> = read.group_by.iter().map(|name| columns.index(name)).collect();
        let mut facts = Vec::with_capacity(read.facts.len());
        for spanned in read.facts {
            let at = spanned.span().start;
            let fact = fact(
                text,
                at,
                spanned.into_inner(),
                read.occurred_at.as_ref(),
                &ids,
                &mut columns,
            )?;
            check::tried(text, at, &fact.0, &fact.1)?;
            check::tells_groups_apart(text, at, &fact.0, &group_by, &columns)?;
            facts.push(fact.0);
        }
        Ok(Self {
            source: source_name,
            format: read.format,
            delimiter: read.delimiter.as_ref().map_or(Ok(b','), |given| delimiter(text, given))?,
            currency: read.currency.as_ref().map(|given| currency(text, given)).transpose()?,
            group_by,
            account: read.account.map(|name| columns.index(&name)),
            columns,
            facts,
            text: text.to_owned(),
        })
    }

    /// The prefix of the outside ids of what is imported by it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The document it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A fact map, and where each of its fields stands in the document.
fn fact(
    text: &str,
    at: usize,
    read: FactToml,
    default: Option<&Spanned<MomentToml>>,
    ids: &str,
    columns: &mut Columns,
) -> Result<(FactMap, Vec<usize>), DocumentError> {
    let name = check::kind(text, &read.name)?;
    let mut when = Vec::with_capacity(read.when.len());
    for condition in read.when {
        let at = condition.span().start;
        when.push(
            When::read(condition.into_inner(), columns)
                .map_err(|e| DocumentError::at(text, at, e))?,
        );
    }
    let moment = read.occurred_at.as_ref().or(default).ok_or_else(|| {
        DocumentError::at(
            text,
            at,
            format!("`{name}` has no `occurred_at`, and the map has none for all"),
        )
    })?;
    let occurred_at = Moment::read(moment, columns)
        .map_err(|(at, message)| DocumentError::at(text, at, message))?;
    let key = Template::parse(read.key.get_ref(), columns)
        .map_err(|e| DocumentError::at(text, read.key.span().start, e))?;
    if read.key.get_ref().trim().is_empty() {
        return Err(DocumentError::at(
            text,
            read.key.span().start,
            "`key` is empty: it tells facts apart",
        ));
    }
    let mut fields = Vec::with_capacity(read.fields.len());
    let mut places = Vec::with_capacity(read.fields.len());
    for (path, spanned) in read.fields {
        let at = spanned.span().start;
        let field = Field::read(spanned.into_inner(), ids, columns)
            .map_err(|e| DocumentError::at(text, at, format!("`{}`: {e}", path.get_ref())))?;
        places.push(path.span().start);
        fields.push((path.get_ref().split('.').map(str::to_owned).collect(), field));
    }
    Ok((FactMap { name, when, occurred_at, key, once: read.once, fields }, places))
}

/// Checks the prefix of outside ids.
pub(crate) fn source(text: &str, given: &Spanned<String>) -> Result<String, DocumentError> {
    let name = given.get_ref();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    if name.is_empty() || name.len() > 60 || !name.chars().all(plain) {
        let message =
            format!("`{name}` is no source: write up to 60 letters, digits, `-`, `_`, `.`");
        return Err(DocumentError::at(text, given.span().start, message));
    }
    Ok(name.clone())
}

fn currency(text: &str, given: &Spanned<String>) -> Result<Currency, DocumentError> {
    Currency::from_code(given.get_ref()).ok_or_else(|| {
        let message =
            format!("`{}` is no currency: write an ISO 4217 code such as EUR", given.get_ref());
        DocumentError::at(text, given.span().start, message)
    })
}

/// Checks the character between cells.
pub(crate) fn delimiter(text: &str, given: &Spanned<String>) -> Result<u8, DocumentError> {
    match given.get_ref().as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\n\r".contains(byte) => {
            Ok(*byte)
        }
        _ => {
            let message = "`delimiter` must be one character such as \",\", \";\" or \"\\t\"";
            Err(DocumentError::at(text, given.span().start, message))
        }
    }
}
