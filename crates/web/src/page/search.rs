//! Finding an account, a contact or an entry.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_query::view::{AccountRow, Portfolio};

use super::render;
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Most accounts, and most contacts, listed.
pub(super) const MOST: usize = 30;
/// Longest text looked for, in characters.
const LONGEST: usize = 200;

struct Found {
    id: AccountId,
    name: String,
    note: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    lede: String,
    accounts: Vec<Found>,
    contacts: Vec<Found>,
}

/// What a text means: an entry's number or an account's id lead there, a name is looked for.
pub(crate) async fn search(State(web): State<Web>, visit: Visit) -> Result<Response, PageError> {
    visit.allow(&["q"])?;
    let sought: String = visit.get("q").unwrap_or_default().chars().take(LONGEST).collect();
    if let Some(position) = entry_number(&sought) {
        return Ok(Redirect::to(&format!("/entries/{position}")).into_response());
    }
    let now = web.now().await?;
    if let Ok(id) = sought.parse::<AccountId>()
        && let Some(account) = now.desk.account(now.desk.meant(id))
    {
        return Ok(Redirect::to(&format!("/accounts/{}", account.id)).into_response());
    }
    let mut frame = Frame::now("Search", Section::Other, &visit, &web, &now.portfolio);
    frame.sought = sought.clone();
    if sought.is_empty() {
        let lede = "Type a name or a number into the field above.".to_owned();
        let page = SearchPage { frame, lede, accounts: Vec::new(), contacts: Vec::new() };
        return Ok(render(&page)?.into_response());
    }
    let (desk, portfolio, day) =
        (Arc::clone(&now.desk), Arc::clone(&now.portfolio), now.clocks.as_of);
    let wanted = sought.to_lowercase();
    let look = move || {
        let mut accounts: Vec<Found> = accounts(&portfolio, &wanted, None).map(found).collect();
        accounts.extend(merged(&desk, &wanted, day).take(MOST - accounts.len()));
        (accounts, contacts(&desk, &wanted, day))
    };
    let (accounts, contacts) = working(look).await?;
    let lede = lede(&sought, accounts.len(), contacts.len());
    Ok(render(&SearchPage { frame, lede, accounts, contacts })?.into_response())
}

/// Accounts with a text in lower case in their names, in the order of the portfolio; one may be
/// left out.
pub(super) fn accounts<'a>(
    portfolio: &'a Portfolio,
    wanted: &'a str,
    but: Option<AccountId>,
) -> impl Iterator<Item = &'a AccountRow> {
    let fits =
        move |row: &&AccountRow| Some(row.id) != but && row.name.to_lowercase().contains(wanted);
    portfolio.accounts.iter().filter(fits).take(MOST)
}

fn found(row: &AccountRow) -> Found {
    let note = format!("{}, {} points", show::status_word(row.status), row.points);
    Found { id: row.id, name: row.name.clone(), note }
}

/// Duplicates with a text in lower case in their names: each leads to the account as which it is
/// read.
fn merged<'a>(
    desk: &'a Desk,
    wanted: &'a str,
    day: jiff::civil::Date,
) -> impl Iterator<Item = Found> + 'a {
    let duplicates = desk.accounts().flat_map(move |stays| {
        desk.duplicates_of(stays.id).filter_map(move |id| Some((stays, desk.told_account(id)?)))
    });
    duplicates.filter_map(move |(stays, told)| {
        let name = told.name_on(day);
        name.to_lowercase().contains(wanted).then(|| {
            let since = told.merged_into().map_or_else(String::new, |(source, _)| {
                format!(" on {} (#{})", show::day_long(&source.day), source.position)
            });
            let note = format!("merged into {}{since}", stays.name_on(day));
            Found { id: stays.id, name, note }
        })
    })
}

/// `#48213`, `48,213` or `48213`.
fn entry_number(sought: &str) -> Option<u64> {
    let bare = sought.strip_prefix('#').unwrap_or(sought).replace(',', "");
    (!bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()))
        .then(|| bare.parse().ok())
        .flatten()
}

fn lede(sought: &str, accounts: usize, contacts: usize) -> String {
    let more = |number: usize| if number == MOST { "at least " } else { "" };
    match (accounts, contacts) {
        (0, 0) => format!("Nothing is called “{sought}”."),
        (accounts, contacts) => format!(
            "“{sought}” is in the names of {}{} and {}{}.",
            more(accounts),
            show::count(accounts, "account", "accounts"),
            more(contacts),
            show::count(contacts, "contact", "contacts")
        ),
    }
}

fn contacts(desk: &Desk, wanted: &str, day: jiff::civil::Date) -> Vec<Found> {
    let mut found = Vec::new();
    for account in desk.accounts() {
        for contact in account.contacts_on(day) {
            if found.len() == MOST {
                return found;
            }
            if !contact.name().to_lowercase().contains(wanted) {
                continue;
            }
            let title = &contact.picture.title;
            let at = account.name_on(day);
            let place = if contact.active { at } else { format!("{at}, left") };
            let note = if title.is_empty() { place } else { format!("{title}, {place}") };
            found.push(Found { id: account.id, name: contact.name().to_owned(), note });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_means_an_entry() {
        assert_eq!(entry_number("#48,213"), Some(48_213));
        assert_eq!(entry_number("17"), Some(17));
        assert_eq!(entry_number("crm:17"), None);
        assert_eq!(entry_number("#"), None);
    }
}
