//! From a group of rows to facts.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use linchpin_domain::fact::Fact;
use linchpin_domain::money::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::document::{FactMap, Map};
use super::field::{number_for, sum};
use super::{Bad, Values};

/// Largest fact taken, in bytes of JSON: what the ledger takes, less what sealing adds.
const MAX_FACT: usize = 200 << 10;

/// What a group of rows tells.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Facts.
    Facts(Unit),
    /// It belongs to no client; what its amounts sum to, where the map sums.
    WithoutAccount(Option<Decimal>),
    /// No condition of the map holds.
    Nothing,
}

/// The facts of one group: taken together or not at all.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unit {
    /// When the last of them became true.
    pub(crate) at: Timestamp,
    pub(crate) facts: Vec<Told>,
    /// Facts that the map could tell of this group, and that the group does not tell.
    pub(crate) untold: Vec<String>,
    /// Clients named by an id of another system.
    pub(crate) refs: Vec<String>,
}

/// One fact of a group.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    /// What its id is made of.
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) at: Timestamp,
    pub(crate) once: bool,
    /// The fact's JSON as the ledger stores it, personal data open.
    pub(crate) json: String,
}

impl Map {
    /// What rows with the same answer tell together; `None` where a row tells nothing. Rows that
    /// the map does not group belong together where they tell the same facts.
    pub(crate) fn identity(&self, row: &Values, line: u64) -> Result<Option<Vec<u8>>, Bad> {
        if !self.group_by.is_empty() {
            let mut identity = Vec::new();
            for column in &self.group_by {
                if row[*column].is_empty() {
                    return Err(Bad::empty(self.columns.name(*column)));
                }
                identity.extend_from_slice(row[*column].as_bytes());
                identity.push(0x1f);
            }
            return Ok(Some(identity));
        }
        if self.account.is_some_and(|column| row[column].is_empty()) {
            return Ok(Some(format!("line {line}").into_bytes()));
        }
        let rows = std::slice::from_ref(row);
        let (mut told, mut identity) = (false, Vec::new());
        for fact in &self.facts {
            if self.tells(fact, rows)? {
                told = true;
                let key = fact.key.render(row, &self.columns)?;
                if !fact.once {
                    identity.extend_from_slice(format!("{}\x1f{key}\x1f", fact.name).as_bytes());
                }
            }
        }
        if identity.is_empty() {
            identity = row.join("\x1f").into_bytes();
        }
        Ok(told.then_some(identity))
    }

    /// What a group of rows tells.
    pub(crate) fn build(
        &self,
        rows: &[Values],
        zone: &TimeZone,
        home: Currency,
    ) -> Result<Outcome, Bad> {
        let all = rows;
        let rows = self.as_one(rows)?;
        let Some(first) = rows.first() else { return Ok(Outcome::Nothing) };
        if self.account.is_some_and(|column| first[column].is_empty()) {
            let factors =
                self.facts.iter().flat_map(|fact| &fact.fields).find_map(|(_, f)| f.summed());
            let amount = factors.map(|factors| sum(all, factors, &self.columns)).transpose()?;
            return Ok(Outcome::WithoutAccount(amount));
        }
        let (mut facts, mut untold, mut refs) = (Vec::new(), Vec::new(), Vec::new());
        for map in &self.facts {
            if !self.tells(map, rows)? {
                if let (false, Ok(key)) = (map.once, map.key.render(first, &self.columns)) {
                    untold.push(self.name(map, &key));
                }
                continue;
            }
            facts.push(self.told(map, rows, zone, home, &mut refs)?);
        }
        let Some(at) = facts.iter().map(|fact| fact.at).max() else { return Ok(Outcome::Nothing) };
        Ok(Outcome::Facts(Unit { at, facts, untold, refs }))
    }

