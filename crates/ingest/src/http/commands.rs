//! The commands: JSON that answers JSON, or a page's form that leads back to the page.

use std::str::FromStr;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use linchpin_access::{Caller, actor};
use linchpin_domain::alert::AlertCommand;
use linchpin_domain::id::{AccountId, AlertId, ContractId, EntryId};
use linchpin_problem::Problem;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::body::read_text;
use super::form::{form_field, from_form, local_path, not_done, with_deed};
use super::media::media_of;
use crate::command::{self, By, Done};
use crate::door::{Door, Receipt};
use crate::event::{json_error, trace_of};

/// The media types that a command may have.
const ACCEPTED: &str = "application/json, application/x-www-form-urlencoded";
/// Largest command, in bytes.
const MAX_COMMAND_BYTES: usize = 16 << 10;
/// Longest handle of who gives a command, in bytes.
const MAX_HANDLE: usize = 64;

/// Takes an alert in hand.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Acknowledge {
    /// What will be done, at most 1,000 bytes.
    #[serde(default)]
    note: Option<String>,
    /// Who does it: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Puts an alert off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Snooze {
    /// The day on which it comes back, such as 2024-05-31: after today, at most 90 days away.
    #[schema(value_type = String, format = Date)]
    until: Date,
    /// Who does it: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Says that talks about a contract's next term have begun.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TalksStarted {
    /// The client: a UUID, or SOURCE:ID.
    #[schema(value_type = String)]
    account: AccountId,
    /// Who says so: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Takes a fact back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retract {
    /// Why it was never true.
    reason: String,
    /// The client the fact is about, to be sure: a UUID, or SOURCE:ID.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    account: Option<AccountId>,
    /// Who says so: a short handle of letters, digits, `.`, `-`, `_`.
    #[serde(default)]
    by: Option<String>,
    /// Of a form: the page to come back to.
    #[serde(default)]
    return_to: Option<String>,
}

/// Takes an alert in hand. The same again by the same hand changes nothing.
#[utoipa::path(
    post, path = "/v1/alerts/{id}/acknowledge", tag = "commands",
    params(("id" = String, Path, description = "the alert's UUID")),
    request_body(content((Acknowledge = "application/json"), (Acknowledge = "application/x-www-form-urlencoded"))),
    responses(
        (status = 201, description = "done", body = Receipt),
        (status = 200, description = "it was so already", body = Receipt),
        (status = 303, description = "a form: back to `return_to`"),
        (status = 400, description = "cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "sent by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such alert", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "resolved, or in other hands", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "does not hold", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn acknowledge(
    State(door): State<Door>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "acknowledged",
        |input: &Acknowledge| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let command = AlertCommand::Acknowledge { note: input.note };
            let alert: AlertId = id_of(path)?;
            Ok(command::on_alert(door.ledger(), alert, &command, &by).await?)
        },
    )
    .await
}

/// Puts an alert off to a later day.
#[utoipa::path(
    post, path = "/v1/alerts/{id}/snooze", tag = "commands",
    params(("id" = String, Path, description = "the alert's UUID")),
    request_body(content((Snooze = "application/json"), (Snooze = "application/x-www-form-urlencoded"))),
    responses(
        (status = 201, description = "done", body = Receipt),
        (status = 200, description = "it was so already", body = Receipt),
        (status = 303, description = "a form: back to `return_to`"),
        (status = 400, description = "cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "sent by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such alert", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "resolved, or in other hands", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "does not hold", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn snooze(State(door): State<Door>, path: IdOf, request: Request) -> Response {
    answer(
        request,
        "snoozed",
        |input: &Snooze| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let command = AlertCommand::Snooze { until: input.until };
            let alert: AlertId = id_of(path)?;
            Ok(command::on_alert(door.ledger(), alert, &command, &by).await?)
        },
    )
    .await
}

/// Says that talks about a contract's next term have begun. Twice on a day is once.
#[utoipa::path(
    post, path = "/v1/contracts/{id}/talks-started", tag = "commands",
    params(("id" = String, Path, description = "the contract: a UUID, or SOURCE:ID")),
    request_body(content((TalksStarted = "application/json"), (TalksStarted = "application/x-www-form-urlencoded"))),
    responses(
        (status = 201, description = "done", body = Receipt),
        (status = 200, description = "it was said today already", body = Receipt),
        (status = 303, description = "a form: back to `return_to`"),
        (status = 400, description = "cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "sent by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "the client has no such contract", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "does not hold", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn talks_started(
    State(door): State<Door>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "talks-started",
        |input: &TalksStarted| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let contract: ContractId = id_of(path)?;
            Ok(command::start_talks(door.ledger(), input.account, contract, &by).await?)
        },
    )
    .await
}

