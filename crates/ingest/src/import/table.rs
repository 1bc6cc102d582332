//! Rows of a file, one by one: whole ones, and broken ones with what is wrong with them. After a
//! broken row the next line is read as if nothing had been.

use std::io::{self, BufRead};

use serde_json::Value as Json;

use super::lines::{Line, Lines, MAX_LINE};
use super::split::{Split, split};
use crate::map::{Bad, Columns, Format, Values};

/// Most lines that one row may span by quoted line ends.
const MAX_SPAN: usize = 100;

/// A row.
#[derive(Debug)]
pub(crate) struct Row {
    /// The line it begins on.
    pub(crate) line: u64,
    /// Its text as it stands in the file.
    pub(crate) raw: String,
    /// Its values, or what is wrong with it.
    pub(crate) read: Result<Values, Damage>,
}

/// What is wrong with a row.
#[derive(Debug)]
pub(crate) struct Damage {
    /// Column of the character at which it was found, from 1, where it is one place.
    pub(crate) column: Option<usize>,
    pub(crate) bad: Bad,
    /// Those of its values that can be trusted all the same.
    pub(crate) salvaged: Vec<Option<String>>,
}

/// How the rows of a file are laid out.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) format: Format,
    delimiter: u8,
    /// The header as it stands in the file; empty where the format has none.
    pub(crate) header: String,
    /// Where each column of the map stands among the cells.
    positions: Vec<usize>,
    /// How many cells a row has.
    width: usize,
}

/// Why the first line gives no table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoTable {
    Empty,
    Unreadable(String),
    Missing { columns: Vec<String>, found: Vec<String> },
    Twice(String),
}

/// The rows of a file.
pub(crate) struct Table<R> {
    lines: Lines<R>,
    pub(crate) shape: Shape,
    columns: Columns,
}

impl<R: BufRead> Table<R> {
    /// Reads the header, where there is one, and finds the columns of the map in it.
    pub(crate) fn open(
        reader: R,
        format: Format,
        delimiter: u8,
        columns: &Columns,
    ) -> io::Result<Result<Self, NoTable>> {
        let mut lines = Lines::new(reader);
        let shape = match format {
            Format::Jsonl => {
                let Some(first) = lines.next()? else { return Ok(Err(NoTable::Empty)) };
                lines.take_back(vec![first]);
                Ok(Shape {
                    format,
                    delimiter,
                    header: String::new(),
                    positions: Vec::new(),
                    width: 0,
                })
            }
            Format::Csv => match lines.next()? {
                Some(first) => header(first, delimiter, columns),
                None => Err(NoTable::Empty),
            },
        };
        Ok(shape.map(|shape| Self { lines, shape, columns: columns.clone() }))
    }

    /// The last line that was read.
    pub(crate) fn line(&self) -> u64 {
        self.lines.number()
    }

    /// The next row; `None` at the end. Empty lines are no rows.
    pub(crate) fn next(&mut self) -> io::Result<Option<Row>> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            if line.bytes.iter().all(u8::is_ascii_whitespace) && !line.cut {
                continue;
            }
            let number = line.number;
            if line.cut {
                let raw = String::from_utf8_lossy(&line.bytes).into_owned();
                let reason = format!("the line is longer than {MAX_LINE} bytes");
                let damage = self.damage(&raw, None, Bad::new("line too long", reason));
                return Ok(Some(Row { line: number, raw, read: Err(damage) }));
            }
            let line = match self.shape.format {
                Format::Csv => self.whole(line)?,
                Format::Jsonl => line.bytes,
            };
            return Ok(Some(self.row(number, line)));
        }
    }

    /// Adds the lines that a quoted cell runs over. Where the quote is never closed within bounds,
    /// or closed by what is plainly another row's, the first line stands alone.
    fn whole(&mut self, first: Line) -> io::Result<Vec<u8>> {
        let Ok(text) = str::from_utf8(&first.bytes) else { return Ok(first.bytes) };
        let mut cells = Vec::new();
        if !matches!(split(text, self.shape.delimiter, &mut cells), Split::Open(_)) {
            return Ok(first.bytes);
        }
        let (mut record, mut taken) = (first.bytes.clone(), Vec::new());
        while taken.len() < MAX_SPAN {
            let Some(line) = self.lines.next()? else { break };
            let closes = line.bytes.contains(&b'"');
            record.push(b'\n');
            record.extend_from_slice(&line.bytes);
            let too_much = line.cut || record.len() > MAX_LINE;
            taken.push(line);
            if too_much {
                break;
            }
            if !closes {
                continue;
            }
            let Ok(text) = str::from_utf8(&record) else { break };
            match split(text, self.shape.delimiter, &mut cells) {
                Split::Open(_) => {}
                Split::Whole if cells.len() == self.shape.width => return Ok(record),
                Split::Whole | Split::Broken(_) => break,
            }
        }
        self.lines.take_back(taken);
        Ok(first.bytes)
    }

    fn row(&self, line: u64, bytes: Vec<u8>) -> Row {
        match String::from_utf8(bytes) {
            Ok(raw) => Row { line, read: self.values(&raw), raw },
            Err(e) => {
                let good = e.utf8_error().valid_up_to();
                let raw = String::from_utf8_lossy(e.as_bytes()).into_owned();
                let column = raw[..good].chars().count() + 1;
                let reason = "the line is not UTF-8: save the file as UTF-8, or mend the character";
                let damage = self.damage(&raw, Some(column), Bad::new("not UTF-8", reason));
                Row { line, raw, read: Err(damage) }
            }
        }
    }

    /// The values of a row that was whole when it was read the first time.
    pub(crate) fn values(&self, raw: &str) -> Result<Values, Damage> {
        values(&self.shape, &self.columns, raw)
    }

    fn damage(&self, raw: &str, column: Option<usize>, bad: Bad) -> Damage {
        Damage { column, bad, salvaged: salvage(&self.shape, &self.columns, raw) }
    }
}

