//! How an assessment differs from an earlier one, and whether the client's behaviour or the
//! policy moved it.
//!
//! The way from then to now is taken in two steps: first the facts of now under the policy of
//! then, and after that the policy of now. What the first step moves is the client's behaviour,
//! what grew old included; what the second moves is the policy. Together they are the whole.

use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::desk::Client;
use linchpin_domain::policy::{Assessment, Status, assess, assess_under};

use super::change::signed;
use super::course::phrase;
use super::criteria::figure;
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
    let before = assess(client, day)?;
    let between = assess_under(client, before.version, &before.policy, now.day);
    let criteria = criteria(client, &before, &between, now);
    let sum = |of: fn(&CriterionDifference) -> i64| criteria.iter().map(of).sum();
    let moved = criteria.iter().filter(|it| it.by_behaviour != 0 || it.by_policy != 0);
    let mut difference = Difference {
        day,
        status: followed.status_on(day),
        points: before.points(),
        policy_version: before.version,
        by_behaviour: sum(|it| it.by_behaviour),
        by_policy: sum(|it| it.by_policy),
        criteria: moved.cloned().collect(),
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

/// The points and the figure of a criterion in an assessment.
type Given = Option<(u32, String)>;

fn given(client: &Client<'_>, of: &Assessment, id: &str) -> Given {
    let at = of.policy.criteria.iter().position(|criterion| criterion.id == id)?;
    let assessed = &of.criteria[at];
    Some((assessed.result.points, figure(client, &of.policy.criteria[at], assessed, of.day)))
}

fn criteria(
    client: &Client<'_>,
    before: &Assessment,
    between: &Assessment,
    now: &Assessment,
) -> Vec<CriterionDifference> {
    let gone = before.policy.criteria.iter();
    let gone = gone.filter(|it| now.policy.criteria.iter().all(|other| other.id != it.id));
    let points = |given: &Given| given.as_ref().map_or(0, |(points, _)| *points);
    let one = |id: &str, title: &str| {
        let (then, under) = (given(client, before, id), given(client, between, id));
        let last = given(client, now, id);
        let moved = |from: &Given, to: &Given| i64::from(points(to)) - i64::from(points(from));
        CriterionDifference {
            id: id.to_owned(),
            title: title.to_owned(),
            points_before: points(&then),
            points_now: points(&last),
            by_behaviour: moved(&then, &under),
            by_policy: moved(&under, &last),
            figure_before: then.map(|(_, figure)| figure),
            figure_now: last.map(|(_, figure)| figure),
        }
    };
    now.policy.criteria.iter().chain(gone).map(|it| one(&it.id, &it.title)).collect()
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
