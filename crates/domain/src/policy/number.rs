//! Figures as a policy document gives them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::money::Decimal;

/// The largest figure that a policy can name, either way. No sum of money comes near it, and within
/// it no reckoning with figures runs over what an exact decimal holds.
const MAX_FIGURE: Decimal = Decimal::from_parts(0xa4c6_8000, 0x0003_8d7e, 0, false, 0);

/// Digits after the point that a figure may have.
const MAX_SCALE: u32 = 12;

/// A TOML whole number, float or text, as an exact decimal of at most 10^15 either way and 12 digits
/// after the point.
pub(super) struct Number(pub(super) Decimal);

fn within<E: serde::de::Error>(number: Decimal) -> Result<Number, E> {
    let number = number.normalize();
    if number.abs() > MAX_FIGURE {
        return Err(E::custom("a figure lies beyond a thousand million million either way"));
    }
    if number.scale() > MAX_SCALE {
        let message = format!("a figure has more than {MAX_SCALE} digits after the point");
        return Err(E::custom(message));
    }
    Ok(Number(number))
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Number, E> {
                within(Decimal::from(number))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Number, E> {
                within(Decimal::try_from(number).map_err(E::custom)?)
            }

            fn visit_str<E: serde::de::Error>(self, number: &str) -> Result<Number, E> {
                within(number.parse().map_err(E::custom)?)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number; as a text where every digit counts.",
            "type": ["number", "string"],
            "pattern": "^-?[0-9]+(\\.[0-9]+)?$",
        })
    }
}
