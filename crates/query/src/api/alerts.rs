//! Alerts, and the written rules behind them.

use axum::Json;
use axum::extract::{RawQuery, State};
use linchpin_domain::policy::Policy;
use linchpin_problem::Problem;
use serde::Serialize;

use super::asked::named;
use super::described::{NoAccount, TwoClocks, Unreadable};
use super::params::{Params, next_page};
use super::{Answer, Api, made};
use crate::view::{self, AlertView, Clocks, PolicyView};

const STATES: [&str; 4] = ["open", "snoozed", "acknowledged", "resolved"];

/// Alerts in one answer, unless asked for fewer.
const LIST: usize = 200;

/// Alerts in one answer at most.
const MAX_LIST: usize = 500;

/// The alerts of a day.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(super) struct AlertList {
    /// What stood behind the answer.
    pub(super) clocks: Clocks,
    /// The alerts, the most urgent first.
    pub(super) alerts: Vec<AlertView>,
    /// Address of the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_cursor: Option<String>,
}

/// Alerts: today those that stand or were settled within a week; on a past day what was due.
#[utoipa::path(
    get, path = "/v1/alerts", tag = "alerts",
    params(
        ("state" = Option<String>, Query, description = "`open`, `snoozed`, `acknowledged` or `resolved`"),
        ("account" = Option<String>, Query, description = "of one account: a UUID, or SOURCE:ID"),
        ("limit" = Option<u32>, Query, description = "1 to 500; 200 where left out"),
        ("cursor" = Option<String>, Query, description = "from `next_cursor`"),
        TwoClocks
    ),
    responses(
        (status = 200, description = "The alerts", body = AlertList),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn list(State(api): State<Api>, RawQuery(query): RawQuery) -> Answer<AlertList> {
    let known = ["state", "account", "limit", "cursor", "as_of", "known_at"];
    let params = Params::read(query.as_deref(), &known)?;
    let state =
        params.one_of("state", &STATES, |word| STATES.into_iter().find(|state| *state == word))?;
    let account = params.text("account").map(|id| named(&api, id)).transpose()?;
    let limit = params.number("limit", 1, MAX_LIST)?.unwrap_or(LIST);
    let (desk, clocks) = api.at(&params).await?;
    let wanted = clocks.clone();
    let all = made(move || view::alert_list(&desk, wanted)).await?;
    let start = match params.text("cursor") {
        None => 0,
        Some(cursor) => match all.iter().position(|alert| place(alert) == cursor) {
            Some(at) => at + 1,
            None => {
                let detail = "parameter `cursor` names no alert of this list any more: begin again without it";
                return Err(Problem::bad_request(detail));
            }
        },
    };
    let mut rest = all.into_iter().skip(start).filter(|alert| {
        state.is_none_or(|state| alert.state == state)
            && account.is_none_or(|account| alert.account == account)
    });
    let alerts: Vec<AlertView> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let next_cursor = alerts
        .last()
        .filter(|_| more)
        .map(|last| next_page("/v1/alerts", query.as_deref(), &place(last)));
    Ok(Json(AlertList { clocks, alerts, next_cursor }))
}

/// What names an alert in a list: its id, or what was found where none was raised.
fn place(alert: &AlertView) -> String {
    match alert.id {
        Some(id) => id.to_string(),
        None => format!("{}/{}", alert.account, alert.key),
    }
}

/// The policy and the watch rules in force on a day.
#[utoipa::path(
    get, path = "/v1/policy", tag = "policy",
    params(TwoClocks),
    responses(
        (status = 200, description = "The rules", body = PolicyView),
        Unreadable,
        (status = 404, description = "No policy was ever adopted", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn policy(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<PolicyView> {
    let params = Params::read(query.as_deref(), &["as_of", "known_at"])?;
    let (desk, clocks) = api.at(&params).await?;
    let found = made(move || view::policy_view(&desk, clocks)).await?;
    found.map(Json).ok_or_else(|| {
        Problem::not_found(
            "no policy has been adopted: adopt one with `linchpin policy adopt FILE`",
        )
    })
}

/// The JSON Schema of a policy document (TOML), for editors and for programs that write one.
#[utoipa::path(
    get, path = "/v1/policy/schema", tag = "policy",
    responses((status = 200, description = "A JSON Schema", content_type = "application/json"))
)]
pub(super) async fn policy_schema() -> Json<serde_json::Value> {
    Json(Policy::schema().to_value())
}
