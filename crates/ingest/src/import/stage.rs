//! Reads the file into groups, and the groups into units of facts in the order of their happening.

use jiff::tz::TimeZone;
use linchpin_domain::money::Currency;
use serde::{Deserialize, Serialize};
use std::io::BufRead;

use super::error::ImportError;
use super::held::{Held, sheet};
use super::open::Meter;
use super::sort::{Sorted, Sorter};
use super::summary::{Progress, Stage, Summary};
use super::table::{Damage, Row, Shape, Table, values};
use super::trouble::Troubles;
use crate::map::{Bad, Map, Outcome, Values};

/// Rows read between two looks at what else there is to do.
const SLICE: u64 = 1_000;
/// Most rows of one group.
const MAX_GROUP: usize = 5_000;
/// Most bytes of one group, less than the quarantine keeps.
const MAX_GROUP_BYTES: usize = 800 << 10;

/// A row on its way to its group.
#[derive(Serialize, Deserialize)]
struct Staged {
    line: u64,
    raw: String,
    bad: Option<StagedBad>,
}

#[derive(Serialize, Deserialize)]
struct StagedBad {
    column: Option<usize>,
    class: String,
    reason: String,
}

/// The part of an import before anything is stored.
pub(crate) struct Staging<'s, 'l> {
    pub(crate) name: &'s str,
    pub(crate) map: &'s Map,
    pub(crate) summary: &'s mut Summary,
    pub(crate) troubles: &'s mut Troubles<'l>,
    pub(crate) progress: &'s mut (dyn FnMut(Progress) + Send),
}

impl Staging<'_, '_> {
    /// Reads all rows, each with the identity of its group.
    pub(crate) async fn rows<R: BufRead>(
        &mut self,
        mut table: Table<R>,
        meter: &Meter,
    ) -> Result<(Shape, Sorter), ImportError> {
        let mut sorter = Sorter::new();
        let shape = table.shape.clone();
        loop {
            let row = table.next().map_err(|source| ImportError::Read {
                file: self.name.to_owned(),
                line: table.line(),
                source,
            })?;
            let Some(row) = row else { break };
            self.summary.lines += 1;
            self.row(&shape, row, &mut sorter).await?;
            if self.summary.lines.is_multiple_of(SLICE) {
                (self.progress)(Progress {
                    stage: Stage::Reading,
                    done: meter.done(),
                    total: meter.total,
                });
                tokio::task::yield_now().await;
            }
        }
        if self.summary.lines == 0 {
            return Err(ImportError::Empty(self.name.to_owned()));
        }
        (self.progress)(Progress { stage: Stage::Reading, done: meter.done(), total: meter.total });
        Ok((shape, sorter))
    }

    async fn row(
        &mut self,
        shape: &Shape,
        row: Row,
        sorter: &mut Sorter,
    ) -> Result<(), ImportError> {
        let Row { line, raw, read } = row;
        let (identity, bad) = match read {
            Ok(values) => (self.map.identity(&values, line), None),
            Err(damage) => {
                let identity = self.salvaged_identity(&damage, line);
                let Damage { column, bad, .. } = damage;
                let staged =
                    StagedBad { column, class: bad.class.clone(), reason: bad.reason.clone() };
                (identity.map_or(Err(bad), |identity| Ok(Some(identity))), Some(staged))
            }
        };
        match identity {
            Ok(Some(identity)) => {
                self.troubles.good();
                let staged = Staged { line, raw, bad };
                let bytes =
                    serde_json::to_vec(&staged).map_err(|e| ImportError::Temporary(e.into()))?;
                sorter.push(identity, bytes).map_err(ImportError::Temporary)
            }
            Ok(None) => {
                self.troubles.good();
                self.summary.ignored += 1;
                Ok(())
            }
            Err(reason) => {
                let column = bad.and_then(|bad| bad.column);
                let original = self.held(shape, [raw.as_str()]);
                self.troubles.add(place(line, column), &reason, 1, original).await
            }
        }
    }

    /// The group of a damaged row, where the damage leaves it readable: then the whole group waits
    /// with it.
    fn salvaged_identity(&self, damage: &Damage, line: u64) -> Option<Vec<u8>> {
        if self.map.group_by.is_empty() {
            return None;
        }
        let whole = |column: &usize| damage.salvaged.get(*column).is_some_and(Option::is_some);
        if !self.map.group_by.iter().all(whole) {
            return None;
        }
        let values: Values =
            damage.salvaged.iter().map(|value| value.clone().unwrap_or_default()).collect();
        self.map.identity(&values, line).ok().flatten()
    }

