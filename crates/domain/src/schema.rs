//! JSON Schemas of what is not derived: texts with a shape of their own.
//!
//! There are two contracts. What the ledger stores and the desk tells on has UUIDs and sealed
//! personal data; what the outside tells may name clients by the ids of other systems, and gives
//! personal data open.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// An exact decimal, written as a text so that no reader rounds it.
pub(crate) struct DecimalText;

impl JsonSchema for DecimalText {
    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An exact decimal, written as a text so that no reader rounds it.",
            "type": "string",
            "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
        })
    }
}

/// A currency's code.
pub(crate) struct CurrencyCode;

impl JsonSchema for CurrencyCode {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A currency's ISO 4217 code.",
            "type": "string",
            "pattern": "^[A-Z]{3}$",
        })
    }
}

/// The schema of an identity.
pub(crate) fn id(generator: &SchemaGenerator) -> Schema {
    if generator.contract().is_serialize() {
        return json_schema!({"type": "string", "format": "uuid"});
    }
    json_schema!({
        "description": "A UUID, or SOURCE:ID such as crm:0015g, which is the same UUID every time.",
        "type": "string",
        "minLength": 1,
        "maxLength": crate::id::MAX_REFERENCE,
        "examples": ["crm:0015g", "0190a5b0-0000-7000-8000-0000000000a1"],
    })
}

/// The schema of personal data: as it is stored, or as it is told.
pub(crate) fn private(generator: &SchemaGenerator) -> Schema {
    if generator.contract().is_serialize() {
        return json_schema!({
            "description": "Personal data, sealed under a key of the person's own. Only the desk \
                            opens it; once the person is erased, nobody does.",
            "type": "object",
            "properties": {
                "sealed": {"description": "Ciphertext (base64).", "type": "string"},
            },
            "additionalProperties": false,
        });
    }
    json_schema!({
        "description": "Personal data, given open; it is sealed before it is stored.",
        "type": "object",
        "properties": {
            "name": {"description": "Full name.", "type": ["string", "null"]},
            "email": {"description": "Mail address.", "type": ["string", "null"]},
            "phone": {"description": "Telephone number, as given.", "type": ["string", "null"]},
            "note": {
                "description": "Free text about or by the person.",
                "type": ["string", "null"],
            },
        },
        "additionalProperties": false,
    })
}
