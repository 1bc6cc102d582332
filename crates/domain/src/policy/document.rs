//! The policy document: TOML, checked when it is read.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::fact::{ContractKind, JudgementOf};
use crate::money::Decimal;

/// Longest policy or watchlist document taken, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;

/// Most criteria of a policy: each decision records what every one of them gave.
const MAX_CRITERIA: usize = 100;

/// Longest id of a criterion or rule, in bytes.
pub(crate) const MAX_ID: usize = 60;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct DocumentError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1, in characters.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl DocumentError {
    /// An error at a byte offset of a text.
    pub fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self { line, column, message: message.into() }
    }

    /// The TOML reader's own complaint, put on one line.
    pub fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        Self::at(text, offset, error.message().replace('\n', " "))
    }
}

/// What is measured of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Measure {
    /// Invoices less credit notes, in the firm's currency, over the window.
    #[serde(rename = "revenue")]
    Revenue,
    /// Revenue less cost over the window, where every invoice names its cost.
    #[serde(rename = "profit")]
    Profit,
    /// Engagements over the window, cancelled ones left out.
    #[serde(rename = "engagements")]
    Engagements,
    /// Meetings, calls and mails over the window.
    #[serde(rename = "interactions")]
    Interactions,
    /// Referrals the client gave over the window.
    #[serde(rename = "referrals")]
    Referrals,
    /// Mean feedback over the window, on a scale of 0 to 10.
    #[serde(rename = "feedback")]
    Feedback,
    /// The judgement named in `of` that counts that day, 0 to 5.
    #[serde(rename = "judgement")]
    Judgement,
    /// Contracts of the kind named in `of` in force that day.
    #[serde(rename = "contracts")]
    Contracts,
    /// Contacts who work for the client.
    #[serde(rename = "active contacts")]
    ActiveContacts,
    /// How many of the four levels the active contacts cover.
    #[serde(rename = "levels reached")]
    LevelsReached,
    /// Active contacts who decide.
    #[serde(rename = "decision makers")]
    DecisionMakers,
    /// Whole years since the first engagement or invoice.
    #[serde(rename = "tenure years")]
    TenureYears,
}

impl Measure {
    /// Whether it looks at a trailing window, and so needs `window_days`.
    pub fn windowed(self) -> bool {
        matches!(
            self,
            Self::Revenue
                | Self::Profit
                | Self::Engagements
                | Self::Interactions
                | Self::Referrals
                | Self::Feedback
        )
    }

    /// Whether its figure is an amount in the firm's currency.
    pub fn is_money(self) -> bool {
        matches!(self, Self::Revenue | Self::Profit)
    }
}

/// How a figure becomes points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Grade {
    /// All points from this figure on, none below.
    AtLeast(Decimal),
    /// None up to `from`, all from `to` on, in proportion between, rounded down.
    Range {
        /// The highest figure without points.
        from: Decimal,
        /// The lowest figure with all points.
        to: Decimal,
    },
}

/// What missing data means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum Missing {
    /// It gives nothing.
    #[serde(rename = "no points")]
    NoPoints,
    /// It is held neither for nor against the client; rounded down.
    #[serde(rename = "half the points")]
    HalfThePoints,
}

/// One criterion of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Criterion {
    /// Short name by which decisions refer to it.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What is measured.
    pub measure: Measure,
    /// Length of the trailing window in days; 0 where the measure has none. At day A it holds
    /// the days D with A − N < D ≤ A.
    pub window_days: i32,
    /// The judgement that is meant.
    pub judgement: Option<JudgementOf>,
    /// The contract kind that is meant.
    pub contract: Option<ContractKind>,
    /// How the figure becomes points.
    pub grade: Grade,
    /// Points it can give.
    pub points: u32,
    /// What missing data means.
    pub missing: Missing,
    /// Why the firm asks for it.
    pub why: String,
}

