//! The form of an act on a client.
//!
//! The forms are plain and post to the doors that programs use. Who acts is one of us, chosen by
//! name; who and which other client can be named is judged by what judges the act itself.

use askama::Template;
use axum::extract::{Path, State};
use jiff::ToSpan;
use jiff::civil::Date;
use linchpin_domain::act::{
    Beforehand, MAX_OVERRIDE_YEARS, Refusal, latest_judgement, usual_expiry,
};
use linchpin_domain::fact::JudgementOf;
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_domain::policy::Status;
use linchpin_query::view;

use super::account_acts::{Asks, Deed};
use super::colleagues::colleagues;
use super::search::{MOST, accounts};
use super::{Choice, Page, render};
use crate::error::PageError;
use crate::frame::{Frame, Section};
use crate::state::{Seen, Web, working};
use crate::visit::Visit;

/// Another account that may be meant.
struct Found {
    id: AccountId,
    name: String,
    about: String,
    /// Why it cannot be named.
    refused: Option<String>,
}

#[derive(Template)]
#[template(path = "act.html")]
struct ActPage {
    frame: Frame,
    id: AccountId,
    name: String,
    back: String,
    deed: &'static Deed,
    /// Why it cannot be done whoever asks for it.
    refused: Option<String>,
    stands: String,
    whose: String,
    actors: Vec<(MemberId, String)>,
    colleagues: Vec<(MemberId, String)>,
    statuses: Vec<Choice>,
    today: Date,
    first: Date,
    last: Date,
    judged_to: Date,
    judged_until: Date,
    sought: String,
    found: Vec<Found>,
    cannot: Vec<Found>,
    /// Whether more than these may be meant.
    more: bool,
    stands_alone: bool,
}

/// The form of an act on a client.
pub(crate) async fn act(
    State(web): State<Web>,
    Path((text, name)): Path<(String, String)>,
    visit: Visit,
) -> Page {
    visit.allow(&["q"])?;
    visit.only_now()?;
    let deed = Deed::of(&name)
        .ok_or_else(|| PageError::NotFound("There is no such act on a client.".to_owned()))?;
    let parsed: AccountId = text.parse().map_err(|error| PageError::Bad(format!("{error}.")))?;
    let now = web.now().await?;
    let page = working(move || {
        let id = web.model.account_id(&text).unwrap_or(parsed);
        let frame = Frame::now(deed.title, Section::Portfolio, &visit, &web, &now.portfolio);
        let sought = visit.get("q").unwrap_or_default().to_owned();
        let meant = web.model.account_id(&sought);
        compose(&now, frame, (deed, id), sought, meant)
    });
    render(&page.await??)
}

/// The field of a form that names the other account.
pub(crate) fn pick_field(merges: bool) -> &'static str {
    if merges { "into" } else { "parent" }
}

/// The page: what stands, who may ask, and who and what can be named.
fn compose(
    now: &Seen,
    frame: Frame,
    (deed, id): (&'static Deed, AccountId),
    sought: String,
    meant: Option<AccountId>,
) -> Result<ActPage, PageError> {
    let (desk, today) = (&now.desk, now.clocks.as_of);
    let account = desk.told_account(id).ok_or_else(|| {
        PageError::NotFound("There is no such account. Search for it by name.".to_owned())
    })?;
    let before =
        Beforehand::of(desk, id, today).map_err(|refusal| PageError::NotFound(said(&refusal)))?;
    let role = before.role(deed.kind);
    let mut actors = colleagues(desk, role, today);
    actors.retain(|(member, _)| before.may_ask(deed.kind, *member).is_ok());
    let mut getters = colleagues(desk, None, today);
    getters.retain(|(member, _)| before.may_get(deed.kind, *member).is_ok());
    let others = others(now, &before, (deed, id), &sought, meant);
    let more = others.len() >= MOST;
    let (found, cannot) = others.into_iter().partition(|found| found.refused.is_none());
    let stands = view::explain(desk, id, now.clocks.clone());
    Ok(ActPage {
        frame,
        id,
        name: account.name_on(today),
        back: format!("/accounts/{}", desk.survivor(id)),
        deed,
        refused: before.allows(deed.kind).err().map(|refusal| said(&refusal)),
        stands: stands.map_or_else(String::new, |why| why.sentence),
        whose: role.map_or_else(String::new, |role| role.words().to_owned()),
        actors,
        colleagues: getters,
        statuses: statuses(),
        today,
        first: today.tomorrow().unwrap_or(today),
        last: today.saturating_add(MAX_OVERRIDE_YEARS.years()),
        judged_to: usual_expiry(today),
        judged_until: latest_judgement(today),
        found,
        cannot,
        more,
        sought,
        stands_alone: desk.parent_on(id, today).is_none(),
    })
}

/// Why an act is turned down, as a sentence.
fn said(refusal: &Refusal) -> String {
    crate::show::sentence(&refusal.to_string())
}

/// The statuses that an override can give.
fn statuses() -> Vec<Choice> {
    let given = Status::ALL.into_iter().filter(|status| *status != Status::Nominated);
    given.map(|it| Choice::of(it.words(), crate::show::status_word(it), None)).collect()
}

/// Clients that a text may mean, by name and the one whose id it is; the client itself left out.
fn others(
    now: &Seen,
    before: &Beforehand<'_>,
    (deed, id): (&Deed, AccountId),
    sought: &str,
    meant: Option<AccountId>,
) -> Vec<Found> {
    if sought.is_empty() {
        return Vec::new();
    }
    let (desk, today) = (&now.desk, now.clocks.as_of);
    let (itself, wanted) = (desk.survivor(id), sought.to_lowercase());
    let named = accounts(&now.portfolio, &wanted, Some(itself));
    let mut ids: Vec<AccountId> = named.map(|row| row.id).collect();
    let meant = meant.map(|it| desk.survivor(it)).filter(|it| *it != itself);
    if let Some(meant) = meant.filter(|it| !ids.contains(it)) {
        ids.insert(0, meant);
    }
    let found = ids.into_iter().filter_map(|id| desk.account(id)).map(|account| {
        let outside = account.external_ref().map(|(source, id)| format!("{source}:{id}"));
        let country = account.registered_on(today).and_then(|it| it.country.clone());
        let country = country.map(|country| country.to_string());
        let about: Vec<String> = [country, outside].into_iter().flatten().collect();
        Found {
            id: account.id,
            name: view::account_name(desk, account.id, today),
            about: about.join(", "),
            refused: before.may_join(deed.kind, account.id).err().map(|it| said(&it)),
        }
    });
    found.collect()
}
