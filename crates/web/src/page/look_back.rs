//! The door to the past: two clocks and an account, leading to the page itself.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Span;
use jiff::civil::Date;
use linchpin_domain::id::AccountId;
use linchpin_query::view::Portfolio;

use super::render;
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::Web;
use crate::visit::{AskedClocks, Visit, address};

/// Most names offered while typing, and most accounts listed where a name fits several.
const NAMES: usize = 500;
const MATCHES: usize = 20;

#[derive(Template)]
#[template(path = "look_back.html")]
struct LookBackPage {
    frame: Frame,
    today: Date,
    first_day: String,
    newest: String,
    as_of: String,
    known_at: String,
    account: String,
    names: Vec<String>,
    matches: Vec<(String, String)>,
    problem: Option<String>,
    jumps: Vec<(String, String)>,
}

/// The form; once filled in, the page it asks for.
pub(crate) async fn look_back(State(web): State<Web>, visit: Visit) -> Result<Response, PageError> {
    visit.allow(&["account", "page"])?;
    let now = web.now().await?;
    let today = now.clocks.as_of;
    let asked = visit.get("account").unwrap_or_default().to_owned();
    let fits = accounts(&now.portfolio, &asked);
    let mut problem = None;
    if visit.clocks.as_of.is_some() {
        match where_to(&visit, &fits, &asked, today) {
            Ok(Some(to)) => {
                visit.clocks.moment(&web.model.genesis().zone())?;
                return Ok(Redirect::to(&to).into_response());
            }
            Ok(None) => {}
            Err(words) => problem = Some(words),
        }
    }
    let several = visit.clocks.as_of.is_some() && fits.len() > 1;
    let matches = fits
        .iter()
        .take(MATCHES)
        .map(|(id, name)| (with_clocks(&format!("/accounts/{id}"), &visit.clocks), name.clone()));
    let month_ago = today.saturating_sub(Span::new().months(1)).last_of_month();
    let name = match fits.as_slice() {
        [(id, name)] if asked == id.to_string() => name.clone(),
        _ => asked,
    };
    let first_day = now.desk.accounts().filter_map(|account| account.first_day()).min();
    let frame = Frame::now("Look back", Section::LookBack, &visit, &web, &now.portfolio);
    let page = LookBackPage {
        today,
        first_day: first_day
            .as_ref()
            .map_or_else(|| "nothing is known yet".to_owned(), show::day_long),
        newest: show::moment(now.desk.recorded_at(), now.desk.firm().zone()),
        as_of: visit.clocks.as_of.clone().unwrap_or_else(|| month_ago.to_string()),
        known_at: visit.clocks.known_at.clone().unwrap_or_default(),
        account: name,
        names: now.portfolio.accounts.iter().take(NAMES).map(|row| row.name.clone()).collect(),
        matches: if several { matches.collect() } else { Vec::new() },
        problem,
        jumps: jumps(&fits, today, month_ago),
        frame,
    };
    Ok(render(&page)?.into_response())
}

/// The accounts that a text means: by id, by its whole name, or by a part of it.
fn accounts(portfolio: &Portfolio, asked: &str) -> Vec<(AccountId, String)> {
    if asked.is_empty() {
        return Vec::new();
    }
    let line = |row: &linchpin_query::view::AccountRow| (row.id, row.name.clone());
    if let Ok(id) = asked.parse::<AccountId>()
        && let Some(row) = portfolio.accounts.iter().find(|row| row.id == id)
    {
        return vec![line(row)];
    }
    let wanted = asked.to_lowercase();
    if let Some(row) = portfolio.accounts.iter().find(|row| row.name.to_lowercase() == wanted) {
        return vec![line(row)];
    }
    let part = portfolio.accounts.iter().filter(|row| row.name.to_lowercase().contains(&wanted));
    part.map(line).collect()
}

/// Where a filled-in form leads; nowhere where it fits several accounts.
fn where_to(
    visit: &Visit,
    fits: &[(AccountId, String)],
    asked: &str,
    today: Date,
) -> Result<Option<String>, String> {
    let day = visit.clocks.day().map_err(|error| error.to_string())?;
    if day.is_some_and(|day| day > today) {
        return Err("That day has not come yet. Choose today or an earlier one.".to_owned());
    }
    let alerts = visit.get("page") == Some("alerts");
    let path = match (fits, asked) {
        (_, "") if alerts => "/alerts".to_owned(),
        (_, "") => "/portfolio".to_owned(),
        ([], _) => return Err(format!("No account is called “{asked}”.")),
        ([(id, _)], _) if alerts => address("/alerts", &[("account".to_owned(), id.to_string())]),
        ([(id, _)], _) => format!("/accounts/{id}"),
        _ => return Ok(None),
    };
    Ok(Some(with_clocks(&path, &visit.clocks)))
}

fn with_clocks(path: &str, clocks: &AskedClocks) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}{}", clocks.query())
}

/// Questions that are asked often, for one account where one is chosen, else for all.
fn jumps(fits: &[(AccountId, String)], today: Date, month_ago: Date) -> Vec<(String, String)> {
    let (path, whom) = match fits {
        [(id, name)] => (format!("/accounts/{id}"), name.clone()),
        _ => ("/portfolio".to_owned(), "the portfolio".to_owned()),
    };
    let year_ago = today.saturating_sub(Span::new().years(1));
    let (month, year) = (show::day_long(&month_ago), show::day_long(&year_ago));
    vec![
        (
            format!("{path}?as_of={month_ago}&known_at={month_ago}"),
            format!("What did we believe of {whom} on {month}?"),
        ),
        (format!("{path}?as_of={month_ago}"), format!("What do we know now of {whom} on {month}?")),
        (
            format!("{path}?as_of={year_ago}"),
            format!("How did {whom} stand a year ago, on {year}?"),
        ),
        (
            format!("/alerts?as_of={month_ago}&known_at={month_ago}"),
            format!("Which alerts stood on {month}?"),
        ),
    ]
}