/// A key-account policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Points from which a client becomes a key account.
    pub enters_at: u32,
    /// Points from which a key account stays one.
    pub stays_from: u32,
    /// Days under review before a key account below that is released.
    pub grace_days: i32,
    /// The criteria, in the order of the document.
    pub criteria: Vec<Criterion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyToml {
    name: String,
    enters_at: Spanned<u32>,
    stays_from: Spanned<u32>,
    #[serde(default)]
    grace_days: u16,
    #[serde(rename = "criterion", default)]
    criteria: Vec<Spanned<CriterionToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CriterionToml {
    id: String,
    title: String,
    measure: Measure,
    window_days: Option<u16>,
    of: Option<Spanned<String>>,
    at_least: Option<Number>,
    from: Option<Number>,
    to: Option<Number>,
    points: u32,
    missing: Missing,
    why: String,
}

/// A TOML whole number, float or text, as an exact decimal.
struct Number(Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(Decimal::from(number)))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Number, E> {
                Decimal::try_from(number).map(Number).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, number: &str) -> Result<Number, E> {
                number.parse().map(Number).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_DOCUMENT {
            return Err(DocumentError::at(text, 0, format!("longer than {MAX_DOCUMENT} bytes")));
        }
        let read: PolicyToml =
            toml::from_str(text).map_err(|e| DocumentError::from_toml(text, &e))?;
        if read.criteria.is_empty() {
            return Err(DocumentError::at(text, text.len(), "no [[criterion]]: name at least one"));
        }
        if read.criteria.len() > MAX_CRITERIA {
            let message = format!("more than {MAX_CRITERIA} criteria");
            return Err(DocumentError::at(text, text.len(), message));
        }
        let mut criteria: Vec<Criterion> = Vec::with_capacity(read.criteria.len());
        for spanned in read.criteria {
            let at = spanned.span().start;
            let criterion = criterion(text, at, spanned.into_inner())?;
            if criteria.iter().any(|other| other.id == criterion.id) {
                let message =
                    format!("criterion `{}` stands twice: give each its own id", criterion.id);
                return Err(DocumentError::at(text, at, message));
            }
            criteria.push(criterion);
        }
        let sum: u32 = criteria.iter().map(|c| c.points).sum();
        let (enters_at, stays_from) = (read.enters_at, read.stays_from);
        if *enters_at.get_ref() > sum {
            let message = format!(
                "enters_at {} can never be reached: all points are {sum}",
                enters_at.get_ref()
            );
            return Err(DocumentError::at(text, enters_at.span().start, message));
        }
        if stays_from.get_ref() > enters_at.get_ref() {
            let message = "stays_from is above enters_at: a client would leave as it enters";
            return Err(DocumentError::at(text, stays_from.span().start, message));
        }
        Ok(Self {
            name: read.name,
            enters_at: enters_at.into_inner(),
            stays_from: stays_from.into_inner(),
            grace_days: i32::from(read.grace_days),
            criteria,
        })
    }

    /// All points that can be reached.
    pub fn out_of(&self) -> u32 {
        self.criteria.iter().map(|criterion| criterion.points).sum()
    }
}

fn criterion(text: &str, at: usize, read: CriterionToml) -> Result<Criterion, DocumentError> {
    let wrong = |message: String| {
        DocumentError::at(text, at, format!("criterion `{}`: {message}", read.id))
    };
    if read.id.trim().is_empty() || read.id.len() > MAX_ID {
        return Err(wrong(format!("`id` must have 1 to {MAX_ID} bytes")));
    }
    if read.points == 0 || read.points > 1000 {
        return Err(wrong("`points` must lie between 1 and 1000".to_owned()));
    }
    let window_days = match (read.measure.windowed(), read.window_days) {
        (true, Some(days)) if days > 0 => i32::from(days),
        (true, _) => {
            return Err(wrong("this measure needs `window_days` of at least 1".to_owned()));
        }
        (false, None) => 0,
        (false, Some(_)) => {
            return Err(wrong("this measure has no window: drop `window_days`".to_owned()));
        }
    };
    let grade = match (read.at_least, read.from, read.to) {
        (Some(Number(at_least)), None, None) => Grade::AtLeast(at_least),
        (None, Some(Number(from)), Some(Number(to))) if from < to => Grade::Range { from, to },
        (None, Some(_), Some(_)) => return Err(wrong("`from` must lie below `to`".to_owned())),
        _ => return Err(wrong("give either `at_least`, or both `from` and `to`".to_owned())),
    };
    let mut found = Criterion {
        id: read.id.clone(),
        title: read.title,
        measure: read.measure,
        window_days,
        judgement: None,
        contract: None,
        grade,
        points: read.points,
        missing: read.missing,
        why: read.why,
    };
    match (read.measure, read.of) {
        (Measure::Judgement, Some(of)) => found.judgement = Some(meant(text, &of)?),
        (Measure::Contracts, Some(of)) => found.contract = Some(meant(text, &of)?),
        (Measure::Judgement | Measure::Contracts, None) => {
            return Err(DocumentError::at(
                text,
                at,
                format!("criterion `{}`: this measure needs `of`", read.id),
            ));
        }
        (_, Some(of)) => {
            return Err(DocumentError::at(
                text,
                of.span().start,
                "this measure takes no `of`: drop it",
            ));
        }
        (_, None) => {}
    }
    Ok(found)
}

/// Reads the word in `of` as one of the names the measure knows.
fn meant<'de, T: Deserialize<'de>>(
    text: &str,
    of: &'de Spanned<String>,
) -> Result<T, DocumentError> {
    let word = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(of.get_ref());
    T::deserialize(word).map_err(|e| DocumentError::at(text, of.span().start, e.to_string()))
}

/// The first day on which an item of a day no longer stands in a window of so many days.
pub(super) fn leaves_window(day: Date, window_days: i32) -> Option<Date> {
    day.checked_add(jiff::Span::new().days(window_days)).ok()
}