    fn tells(&self, fact: &FactMap, rows: &[Values]) -> Result<bool, Bad> {
        for when in &fact.when {
            if !when.holds(rows, &self.columns)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a fact's id is made of: the same on every day and in every order of the rows.
    fn name(&self, map: &FactMap, key: &str) -> String {
        format!("{}/{}/{key}", self.source, map.name)
    }

    fn told(
        &self,
        map: &FactMap,
        rows: &[Values],
        zone: &TimeZone,
        home: Currency,
        refs: &mut Vec<String>,
    ) -> Result<Told, Bad> {
        let first = rows.first().ok_or_else(|| Bad::new("no row", "the group has no row"))?;
        let key = map.key.render(first, &self.columns)?;
        let at = map.occurred_at.of(rows, &self.columns, zone)?;
        let mut json = Json::Object(serde_json::Map::new());
        for (path, field) in &map.fields {
            if let Some(value) = field.value(rows, &self.columns)? {
                set(&mut json, path, value);
            }
        }
        fill_currency(map.name, &mut json, self.currency.unwrap_or(home).code());
        let text = json.to_string();
        let refused = |why: String| {
            Bad::new(format!("`{}` refused", map.name), format!("`{}`: {why}", map.name))
        };
        let fact = match Fact::decode(map.name, &text) {
            Some(read) => read.map_err(|e| refused(in_words(&without_place(&e.to_string()))))?,
            None => return Err(refused("is unknown".to_owned())),
        };
        fact.check().map_err(refused)?;
        let stored = fact.encode().map_err(|e| refused(e.to_string()))?;
        if stored.len() > MAX_FACT {
            return Err(refused(format!(
                "has {} bytes, at most {MAX_FACT} are taken",
                stored.len()
            )));
        }
        for outside in crate::link::outside_refs(&text) {
            let outside = outside.to_string();
            if !refs.contains(&outside) {
                refs.push(outside);
            }
        }
        let name = self.name(map, &key);
        Ok(Told { name, kind: map.name.to_owned(), key, at, once: map.once, json: stored })
    }

    /// Checks that rows which tell one thing agree on it, and leaves one row where the map does
    /// not group.
    fn as_one<'r>(&self, rows: &'r [Values]) -> Result<&'r [Values], Bad> {
        let Some((first, others)) = rows.split_first() else { return Ok(rows) };
        let grouped = !self.group_by.is_empty();
        let common: Vec<usize> =
            if grouped { self.common_columns() } else { (0..first.len()).collect() };
        for column in common {
            if let Some(other) = others.iter().find(|other| other[column] != first[column]) {
                let name = self.columns.name(column);
                let mut both = [first[column].as_str(), other[column].as_str()];
                both.sort_unstable();
                let what = if grouped { "the lines of one group" } else { "rows with one key" };
                let reason = format!("{what} differ in `{name}`: `{}` and `{}`", both[0], both[1]);
                return Err(Bad::new(format!("{what} differ in `{name}`"), reason));
            }
        }
        Ok(if grouped { rows } else { std::slice::from_ref(first) })
    }

    /// The columns in which the lines of a group must agree.
    fn common_columns(&self) -> Vec<usize> {
        let mut common: Vec<usize> = self.account.into_iter().collect();
        for fact in &self.facts {
            common.extend(
                fact.when.iter().filter(|when| !when.is_about_lines()).map(|when| when.column()),
            );
            common.extend(fact.key.columns());
            common.extend(fact.fields.iter().flat_map(|(_, field)| field.common_columns()));
        }
        common.sort_unstable();
        common.dedup();
        let moments: Vec<usize> =
            self.facts.iter().filter_map(|fact| fact.occurred_at.column()).collect();
        common.retain(|column| !moments.contains(column));
        common
    }
}

/// Puts a value into an object by its path; whether there was room.
pub(crate) fn set(object: &mut Json, path: &[String], value: Json) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let Json::Object(fields) = object else { return false };
    if rest.is_empty() {
        return fields.insert(first.clone(), value).is_none();
    }
    let inner = fields.entry(first.clone()).or_insert_with(|| Json::Object(serde_json::Map::new()));
    set(inner, rest, value)
}

/// Amounts are in the map's currency, or the firm's, where no field says otherwise.
pub(crate) fn fill_currency(name: &str, json: &mut Json, code: &str) {
    if let (Json::Object(fields), "invoice.issued" | "credit_note.issued") = (json, name) {
        fields.entry("currency").or_insert_with(|| Json::String(code.to_owned()));
    }
}

/// What the reader of decimals says, in words, with the cure of the commonest cause.
fn in_words(message: &str) -> String {
    match message.split_once(", expected a Decimal type") {
        Some((found, _)) => format!("{found}, expected {}", number_for(found)),
        None => message.to_owned(),
    }
}

fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message).to_owned()
}
