//! Parts of the account page: headline figures, the coverage map, wording.

use std::collections::BTreeMap;

use jiff::civil::Date;
use linchpin_domain::fact::{BuyingRole, Level};
use linchpin_domain::policy::{Measure, Policy, Status};
use linchpin_query::view::{AccountView, ContactView, CriterionView};

use crate::marks;
use crate::plot::Month;
use crate::show;

/// Most people named in one cell of the map.
const CELL: usize = 6;

/// The levels as lines of the map, the highest first, and contacts whose level nobody told.
const LEVELS: [(Option<Level>, &str); 5] = [
    (Some(Level::Executive), "Executive"),
    (Some(Level::Director), "Director"),
    (Some(Level::Manager), "Manager"),
    (Some(Level::Specialist), "Specialist"),
    (None, "Level not told"),
];

/// The buying roles as columns of the map, and contacts whose role nobody told.
const ROLES: [(Option<BuyingRole>, &str); 7] = [
    (Some(BuyingRole::DecisionMaker), "Decision maker"),
    (Some(BuyingRole::Champion), "Champion"),
    (Some(BuyingRole::Influencer), "Influencer"),
    (Some(BuyingRole::User), "User"),
    (Some(BuyingRole::Gatekeeper), "Gatekeeper"),
    (Some(BuyingRole::Blocker), "Blocker"),
    (None, "Role not told"),
];

/// Someone in the map.
pub(super) struct Placed {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) left: String,
}

/// A cell of the map. A gap is a place that ought to be filled.
pub(super) struct Cell {
    pub(super) people: Vec<Placed>,
    pub(super) gap: bool,
}

/// A level of the map.
pub(super) struct MapLine {
    pub(super) level: &'static str,
    pub(super) cells: Vec<Cell>,
}

/// Who we know, by level and buying role.
pub(super) struct CoverageMap {
    pub(super) note: String,
    pub(super) roles: Vec<&'static str>,
    pub(super) lines: Vec<MapLine>,
}

