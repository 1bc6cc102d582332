//! The same trial for many values of one figure of a policy.

use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;

use super::follow::{Hands, Line, each};
use super::money::{plus, revenue};
use crate::desk::{Client, Desk, Firm};
use crate::money::Decimal;
use crate::policy::{DocumentError, Policy};

/// Values that are tried where none are asked for by number.
const STEPS: usize = 11;

/// The fewest and the most values that are tried.
const FEWEST: usize = 2;
const MOST: usize = 25;

/// Fields of a policy that can be swept, and fields of a criterion.
const OF_POLICY: [&str; 4] = ["enters_at", "stays_from", "grace_days", "trial_days"];
const OF_CRITERION: [&str; 5] = ["at_least", "from", "to", "points", "window_days"];

/// Why a sweep cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// It is not written as a sweep is.
    #[error(
        "`{text}` is no sweep: {expected}, such as revenue.at_least=50k..200k or enters_at=40..70/7"
    )]
    Unreadable {
        /// What was given.
        text: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The document has no such figure.
    #[error("the document has no {field}: {known}")]
    NoField {
        /// The field that was named.
        field: String,
        /// What there is.
        known: String,
    },
    /// The document itself does not hold.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// With one of the values the document does not hold.
    #[error("with {field} = {value} the document does not hold: {reason}")]
    Value {
        /// The field.
        field: String,
        /// The value.
        value: Decimal,
        /// What is wrong with it.
        reason: String,
    },
}

/// Which figure is moved, and from where to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweeping {
    criterion: Option<String>,
    field: String,
    from: Decimal,
    to: Decimal,
    steps: usize,
}

impl FromStr for Sweeping {
    type Err = SweepError;

    /// Reads `FIELD=A..B` or `FIELD=A..B/N`. A field is one of the policy, or `CRITERION.FIELD`;
    /// figures may end in `k` or `M`.
    fn from_str(text: &str) -> Result<Self, SweepError> {
        let no =
            |expected| SweepError::Unreadable { text: text.chars().take(100).collect(), expected };
        let (place, range) = text.split_once('=').ok_or_else(|| no("expected FIELD=A..B"))?;
        let (range, steps) = match range.rsplit_once('/') {
            None => (range, STEPS),
            Some((range, steps)) => {
                let steps = steps.trim().parse().ok().filter(|it| (FEWEST..=MOST).contains(it));
                (range, steps.ok_or_else(|| no("expected 2 to 25 steps after `/`"))?)
            }
        };
        let (from, to) =
            range.split_once("..").ok_or_else(|| no("expected two figures with `..` between"))?;
        let figure =
            |text| figure(text).ok_or_else(|| no("expected figures, which may end in k or M"));
        let (from, to) = (figure(from)?, figure(to)?);
        if from >= to {
            return Err(no("expected the lower figure first"));
        }
        let (criterion, field) = match place.trim().rsplit_once('.') {
            Some((criterion, field)) => (Some(criterion.to_owned()), field.to_owned()),
            None => (None, place.trim().to_owned()),
        };
        let known: &[&str] = if criterion.is_some() { &OF_CRITERION } else { &OF_POLICY };
        if !known.contains(&field.as_str()) {
            return Err(no(if criterion.is_some() {
                "expected CRITERION. and one of at_least, from, to, points, window_days"
            } else {
                "expected one of enters_at, stays_from, grace_days, trial_days, or CRITERION.FIELD"
            }));
        }
        Ok(Self { criterion, field, from, to, steps })
    }
}

impl Sweeping {
    /// The field as it was named.
    pub fn field(&self) -> String {
        match &self.criterion {
            Some(criterion) => format!("{criterion}.{}", self.field),
            None => self.field.clone(),
        }
    }

    /// The values, evenly spread and both ends among them; whole ones where the field takes no
    /// others.
    pub fn values(&self) -> Vec<Decimal> {
        let fine = ["at_least", "from", "to"].contains(&self.field.as_str());
        let digits = if fine { 2 } else { 0 };
        let last = Decimal::from(self.steps - 1);
        let value = |step: usize| {
            let way = (self.to - self.from) * Decimal::from(step) / last;
            (self.from + way).round_dp(digits).normalize()
        };
        let mut values: Vec<Decimal> = (0..self.steps).map(value).collect();
        values.dedup();
        values
    }