fn header(line: Line, delimiter: u8, columns: &Columns) -> Result<Shape, NoTable> {
    if line.cut {
        return Err(NoTable::Unreadable(format!("is longer than {MAX_LINE} bytes")));
    }
    let Ok(text) = String::from_utf8(line.bytes) else {
        return Err(NoTable::Unreadable("is not UTF-8".to_owned()));
    };
    let mut cells = Vec::new();
    if split(&text, delimiter, &mut cells) != Split::Whole {
        return Err(NoTable::Unreadable("has a broken quote".to_owned()));
    }
    let found: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
    if found.iter().all(String::is_empty) {
        return Err(NoTable::Empty);
    }
    let (mut positions, mut missing) = (Vec::new(), Vec::new());
    for name in columns.names() {
        let mut at = found.iter().enumerate().filter(|(_, cell)| *cell == name).map(|(at, _)| at);
        match (at.next(), at.next()) {
            (Some(at), None) => positions.push(at),
            (Some(_), Some(_)) => return Err(NoTable::Twice(name.clone())),
            (None, _) => missing.push(name.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(NoTable::Missing { columns: missing, found });
    }
    Ok(Shape { format: Format::Csv, delimiter, header: text, positions, width: found.len() })
}

/// The values of a row's text.
pub(crate) fn values(shape: &Shape, columns: &Columns, raw: &str) -> Result<Values, Damage> {
    let damage =
        |column: Option<usize>, bad| Damage { column, bad, salvaged: salvage(shape, columns, raw) };
    if shape.format == Format::Jsonl {
        return json_values(columns, raw).map_err(|(column, bad)| damage(column, bad));
    }
    let mut cells = Vec::with_capacity(shape.width);
    let column = |at: usize| Some(raw[..at].chars().count() + 1);
    match split(raw, shape.delimiter, &mut cells) {
        Split::Whole if cells.len() == shape.width => {
            let cell = |(column, at): (usize, &usize)| columns.clean(column, &cells[*at]);
            Ok(shape.positions.iter().enumerate().map(cell).collect())
        }
        Split::Whole => {
            let reason = format!("the row has {} cells, the header {}", cells.len(), shape.width);
            Err(damage(None, Bad::new("other number of cells than the header", reason)))
        }
        Split::Open(at) => {
            let reason = "the quote opened here is never closed";
            Err(damage(column(at), Bad::new("broken quote", reason)))
        }
        Split::Broken(at) => {
            let reason = "the quoted cell ends here, but something follows it: write a quote inside quotes twice";
            Err(damage(column(at), Bad::new("broken quote", reason)))
        }
    }
}

/// What can be trusted of a damaged row: the cells before the damage.
fn salvage(shape: &Shape, columns: &Columns, raw: &str) -> Vec<Option<String>> {
    if shape.format == Format::Jsonl {
        return vec![None; columns.names().len()];
    }
    let mut cells = Vec::new();
    let whole = split(raw, shape.delimiter, &mut cells) == Split::Whole;
    if whole && cells.len() != shape.width {
        // Cells are missing or too many, nobody knows where, so none is sure to be its column's
        // but the first.
        cells.truncate(1);
    }
    let trusted = |(column, at): (usize, &usize)| {
        let cell = cells.get(*at).filter(|cell| !cell.contains('\u{fffd}'))?;
        Some(columns.clean(column, cell))
    };
    shape.positions.iter().enumerate().map(trusted).collect()
}

fn json_values(columns: &Columns, raw: &str) -> Result<Values, (Option<usize>, Bad)> {
    let read: Json = serde_json::from_str(raw).map_err(|e| {
        let message = e.to_string();
        let what =
            message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what).to_owned();
        (Some(e.column()), Bad::new("not JSON", format!("the line is not JSON: {what}")))
    })?;
    if !read.is_object() {
        return Err((None, Bad::new("not a JSON object", "the line is JSON, but not an object")));
    }
    let mut values = Vec::with_capacity(columns.names().len());
    for (column, name) in columns.names().iter().enumerate() {
        let text = match at_path(&read, name) {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(Json::Number(number)) => number.to_string(),
            Some(Json::Bool(yes)) => yes.to_string(),
            Some(Json::Array(_) | Json::Object(_)) => {
                let reason = format!(
                    "`{name}` is a list or an object: name one value in it, such as `{name}.0`"
                );
                return Err((None, Bad::new(format!("`{name}` cannot be read"), reason)));
            }
        };
        values.push(columns.clean(column, &text));
    }
    Ok(values)
}

/// The value at a dotted path; a whole name with dots in it comes first.
fn at_path<'j>(read: &'j Json, name: &str) -> Option<&'j Json> {
    if let Some(found) = read.get(name) {
        return Some(found);
    }
    name.split('.').try_fold(read, |inner, step| match inner {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}
