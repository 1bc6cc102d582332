//! Accounts: lists, one account, its status, reasons and history.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use linchpin_domain::id::{AccountId, MemberId};
use linchpin_domain::policy::Status;
use linchpin_problem::Problem;

use super::asked::{Asked, named, no_such};
use super::described::{NoAccount, OfAccount, TwoClocks, Unreadable};
use super::params::{Params, next_page};
use super::{Answer, Api};
use crate::model::HistoryPage;
use crate::view::{
    self, AccountRow, AccountView, Explanation, Portfolio, Sort, StatusView, sort_rows,
};

/// Accounts in one answer, unless asked for fewer.
const LIST: usize = 100;

/// Accounts in one answer at most.
const MAX_LIST: usize = 500;

/// Entries in one answer, unless asked for fewer.
const HISTORY: usize = 50;

/// Entries in one answer at most.
const MAX_HISTORY: usize = 200;

/// Whose accounts are asked for.
enum Owner {
    Nobody,
    Member(MemberId),
}

/// All accounts on a day, largest revenue first unless asked otherwise.
#[utoipa::path(
    get, path = "/v1/accounts", tag = "accounts",
    params(
        ("q" = Option<String>, Query, description = "part of a name, or of an id in another system"),
        ("status" = Option<String>, Query, description = "`key`, `key (trial)`, `under review`, `nominated`, `released` or `standard`"),
        ("owner" = Option<String>, Query, description = "the account manager's id, or `nobody`"),
        ("sort" = Option<String>, Query, description = "`revenue`, `name`, `score`, `drift` or `deadline`"),
        ("limit" = Option<u32>, Query, description = "1 to 500; 100 where left out"),
        ("cursor" = Option<String>, Query, description = "from `next_cursor`"),
        TwoClocks
    ),
    responses(
        (status = 200, description = "A page of accounts", body = Portfolio),
        Unreadable
    )
)]
pub(super) async fn list(State(api): State<Api>, RawQuery(query): RawQuery) -> Answer<Portfolio> {
    let known = ["q", "status", "owner", "sort", "limit", "cursor", "as_of", "known_at"];
    let params = Params::read(query.as_deref(), &known)?;
    let status = params.one_of("status", &Status::ALL.map(Status::words), |word| {
        Status::ALL.into_iter().find(|status| status.words() == word)
    })?;
    let sort = params.one_of("sort", &Sort::ALL.map(Sort::name), Sort::parse)?.unwrap_or_default();
    let owner = match params.text("owner") {
        None => None,
        Some("nobody") => Some(Owner::Nobody),
        Some(_) => params.id("owner")?.map(Owner::Member),
    };
    let limit = params.number("limit", 1, MAX_LIST)?.unwrap_or(LIST);
    let cursor: Option<AccountId> = params.id("cursor")?;
    let as_of = params.day("as_of")?;
    let known_at = params.moment("known_at", &api.model.genesis().zone())?;
    let all = api.model.portfolio(as_of, known_at).await?;
    let wanted = params.text("q").map(str::to_lowercase);
    let mut rows: Vec<AccountRow> = all
        .accounts
        .iter()
        .filter(|row| status.is_none_or(|status| row.status == status))
        .filter(|row| owner.as_ref().is_none_or(|owner| is_owned(row, owner)))
        .filter(|row| wanted.as_ref().is_none_or(|wanted| is_named(row, wanted)))
        .cloned()
        .collect();
    // The portfolio stands by revenue already.
    if sort != Sort::Revenue {
        sort_rows(&mut rows, sort);
    }
    let start = match cursor {
        None => 0,
        Some(cursor) => match rows.iter().position(|row| row.id == cursor) {
            Some(at) => at + 1,
            None => {
                let detail = "parameter `cursor` names no account of this list any more: begin again without it";
                return Err(Problem::bad_request(detail));
            }
        },
    };
    let page: Vec<AccountRow> = rows.iter().skip(start).take(limit).cloned().collect();
    let more = rows.len() > start + page.len();
    let next_cursor = page
        .last()
        .filter(|_| more)
        .map(|last| next_page("/v1/accounts", query.as_deref(), &last.id.to_string()));
    Ok(Json(all.page(page, next_cursor)))
}

fn is_owned(row: &AccountRow, owner: &Owner) -> bool {
    match owner {
        Owner::Nobody => row.owner.is_none(),
        Owner::Member(id) => row.owner.as_ref().is_some_and(|owner| owner.id == id.0),
    }
}

fn is_named(row: &AccountRow, wanted: &str) -> bool {
    let id = row.external_id.as_ref();
    row.name.to_lowercase().contains(wanted)
        || id.is_some_and(|id| id.to_lowercase().contains(wanted))
}

/// Everything about one account on a day.
#[utoipa::path(
    get, path = "/v1/accounts/{id}", tag = "accounts",
    params(OfAccount, TwoClocks),
    responses(
        (status = 200, description = "The account", body = AccountView),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn one(asked: Asked) -> Answer<AccountView> {
    let portfolio = asked.model.portfolio_of(&asked.desk, &asked.clocks).await?;
    asked.with(move |desk, account, _| view::account_view(desk, account, &portfolio)).await
}

/// The status of an account on a day, and no more.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/status", tag = "accounts",
    params(OfAccount, TwoClocks),
    responses(
        (status = 200, description = "The status", body = StatusView),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn status(asked: Asked) -> Answer<StatusView> {
    let clocks = asked.clocks.clone();
    let found = asked.model.status(&asked.desk, asked.account, clocks).await?;
    asked.found(found)
}

/// Why an account has its status, and what would change it.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/explain", tag = "accounts",
    params(OfAccount, TwoClocks),
    responses(
        (status = 200, description = "The reasons", body = Explanation),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn explain(asked: Asked) -> Answer<Explanation> {
    asked.with(view::explain).await
}

/// What happened with an account and what the desk concluded, newest first.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/history", tag = "accounts",
    params(
        OfAccount,
        ("limit" = Option<u32>, Query, description = "1 to 200; 50 where left out"),
        ("before" = Option<u64>, Query, description = "from `next_before`"),
        ("as_of" = Option<String>, Query, description = "only what was true by this day"),
        ("known_at" = Option<String>, Query, description = "only what was known by then")
    ),
    responses(
        (status = 200, description = "A page of the history", body = HistoryPage),
        Unreadable,
        NoAccount
    )
)]
pub(super) async fn history(
    State(api): State<Api>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<HistoryPage> {
    let params = Params::read(query.as_deref(), &["limit", "before", "as_of", "known_at"])?;
    let limit = params.number("limit", 1, MAX_HISTORY)?.unwrap_or(HISTORY);
    // Positions are stored as signed numbers of 64 bits.
    let before = params.number("before", 1, i64::MAX.unsigned_abs())?;
    let account = named(&api, &id)?;
    let (desk, clocks) = api.at(&params).await?;
    let page = api.model.history(account, &desk, clocks, before, limit).await?;
    page.map(Json).ok_or_else(|| no_such(&id))
}
