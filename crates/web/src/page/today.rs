//! The morning brief: what needs doing today, grouped, the most urgent first.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use linchpin_domain::id::MemberId;
use linchpin_query::view::{self, AccountRow, AlertView};
use linchpin_query::words;

use super::rows::moved;
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Seen, Web, working};
use crate::visit::{AskedClocks, Visit};

/// Most alerts shown; the rest is a link away.
const MOST: usize = 60;
/// Most lines beside the brief.
const ASIDE: usize = 7;

/// The groups below what cannot wait, in the order of the page: name in the view, heading, note.
const GROUPS: [(&str, &str, &str); 4] = [
    ("contacts", "Contact changes", "From lists, the CRM and what colleagues told"),
    ("renewals", "Renewals and notice deadlines", "Within their lead times"),
    ("ownership", "Ownership questions", "A director rules"),
    ("status", "Statuses that wait", "For a yes or no, or to be confirmed in time"),
];

struct Group {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    alerts: Vec<AlertView>,
}

struct Stop {
    day: String,
    what: String,
    account: String,
    name: String,
}

/// Someone for whom the brief can be drawn.
struct Colleague {
    id: MemberId,
    name: String,
}

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    frame: Frame,
    watch: String,
    today: Date,
    clocks: AskedClocks,
    heading: String,
    lede: String,
    rest: String,
    people: Vec<Colleague>,
    whose: Option<MemberId>,
    groups: Vec<Group>,
    more: usize,
    ahead: Vec<Stop>,
    moved: Vec<AccountRow>,
    holds: Vec<(String, usize)>,
    /// How much waits in the quarantine; `None` where the ledger does not say just now.
    unread: Option<u64>,
    unread_words: String,
}

#[derive(Template)]
#[template(path = "first_visit.html")]
struct FirstVisit {
    frame: Frame,
    watch: String,
}

/// The brief, or on an empty ledger what to do first.
pub(crate) async fn today(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&["whose"])?;
    let whose = whose(&visit)?;
    let now = web.now().await?;
    let frame = Frame::now("Today", Section::Today, &visit, &web, &now.portfolio);
    if now.desk.accounts().len() == 0 {
        return render(&FirstVisit { frame: frame.live(), watch: "all".to_owned() });
    }
    let seen = if visit.clocks == AskedClocks::default() { now } else { web.at(&visit).await? };
    let frame = frame.at(&seen.clocks, &web, &visit, "/").live();
    let unread = if seen.clocks.past { Some(0) } else { web.unread().await };
    let page = working(move || compose(frame, visit.clocks, whose, &seen)).await?;
    let unread_words = words::count(unread.unwrap_or_default(), "item", "items");
    render(&TodayPage { unread, unread_words, ..page })
}

fn whose(visit: &Visit) -> Result<Option<MemberId>, PageError> {
    let Some(text) = visit.get("whose") else { return Ok(None) };
    let id =
        text.parse::<MemberId>().map_err(|error| PageError::Bad(format!("`whose`: {error}.")))?;
    Ok(Some(id))
}

fn compose(frame: Frame, clocks: AskedClocks, whose: Option<MemberId>, seen: &Seen) -> TodayPage {
    let today = seen.clocks.as_of;
    let mut waiting = view::alert_list(&seen.desk, seen.clocks.clone());
    waiting.retain(|alert| alert.state == "open");
    let holds = holds(&waiting);
    if let Some(whose) = whose {
        waiting.retain(|alert| alert.to_member == Some(whose));
    }
    waiting.sort_by(super::urgency);
    let mut people: Vec<Colleague> = seen
        .desk
        .firm()
        .members()
        .map(|id| Colleague { id, name: seen.desk.firm().member_name(id, today).to_owned() })
        .collect();
    people.sort_by(|a, b| a.name.cmp(&b.name));
    let (lede, rest) = lede(&waiting);
    let more = waiting.len().saturating_sub(MOST);
    waiting.truncate(MOST);
    let heading = if seen.clocks.past {
        format!("{} {}", show::weekday_long(today), today.year())
    } else {
        show::weekday_long(today)
    };
    TodayPage {
        watch: "alerts".to_owned(),
        today,
        clocks,
        heading,
        lede,
        rest,
        people,
        whose,
        groups: groups(waiting),
        more,
        ahead: ahead(&seen.portfolio.accounts),
        moved: moved(&seen.portfolio.accounts, ASIDE),
        holds,
        unread: Some(0),
        unread_words: String::new(),
        frame,
    }
}

