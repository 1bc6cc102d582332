//! Try a change: what another policy would have said. Nothing is kept and nobody is told.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use linchpin_domain::policy::Policy;
use linchpin_query::view::{self, CurvePoint, TrialClient, TrialView};
use serde::Deserialize;

use super::render;
use super::trial_form::{self, Field};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::marks::Markup;
use crate::state::{Seen, Web};
use crate::visit::Visit;
use crate::{plot, show};

/// Largest form with a whole document in it, in bytes: encoded, each byte may take three.
pub(crate) const MAX_FORM: usize = 3 * linchpin_domain::policy::MAX_DOCUMENT + 1024;

/// Most clients that a table of the page lists.
const MOST_ROWS: usize = 100;

/// A whole document to try.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whole {
    document: String,
    #[serde(default)]
    from: String,
    /// Told by a box that is ticked, else left out.
    assume_yes: Option<String>,
}

/// What came of a trial.
struct Made {
    view: TrialView,
    changing: Vec<TrialClient>,
    before: Vec<TrialClient>,
    staying: usize,
    more: usize,
    plot: Markup,
    plot_words: String,
    curve: Vec<CurvePoint>,
    else_differs: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "trial.html")]
struct TrialPage {
    frame: Frame,
    in_force: Option<String>,
    fields: Vec<Field>,
    from: String,
    assume_yes: bool,
    today: Date,
    document: String,
    refused: Option<String>,
    wrong: Option<String>,
    made: Option<Made>,
}

