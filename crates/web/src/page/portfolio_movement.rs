//! Who moved from which status to which between two days.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use jiff::ToSpan as _;
use jiff::civil::Date;
use linchpin_query::view::{Move, Movement};

use super::portfolio::{carried, page_number};
use super::{Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::show;
use crate::state::Web;
use crate::visit::Visit;

/// Clients of a page of the list.
const PAGE: usize = 50;

/// Days that it looks back where no first day is given.
const DAYS: i32 = 90;

const PATH: &str = "/portfolio/movement";

#[derive(Template)]
#[template(path = "movement.html")]
struct MovementPage {
    frame: Frame,
    lede: String,
    today: Date,
    carried: Vec<(&'static str, String)>,
    moves: Vec<Move>,
    caption: String,
    previous: Option<String>,
    next: Option<String>,
    view: Arc<Movement>,
}

/// The table of who moved, with a form for the two days.
pub(crate) async fn movement(State(web): State<Web>, visit: Visit) -> Page {
    visit.allow(&["from", "to", "page"])?;
    let number = page_number(&visit)?;
    let (from, to) = (day(&visit, "from")?, day(&visit, "to")?);
    let today = web.model.today();
    if to.is_some_and(|day| day > today) {
        let words = "`to` has not come yet. Choose today or an earlier day.";
        return Err(PageError::Bad(words.to_owned()));
    }
    let now = web.now().await?;
    let (desk, mut clocks) = web.desk_at(&visit).await?;
    let frame = Frame::now("Who moved", Section::Portfolio, &visit, &web, &now.portfolio)
        .at(&clocks, &web, &visit, PATH);
    clocks.as_of = to.unwrap_or(clocks.as_of);
    let from = from.unwrap_or_else(|| clocks.as_of.saturating_sub(DAYS.days()));
    if from > clocks.as_of {
        let to = clocks.as_of;
        return Err(PageError::Bad(format!("`from` {from} lies after `to` {to}. Swap the days.")));
    }
    let view = web.model.movement(&desk, from, &clocks).await.map_err(PageError::from_model)?;
    render(&compose(frame, &visit, number, view, today))
}

fn day(visit: &Visit, name: &str) -> Result<Option<Date>, PageError> {
    let Some(text) = visit.get(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        PageError::Bad(format!("`{name}` is `{text}`, which is no day. Write it as 2026-09-30."))
    })
}

fn compose(
    frame: Frame,
    visit: &Visit,
    number: usize,
    view: Arc<Movement>,
    today: Date,
) -> MovementPage {
    let from = (number - 1).saturating_mul(PAGE).min(view.moves.len());
    let to = (from + PAGE).min(view.moves.len());
    let at = |page: usize| visit.with(PATH, &[("page", &page.to_string())]);
    let moved = match view.moved {
        0 => "Nobody moved".to_owned(),
        moved => format!("{} moved", show::count(moved, "account", "accounts")),
    };
    let caption = format!(
        "Accounts {} to {} of {}, who moved last first.",
        show::number_words(from + 1),
        show::number_words(to),
        show::number_words(view.moved)
    );
    MovementPage {
        lede: moved,
        today,
        carried: carried(visit, &[]),
        moves: view.moves[from..to].to_vec(),
        caption,
        previous: (number > 1).then(|| at(number - 1)),
        next: (to < view.moves.len()).then(|| at(number + 1)),
        frame,
        view,
    }
}
