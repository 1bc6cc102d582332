//! The ledger itself: single entries, and what never became one.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use linchpin_problem::Problem;

use super::described::Unreadable;
use super::params::Params;
use super::{Answer, Api};
use crate::model::{EntryDetail, QuarantinePage};

/// Things in one answer, unless asked for fewer.
const QUARANTINE: usize = 50;

/// Things in one answer at most.
const MAX_QUARANTINE: usize = 200;

/// One entry with everything stored of it.
#[utoipa::path(
    get, path = "/v1/entries/{position}", tag = "entries",
    params(("position" = u64, Path, description = "its place in the ledger, from 1")),
    responses(
        (status = 200, description = "The entry", body = EntryDetail),
        (status = 400, description = "That is no position", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The ledger does not reach so far", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn one(
    State(api): State<Api>,
    Path(position): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<EntryDetail> {
    Params::read(query.as_deref(), &[])?;
    // Positions are stored as signed numbers of 64 bits.
    let at = position.parse::<u64>().ok().filter(|at| (1..=i64::MAX.unsigned_abs()).contains(at));
    let Some(at) = at else {
        let given: String = position.chars().take(80).collect();
        let detail = format!("`{given}` is no position: write a whole number from 1");
        return Err(Problem::bad_request(detail));
    };
    let found = api.model.entry(at).await?;
    found.map(Json).ok_or_else(|| {
        let newest = api.model.position();
        Problem::not_found(format!("there is no entry {at}: the newest is {newest}"))
    })
}

/// What could not be read and waits to be mended, oldest first.
#[utoipa::path(
    get, path = "/v1/quarantine", tag = "entries",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 where left out"),
        ("after" = Option<i64>, Query, description = "from `next_after`")
    ),
    responses(
        (status = 200, description = "A page of the quarantine", body = QuarantinePage),
        Unreadable
    )
)]
pub(super) async fn quarantine(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
) -> Answer<QuarantinePage> {
    let params = Params::read(query.as_deref(), &["limit", "after"])?;
    let limit = params.number("limit", 1, MAX_QUARANTINE)?.unwrap_or(QUARANTINE);
    let after = params.number("after", 0, i64::MAX)?.unwrap_or(0);
    Ok(Json(api.model.quarantine(after, limit).await?))
}