/// The map of an account. Lines and columns that nobody needs are left out.
pub(super) fn coverage(view: &AccountView) -> CoverageMap {
    let told = |role: Option<BuyingRole>| view.contacts.iter().any(|contact| contact.role == role);
    let optional = |role: Option<BuyingRole>| matches!(role, None | Some(BuyingRole::Blocker));
    let roles: Vec<(Option<BuyingRole>, &'static str)> =
        ROLES.into_iter().filter(|(role, _)| !optional(*role) || told(*role)).collect();
    let untold = view.contacts.iter().any(|contact| contact.level.is_none());
    let levels = LEVELS.into_iter().filter(|(level, _)| level.is_some() || untold);
    let decides =
        |contact: &&ContactView| contact.active && contact.role == Some(BuyingRole::DecisionMaker);
    let deciders = view.contacts.iter().filter(decides).count();
    let lines = levels.map(|(level, name)| MapLine {
        level: name,
        cells: roles
            .iter()
            .map(|(role, _)| {
                let top = matches!(level, Some(Level::Executive | Level::Director));
                let decision = *role == Some(BuyingRole::DecisionMaker);
                cell(view, level, *role, deciders == 0 && top && decision)
            })
            .collect(),
    });
    let note = match deciders {
        0 => "No decision maker is known.".to_owned(),
        1 => "One decision maker is known.".to_owned(),
        n => format!("{} decision makers are known.", show::spelled(n)),
    };
    CoverageMap {
        note,
        lines: lines.collect(),
        roles: roles.iter().map(|(_, name)| *name).collect(),
    }
}

fn cell(view: &AccountView, level: Option<Level>, role: Option<BuyingRole>, gap: bool) -> Cell {
    let here = view.contacts.iter().filter(|c| c.level == level && c.role == role);
    let mut people: Vec<Placed> = here
        .clone()
        .take(CELL)
        .map(|contact| Placed {
            name: contact.name.clone(),
            title: contact.title.clone(),
            left: contact
                .left
                .map(|day| show::day_near(&day, &view.clocks.as_of))
                .unwrap_or_default(),
        })
        .collect();
    let more = here.count().saturating_sub(CELL);
    if more > 0 {
        let name = format!("and {} more", show::number_words(more));
        people.push(Placed { name, title: String::new(), left: String::new() });
    }
    Cell { people, gap }
}

/// Three to five headline figures: name, figure, one line of context.
pub(super) fn figures(view: &AccountView) -> Vec<(&'static str, String, String)> {
    let row = &view.row;
    let share = format!("{} of the firm", show::percent(&row.share));
    let revenue = match &row.revenue {
        Some(amount) => {
            let note = match change(row.revenue.as_deref(), view.revenue_before.as_deref()) {
                Some(change) => format!("{share}, {change}"),
                None => share,
            };
            ("Revenue, 12 months", show::money(amount, &view.currency), note)
        }
        None => {
            let note = "an exchange rate is missing".to_owned();
            ("Revenue, 12 months", "Not known".to_owned(), note)
        }
    };
    let deadline = match &row.next_deadline {
        Some(next) => {
            let day = show::day_words(&next.day, &view.clocks.as_of);
            ("Next deadline", day, format!("{}, {}", next.what, next.title))
        }
        None => ("Next deadline", "None".to_owned(), "no contract with a deadline".to_owned()),
    };
    let reached = row.levels.iter().filter(|on| **on).count();
    let words = marks::levels_words(&row.levels);
    let missing = words.split_once(", ").map_or("", |(_, rest)| rest);
    let note = if missing.is_empty() && reached > 0 { "every level" } else { missing };
    let coverage = ("Coverage", format!("{reached} of 4 levels"), note.to_owned());
    let rank = show::number_words(row.rank as usize);
    let since = match (view.key_since, row.status) {
        (Some(day), _) => {
            let lapses = view.why.course.as_ref().and_then(|course| course.lapses_on);
            let note = match lapses {
                Some(by) => format!("confirm by {}", show::day_long(&by)),
                None => format!("rank {rank} by revenue"),
            };
            ("Key since", show::day_long(&day), note)
        }
        (None, Status::Standard | Status::Released | Status::Nominated) => {
            let missing = view.why.enters_at.saturating_sub(row.points);
            let note = match missing {
                0 => "its points are enough".to_owned(),
                n => format!("{} missing", show::count(n as usize, "point", "points")),
            };
            let figure = if row.status == Status::Released { "No longer" } else { "Not yet" };
            ("Key account", figure.to_owned(), note)
        }
        (None, _) => ("Key account", "Yes".to_owned(), format!("rank {rank} by revenue")),
    };
    let note = match row.orders {
        0 => "engagements".to_owned(),
        n if n == row.engagements => "orders".to_owned(),
        n => format!("engagements, {} of them orders", show::number_words(n as usize)),
    };
    let work = ("Work, 12 months", show::number_words(row.engagements as usize), note);
    vec![revenue, deadline, coverage, since, work]
}

/// `16% up`, against the year before.
fn change(now: Option<&str>, before: Option<&str>) -> Option<String> {
    let (now, before): (f64, f64) = (now?.parse().ok()?, before?.parse().ok()?);
    if before <= 0.0 {
        return None;
    }
    let change = (now - before) / before * 100.0;
    Some(match change.round() {
        c if c > 999.0 => "many times the year before".to_owned(),
        c if c >= 1.0 => format!("{c:.0}% up"),
        c if c <= -1.0 => format!("{:.0}% down", -c),
        _ => "as the year before".to_owned(),
    })
}

/// Where the score goes if nothing is done.
pub(super) fn fall(view: &AccountView) -> Option<String> {
    let fall = view.why.falls_to.as_ref()?;
    let day = show::day_long(&fall.day);
    let words = format!("If nothing is done it falls to {} on {day}", fall.points);
    let short = view.why.stays_from.saturating_sub(fall.points);
    let was_key = view.row.status.is_key();
    Some(match short {
        0 => format!("{words}."),
        _ if !was_key => format!("{words}."),
        1 => format!("{words}, one point below what it takes to stay."),
        n => format!(
            "{words}, {} points below what it takes to stay.",
            show::spelled_within(n as usize)
        ),
    })
}

/// `12 engagements`.
pub(crate) fn engagements(number: &u32) -> String {
    show::count(*number as usize, "engagement", "engagements")
}

/// Country, sector and outside id on one line.
pub(super) fn about(view: &AccountView) -> String {
    let mut parts = view.about.clone();
    if let (Some(source), Some(id)) = (&view.row.external_source, &view.row.external_id) {
        parts.push(format!("{source}:{id}"));
    }
    parts.join(" · ")
}

/// `+3 Reach one more level.` as its lead and the rest; what has no lead stays whole.
pub(super) fn split_change(words: &str) -> (String, String) {
    if !words.starts_with(['+', '−']) {
        return (String::new(), words.to_owned());
    }
    if let Some((lead, rest)) = words.split_once(": ")
        && (lead.contains(" on ") || lead.contains(" by "))
        && !lead.contains(" by what ")
        && !lead.contains(" by the policy")
    {
        return (lead.to_owned(), show::capital(rest));
    }
    match words.split_once(' ') {
        Some((lead, rest)) => (lead.to_owned(), rest.to_owned()),
        None => (words.to_owned(), String::new()),
    }
}

/// Labels for criteria whose points lapse by themselves within half a year: judgements and
/// contracts. Figures over a trailing window move every day, so they carry none.
pub(super) fn lapsing(view: &AccountView, policy: Option<&Policy>) -> BTreeMap<String, String> {
    let measured = policy.iter().flat_map(|policy| &policy.criteria);
    let ends: BTreeMap<&str, &str> = measured
        .filter_map(|criterion| match criterion.measure {
            Measure::Judgement => Some((criterion.id.as_str(), "lapses")),
            Measure::Contracts => Some((criterion.id.as_str(), "ends")),
            _ => None,
        })
        .collect();
    let today = view.clocks.as_of;
    let soon = |day: &Date| today.until(*day).is_ok_and(|span| span.get_days() <= 180);
    let label = |criterion: &CriterionView| {
        let word = ends.get(criterion.id.as_str()).filter(|_| criterion.points > 0)?;
        let first_without = criterion.changes_on.filter(soon)?;
        // A contract is spoken of by its last day, a judgement by the first day without it.
        let ended = if *word == "ends" { first_without.yesterday().ok() } else { None };
        let day = ended.unwrap_or(first_without);
        Some((criterion.id.clone(), format!("{word} {}", show::day_near(&day, &today))))
    };
    view.why.criteria.iter().filter_map(label).collect()
}

/// The plot of the months in a sentence.
pub(super) fn months_words(months: &[Month], currency: &str) -> String {
    let best = months.iter().max_by(|a, b| a.revenue.total_cmp(&b.revenue));
    let worst = months.iter().min_by(|a, b| a.revenue.total_cmp(&b.revenue));
    match (best, worst) {
        (Some(best), Some(worst)) if best.revenue > worst.revenue => format!(
            "Revenue by month in {currency}: most in {}, {}; least in {}, {}.",
            best.name, best.words, worst.name, worst.words
        ),
        _ => format!("Revenue by month in {currency}: the same in every month."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_it_leads_with_the_points() {
        let (lead, rest) = split_change("+3 Reach one more level.");
        assert_eq!((lead.as_str(), rest.as_str()), ("+3", "Reach one more level."));
        let (lead, rest) = split_change("−6 on 28 February: the framework agreement ends.");
        assert_eq!(lead, "−6 on 28 February");
        assert_eq!(rest, "The framework agreement ends.");
        assert_eq!(split_change("Nothing lapses.").0, "");
    }

    #[test]
    fn a_year_is_compared_in_per_cent() {
        assert_eq!(change(Some("116.00"), Some("100.00")).unwrap(), "16% up");
        assert_eq!(change(Some("50.00"), Some("100.00")).unwrap(), "50% down");
        assert_eq!(change(Some("50.00"), Some("0.00")), None);
    }
}
