//! All accounts: how much hangs on how few, and the list.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use linchpin_domain::policy::Status;
use linchpin_query::view::{self, AccountRow, Portfolio};

use super::portfolio_parts::Parts;
use super::rows::{DUES, Filter, Owner, SORTS};
use super::{Chip, Choice, Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::{Web, working};
use crate::visit::Visit;

/// Lines of a page of the list.
const PAGE: usize = 25;

/// What an address of the list may say.
pub(super) const KNOWN: [&str; 6] = ["name", "status", "owner", "due", "sort", "page"];

/// A column's head.
struct Head {
    class: &'static str,
    name: String,
    href: String,
    sorted: bool,
    direction: &'static str,
}

#[derive(Template)]
#[template(path = "portfolio.html")]
struct PortfolioPage {
    frame: Frame,
    watch: String,
    view: Arc<Portfolio>,
    filter: Filter,
    lede: String,
    rest: String,
    csv: String,
    legend: Vec<(&'static str, String, String)>,
    chips: Vec<Chip>,
    owners: Vec<Choice>,
    dues: Vec<Choice>,
    sorts: Vec<Choice>,
    carried: Vec<(&'static str, String)>,
    heads: Vec<Head>,
    rows: Vec<AccountRow>,
    caption: String,
    previous: Option<String>,
    next: Option<String>,
    parts: Parts,
}

/// The list of accounts.
pub(crate) async fn portfolio(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&KNOWN)?;
    let filter = Filter::of(&visit)?;
    let number = page_number(&visit)?;
    let now = web.now().await?;
    let seen = web.at(&visit).await?;
    let frame = Frame::now("Portfolio", Section::Portfolio, &visit, &web, &now.portfolio)
        .at(&seen.clocks, &web, &visit, "/portfolio")
        .live();
    let (desk, all) = (seen.desk, Arc::clone(&seen.portfolio));
    let figures = working(move || view::portfolio_view(&desk, &all)).await?;
    let parts = Parts::of(figures.ok_or(PageError::Broken)?);
    render(&compose(frame, &visit, filter, number, seen.portfolio, parts))
}

/// Which page of a list is asked for, counted from 1.
pub(super) fn page_number(visit: &Visit) -> Result<usize, PageError> {
    let Some(text) = visit.get("page") else { return Ok(1) };
    let number = text.parse().ok().filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| PageError::Bad(format!("`page` is `{text}`. Pages are counted from 1.")))
}

fn compose(
    frame: Frame,
    visit: &Visit,
    filter: Filter,
    number: usize,
    view: Arc<Portfolio>,
    parts: Parts,
) -> PortfolioPage {
    let picked = filter.pick(&view.accounts);
    let chips = chips(visit, &filter, &picked);
    let fits: Vec<&AccountRow> = picked
        .into_iter()
        .filter(|row| filter.status.is_none_or(|status| row.status == status))
        .collect();
    let from = (number - 1).saturating_mul(PAGE).min(fits.len());
    let to = (from + PAGE).min(fits.len());
    let name = SORTS.iter().find(|(sort, _)| *sort == filter.sort).map_or("", |(_, name)| *name);
    let caption = format!(
        "Accounts {} to {} of {}, sorted by {}.",
        show::number_words(from + 1),
        show::number_words(to),
        show::number_words(fits.len()),
        name.to_lowercase()
    );
    let at = |page: usize| visit.with("/portfolio", &[("page", &page.to_string())]);
    PortfolioPage {
        watch: "all".to_owned(),
        lede: lede(&view),
        rest: rest(&view),
        csv: visit.with("/portfolio.csv", &[("page", "")]),
        legend: legend(&view),
        owners: owners(&view, &filter),
        dues: DUES.iter().map(|(v, n)| Choice::of(v, n, filter.due.as_deref())).collect(),
        sorts: SORTS.iter().map(|(v, n)| Choice::of(v, n, Some(filter.sort))).collect(),
        carried: carried(visit, &["status"]),
        heads: heads(visit, &filter, &view.currency),
        rows: fits[from..to].iter().map(|row| (*row).clone()).collect(),
        caption,
        previous: (number > 1).then(|| at(number - 1)),
        next: (to < fits.len()).then(|| at(number + 1)),
        chips,
        frame,
        filter,
        view,
        parts,
    }
}

fn with(view: &Portfolio, status: Status) -> usize {
    let found = view.counts.iter().find(|count| count.status == status);
    found.map_or(0, |count| count.accounts)
}

fn lede(view: &Portfolio) -> String {
    let accounts = show::count(view.accounts.len(), "account", "accounts");
    let (keys, trial) = (with(view, Status::Key), with(view, Status::Trial));
    let trial = match trial {
        0 => String::new(),
        n => format!(" and {} on trial", show::spelled_within(n)),
    };
    format!("{accounts}, {} of them key{trial}.", show::number_words(keys))
}

fn rest(view: &Portfolio) -> String {
    let mut words = match &view.total_revenue {
        Some(total) => {
            let revenue = show::money(total, &view.currency);
            format!("Revenue of the last {} days is {revenue}.", view.window_days)
        }
        None => format!("Revenue of the last {} days is too large to sum.", view.window_days),
    };
    match with(view, Status::Nominated) {
        0 => {}
        1 => words.push_str(" One account is nominated and waits for a yes."),
        n => words
            .push_str(&format!(" {} accounts are nominated and wait for a yes.", show::spelled(n))),
    }
    match with(view, Status::UnderReview) {
        0 => {}
        1 => words.push_str(" One key account is under review."),
        n => words.push_str(&format!(" {} key accounts are under review.", show::spelled(n))),
    }
    words
}

fn legend(view: &Portfolio) -> Vec<(&'static str, String, String)> {
    let shares = &view.concentration;
    let others = view.accounts.len().saturating_sub(10);
    let mut legend = vec![
        ("bar", "Largest client".to_owned(), show::share(&shares.top_1, shares)),
        ("bar mid", "Five largest".to_owned(), show::share(&shares.top_5, shares)),
        ("bar low", "Ten largest".to_owned(), show::share(&shares.top_10, shares)),
    ];
    if others > 0 {
        let name = format!("The other {}", show::number_words(others));
        legend.push(("track", name, show::share(&(1.0 - shares.top_10).max(0.0), shares)));
    }
    legend
}

fn chips(visit: &Visit, filter: &Filter, picked: &[&AccountRow]) -> Vec<Chip> {
    let chip = |value: &str, name, status: Option<Status>| Chip {
        href: visit.with("/portfolio", &[("status", value), ("page", "")]),
        name,
        status,
        accounts: picked.iter().filter(|row| status.is_none_or(|s| row.status == s)).count(),
        current: filter.status == status,
    };
    vec![
        chip("", "All", None),
        chip("key", "Key", Some(Status::Key)),
        chip("trial", "On trial", Some(Status::Trial)),
        chip("nominated", "Nominated", Some(Status::Nominated)),
        chip("review", "Under review", Some(Status::UnderReview)),
        chip("released", "Released", Some(Status::Released)),
        chip("standard", "Standard", Some(Status::Standard)),
    ]
}

fn owners(view: &Portfolio, filter: &Filter) -> Vec<Choice> {
    let chosen = match filter.owner {
        Owner::Anyone => String::new(),
        Owner::Nobody => "nobody".to_owned(),
        Owner::One(id) => id.to_string(),
    };
    let owners = view.accounts.iter().filter_map(|row| row.owner.as_ref());
    let mut named: Vec<(String, String)> =
        owners.map(|owner| (owner.name.clone(), owner.id.to_string())).collect();
    named.sort();
    named.dedup();
    let mut choices = vec![Choice::of("", "Anyone", Some(&chosen))];
    choices.extend(named.iter().map(|(name, id)| Choice::of(id, name, Some(&chosen))));
    choices.push(Choice::of("nobody", "Nobody yet", Some(&chosen)));
    choices
}

/// What a filter form keeps of the address besides its own fields.
pub(super) fn carried(visit: &Visit, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let clocks = ["as_of", "known_at"];
    let kept = names.iter().copied().chain(clocks);
    kept.filter_map(|name| visit.get(name).map(|value| (name, value.to_owned()))).collect()
}

fn heads(visit: &Visit, filter: &Filter, currency: &str) -> Vec<Head> {
    let columns: [(&'static str, String, &'static str); 9] = [
        ("", "Account".to_owned(), "name"),
        ("wide", "Status".to_owned(), "status"),
        ("num", format!("Revenue, {}", show::symbol(currency).trim_end()), "revenue"),
        ("roomy", "12 months".to_owned(), ""),
        ("num roomy", "Share".to_owned(), "share"),
        ("num", "Score, drift".to_owned(), "score"),
        ("wide", "Next deadline".to_owned(), "renewal"),
        ("roomy", "Coverage".to_owned(), ""),
        ("roomy", "Owner".to_owned(), "owner"),
    ];
    let head = |(class, name, sort): (&'static str, String, &'static str)| Head {
        class,
        name,
        href: match sort {
            "" => String::new(),
            sort => visit.with("/portfolio", &[("sort", sort), ("page", "")]),
        },
        sorted: sort == filter.sort,
        direction: match sort {
            "revenue" | "score" | "share" => "descending",
            _ => "ascending",
        },
    };
    columns.into_iter().map(head).collect()
}