/// Takes a fact back: it was never true. What was known before can still be asked for.
#[utoipa::path(
    post, path = "/v1/facts/{id}/retract", tag = "commands",
    params(("id" = String, Path, description = "the fact's entry id, a UUID")),
    request_body(content((Retract = "application/json"), (Retract = "application/x-www-form-urlencoded"))),
    responses(
        (status = 201, description = "done", body = Receipt),
        (status = 200, description = "it was taken back already", body = Receipt),
        (status = 303, description = "a form: back to `return_to`"),
        (status = 400, description = "cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "sent by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "no such fact", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "cannot be taken back", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn retract_fact(
    State(door): State<Door>,
    path: IdOf,
    request: Request,
) -> Response {
    answer(
        request,
        "retracted",
        |input: &Retract| input.return_to.clone(),
        async |input, sender| {
            let by = sender.named(input.by.as_deref())?;
            let fact: EntryId = id_of(path)?;
            let (account, reason) = (input.account, input.reason.as_str());
            Ok(command::retract(door.ledger(), fact, account, reason, &by).await?)
        },
    )
    .await
}

type IdOf = Result<Path<String>, axum::extract::rejection::PathRejection>;

fn id_of<T: FromStr<Err: std::fmt::Display>>(path: IdOf) -> Result<T, Problem> {
    let Path(id) = path.map_err(|_| Problem::bad_request("the id in the address is not UTF-8"))?;
    id.parse().map_err(|e: T::Err| Problem::bad_request(format!("the id in the address: {e}")))
}

/// Whoever sent a request, as far as it tells by itself.
struct Sender {
    caller: Option<Caller>,
    trace: Option<uuid::Uuid>,
}

impl Sender {
    fn of(parts: &Parts) -> Self {
        let header = parts.headers.get("traceparent").and_then(|value| value.to_str().ok());
        Self { caller: parts.extensions.get().cloned(), trace: header.and_then(trace_of) }
    }

    /// Who acts: the holder of a token, and whoever they say they are.
    fn named(&self, handle: Option<&str>) -> Result<By, Problem> {
        let handle = handle.map(str::trim).filter(|handle| !handle.is_empty());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if handle.is_some_and(|it| it.len() > MAX_HANDLE || !it.chars().all(plain)) {
            let detail = format!("`by` must be 1 to {MAX_HANDLE} letters, digits, `.`, `-` or `_`");
            return Err(Problem::refused(detail));
        }
        let said = handle.map(|handle| format!("page:{handle}"));
        Ok(By { actor: actor(self.caller.as_ref(), said.as_deref()), trace: self.trace })
    }
}

/// Reads a command, carries it out, and answers in kind: JSON for JSON, and a form's sender is
/// led back to its page.
async fn answer<T: DeserializeOwned>(
    request: Request,
    deed: &str,
    return_to: impl Fn(&T) -> Option<String>,
    carry_out: impl AsyncFnOnce(T, &Sender) -> Result<Done, Problem>,
) -> Response {
    let (parts, body) = request.into_parts();
    let media = match media_of(&parts.headers, ACCEPTED) {
        Ok(media) => media,
        Err(problem) => return problem.into_response(),
    };
    let form = media == "application/x-www-form-urlencoded";
    if !form && media != "application/json" {
        let detail = "send a command as application/json or application/x-www-form-urlencoded";
        return Problem::media_type(detail, ACCEPTED).into_response();
    }
    let mut back = "/".to_owned();
    let done = async {
        let text = read_text(&parts.headers, body, MAX_COMMAND_BYTES).await?;
        if form {
            back = local_path(form_field(&text, "return_to").as_deref());
        }
        let input: T = if form { from_form(&text)? } else { from_json(&text)? };
        if !form && return_to(&input).is_some() {
            return Err(Problem::refused("`return_to` is for forms: leave it out of JSON"));
        }
        carry_out(input, &Sender::of(&parts)).await
    };
    match done.await {
        Ok(_) if form => {
            let back = [(header::LOCATION, with_deed(&back, deed))];
            (StatusCode::SEE_OTHER, back).into_response()
        }
        Ok(Done { id, position, fresh }) => {
            let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
            (status, Json(Receipt { position, id, recorded: fresh })).into_response()
        }
        Err(problem) if form => not_done(&problem, &back),
        Err(problem) => problem.into_response(),
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    if !text.trim_start().starts_with('{') {
        return Err(Problem::bad_request("the body must be one JSON object"));
    }
    serde_json::from_str(text).map_err(|error| Problem::from(json_error(text, &error)))
}
