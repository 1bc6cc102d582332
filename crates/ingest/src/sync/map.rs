//! The mapping document of a full list of contacts.

use std::collections::BTreeMap;

use linchpin_domain::fact::{BuyingRole, Level};
use linchpin_domain::policy::DocumentError;
use serde::Deserialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use toml::Spanned;

use crate::map::{Clean, Columns, Field, FieldToml, Format, MAX_MAP, delimiter, source};

/// How much shorter a list may be than what is known, where neither map nor caller says.
const MAX_SHRINK: f64 = 0.2;

/// How a full list of contacts is read, checked.
#[derive(Debug, Clone)]
pub struct ContactsMap {
    pub(crate) source: String,
    pub(crate) ids: String,
    pub(crate) format: Option<Format>,
    pub(crate) delimiter: u8,
    pub(crate) max_shrink: f64,
    pub(crate) columns: Columns,
    pub(crate) account: Field,
    pub(crate) contact: Field,
    pub(crate) name: Option<Field>,
    pub(crate) title: Option<Field>,
    pub(crate) email: Option<Field>,
    pub(crate) phone: Option<Field>,
    pub(crate) level: Option<Field>,
    pub(crate) role: Option<Field>,
    pub(crate) titles: Vec<TitleRule>,
}

/// What some titles say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TitleRule {
    pub(crate) any_of: Vec<String>,
    pub(crate) level: Option<Level>,
    pub(crate) role: Option<BuyingRole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactsToml {
    source: Spanned<String>,
    ids: Option<Spanned<String>>,
    format: Option<Format>,
    delimiter: Option<Spanned<String>>,
    max_shrink: Option<Spanned<f64>>,
    #[serde(default)]
    columns: BTreeMap<String, Clean>,
    fields: FieldsToml,
    #[serde(rename = "title", default)]
    titles: Vec<TitleRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsToml {
    account: Spanned<FieldToml>,
    contact: Spanned<FieldToml>,
    name: Option<Spanned<FieldToml>>,
    title: Option<Spanned<FieldToml>>,
    email: Option<Spanned<FieldToml>>,
    phone: Option<Spanned<FieldToml>>,
    level: Option<Spanned<FieldToml>>,
    role: Option<Spanned<FieldToml>>,
}

impl ContactsMap {
    /// Reads the map of a full list.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_MAP {
            return Err(DocumentError::at(text, 0, format!("longer than {MAX_MAP} bytes")));
        }
        let read: ContactsToml =
            toml::from_str(text).map_err(|e| DocumentError::from_toml(text, &e))?;
        let source_name = source(text, &read.source)?;
        let ids = read.ids.as_ref().map_or(Ok(source_name.clone()), |ids| source(text, ids))?;
        let mut columns = Columns::cleaned(read.columns);
        let mut field = |given: Spanned<FieldToml>| {
            let at = given.span().start;
            // Ids are prefixed where they are used, so that reports show them as the list does.
            let given = FieldToml { id: false, ..given.into_inner() };
            Field::read(given, &ids, &mut columns).map_err(|e| DocumentError::at(text, at, e))
        };
        let account = field(read.fields.account)?;
        let contact = field(read.fields.contact)?;
        let name = read.fields.name.map(&mut field).transpose()?;
        let title = read.fields.title.map(&mut field).transpose()?;
        let email = read.fields.email.map(&mut field).transpose()?;
        let phone = read.fields.phone.map(&mut field).transpose()?;
        let level = worded::<Level>(text, read.fields.level, &mut field)?;
        let role = worded::<BuyingRole>(text, read.fields.role, &mut field)?;
        let max_shrink = match &read.max_shrink {
            Some(share) if !(0.0..=1.0).contains(share.get_ref()) => {
                let message = "`max_shrink` is a share between 0 and 1";
                return Err(DocumentError::at(text, share.span().start, message));
            }
            given => given.as_ref().map_or(MAX_SHRINK, |share| *share.get_ref()),
        };
        Ok(Self {
            source: source_name,
            format: read.format,
            delimiter: read.delimiter.as_ref().map_or(Ok(b','), |given| delimiter(text, given))?,
            max_shrink,
            account,
            contact,
            name,
            title,
            email,
            phone,
            level,
            role,
            titles: read.titles,
            ids,
            columns,
        })
    }

    /// The prefix of the outside ids of the list.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Who tells the facts that come of it.
    pub(crate) fn actor(&self) -> String {
        format!("sync:{}", self.source)
    }

    /// Whether the list says levels at all; where it does not, known ones stay.
    pub(crate) fn says_level(&self) -> bool {
        self.level.is_some() || self.titles.iter().any(|rule| rule.level.is_some())
    }

    /// Whether the list says roles at all; where it does not, known ones stay.
    pub(crate) fn says_role(&self) -> bool {
        self.role.is_some() || self.titles.iter().any(|rule| rule.role.is_some())
    }
}

/// A field that gives words which the desk knows; those that the map names are tried at once.
fn worded<T: for<'w> Deserialize<'w>>(
    text: &str,
    given: Option<Spanned<FieldToml>>,
    read: &mut impl FnMut(Spanned<FieldToml>) -> Result<Field, DocumentError>,
) -> Result<Option<Field>, DocumentError> {
    let Some(given) = given else { return Ok(None) };
    let at = given.span().start;
    let field = read(given)?;
    for known in field.words() {
        word::<T>(known).map_err(|e| DocumentError::at(text, at, e))?;
    }
    Ok(Some(field))
}

/// A level or a role by its name.
pub(crate) fn word<T: for<'w> Deserialize<'w>>(text: &str) -> Result<T, String> {
    T::deserialize(StrDeserializer::<WordError>::new(text)).map_err(|e| e.to_string())
}