/// The form, and what comes of the thresholds and points in the address. Those that do not hold
/// are given back with what is wrong.
pub(crate) async fn trial(State(web): State<Web>, visit: Visit) -> Result<Response, PageError> {
    let now = web.now().await?;
    let policy = in_force(&now);
    let names = trial_form::names(policy.as_deref());
    visit.allow(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut page = TrialPage::of(&web, &visit, &now).await?;
    if let Some(policy) = policy.filter(|_| !visit.pairs.is_empty()) {
        page.fields = trial_form::asked(&policy, &visit)?;
        page.from = visit.get("from").unwrap_or_default().to_owned();
        page.assume_yes = visit.get("assume_yes").is_some();
        match trial_form::draft(&page.document, &page.fields) {
            Ok(draft) => page.made = Some(made(&web, &now, draft, &page).await?),
            Err(reason) => {
                page.refused = Some(reason);
                return unprocessable(&page);
            }
        }
    }
    Ok(render(&page)?.into_response())
}

/// What comes of a whole document. One that does not hold is given back with what is wrong.
pub(crate) async fn trial_of_document(
    State(web): State<Web>,
    visit: Visit,
    form: Result<Form<Whole>, FormRejection>,
) -> Result<Response, PageError> {
    let Form(whole) = form.map_err(|refused| PageError::of_form(&refused))?;
    visit.allow(&[])?;
    let now = web.now().await?;
    let mut page = TrialPage::of(&web, &visit, &now).await?;
    page.from.clone_from(&whole.from);
    page.assume_yes = whole.assume_yes.is_some();
    // Browsers send a text field's lines with both of the old line ends.
    page.document = whole.document.replace("\r\n", "\n");
    match Policy::draft(&page.document) {
        Ok(draft) => {
            if let Some(policy) = in_force(&now) {
                page.fields = trial_form::fields(&policy, &draft);
            }
            page.made = Some(made(&web, &now, draft, &page).await?);
            Ok(render(&page)?.into_response())
        }
        Err(error) => {
            page.wrong = Some(show::sentence(&error.to_string()));
            unprocessable(&page)
        }
    }
}

fn unprocessable(page: &TrialPage) -> Result<Response, PageError> {
    Ok((StatusCode::UNPROCESSABLE_ENTITY, render(page)?).into_response())
}

fn in_force(now: &Seen) -> Option<Arc<Policy>> {
    now.desk.firm().policy_on(now.clocks.as_of).map(|(_, policy)| Arc::clone(policy))
}

impl TrialPage {
    async fn of(web: &Web, visit: &Visit, now: &Seen) -> Result<Self, PageError> {
        let today = now.clocks.as_of;
        let firm = now.desk.firm();
        let in_force = firm.policy_on(today);
        let adopted = firm.policies().rev().find(|(source, _)| source.day <= today);
        let document = match adopted.or_else(|| firm.policies().next()) {
            None => String::new(),
            Some((source, _)) => {
                let entry = web.model.entry(source.position).await;
                let entry = entry.map_err(PageError::from_model)?;
                let text =
                    entry.and_then(|it| Some(it.payload.get("document")?.as_str()?.to_owned()));
                text.unwrap_or_default()
            }
        };
        Ok(Self {
            frame: Frame::now("Try a change", Section::Policy, visit, web, &now.portfolio),
            in_force: in_force.map(|(version, it)| format!("{}, version {version}", it.name)),
            fields: in_force.map_or_else(Vec::new, |(_, it)| trial_form::fields(it, it)),
            from: String::new(),
            assume_yes: false,
            today,
            document,
            refused: None,
            wrong: None,
            made: None,
        })
    }
}

/// Makes the trial, away from the threads that answer requests.
async fn made(web: &Web, now: &Seen, draft: Policy, page: &TrialPage) -> Result<Made, PageError> {
    let today = now.clocks.as_of;
    let draft = if page.assume_yes { draft.with_every_yes() } else { draft };
    let from: Option<Date> = match page.from.trim() {
        "" => None,
        text => Some(text.parse().ok().filter(|day| *day <= today).ok_or_else(|| {
            PageError::Bad("`from` is no day up to today. Write it as 2026-01-31.".to_owned())
        })?),
    };
    let (desk, clocks, in_force) = (Arc::clone(&now.desk), now.clocks.clone(), in_force(now));
    let work = move || {
        let draft = Arc::new(draft);
        let view = view::trial(&desk, &draft, from, clocks, &|_| {});
        let now = in_force.unwrap_or_else(|| Arc::clone(&draft));
        let curve = view::trial_curve(&desk, &now, &draft, today);
        (view, curve)
    };
    let (view, curve) = web.model.try_out(work).await.map_err(PageError::from_model)?;
    let needed =
        (view.now.as_ref().map_or(view.draft.enters_at, |it| it.enters_at), view.draft.enters_at);
    let listed = |wanted: &dyn Fn(&TrialClient) -> bool| {
        let all = view.clients.iter().filter(|it| wanted(it)).cloned();
        all.collect::<Vec<TrialClient>>()
    };
    let is_changing = |it: &TrialClient| it.now.status != it.draft.status;
    let mut changing = listed(&is_changing);
    let mut before = listed(&|it| !is_changing(it) && !it.stretches.is_empty());
    let staying = view.counts.stayed as usize;
    let more = changing.len().saturating_sub(MOST_ROWS) + before.len().saturating_sub(MOST_ROWS);
    changing.truncate(MOST_ROWS);
    before.truncate(MOST_ROWS);
    Ok(Made {
        changing,
        before,
        staying,
        more: more + view.left_out,
        plot: plot::trial(&curve, needed.0, needed.1),
        plot_words: plot::trial_words(&curve, needed.0, needed.1),
        else_differs: else_differs(&view),
        curve,
        view,
    })
}

/// What else would differ: how much, in bold, and what it is.
fn else_differs(view: &TrialView) -> Vec<(String, String)> {
    let mut said = Vec::new();
    let since = show::since(&view.from);
    let mut count = |now: u32, draft: u32, one: &str, many: &str, rest: &str| {
        let apart = draft.abs_diff(now) as usize;
        if apart > 0 {
            let more = if draft > now { "more" } else { "fewer" };
            let noun = if apart == 1 { one } else { many };
            said.push((format!("{apart} {more} {noun}"), format!("{rest} {since}.")));
        }
    };
    let (was, would) = (view.moves_now, view.moves_draft);
    count(was.entered, would.entered, "entry", "entries", "into the key accounts");
    count(was.reviews, would.reviews, "review", "reviews", "begun");
    count(was.nominated, would.nominated, "nomination", "nominations", "to say yes or no to");
    count(was.left, would.left, "end", "ends", "of being a key account");
    if let Some(last) = view.covered.last() {
        let (now, draft) = (show::percent(&last.now), show::percent(&last.draft));
        said.push((format!("{draft} of revenue"), format!("under key accounts, now {now}.")));
    }
    said
}
