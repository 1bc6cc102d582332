//! The desk as a fold of the ledger, up to the newest entry or to what was known at a moment.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use linchpin_domain::desk::Desk;
use linchpin_domain::entry::Position;
use linchpin_ledger::{Ledger, ReadError};

/// How far a fold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Entries taken in.
    pub done: Position,
    /// Entries there are.
    pub of: Position,
}

/// Folds the ledger: all of it, or what had been recorded by a moment. For readers without a
/// running service; `progress` is called after each chunk.
///
/// # Errors
/// Where the ledger cannot be read.
pub async fn fold(
    ledger: &Ledger,
    known_at: Option<Timestamp>,
    mut progress: impl FnMut(Progress),
) -> Result<Desk, ReadError> {
    let until = match known_at {
        Some(at) => ledger.position_at(at).await?,
        None => ledger.refresh().await?.position,
    };
    let mut desk = Desk::default();
    fold_on(ledger, &mut desk, until, &mut progress).await?;
    Ok(desk)
}

/// Folds on from where a desk stands, up to and including a position.
pub(super) async fn fold_on(
    ledger: &Ledger,
    desk: &mut Desk,
    until: Position,
    progress: &mut impl FnMut(Progress),
) -> Result<(), ReadError> {
    let mut replay = ledger.replay(desk.position(), until);
    while desk.position() < until {
        let entries = replay.next().await?;
        if entries.is_empty() {
            return Ok(());
        }
        for entry in &entries {
            desk.apply(entry);
        }
        progress(Progress { done: desk.position(), of: until });
    }
    Ok(())
}

/// The moment a text means: an RFC 3339 timestamp, a date and time without an offset, which are the
/// firm's, or a day, which means all that was known by its end in the firm's zone. `None` where it
/// is none of these.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let local = if text.len() == DAY {
        text.parse::<Date>().ok()?.to_datetime(Time::MAX)
    } else {
        // A zone of its own would be passed over in silence.
        let plain = matches!(text.as_bytes().get(DAY), Some(b'T' | b' ')) && !text.contains('[');
        text.parse::<DateTime>().ok().filter(|_| plain)?
    };
    zone.to_timestamp(local).ok()
}

/// Length of a day as text.
const DAY: usize = "2026-11-17".len();
