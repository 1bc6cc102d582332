//! That a client was cared for.

use jiff::civil::Date;

use super::{Asked, Outcome, Refusal};
use crate::fact::Fact;
use crate::id::MemberId;
use crate::timeline::Timeline;

/// A review or a plan, once a day by the same hand.
pub(super) fn cared_for(
    asked: &Asked<'_>,
    line: &Timeline<MemberId>,
    day: Option<Date>,
    fact: Fact,
) -> Result<Outcome, Refusal> {
    let (day, at) = asked.moment(line, day)?;
    let eve = day.yesterday().unwrap_or(Date::MIN);
    let said = line.between(eve, day).find(|(_, by)| **by == asked.by);
    Ok(match said {
        Some((source, _)) => Outcome::already(source),
        None => Outcome::Told { fact, at },
    })
}