    /// The document with one of the values in place of its own.
    fn put(&self, document: &toml::Table, value: Decimal) -> Result<Policy, SweepError> {
        let mut document = document.clone();
        let place = self.place(&mut document)?;
        *place = match i64::try_from(value) {
            Ok(whole) if value.is_integer() => toml::Value::Integer(whole),
            _ => toml::Value::String(value.to_string()),
        };
        self.move_along(&mut document);
        let wrong = |reason| SweepError::Value { field: self.field(), value, reason };
        let text = toml::to_string(&document).map_err(|error| wrong(error.to_string()))?;
        Policy::parse(&text).map_err(|error| wrong(error.message))
    }

    /// What it takes to stay is never more than what it takes to enter: where the one that is moved
    /// would pass the other, it takes it along.
    fn move_along(&self, document: &mut toml::Table) {
        let points = |field: &str| document.get(field).and_then(toml::Value::as_integer);
        let (Some(enters), Some(stays)) = (points("enters_at"), points("stays_from")) else {
            return;
        };
        let other = match (self.criterion.as_deref(), self.field.as_str()) {
            (None, "enters_at") if enters < stays => ("stays_from", enters),
            (None, "stays_from") if enters < stays => ("enters_at", stays),
            _ => return,
        };
        document.insert(other.0.to_owned(), toml::Value::Integer(other.1));
    }

    fn place<'t>(&self, document: &'t mut toml::Table) -> Result<&'t mut toml::Value, SweepError> {
        let missing =
            |known: &str| SweepError::NoField { field: self.field(), known: known.to_owned() };
        let Some(wanted) = &self.criterion else {
            return document.get_mut(&self.field).ok_or_else(|| missing("write it down first"));
        };
        let criteria = document.get_mut("criterion").and_then(toml::Value::as_array_mut);
        let criteria = criteria.map_or(&mut [][..], Vec::as_mut_slice);
        let id = |it: &toml::Value| it.get("id").and_then(toml::Value::as_str).map(str::to_owned);
        let ids: Vec<String> = criteria.iter().filter_map(id).collect();
        let found = criteria.iter_mut().find(|it| id(it).as_ref() == Some(wanted));
        let Some(criterion) = found.and_then(toml::Value::as_table_mut) else {
            return Err(missing(&format!("its criteria are {}", ids.join(", "))));
        };
        // One bound in place of a range: all or nothing from that figure on.
        let ranged = ["from", "to"].iter().all(|end| criterion.contains_key(*end));
        if self.field == "at_least" && ranged {
            criterion.retain(|field, _| field != "from" && field != "to");
            criterion.insert("at_least".to_owned(), toml::Value::Boolean(false));
        }
        let has = OF_CRITERION.iter().filter(|name| criterion.contains_key(**name)).copied();
        let has = has.collect::<Vec<_>>().join(", ");
        criterion.get_mut(&self.field).ok_or_else(|| missing(&format!("this criterion has {has}")))
    }
}

/// A figure with a suffix or without.
fn figure(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (digits, times) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => text.strip_suffix(['M', 'm']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let most = Decimal::from(1_000_000_000_000_i64);
    let number: Decimal = digits.trim().replace('_', "").parse().ok()?;
    number.checked_mul(Decimal::from(times)).filter(|it| it.abs() <= most && it.scale() <= 6)
}

/// What comes of one policy on the last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Key accounts.
    pub key: u32,
    /// The revenue of the year that they brought; `None` where it is too large.
    pub revenue: Option<Decimal>,
}

/// One value, and what comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The value.
    pub value: Decimal,
    /// What comes of it.
    pub found: Measured,
    /// Clients who would be key and are not now.
    pub became: u32,
    /// Clients who would not be key and are now.
    pub ceased: u32,
}

/// What comes of each value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The field that was moved.
    pub field: String,
    /// The value that the document has.
    pub own: Option<Decimal>,
    /// The last day, for which all of this is true.
    pub day: Date,
    /// All revenue of the year up to it; `None` where it is too large.
    pub revenue: Option<Decimal>,
    /// What is so now.
    pub now: Measured,
    /// What would be so, lowest value first.
    pub steps: Vec<Step>,
}

