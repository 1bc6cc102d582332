//! Custom criteria: a CEL predicate over the figures of a policy's other criteria.
//!
//! The crate `cel` reads the text. What comes out is turned into a small tree of our own, in
//! which every node is known to be a number or a truth, and evaluated with exact decimals: so
//! the same figures give the same answer years later, whatever the crate's interpreter does.
//!
//! What differs from CEL for the policy's sake: all numbers are decimals. `0.1` is one tenth,
//! `1` and `1.0` are the same, `7 / 2` is 3.5 and `7.5 % 2` is 1.5. A number holds 28 digits; a
//! result with more of them after the point is rounded to what fits, and one too large is
//! undefined. Beside the operators there are `min(…)` and `max(…)`, and nothing else.

mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::money::Decimal;

/// Longest predicate taken, in bytes.
const MAX_PREDICATE: usize = 1_000;

/// What CEL keeps for itself: a name that is one of these could never be read as a name.
const RESERVED: [&str; 23] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "max",
    "min",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// What is wrong with a predicate, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset} of the predicate: {message}")]
pub struct PredicateError {
    /// Bytes into the text.
    pub offset: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// A predicate that was checked: it names only what there is, and is true, false or undefined.
#[derive(Clone, PartialEq, Eq)]
pub struct Predicate {
    text: String,
    names: Vec<String>,
    root: Truth,
}

impl Predicate {
    /// Reads a predicate over numbers named `names`.
    ///
    /// # Errors
    /// Says where the text is no CEL, too long or too deep, is not true or false by its shape,
    /// or uses a name or function that there is not.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, PredicateError> {
        read::read(text, Some(names))
    }

    /// Whether it holds of these figures, each asked for by the place of its name among
    /// [`Self::names_used`], so that whoever asks often looks each up once. `None` is undefined: a
    /// figure that the answer rests on is missing, or a division by zero or a number too large is
    /// in the way. As in CEL, `&&` and `||` have an answer where one side decides whatever the
    /// other is, and `? :` looks only at the side it chooses.
    pub fn holds(&self, values: &dyn Fn(usize) -> Option<Decimal>) -> Option<bool> {
        self.root.value(values)
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names it uses, each once, in the order of first use.
    pub fn names_used(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The name of a criterion in a predicate: `strategic-fit` is `strategic_fit`. What CEL could
    /// not read as a name gets a `_` in front: `2024-revenue` is `_2024_revenue`.
    pub fn name_of(id: &str) -> String {
        let name = id.replace('-', "_");
        if name.starts_with(|first: char| first.is_ascii_digit()) || RESERVED.contains(&&*name) {
            format!("_{name}")
        } else {
            name
        }
    }

    /// Whether a name in a predicate is that of a criterion, see [`Self::name_of`].
    pub(super) fn is_name_of(name: &str, id: &str) -> bool {
        let marked = id.starts_with(|first: char| first.is_ascii_digit()) || RESERVED.contains(&id);
        let rest = if marked { name.strip_prefix('_') } else { Some(name) };
        let plain = |c: u8| if c == b'-' { b'_' } else { c };
        rest.is_some_and(|rest| rest.bytes().eq(id.bytes().map(plain)))
    }
}

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Predicate").field(&self.text).finish()
    }
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Read back from its text. The names were checked when the policy was; here any are taken.
impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::read(&String::deserialize(deserializer)?, None).map_err(de::Error::custom)
    }
}

/// True or false, once its figures are known.
#[derive(Clone, PartialEq, Eq)]
enum Truth {
    Known(bool),
    Not(Box<Truth>),
    Both(Box<(Truth, Truth)>),
    Either(Box<(Truth, Truth)>),
    Same(Box<(Truth, Truth)>),
    Choice(Box<(Truth, Truth, Truth)>),
    Compare(Relation, Box<(Number, Number)>),
    In(Box<Number>, Vec<Number>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    Less,
    LessOrEqual,
}

/// A number, once its figures are known.
#[derive(Clone, PartialEq, Eq)]
enum Number {
    Known(Decimal),
    /// By the place of the name among those used.
    Named(usize),
    Negated(Box<Number>),
    Sum(Arithmetic, Box<(Number, Number)>),
    Choice(Box<(Truth, Number, Number)>),
    Least(Vec<Number>),
    Most(Vec<Number>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

type Values<'a> = &'a dyn Fn(usize) -> Option<Decimal>;

impl Truth {
    fn value(&self, values: Values<'_>) -> Option<bool> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Not(inner) => inner.value(values).map(|inner| !inner),
            Self::Both(sides) => match (sides.0.value(values), sides.1.value(values)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Either(sides) => match (sides.0.value(values), sides.1.value(values)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Same(sides) => Some(sides.0.value(values)? == sides.1.value(values)?),
            Self::Choice(parts) => {
                let chosen = if parts.0.value(values)? { &parts.1 } else { &parts.2 };
                chosen.value(values)
            }
            Self::Compare(relation, sides) => {
                let (left, right) = (sides.0.value(values)?, sides.1.value(values)?);
                Some(match relation {
                    Relation::Equal => left == right,
                    Relation::Less => left < right,
                    Relation::LessOrEqual => left <= right,
                })
            }
            Self::In(sought, list) => {
                let sought = sought.value(values)?;
                Some(all(list, values)?.contains(&sought))
            }
        }
    }
}

impl Number {
    fn value(&self, values: Values<'_>) -> Option<Decimal> {
        match self {
            Self::Known(known) => Some(*known),
            Self::Named(name) => values(*name),
            Self::Negated(inner) => inner.value(values).map(|inner| -inner),
            Self::Sum(arithmetic, sides) => {
                let (left, right) = (sides.0.value(values)?, sides.1.value(values)?);
                match arithmetic {
                    Arithmetic::Add => left.checked_add(right),
                    Arithmetic::Subtract => left.checked_sub(right),
                    Arithmetic::Multiply => left.checked_mul(right),
                    Arithmetic::Divide => left.checked_div(right),
                    Arithmetic::Remainder => left.checked_rem(right),
                }
            }
            Self::Choice(parts) => {
                let chosen = if parts.0.value(values)? { &parts.1 } else { &parts.2 };
                chosen.value(values)
            }
            Self::Least(list) => all(list, values)?.into_iter().min(),
            Self::Most(list) => all(list, values)?.into_iter().max(),
        }
    }
}

/// Every value of a list: undefined as soon as one of them is.
fn all(list: &[Number], values: Values<'_>) -> Option<Vec<Decimal>> {
    list.iter().map(|number| number.value(values)).collect()
}
