//! What another policy would have said. Nothing is changed by asking.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use linchpin_domain::policy::{DocumentError, MAX_DOCUMENT, Policy};
use linchpin_domain::trial::{SweepError, Sweeping, sweep};
use linchpin_problem::{Place, Problem};

use super::described::{Unreadable, Untried};
use super::params::Params;
use super::{Answer, Api};
use crate::view::{self, SweepView, TrialView};

/// What another policy would have said of every client, followed through all of their history. The
/// status of nobody changes by it.
#[utoipa::path(
    post, path = "/v1/policy/trial", tag = "policy",
    params(
        ("from" = Option<String>, Query, description = "the first day that is compared; the first day of any client where left out"),
        ("to" = Option<String>, Query, description = "the last day that is compared; today where left out"),
        ("known_at" = Option<String>, Query, description = "only what was known by then"),
        ("assume_yes" = Option<bool>, Query, description = "as if whoever the policy asks had said yes at once and confirmed in time; else only what is on record counts")
    ),
    request_body(content = String, content_type = "application/toml", description = "The policy, at most 256 KiB"),
    responses(
        (status = 200, description = "What would differ", body = TrialView),
        Unreadable,
        Untried
    )
)]
pub(super) async fn trial(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Answer<TrialView> {
    let params = Params::read(query.as_deref(), &["from", "to", "known_at", "assume_yes"])?;
    let document = text(body)?;
    let policy = Policy::draft(&document).map_err(|error| misplaced(&error))?;
    let assumed = params.one_of("assume_yes", &["true", "false"], |word| word.parse().ok())?;
    let policy = if assumed == Some(true) { policy.with_every_yes() } else { policy };
    let from = params.day("from")?;
    let (desk, clocks) = api.span(&params).await?;
    if from.is_some_and(|from| from > clocks.as_of) {
        let detail = format!(
            "parameter `from` is after {}, the last day: give an earlier one",
            clocks.as_of
        );
        return Err(Problem::bad_request(detail));
    }
    let make = move || view::trial(&desk, &Arc::new(policy), from, clocks, &|_| {});
    Ok(Json(api.model.try_out(make).await?))
}

/// How many key accounts there would be for each of many values of one figure of a policy.
#[utoipa::path(
    post, path = "/v1/policy/sweep", tag = "policy",
    params(
        ("of" = String, Query, description = "`FIELD=A..B` or `FIELD=A..B/N`, such as `revenue.at_least=50k..200k/7`: a field of the policy or CRITERION.FIELD, and 2 to 25 values"),
        ("to" = Option<String>, Query, description = "the day on which key accounts are counted; today where left out"),
        ("known_at" = Option<String>, Query, description = "only what was known by then")
    ),
    request_body(content = String, content_type = "application/toml", description = "The policy, at most 256 KiB"),
    responses(
        (status = 200, description = "One line a value", body = SweepView),
        Unreadable,
        Untried
    )
)]
pub(super) async fn swept(
    State(api): State<Api>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Answer<SweepView> {
    let params = Params::read(query.as_deref(), &["of", "to", "known_at"])?;
    let of = params.text("of").ok_or_else(|| {
        Problem::bad_request(
            "parameter `of` is missing: give FIELD=A..B, such as enters_at=40..70/7",
        )
    })?;
    let what: Sweeping = of
        .parse()
        .map_err(|error: SweepError| Problem::bad_request(format!("parameter `of`: {error}")))?;
    let document = text(body)?;
    let (desk, clocks) = api.span(&params).await?;
    let made = api.model.try_out(move || {
        let swept = sweep(&desk, &document, &what, clocks.as_of, &view::hands(&|_| {}));
        swept.map(|swept| view::sweep_view(&swept, clocks))
    });
    match made.await? {
        Ok(view) => Ok(Json(view)),
        Err(SweepError::Document(error)) => Err(misplaced(&error)),
        Err(other) => Err(Problem::refused(other.to_string())),
    }
}

impl Api {
    /// The desk and the clocks of a span that ends on the day `to`.
    async fn span(
        &self,
        params: &Params,
    ) -> Result<(Arc<linchpin_domain::desk::Desk>, view::Clocks), Problem> {
        let to = params.day("to")?;
        let known_at = params.moment("known_at", &self.model.genesis().zone())?;
        Ok(self.model.at(to, known_at).await?)
    }
}

fn text(body: Result<Bytes, BytesRejection>) -> Result<String, Problem> {
    let body = body.map_err(|refused| match refused.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::too_large(format!("the policy is larger than {MAX_DOCUMENT} bytes"))
        }
        _ => Problem::bad_request("the body broke off: send it again"),
    })?;
    String::from_utf8(body.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::bad_request(format!("the policy is no UTF-8 text from byte {at} on"))
    })
}

fn misplaced(error: &DocumentError) -> Problem {
    let (line, column) = (error.line, error.column);
    Problem::refused(error.to_string()).at(Place { pointer: String::new(), line, column })
}