/// Tries a policy document with many values of one of its figures on all of a desk's history.
///
/// # Errors
/// The document does not hold, has no such figure, or does not hold with one of the values.
pub fn sweep(
    desk: &Desk,
    document: &str,
    what: &Sweeping,
    to: Date,
    hands: &Hands<'_>,
) -> Result<Sweep, SweepError> {
    Policy::parse(document)?;
    let mut table: toml::Table =
        toml::from_str(document).map_err(|error| DocumentError::from_toml(document, &error))?;
    let own = match what.place(&mut table)? {
        toml::Value::Integer(whole) => Some(Decimal::from(*whole)),
        toml::Value::Float(number) => Decimal::try_from(*number).ok(),
        toml::Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let values = what.values();
    let policies: Vec<Policy> =
        values.iter().map(|value| what.put(&table, *value)).collect::<Result<_, _>>()?;
    let (revenue, now, found) = measure(desk, policies, to, hands);
    let step = |(value, (found, became, ceased)): (Decimal, (Measured, u32, u32))| Step {
        value,
        found,
        became,
        ceased,
    };
    let steps = values.into_iter().zip(found).map(step).collect();
    Ok(Sweep { field: what.field(), own, day: to, revenue, now, steps })
}

/// How many key accounts there would be on a day, by the points needed to enter: for each policy a
/// figure a threshold. What it takes to stay is never above what it takes to enter.
pub fn curve(
    desk: &Desk,
    policies: &[&Policy],
    thresholds: &[u32],
    to: Date,
    hands: &Hands<'_>,
) -> Vec<Vec<u32>> {
    let at = |policy: &Policy, enters_at: u32| Policy {
        enters_at,
        stays_from: policy.stays_from.min(enters_at),
        ..policy.clone()
    };
    let all = policies.iter().flat_map(|policy| thresholds.iter().map(move |it| at(policy, *it)));
    let (_, _, found) = measure(desk, all.collect(), to, hands);
    let keys: Vec<u32> = found.iter().map(|(found, ..)| found.key).collect();
    keys.chunks(thresholds.len().max(1)).map(<[u32]>::to_vec).collect()
}

/// What one thread found: all revenue, and for every firm its key accounts, those beyond and those
/// short of the first firm's, and their revenue.
struct Part {
    revenue: Option<Decimal>,
    firms: Vec<Tally>,
}

impl Default for Part {
    fn default() -> Self {
        Self { revenue: Some(Decimal::ZERO), firms: Vec::new() }
    }
}

#[derive(Clone, Copy)]
struct Tally {
    key: u32,
    became: u32,
    ceased: u32,
    revenue: Option<Decimal>,
}

const NOTHING: Tally = Tally { key: 0, became: 0, ceased: 0, revenue: Some(Decimal::ZERO) };

impl Part {
    fn take(&mut self, client: &Client<'_>, lines: &[Line], to: Date) {
        self.firms.resize(lines.len(), NOTHING);
        let brought = revenue(client.account(), client.firm(), &[to]);
        let brought = brought.first().copied().flatten().unwrap_or_default();
        self.revenue = plus(self.revenue, brought);
        let is_key = |line: &Line| line.status_on(to).is_key();
        let now = lines.first().is_some_and(is_key);
        for (tally, line) in self.firms.iter_mut().zip(lines) {
            let key = is_key(line);
            tally.key += u32::from(key);
            tally.became += u32::from(key && !now);
            tally.ceased += u32::from(now && !key);
            if key {
                tally.revenue = plus(tally.revenue, brought);
            }
        }
    }
}

type Found = (Option<Decimal>, Measured, Vec<(Measured, u32, u32)>);

/// What comes of the policies in force and of each of some others.
fn measure(desk: &Desk, policies: Vec<Policy>, to: Date, hands: &Hands<'_>) -> Found {
    let tried: Vec<Firm> =
        policies.into_iter().map(|policy| desk.firm().with_policy(Arc::new(policy))).collect();
    let firms: Vec<&Firm> = std::iter::once(desk.firm()).chain(&tried).collect();
    let look = |part: &mut Part, clients: &[Client<'_>], lines: &[Line]| {
        if let Some(client) = clients.first().filter(|client| client.account().exists_on(to)) {
            part.take(client, lines, to);
        }
    };
    let mut revenue = Some(Decimal::ZERO);
    let mut whole = vec![NOTHING; firms.len()];
    for part in each(desk, &firms, to, hands, &look) {
        revenue = part.revenue.and_then(|more| plus(revenue, more));
        for (sum, more) in whole.iter_mut().zip(part.firms) {
            sum.key += more.key;
            sum.became += more.became;
            sum.ceased += more.ceased;
            sum.revenue = more.revenue.and_then(|more| plus(sum.revenue, more));
        }
    }
    let measured = |tally: &Tally| Measured { key: tally.key, revenue: tally.revenue };
    let now = whole.first().map_or_else(|| measured(&NOTHING), &measured);
    let others = whole.iter().skip(1);
    (revenue, now, others.map(|tally| (measured(tally), tally.became, tally.ceased)).collect())
}
