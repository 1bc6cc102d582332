//! Alerts, and the written rules behind them.

use axum::Json;
use axum::extract::{RawQuery, State};
use linchpin_problem::Problem;
use serde::Serialize;

use super::params::Params;
use super::{Answer, Api, accounts, made};
use crate::view::{self, AlertView, Clocks, PolicyView};

const STATES: [&str; 4] = ["open", "snoozed", "acknowledged", "resolved"];

/// The alerts of a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct AlertList {
    /// What stood behind the answer.
    pub(super) clocks: Clocks,
    /// The alerts, the most urgent first.
    pub(super) alerts: Vec<AlertView>,
}

/// Alerts: today those that stand or were settled within a week; on a past day what was due.
#[utoipa::path(
    get, path = "/v1/alerts", tag = "alerts",
    params(
        ("state" = Option<String>, Query, description = "`open`, `snoozed`, `acknowledged` or `resolved`"),
        ("account" = Option<String>, Query, description = "of one account: a UUID, or SOURCE:ID"),
        ("as_of" = Option<String>, Query, description = "the day for which the answer is true"),
        ("known_at" = Option<String>, Query, description = "only what was known by then")
    ),
    responses(
        (status = 200, description = "The alerts", body = AlertList),
        (status = 400, description = "A parameter cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such account", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn list(State(api): State<Api>, RawQuery(query): RawQuery) -> Answer<AlertList> {
    let params = Params::read(query.as_deref(), &["state", "account", "as_of", "known_at"])?;
    let state =
        params.one_of("state", &STATES, |word| STATES.into_iter().find(|state| *state == word))?;
    let account = params.text("account").map(|id| accounts::named(&api, id)).transpose()?;
    let (desk, clocks) = api.at(&params).await?;
    let wanted = clocks.clone();
    let mut alerts = made(move || view::alert_list(&desk, wanted)).await?;
    alerts.retain(|alert| {
        state.is_none_or(|state| alert.state == state)
            && account.is_none_or(|account| alert.account == account)
    });
    Ok(Json(AlertList { clocks, alerts }))
}

/// The policy and the watch rules in force on a day.
#[utoipa::path(
    get, path = "/v1/policy", tag = "alerts",
    params(
        ("as_of" = Option<String>, Query, description = "the day for which the answer is true"),
        ("known_at" = Option<String>, Query, description = "only what was known by then")
    ),
    responses(
        (status = 200, description = "The rules", body = PolicyView),
        (status = 400, description = "A parameter cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No policy was ever adopted", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn policy(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<PolicyView> {
    let params = Params::read(query.as_deref(), &["as_of", "known_at"])?;
    let (desk, clocks) = api.at(&params).await?;
    view::policy_view(&desk, clocks).map(Json).ok_or_else(|| {
        Problem::not_found(
            "no policy has been adopted: adopt one with `linchpin policy adopt FILE`",
        )
    })
}
