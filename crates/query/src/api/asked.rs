//! One account at two clocks, as most reads of one are asked.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use linchpin_domain::desk::Desk;
use linchpin_domain::id::AccountId;
use linchpin_problem::Problem;

use super::params::Params;
use super::{Answer, Api, made};
use crate::model::ReadModel;
use crate::view::Clocks;

/// A read of one account, with the desk and the clocks that it asks for.
pub(super) struct Asked {
    pub(super) model: ReadModel,
    pub(super) account: AccountId,
    pub(super) desk: Arc<Desk>,
    pub(super) clocks: Clocks,
    id: String,
}

impl FromRequestParts<Api> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let id: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, api).await;
        let Path(id) = id.map_err(|refused| Problem::bad_request(refused.body_text()))?;
        let params = Params::read(parts.uri.query(), &["as_of", "known_at"])?;
        let account = named(api, &id)?;
        let (desk, clocks) = api.at(&params).await?;
        Ok(Self { model: api.model.clone(), account, desk, clocks, id })
    }
}

impl Asked {
    /// Answers with a view of the account, made away from the threads that answer requests.
    pub(super) async fn with<T: Send + 'static>(
        self,
        view: impl FnOnce(&Desk, AccountId, Clocks) -> Option<T> + Send + 'static,
    ) -> Answer<T> {
        let Self { account, desk, clocks, id, .. } = self;
        let found = made(move || view(&desk, account, clocks)).await?;
        found.map(Json).ok_or_else(|| no_such(&id))
    }

    /// Answers with what was found of the account.
    pub(super) fn found<T>(&self, found: Option<T>) -> Answer<T> {
        found.map(Json).ok_or_else(|| no_such(&self.id))
    }
}

/// The account that a text names.
pub(super) fn named(api: &Api, id: &str) -> Result<AccountId, Problem> {
    if let Some(account) = api.model.account_id(id) {
        return Ok(account);
    }
    match id.parse::<AccountId>() {
        Ok(_) => Err(no_such(id)),
        Err(bad) => Err(Problem::bad_request(bad.to_string())),
    }
}

pub(super) fn no_such(id: &str) -> Problem {
    let id: String = id.chars().take(80).collect();
    Problem::not_found(format!(
        "no account `{id}` was known on that day: look it up by /v1/accounts?q=NAME"
    ))
}
