//! Ownership: open cases, one client's, and the rulings that were made before.

use axum::Json;
use axum::extract::{RawQuery, State};
use linchpin_domain::id::EntryId;
use linchpin_problem::Problem;

use super::asked::Asked;
use super::described::{NoAccount, OfAccount, TwoClocks, Unreadable};
use super::params::{Params, next_page};
use super::{Answer, Api, made};
use crate::view::{self, OpenOwnership, OwnershipView, RulingList};

/// Rulings in one answer, unless asked for fewer.
const LIST: usize = 50;

/// Rulings in one answer at most.
const MAX_LIST: usize = 200;

/// What waits for a ruling or a hand-over: clients that colleagues claim or work beside each
/// other, and clients of colleagues who left.
#[utoipa::path(
    get, path = "/v1/ownership", tag = "accounts",
    params(TwoClocks),
    responses(
        (status = 200, description = "What waits", body = OpenOwnership),
        Unreadable
    )
)]
pub(super) async fn open(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<OpenOwnership> {
    let params = Params::read(query.as_deref(), &["as_of", "known_at"])?;
    let (desk, clocks) = api.at(&params).await?;
    let rulings = api.model.rulings(&desk).await?;
    made(move || view::open_ownership(&desk, &rulings, clocks)).await.map(Json)
}

/// Whose client it is, who claims it, what the policy says, and how like cases were ruled.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/ownership", tag = "accounts",
    params(OfAccount, TwoClocks),
    responses(
        (status = 200, description = "The ownership", body = OwnershipView),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn one(asked: Asked) -> Answer<OwnershipView> {
    let rulings = asked.model.rulings(&asked.desk).await?;
    asked.with(move |desk, id, clocks| view::ownership_view(desk, &rulings, id, clocks)).await
}

/// Rulings on whose client it is, newest first.
#[utoipa::path(
    get, path = "/v1/ownership/rulings", tag = "accounts",
    params(
        ("q" = Option<String>, Query, description = "words of the client's name, a colleague's name or the reason; all of them must occur"),
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 where left out"),
        ("cursor" = Option<String>, Query, description = "from `next_cursor`"),
        TwoClocks
    ),
    responses(
        (status = 200, description = "A page of rulings", body = RulingList),
        Unreadable
    )
)]
pub(super) async fn rulings(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<RulingList> {
    let known = ["q", "limit", "cursor", "as_of", "known_at"];
    let params = Params::read(query.as_deref(), &known)?;
    let limit = params.number("limit", 1, MAX_LIST)?.unwrap_or(LIST);
    let after: Option<EntryId> = params.id("cursor")?;
    let sought = params.text("q").unwrap_or_default().to_owned();
    let (desk, clocks) = api.at(&params).await?;
    let rulings = api.model.rulings(&desk).await?;
    let list = move || view::ruling_list(&desk, &rulings, clocks, &sought, after, limit);
    let found = made(list).await?;
    let (list, next) = found.ok_or_else(|| {
        let detail =
            "parameter `cursor` names no ruling of this list any more: begin again without it";
        Problem::bad_request(detail)
    })?;
    let next_cursor =
        next.map(|next| next_page("/v1/ownership/rulings", query.as_deref(), &next.to_string()));
    Ok(Json(RulingList { next_cursor, ..list }))
}
