//! What the accounts come to together, and who moved between two days.

use axum::Json;
use axum::extract::{RawQuery, State};
use jiff::ToSpan;
use linchpin_problem::Problem;

use super::described::{TwoClocks, Unreadable};
use super::params::Params;
use super::{Answer, Api, made};
use crate::view::{self, Movement, PortfolioView};

/// Days that movement looks back where no first day is given.
const MOVEMENT_DAYS: i32 = 90;

/// Shares of revenue and profit by status, concentration, groups, and who is drifting towards or
/// away from key. The accounts themselves are at `/v1/accounts`.
#[utoipa::path(
    get, path = "/v1/portfolio", tag = "accounts",
    params(TwoClocks),
    responses(
        (status = 200, description = "The figures", body = PortfolioView),
        Unreadable
    )
)]
pub(super) async fn figures(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<PortfolioView> {
    let params = Params::read(query.as_deref(), &["as_of", "known_at"])?;
    let (desk, clocks) = api.at(&params).await?;
    let portfolio = api.model.portfolio_of(&desk, &clocks).await?;
    let found = made(move || view::portfolio_view(&desk, &portfolio)).await?;
    found.map(Json).ok_or_else(|| Problem::failed("the figures could not be made: try again"))
}

/// Who moved from which status to which between two days, on which day and by what.
#[utoipa::path(
    get, path = "/v1/portfolio/movement", tag = "accounts",
    params(
        ("from" = Option<String>, Query, description = "the first day; 90 days before the last where left out"),
        ("to" = Option<String>, Query, description = "the last day; today where left out"),
        ("known_at" = Option<String>, Query, description = "only what was known by then")
    ),
    responses(
        (status = 200, description = "Who moved", body = Movement),
        (status = 400, description = "A parameter cannot be read, or the days stand the wrong way round", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn movement(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<Movement> {
    let params = Params::read(query.as_deref(), &["from", "to", "known_at"])?;
    let (from, to) = (params.day("from")?, params.day("to")?);
    let known_at = params.moment("known_at", &api.model.genesis().zone())?;
    let (desk, clocks) = api.model.at(to, known_at).await?;
    let to = clocks.as_of;
    let from = from.unwrap_or_else(|| to.saturating_sub(MOVEMENT_DAYS.days()));
    if from > to {
        let detail = format!("`from` {from} lies after `to` {to}: give the earlier day as `from`");
        return Err(Problem::bad_request(detail));
    }
    Ok(Json(api.model.movement(&desk, from, &clocks).await?.as_ref().clone()))
}