fn groups(waiting: Vec<AlertView>) -> Vec<Group> {
    let (urgent, waiting): (Vec<AlertView>, Vec<AlertView>) =
        waiting.into_iter().partition(super::urgent);
    let mut by_group: BTreeMap<String, Vec<AlertView>> = BTreeMap::new();
    for alert in waiting {
        by_group.entry(alert.group.clone()).or_default().push(alert);
    }
    let mut groups: Vec<Group> = Vec::new();
    if !urgent.is_empty() {
        let note = "Whatever they are about";
        groups.push(Group { id: "urgent", title: "Cannot wait", note, alerts: urgent });
    }
    for (id, title, note) in GROUPS {
        if let Some(alerts) = by_group.remove(id) {
            groups.push(Group { id, title, note, alerts });
        }
    }
    let others: Vec<AlertView> = by_group.into_values().flatten().collect();
    if !others.is_empty() {
        groups.push(Group { id: "others", title: "Other findings", note: "", alerts: others });
    }
    groups
}

/// How many things there are, how many cannot wait, and which account most of them are about.
fn lede(waiting: &[AlertView]) -> (String, String) {
    let urgent = waiting.iter().filter(|alert| super::urgent(alert)).count();
    let things = match waiting.len() {
        0 => return ("Nothing needs you today.".to_owned(), String::new()),
        1 => "One thing needs you today".to_owned(),
        n => format!("{} things need you today", show::spelled(n)),
    };
    let lede = match urgent {
        0 => format!("{things}, and all can wait a little."),
        n if n == waiting.len() && n == 1 => format!("{things}, and it cannot wait."),
        n if n == waiting.len() => format!("{things}, and none of them can wait."),
        n => format!("{things}, and {} cannot wait.", show::spelled_within(n)),
    };
    let mut by_account: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in waiting {
        *by_account.entry(&alert.account_name).or_default() += 1;
    }
    let most = by_account.into_iter().max_by_key(|(_, count)| *count);
    let rest = most.filter(|(_, count)| *count > 1 && waiting.len() > 2).map(|(name, count)| {
        let all = show::spelled_within(waiting.len());
        format!("{} of the {all} are about {name}.", show::spelled(count))
    });
    (lede, rest.unwrap_or_default())
}

fn holds(waiting: &[AlertView]) -> Vec<(String, usize)> {
    let mut by_person: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in waiting {
        *by_person.entry(&alert.to).or_default() += 1;
    }
    let mut holds: Vec<(String, usize)> =
        by_person.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    holds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    holds.truncate(ASIDE);
    holds
}

/// The next deadlines of all contracts.
fn ahead(rows: &[AccountRow]) -> Vec<Stop> {
    let mut stops: Vec<(&AccountRow, &linchpin_query::view::Deadline)> = rows
        .iter()
        .filter_map(|row| row.next_deadline.as_ref().map(|deadline| (row, deadline)))
        .filter(|(_, deadline)| (0..=90).contains(&deadline.days_left))
        .collect();
    stops.sort_by(|a, b| (a.1.day, &a.0.name).cmp(&(b.1.day, &b.0.name)));
    let stop = |(row, deadline): (&AccountRow, &linchpin_query::view::Deadline)| Stop {
        day: match deadline.days_left {
            0 | 1 => show::when(deadline.days_left),
            _ => deadline.day.strftime("%a %-d %b").to_string(),
        },
        what: match deadline.what.as_str() {
            "notice" => "last day for notice".to_owned(),
            "end" => "a contract ends".to_owned(),
            "renewal" => "a contract renews".to_owned(),
            other => other.to_owned(),
        },
        account: row.id.to_string(),
        name: row.name.clone(),
    };
    stops.into_iter().take(ASIDE).map(stop).collect()
}
