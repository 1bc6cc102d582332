//! Judgements: what one of us thinks of a client, for a time.

use jiff::Span;
use jiff::civil::Date;

use super::{Asked, Outcome, Refusal};
use crate::fact::{JudgementGiven, JudgementOf, MAX_SCORE};
use crate::timeline::Timeline;

/// Longest that a judgement may count, in years: then it is looked at again.
pub const MAX_JUDGEMENT_YEARS: i32 = 3;

/// The last day on which a judgement of a day counts where none is named: a year on.
pub fn usual_expiry(day: Date) -> Date {
    day.saturating_add(Span::new().years(1))
}

/// The last day that a judgement of a day may name.
pub fn latest_judgement(day: Date) -> Date {
    day.saturating_add(Span::new().years(MAX_JUDGEMENT_YEARS))
}

pub(super) fn judge(
    asked: &Asked<'_>,
    of: JudgementOf,
    score: u8,
    expires: Option<Date>,
    reason: &str,
) -> Result<Outcome, Refusal> {
    let (account, by, reason, today) = (asked.id, asked.by, reason.trim(), asked.today);
    let expires = expires.unwrap_or_else(|| usual_expiry(today));
    let none = Timeline::default();
    let line = asked.account.judgements.get(&of).unwrap_or(&none);
    // Only the newest counts: what somebody else said since is answered by saying it again.
    let newest = line.at(today).filter(|(source, it)| {
        let same = (it.score, it.by, it.expires) == (score, by, expires);
        source.day == today && same && *it.reason == *reason
    });
    if let Some((source, _)) = newest {
        return Ok(Outcome::already(source));
    }
    if score > MAX_SCORE {
        return Err(Refusal::NoSuchScore { score });
    }
    if expires <= today {
        return Err(Refusal::NotLater);
    }
    let latest = latest_judgement(today);
    if expires > latest {
        return Err(Refusal::JudgedTooLong { latest });
    }
    let reason = reason.to_owned();
    Ok(asked.tells(JudgementGiven { account, of, score, by, reason, expires }, line))
}
