//! Which clients may be one, or belong together, by their names.

use axum::Json;
use axum::extract::{Path, RawQuery, State};

use super::asked::{named, no_such};
use super::described::{NoAccount, OfAccount, Unreadable};
use super::params::Params;
use super::{Answer, Api};
use crate::view::{NewestSuggestions, Suggestions};

/// Clients in one answer, unless asked for fewer.
const LIST: usize = 25;

/// Clients in one answer at most.
const MAX_LIST: usize = 100;

/// Likely duplicates, parents and subsidiaries of a client by name, each with a score and why. What
/// people have settled (merged, joined, dismissed) is not among them. Nothing is ever merged by
/// itself. It is about the present alone.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/suggestions", tag = "accounts",
    params(OfAccount),
    responses(
        (status = 200, description = "The suggestions", body = Suggestions),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn of_one(
    State(api): State<Api>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Suggestions> {
    Params::read(query.as_deref(), &[])?;
    let account = named(&api, &id)?;
    let found = api.model.suggestions(account).await?;
    found.map(Json).ok_or_else(|| no_such(&id))
}

/// The clients registered last that are like others by name.
#[utoipa::path(
    get, path = "/v1/suggestions", tag = "accounts",
    params(("limit" = Option<u32>, Query, description = "1 to 100; 25 where left out")),
    responses(
        (status = 200, description = "Clients with suggestions", body = NewestSuggestions),
        Unreadable
    )
)]
pub(super) async fn newest(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<NewestSuggestions> {
    let params = Params::read(query.as_deref(), &["limit"])?;
    let limit = params.number("limit", 1, MAX_LIST)?.unwrap_or(LIST);
    Ok(Json(api.model.newest_suggestions(limit).await?))
}
