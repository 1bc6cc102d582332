//! One file a page, and the wording that templates share.

mod account;
mod account_acts;
mod account_parts;
mod act_form;
mod alerts;
mod colleagues;
mod csv;
mod entry;
mod hand_all;
mod look_back;
mod members;
mod ownership;
mod policy;
mod portfolio;
mod portfolio_movement;
mod portfolio_parts;
mod quarantine;
mod rows;
mod search;
mod suggestions;
mod theme;
mod today;
mod trial;
mod trial_form;
mod words;

pub(crate) use account::account;
pub(crate) use account_acts::deed_title;
pub(crate) use account_parts::engagements;
pub(crate) use act_form::{act, pick_field};
pub(crate) use alerts::alerts;
pub(crate) use csv::portfolio_csv;
pub(crate) use entry::entry;
pub(crate) use hand_all::hand_all;
pub(crate) use look_back::look_back;
pub(crate) use members::{leave, members};
pub(crate) use ownership::ownership;
pub(crate) use policy::{policy, policy_toml};
pub(crate) use portfolio::portfolio;
pub(crate) use portfolio_movement::movement;
pub(crate) use portfolio_parts::{crossing_words, distance_words};
pub(crate) use quarantine::quarantine;
pub(crate) use search::search;
pub(crate) use suggestions::{Alikes, kinds, suggestions};
pub(crate) use theme::theme;
pub(crate) use today::today;
pub(crate) use trial::{MAX_FORM, trial, trial_of_document};
pub(crate) use words::*;

use askama::Template;
use axum::response::Html;

use crate::error::PageError;

/// Longest reason that a form lets through, in letters as browsers count them: written in any
/// script it stays below the 4,000 bytes that a fact takes.
pub(crate) const MAX_REASON: usize = 1_000;

/// A page, or why there is none.
pub(crate) type Page = Result<Html<String>, PageError>;

/// A choice in a list of choices.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) name: String,
    pub(crate) chosen: bool,
}

impl Choice {
    fn of(value: &str, name: &str, chosen: Option<&str>) -> Self {
        let chosen = chosen.unwrap_or_default() == value;
        Self { value: value.to_owned(), name: name.to_owned(), chosen }
    }
}

/// A filter drawn as a link.
pub(crate) struct Chip {
    pub(crate) href: String,
    pub(crate) name: &'static str,
    pub(crate) status: Option<linchpin_domain::policy::Status>,
    pub(crate) accounts: usize,
    pub(crate) current: bool,
}

fn render(template: &impl Template) -> Page {
    template.render().map(Html).map_err(|error| {
        tracing::error!(%error, "a page could not be drawn");
        PageError::Broken
    })
}
