//! What identifies a person. Sealed per person before it is stored, so that erasing the person
//! destroys one key and leaves every proof valid.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::id::{ContactId, MemberId};

/// A person's private data, open or sealed, never both. A person whose key was destroyed has
/// neither.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Private {
    /// The fields below as ciphertext (base64), as the ledger stores them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// Full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Free text about or by the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Private {
    /// Just a name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Just a note.
    pub fn noted(note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::default() }
    }

    /// Whether there is nothing to seal.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl JsonSchema for Private {
    fn schema_name() -> Cow<'static, str> {
        "Person".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        crate::schema::private(generator)
    }
}

/// Personal data never reaches a log, so it has no readable debug form.
impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.sealed.is_some() { "Private(sealed)" } else { "Private(open)" })
    }
}

/// Whose key seals it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonId {
    /// A person at a client.
    Contact(ContactId),
    /// One of our own people.
    Member(MemberId),
}

impl PersonId {
    /// The UUID under which the vault keeps the key.
    pub fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Contact(id) => id.0,
            Self::Member(id) => id.0,
        }
    }
}
