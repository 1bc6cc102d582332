//! Dates and moments as other systems write them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use toml::Spanned;

use super::document::{Columns, MomentToml};
use super::{Bad, Values};

/// The format name for moments as the internet writes them.
const RFC3339: &str = "rfc3339";

/// When a fact became true.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    from: From,
    formats: Vec<String>,
}

#[derive(Debug, Clone)]
enum From {
    Column(usize),
    Const(String),
}

impl Moment {
    /// Checks a moment of the document; the error says where in it.
    pub(crate) fn read(
        spanned: &Spanned<MomentToml>,
        columns: &mut Columns,
    ) -> Result<Self, (usize, String)> {
        let at = spanned.span().start;
        let read = spanned.get_ref();
        let mut formats = Vec::new();
        for format in &read.formats {
            known_format(format.get_ref()).map_err(|e| (format.span().start, e))?;
            formats.push(format.get_ref().clone());
        }
        if formats.is_empty() {
            formats = ["rfc3339", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"].map(str::to_owned).to_vec();
        }
        let from = match (&read.column, &read.is) {
            (Some(column), None) => From::Column(columns.index(column)),
            (None, Some(text)) if parse(text, &formats, &TimeZone::UTC).is_some() => {
                From::Const(text.clone())
            }
            (None, Some(text)) => {
                return Err((
                    at,
                    format!("`{text}` is no moment of the form {}", formats.join(", ")),
                ));
            }
            _ => return Err((at, "`occurred_at` needs either `column` or `const`".to_owned())),
        };
        Ok(Self { from, formats })
    }

    /// The column it is read from.
    pub(crate) fn column(&self) -> Option<usize> {
        match self.from {
            From::Column(column) => Some(column),
            From::Const(_) => None,
        }
    }

    /// The moment of a group of rows: of its earliest row, whatever their order.
    pub(crate) fn of(
        &self,
        rows: &[Values],
        columns: &Columns,
        zone: &TimeZone,
    ) -> Result<Timestamp, Bad> {
        let mut earliest: Option<Timestamp> = None;
        for row in rows {
            let (name, text) = match &self.from {
                From::Column(column) => (columns.name(*column), row[*column].as_str()),
                From::Const(text) => ("occurred_at", text.as_str()),
            };
            if text.is_empty() {
                return Err(Bad::empty(name));
            }
            let expected = || format!("a moment of the form {}", self.formats.join(", "));
            let at = parse(text, &self.formats, zone)
                .ok_or_else(|| Bad::value(name, text, &expected()))?;
            if !(1900..=2200).contains(&zone.to_datetime(at).year()) {
                return Err(Bad::value(name, text, "a moment in the years 1900 to 2200"));
            }
            earliest = Some(earliest.map_or(at, |earliest| earliest.min(at)));
        }
        earliest.ok_or_else(|| Bad::empty("occurred_at"))
    }
}

/// Reads a moment by the first format that fits. A text without an offset is in the zone; one
/// without a time is the beginning of that day.
fn parse(text: &str, formats: &[String], zone: &TimeZone) -> Option<Timestamp> {
    formats.iter().find_map(|format| {
        if format == RFC3339 {
            return text.parse::<Timestamp>().ok();
        }
        let read = strtime::parse(format, text).ok()?;
        if read.offset().is_some() {
            return read.to_timestamp().ok();
        }
        let local =
            read.to_datetime().or_else(|_| read.to_date().map(|day| day.at(0, 0, 0, 0))).ok()?;
        zone.to_timestamp(local).ok()
    })
}

/// Reads a date by the first format that fits.
pub(crate) fn parse_date(text: &str, formats: &[String]) -> Option<Date> {
    formats.iter().find_map(|format| strtime::parse(format, text).ok()?.to_date().ok())
}

/// Whether a format is one, and gives a day.
pub(crate) fn known_format(format: &str) -> Result<(), String> {
    if format == RFC3339 {
        return Ok(());
    }
    let advice = "write such as %Y-%m-%d %H:%M:%S, or rfc3339";
    let sample = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    let written = strtime::format(format, &sample)
        .map_err(|e| format!("`{format}` is no date format ({e}): {advice}"))?;
    match parse_date(&written, &[format.to_owned()]) {
        Some(_) => Ok(()),
        None => Err(format!("`{format}` gives no day: {advice}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(given: &[&str]) -> Vec<String> {
        given.iter().map(|&format| format.to_owned()).collect()
    }

    #[test]
    fn every_spelling_of_a_day_is_read() {
        let both = formats(&["%d-%b-%Y", "%Y-%m-%d"]);
        let day = jiff::civil::date(2021, 7, 9);
        assert_eq!(parse_date("09-Jul-2021", &both), Some(day));
        assert_eq!(parse_date("2021-07-09", &both), Some(day));
        assert_eq!(parse_date("20219-03-20", &both), None);
        assert_eq!(parse_date("2021-02-31", &both), None);
    }

    #[test]
    fn a_text_without_an_offset_is_in_the_firms_zone() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let at = parse("2011-07-01 00:30:00", &formats(&["%Y-%m-%d %H:%M:%S"]), &zone);
        assert_eq!(at, "2011-06-30T23:30:00Z".parse().ok());
        let at = parse("2012-11-27T16:00:35-05:00", &formats(&[RFC3339]), &zone);
        assert_eq!(at, "2012-11-27T21:00:35Z".parse().ok());
        let at = parse("2012-11-27", &formats(&["%Y-%m-%d"]), &zone);
        assert_eq!(at, "2012-11-27T00:00:00Z".parse().ok());
    }

    #[test]
    fn a_format_nobody_knows_is_refused() {
        assert!(known_format("%Y-%m-%d").is_ok());
        assert!(known_format("%!").is_err());
        assert!(known_format("%H:%M").is_err());
    }
}
