//! Identities. Each is a UUID; an outside reference (`crm:0015g`) always maps to the same one.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// The namespace of every name-based UUID (v5) the desk makes. Changing it would orphan all
/// outside references, so it never changes.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c69_6e63_6870_696e_8000_6465_736b_0001);

/// The UUID (v5) of a name within a kind, the same on every machine and every day.
pub fn named(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{name}").as_bytes())
}

/// Why a text is no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id: write a UUID, or SOURCE:ID such as crm:0015g")]
pub struct BadId(pub String);

/// Longest outside reference taken, in bytes.
pub const MAX_REFERENCE: usize = 200;

/// A record's name in another system: `source:id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutsideRef {
    /// The other system, such as `crm`.
    pub source: String,
    /// The record's id there.
    pub id: String,
}

impl FromStr for OutsideRef {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId(text.chars().take(80).collect());
        if text.len() > MAX_REFERENCE || text.chars().any(char::is_control) {
            return Err(bad());
        }
        let (source, id) = text.split_once(':').ok_or_else(bad)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        if source.is_empty() || id.trim().is_empty() || !source.chars().all(plain) {
            return Err(bad());
        }
        Ok(Self { source: source.to_owned(), id: id.to_owned() })
    }
}

impl fmt::Display for OutsideRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.id)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $kind:literal)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The identity of an outside reference, or of any other stable name.
            pub fn named(name: &str) -> Self {
                Self(named($kind, name))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                match Uuid::try_parse(text) {
                    Ok(id) => Ok(Self(id)),
                    Err(_) => OutsideRef::from_str(text).map(|outside| Self::named(&outside.to_string())),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if !serializer.is_human_readable() {
                    return self.0.serialize(serializer);
                }
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut buffer))
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                crate::schema::id(generator)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return Uuid::deserialize(deserializer).map(Self);
                }
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a UUID, or SOURCE:ID such as crm:0015g")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )*};
}

ids! {
    /// A client organisation.
    AccountId "account"
    /// A person at a client, the same one wherever they work.
    ContactId "contact"
    /// A contract with a client.
    ContractId "contract"
    /// Work won or delivered.
    EngagementId "engagement"
    /// An invoice or a credit note.
    InvoiceId "invoice"
    /// One of our own people.
    MemberId "member"
    /// One alert: a watch rule's finding, once.
    AlertId "alert"
    /// One entry of the ledger.
    EntryId "entry"
}
