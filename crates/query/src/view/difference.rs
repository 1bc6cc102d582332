//! How an assessment differs from an earlier one, and whether the client's behaviour or the
//! policy moved it.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::desk::Client;
use linchpin_domain::policy::{Assessment, Status};

use super::change::signed;
use super::course::phrase;
use super::criteria::figure;
use super::moved::{Part, Split};
use super::row::Followed;
use super::{CriterionDifference, Difference};
use crate::words;

/// Days back where the status was never another.
const BACK_DAYS: i32 = 90;

/// How today differs from last time; `None` where there is no earlier day.
pub(super) fn difference(
    client: &Client<'_>,
    now: &Assessment,
    followed: &Followed,
) -> Option<Difference> {
    let (day, turned) = earlier_day(client, now.day, followed)?;
    let split = Split::since(client, day, now)?;
    let criteria: Vec<CriterionDifference> =
        split.parts.iter().map(|part| criterion(client, &split.before, now, part)).collect();
    let sum = |of: fn(&Part) -> i64| split.parts.iter().map(of).sum();
    let moved = criteria.into_iter().filter(|it| it.by_behaviour != 0 || it.by_policy != 0);
    let mut difference = Difference {
        day,
        status: followed.status_on(day),
        points: split.before.points(),
        policy_version: split.before.version,
        by_behaviour: sum(Part::by_behaviour),
        by_policy: sum(Part::by_policy),
        criteria: moved.collect(),
        sentences: Vec::new(),
    };
    difference.sentences = sentences(&difference, now, turned);
    Some(difference)
}

/// The day to compare with, and whether the status was another on it.
fn earlier_day(client: &Client<'_>, day: Date, followed: &Followed) -> Option<(Date, bool)> {
    let first = client.account().first_day()?;
    let eve = followed.standing?.since.yesterday().ok().filter(|eve| *eve >= first);
    let back = || day.saturating_sub(BACK_DAYS.days()).max(first);
    let found = eve.map_or_else(|| (back(), false), |eve| (eve, true));
    (found.0 < day).then_some(found)
}

/// The figure of a criterion in an assessment; `None` where its policy does not ask for it.
fn figure_in(client: &Client<'_>, of: &Assessment, id: &str) -> Option<String> {
    let at = of.policy.criteria.iter().position(|criterion| criterion.id == id)?;
    Some(figure(client, &of.policy.criteria[at], &of.criteria[at], of.day))
}

fn criterion(
    client: &Client<'_>,
    before: &Assessment,
    now: &Assessment,
    part: &Part,
) -> CriterionDifference {
    CriterionDifference {
        id: part.id.clone(),
        title: part.title.clone(),
        points_before: part.before,
        points_now: part.now,
        by_behaviour: part.by_behaviour(),
        by_policy: part.by_policy(),
        figure_before: figure_in(client, before, &part.id),
        figure_now: figure_in(client, now, &part.id),
    }
}

fn sentences(difference: &Difference, now: &Assessment, turned: bool) -> Vec<String> {
    let day = words::date(difference.day, now.day);
    let when = if turned {
        let last = match difference.status {
            Status::UnderReview => phrase(Status::UnderReview).to_owned(),
            status => format!("as {}", phrase(status)),
        };
        format!("On {day}, its last day {last}, it had")
    } else {
        format!("On {day} it had")
    };
    let (then, today) = (difference.points, now.points());
    let mut said = vec![if then == today && difference.criteria.is_empty() {
        format!("{when} the same {}, from the same criteria.", points(then))
    } else {
        format!("{when} {}; now it has {today}.", points(then))
    }];
    if difference.criteria.is_empty() {
        return said;
    }
    let behaviour = match difference.by_behaviour {
        0 => "what happened did not move the sum".to_owned(),
        moved => format!("what happened and what grew old moved the sum by {}", signed(moved)),
    };
    let versions = difference.policy_version != now.version;
    said.push(match (difference.by_policy, versions) {
        (0, false) => format!("{}; the policy is the same.", words::capital(&behaviour)),
        (0, true) => format!("{}, and the new policy did not.", words::capital(&behaviour)),
        (moved, _) => {
            format!("{}, and the policy by {}.", words::capital(&behaviour), signed(moved))
        }
    });
    for it in &difference.criteria {
        said.extend(by_behaviour(it));
        said.extend(by_policy(it, difference.policy_version, now.version));
    }
    said
}

fn points(points: u32) -> String {
    words::count(u64::from(points), "point", "points")
}

fn by_behaviour(it: &CriterionDifference) -> Option<String> {
    if it.by_behaviour == 0 {
        return None;
    }
    let moved = signed(it.by_behaviour);
    Some(match (&it.figure_before, &it.figure_now) {
        (Some(before), Some(now)) if before != now => {
            format!("{moved} {} by what happened: {before} then, {now} now.", it.title)
        }
        _ => format!("{moved} {} by what happened.", it.title),
    })
}

fn by_policy(it: &CriterionDifference, before: u32, now: u32) -> Option<String> {
    if it.by_policy == 0 {
        return None;
    }
    let moved = signed(it.by_policy);
    let how = match (&it.figure_before, &it.figure_now) {
        (None, _) => format!("version {now} asks for it anew"),
        (_, None) => format!("version {now} asks for it no more"),
        _ => format!("version {now} grades it otherwise than version {before}"),
    };
    Some(format!("{moved} {} by the policy: {how}.", it.title))
}
