//! Clients whose names are alike: a person says what they are to each other.

use askama::Template;
use axum::extract::State;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_query::view::{Alike, NewestSuggestions, Suggestions};

use super::colleagues::colleagues;
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::Web;
use crate::visit::Visit;

/// Clients shown on the page of all.
const MOST: usize = 25;

/// What `part/suggestions.html` draws: a client's suggestions, and who of us may act on them.
pub(crate) struct Alikes {
    pub(crate) view: Suggestions,
    pub(crate) colleagues: Vec<(MemberId, String)>,
}

impl Alikes {
    /// The suggestions of one client at the present; `None` where there are none, none are at hand
    /// yet or can be had, or the page is one about the past.
    pub(crate) async fn of(web: &Web, desk: &Desk, id: AccountId, past: bool) -> Option<Self> {
        if past || !web.model.names_filed() {
            return None;
        }
        // They are beside what the page is about, so it is shown without them where they fail.
        let view = web.model.suggestions(id).await.ok()??;
        let today = web.model.today();
        let found = Self { view, colleagues: colleagues(desk, None, today) };
        (!found.view.is_empty()).then_some(found)
    }
}

#[derive(Template)]
#[template(path = "suggestions.html")]
struct SuggestionsPage {
    frame: Frame,
    lede: String,
    view: NewestSuggestions,
}

/// The clients registered last that are like others.
pub(crate) async fn suggestions(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&[])?;
    let now = web.now().await?;
    let frame = Frame::now("Names alike", Section::Portfolio, &visit, &web, &now.portfolio);
    let found = web.model.newest_suggestions(MOST).await.map_err(PageError::from_model)?;
    let lede = match found.clients.len() {
        0 => "No new client is called much like another.".to_owned(),
        1 => "One new client is called much like others.".to_owned(),
        n => format!("{} new clients are called much like others.", show::spelled(n)),
    };
    render(&SuggestionsPage { frame, lede, view: found })
}

/// Every suggestion of a client, with what the other may be.
pub(crate) fn kinds(client: &Suggestions) -> Vec<(&'static str, &Alike)> {
    let kinds = [
        ("The same as", &client.duplicates),
        ("Part of", &client.parents),
        ("Parent of", &client.subsidiaries),
    ];
    kinds.into_iter().flat_map(|(kind, others)| others.iter().map(move |it| (kind, it))).collect()
}
