//! Full-list sync: tonight's full list of contacts is compared with what is known, and the
//! difference becomes facts.
//!
//! Who is not on the list any more has left, but only contacts of whom this source itself has told
//! at that client; of others, somebody else may know more. A list that is suspiciously short, that would make suspiciously many leave, or that is
//! older than one already taken, changes nothing until it is confirmed.

mod diff;
mod known;
mod list;
mod map;
mod report;

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::genesis::day_of;
use linchpin_domain::id::OutsideRef;
use linchpin_ledger::{Append, AppendError, Ledger, QuarantineError, ReadError};

pub use map::ContactsMap;
pub use report::{Changed, Held, Person, SyncReport};

use crate::import::{ImportError, Progress, Stage, Troubles, append, file_name, open};
use crate::link::link;
use diff::{Diff, When};
use known::Known;
use list::List;

/// Most facts of one batch.
const BATCH: usize = 500;
/// What stands before the source and the file of a row that went to the quarantine.
pub const QUARANTINED: &str = "sync:";

/// How a list is synced.
#[derive(Debug, Clone, Default)]
pub struct SyncOptions {
    /// The day the list is of; else the date in the file's name, else today.
    pub on: Option<Date>,
    /// Believe a list that would be held.
    pub confirm: bool,
    /// How much shorter than what is known a list may be, as a share of 0 to 1; else the map says.
    pub max_shrink: Option<f64>,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// Why a list was not synced. Run it again for the rest.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The file cannot be read as a table.
    #[error(transparent)]
    File(#[from] ImportError),
    /// A list from the future.
    #[error(
        "the list is of {on}, which is yet to come (today is {today}): give the right day with --on"
    )]
    Future {
        /// The list's day.
        on: Date,
        /// Today in the firm's time zone.
        today: Date,
    },
    /// More contacts than one list may have.
    #[error(
        "`{file}` lists more than {limit} contacts: split it by client and name each part's source"
    )]
    TooLong {
        /// The file.
        file: String,
        /// How many are taken.
        limit: usize,
    },
    /// The ledger cannot be read.
    #[error("the ledger cannot be read: {0}")]
    Ledger(#[from] ReadError),
    /// The ledger does not take the facts.
    #[error("the facts cannot be stored: {0}")]
    Append(#[from] AppendError),
    /// The quarantine does not settle what the list made good.
    #[error("the quarantine cannot be written: {0}")]
    Quarantine(#[from] QuarantineError),
}

/// Syncs a full list of contacts, and says what it changed.
///
/// Rows that cannot be read go to the quarantine. They are mended in the list: once a list of the
/// same source can be read as a whole, and is no older, they are settled.
///
/// # Errors
/// Where the file cannot be read, is of a day to come, or the ledger refuses.
pub async fn sync_contacts(
    ledger: &Ledger,
    file: &Path,
    map: &ContactsMap,
    options: &SyncOptions,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<SyncReport, SyncError> {
    let opened = open(file, map.format)?;
    let name = file_name(file);
    let when = when(ledger, &name, options.on)?;
    let (table, meter) = opened.table(&name, map.delimiter, &map.columns)?;
    let from_source = format!("{QUARANTINED}{}/", map.source);
    let mut troubles = Troubles::new(ledger, format!("{from_source}{name}"), !options.dry_run);
    let list = list::read(table, &meter, &name, map, &mut troubles, progress).await?;
    troubles.flush().await?;
    let known = known::known(ledger, map).await?;
    let ours = known.ours_on(when.on);
    let mut report = SyncReport {
        file: name,
        source: map.source.clone(),
        on: when.on,
        dry_run: options.dry_run,
        rows: list.rows,
        listed: list.len(),
        known: ours.len() as u64,
        held: None,
        joined: Vec::new(),
        left: Vec::new(),
        title_changed: Vec::new(),
        renamed: Vec::new(),
        otherwise_changed: Vec::new(),
        confirmed: 0,
        departures_held: 0,
        unreadable: troubles.into_found(),
        settled: 0,
        appended: 0,
    };
    let found = diff::differences(&list, &known, &ours, map, when, &mut report);
    let max_shrink = options.max_shrink.unwrap_or(map.max_shrink);
    if !options.confirm {
        report.held = held(&list, &known, &report, max_shrink);
    }
    if report.held.is_none() && !options.dry_run {
        report.appended = store(ledger, map, found, progress).await?;
        let newest = known.newest.is_none_or(|newest| newest <= when.on);
        if newest && report.unreadable.rows == 0 {
            report.settled = ledger.quarantine().settle_from(&from_source).await?;
        }
    }
    Ok(report)
}

/// The day of a list, and the moment that stands for it: now for today's, else noon of that day.
fn when(ledger: &Ledger, file: &str, on: Option<Date>) -> Result<When, SyncError> {
    let (zone, now) = (ledger.genesis().zone(), ledger.now());
    let today = day_of(now, &zone);
    let on = on.or_else(|| date_in(file)).unwrap_or(today);
    let simulated = ledger.genesis().simulated;
    if on > today && !simulated {
        return Err(SyncError::Future { on, today });
    }
    let noon = zone.to_timestamp(on.at(12, 0, 0, 0)).unwrap_or(now);
    let at = if on == today && !simulated { now } else { noon };
    // The ledger keeps microseconds.
    let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    Ok(When { on, at })
}

/// The first date in a file's name, such as `2024-03-06`.
fn date_in(name: &str) -> Option<Date> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count() == 8;
    (0..name.len()).find_map(|at| {
        let text = name.get(at..at + 10).filter(|text| digits(text))?;
        text.parse().ok()
    })
}

/// Why the list is not to be believed as it is.
fn held(list: &List, known: &Known, report: &SyncReport, max_shrink: f64) -> Option<Held> {
    if report.changes() == 0 {
        return None;
    }
    let leaving = report.left.len() as u64;
    let too_many = |count: u64| count as f64 > max_shrink * report.known as f64;
    let percent = max_shrink * 100.0;
    let reason = if too_many(report.known.saturating_sub(list.len())) {
        format!(
            "the list has {} contacts, {} are known: more than {percent:.0}% fewer; confirm it if that is true",
            list.len(),
            report.known
        )
    } else if leaving > 0 && too_many(leaving) {
        format!(
            "{leaving} of {} known contacts are not on the list: more than {percent:.0}%; confirm it if that is true",
            report.known
        )
    } else if let Some(newest) = known.newest.filter(|newest| *newest > report.on) {
        format!(
            "the list is of {}, but one of {newest} was taken already; confirm it to change what was known in between",
            report.on
        )
    } else {
        return None;
    };
    Some(Held { reason, leaving })
}

async fn store(
    ledger: &Ledger,
    map: &ContactsMap,
    found: Vec<Diff>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<u64, SyncError> {
    let (total, mut done, mut appended) = (found.len() as u64, 0, 0);
    let mut linked = std::collections::HashSet::new();
    for batch in found.chunks(BATCH) {
        let mut entries = Vec::with_capacity(batch.len() * 2);
        for diff in batch {
            if let Some(account) = &diff.account
                && let Ok(outside) = format!("{}:{account}", map.ids).parse::<OutsideRef>()
                && linked.insert(account.clone())
            {
                entries.push(link(&outside));
            }
            entries.push(diff.entry.clone());
        }
        let answer = append(ledger, Append::of(entries)).await?;
        appended += answer.outcomes.iter().filter(|outcome| outcome.fresh).count() as u64;
        done += batch.len() as u64;
        progress(Progress { stage: Stage::Storing, done, total: Some(total) });
    }
    Ok(appended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_found_in_a_files_name() {
        assert_eq!(date_in("2024-03-06.csv"), Some(jiff::civil::date(2024, 3, 6)));
        assert_eq!(
            date_in("crm_export-2024-03-06T0200.csv.gz"),
            Some(jiff::civil::date(2024, 3, 6))
        );
        assert_eq!(date_in("2024-13-06.csv"), None);
        assert_eq!(date_in("list.csv"), None);
    }
}