    fn held<'r>(&self, shape: &'r Shape, rows: impl IntoIterator<Item = &'r str>) -> String {
        let sheet = sheet(&shape.header, rows);
        Held { sheet, format: shape.format, map: self.map.text().to_owned() }.write()
    }

    /// Makes units of facts from the groups.
    pub(crate) async fn groups(
        &mut self,
        shape: &Shape,
        rows: Sorter,
        zone: &TimeZone,
        home: Currency,
    ) -> Result<Sorter, ImportError> {
        let total = rows.count();
        let mut sorted = rows.finish().map_err(ImportError::Temporary)?;
        let mut units = Sorter::new();
        let (mut ahead, mut done, mut groups) = (None, 0, 0_u64);
        self.troubles.begin();
        while let Some((identity, group)) = next_group(&mut sorted, &mut ahead)? {
            done += group.count;
            match self.group(shape, &group, zone, home) {
                Ok(Outcome::Facts(unit)) => {
                    self.troubles.good();
                    let json =
                        serde_json::to_vec(&unit).map_err(|e| ImportError::Temporary(e.into()))?;
                    // Flipping the sign bit sorts moments before 1970 first.
                    let at = (unit.at.as_microsecond() as u64) ^ (1 << 63);
                    let mut key = at.to_be_bytes().to_vec();
                    key.extend_from_slice(&identity);
                    units.push(key, json).map_err(ImportError::Temporary)?;
                }
                Ok(Outcome::WithoutAccount(amount)) => {
                    self.troubles.good();
                    let without = &mut self.summary.without_account;
                    without.lines += group.count;
                    without.amount = match (without.amount, amount) {
                        (Some(sum), Some(amount)) => sum.checked_add(amount),
                        (sum, amount) => sum.or(amount),
                    };
                }
                Ok(Outcome::Nothing) => {
                    self.troubles.good();
                    self.summary.ignored += group.count;
                }
                Err((place, bad)) => {
                    let mut raw: Vec<&str> =
                        group.rows.iter().map(|row| row.raw.as_str()).collect();
                    raw.sort_unstable();
                    let original = self.held(shape, raw);
                    self.troubles.add(place, &bad, group.count, original).await?;
                }
            }
            groups += 1;
            if groups.is_multiple_of(SLICE / 10) {
                (self.progress)(Progress { stage: Stage::Grouping, done, total: Some(total) });
                tokio::task::yield_now().await;
            }
        }
        (self.progress)(Progress { stage: Stage::Grouping, done, total: Some(total) });
        Ok(units)
    }

    fn group(
        &self,
        shape: &Shape,
        group: &Group,
        zone: &TimeZone,
        home: Currency,
    ) -> Result<Outcome, (String, Bad)> {
        if group.count > group.rows.len() as u64 {
            let reason = format!(
                "the group has {} rows, at most {MAX_GROUP} and {MAX_GROUP_BYTES} bytes are taken; here are the first",
                group.count
            );
            return Err((group.place(), Bad::new("group too large", reason)));
        }
        let mut rows = Vec::with_capacity(group.rows.len());
        for row in &group.rows {
            if let Some(bad) = &row.bad {
                let mut place = place(row.line, bad.column);
                if group.count > 1 {
                    place.push_str(&format!(
                        ", with the {} other rows of its group",
                        group.count - 1
                    ));
                }
                return Err((place, Bad::new(bad.class.as_str(), bad.reason.as_str())));
            }
            rows.push(
                values(shape, &self.map.columns, &row.raw)
                    .map_err(|damage| (place(row.line, damage.column), damage.bad))?,
            );
        }
        self.map.build(&rows, zone, home).map_err(|bad| {
            let alone =
                |row: &Values| self.map.build(std::slice::from_ref(row), zone, home).is_err();
            let place = match rows.iter().position(alone).and_then(|at| group.rows.get(at)) {
                Some(row) if group.count > 1 => {
                    format!(
                        "line {}, with the {} other rows of its group",
                        row.line,
                        group.count - 1
                    )
                }
                _ => group.place(),
            };
            (place, bad)
        })
    }
}

/// Rows that tell one thing together.
struct Group {
    rows: Vec<Staged>,
    /// How many there are, also those beyond what is held.
    count: u64,
    bytes: usize,
}

impl Group {
    fn place(&self) -> String {
        let mut lines: Vec<u64> = self.rows.iter().map(|row| row.line).collect();
        lines.sort_unstable();
        match lines.as_slice() {
            [line] => place(*line, None),
            lines => {
                let shown: Vec<String> = lines.iter().take(10).map(u64::to_string).collect();
                let more = if lines.len() > 10 {
                    format!(" and {} more", self.count - 10)
                } else {
                    String::new()
                };
                format!("lines {}{more}", shown.join(", "))
            }
        }
    }
}

fn place(line: u64, column: Option<usize>) -> String {
    match column {
        Some(column) => format!("line {line}, column {column}"),
        None => format!("line {line}"),
    }
}

type Ahead = Option<(Vec<u8>, Staged)>;

/// The next rows with one identity.
fn next_group(
    sorted: &mut Sorted,
    ahead: &mut Ahead,
) -> Result<Option<(Vec<u8>, Group)>, ImportError> {
    let first = match ahead.take() {
        Some(first) => Some(first),
        None => next_row(sorted)?,
    };
    let Some((identity, first)) = first else { return Ok(None) };
    let mut group = Group { bytes: first.raw.len(), rows: vec![first], count: 1 };
    while let Some((other, row)) = next_row(sorted)? {
        if other != identity {
            *ahead = Some((other, row));
            break;
        }
        group.count += 1;
        group.bytes += row.raw.len();
        if group.rows.len() < MAX_GROUP && group.bytes <= MAX_GROUP_BYTES {
            group.rows.push(row);
        }
    }
    Ok(Some((identity, group)))
}

fn next_row(sorted: &mut Sorted) -> Result<Ahead, ImportError> {
    let Some((identity, bytes)) = sorted.next().map_err(ImportError::Temporary)? else {
        return Ok(None);
    };
    let row = serde_json::from_slice(&bytes).map_err(|e| ImportError::Temporary(e.into()))?;
    Ok(Some((identity, row)))
}
