//! Reading a command, and answering in kind.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRef, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use linchpin_access::{Caller, actor};
use linchpin_domain::id::MemberId;
use linchpin_ledger::IdempotencyKey;
use linchpin_problem::Problem;
use serde::de::DeserializeOwned;

use crate::command::{By, Done, Order, Present};
use crate::door::{Door, Receipt};
use crate::event::{json_error, trace_of};
use crate::http::body::read_text;
use crate::http::events::key_of;
use crate::http::form::{SentForm, from_form, with_deed};
use crate::http::media::media_of;

/// The media types that a command may have.
const ACCEPTED: &str = "application/json, application/x-www-form-urlencoded";
/// Largest command, in bytes: a hand-over may name thousands of people.
const MAX_COMMAND_BYTES: usize = 192 << 10;
/// Largest command as a form: each byte of a letter may be written as three.
const MAX_FORM_BYTES: usize = 3 * MAX_COMMAND_BYTES;
/// Longest handle of who gives a command, in bytes.
const MAX_HANDLE: usize = 64;

/// What commands are carried out with.
#[derive(Clone)]
pub(in crate::http) struct Acting {
    door: Door,
    present: Arc<dyn Fn() -> Option<Present> + Send + Sync>,
}

impl Acting {
    pub(in crate::http) fn new(
        door: Door,
        present: impl Fn() -> Option<Present> + Send + Sync + 'static,
    ) -> Self {
        Self { door, present: Arc::new(present) }
    }

    pub(super) fn door(&self) -> &Door {
        &self.door
    }

    /// What a command is judged against.
    pub(super) fn present(&self) -> Result<Present, Problem> {
        (self.present)().ok_or_else(|| {
            Problem::later(2, "the desk is still reading its ledger: send this again in a moment")
                .storing()
        })
    }
}

impl FromRef<Acting> for Door {
    fn from_ref(acting: &Acting) -> Self {
        acting.door.clone()
    }
}

pub(super) type IdOf = Result<Path<String>, axum::extract::rejection::PathRejection>;

pub(super) fn id_of<T: FromStr<Err: std::fmt::Display>>(path: IdOf) -> Result<T, Problem> {
    let Path(id) = path.map_err(|_| Problem::bad_request("the id in the address is not UTF-8"))?;
    id.parse().map_err(|e: T::Err| Problem::bad_request(format!("the id in the address: {e}")))
}

/// Whoever sent a request, as far as it tells by itself.
pub(super) struct Sender {
    caller: Option<Caller>,
    trace: Option<uuid::Uuid>,
    key: Option<String>,
}

impl Sender {
    fn of(parts: &Parts) -> Result<Self, Problem> {
        let header = parts.headers.get("traceparent").and_then(|value| value.to_str().ok());
        let (caller, trace) = (parts.extensions.get().cloned(), header.and_then(trace_of));
        Ok(Self { caller, trace, key: key_of(&parts.headers)? })
    }

    /// Who acts: the holder of a token, and whoever they say they are.
    pub(super) fn named(&self, handle: Option<&str>) -> Result<By, Problem> {
        let handle = handle.map(str::trim).filter(|handle| !handle.is_empty());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if handle.is_some_and(|it| it.len() > MAX_HANDLE || !it.chars().all(plain)) {
            let detail = format!("`by` must be 1 to {MAX_HANDLE} letters, digits, `.`, `-` or `_`");
            return Err(Problem::refused(detail));
        }
        let said = handle.map(|handle| format!("page:{handle}"));
        Ok(self.by(said.as_deref()))
    }

    /// One of us who acts.
    pub(super) fn order(&self, member: MemberId) -> Order {
        Order { member, by: self.by(Some(&format!("member:{member}"))) }
    }

    /// Whoever acts, and the key under which they may ask again. Keys of different tokens never
    /// meet.
    fn by(&self, said: Option<&str>) -> By {
        let key = self.key.clone().map(|key| {
            let caller = self.caller.as_ref().map(|caller| format!(":by:{}", caller.name()));
            IdempotencyKey { source: format!("http{}", caller.unwrap_or_default()), key }
        });
        By { actor: actor(self.caller.as_ref(), said), trace: self.trace, key }
    }
}

/// What a command came to, as JSON says it.
pub(super) trait Answer {
    fn in_json(self) -> Response;

    /// What a form's sender is told was done, where the deed itself says too much.
    ///
    /// # Errors
    /// Where nothing was done, and why.
    fn deed(&self, usual: &str) -> Result<String, Problem> {
        Ok(usual.to_owned())
    }
}

impl Answer for Done {
    fn in_json(self) -> Response {
        let status = if self.fresh { StatusCode::CREATED } else { StatusCode::OK };
        (status, Json(Receipt::from(self))).into_response()
    }
}

/// Reads a command, carries it out, and answers in kind: JSON for JSON, and a form's sender is
/// led back to its page. A form that is refused goes back with the problem, for the page that says
/// so.
pub(super) async fn answer<T: DeserializeOwned, A: Answer>(
    request: Request,
    deed: &str,
    return_to: impl Fn(&T) -> Option<String>,
    carry_out: impl AsyncFnOnce(T, &Sender) -> Result<A, Problem>,
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
    let mut sent = SentForm::read(parts.uri.path(), "");
    let done = async {
        let most = if form { MAX_FORM_BYTES } else { MAX_COMMAND_BYTES };
        let text = read_text(&parts.headers, body, most).await?;
        if form {
            sent = SentForm::read(parts.uri.path(), &text);
        }
        let input: T = if form { from_form(&text)? } else { from_json(&text)? };
        if !form && return_to(&input).is_some() {
            return Err(Problem::refused("`return_to` is for forms: leave it out of JSON"));
        }
        carry_out(input, &Sender::of(&parts)?).await
    };
    match done.await {
        Ok(done) if form => match done.deed(deed) {
            Ok(deed) => {
                let back = [(header::LOCATION, with_deed(&sent.back, &deed))];
                (StatusCode::SEE_OTHER, back).into_response()
            }
            Err(problem) => (Extension(sent), problem).into_response(),
        },
        Ok(done) => done.in_json(),
        Err(problem) if form => (Extension(sent), problem).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    if !text.trim_start().starts_with('{') {
        return Err(Problem::bad_request("the body must be one JSON object"));
    }
    serde_json::from_str(text).map_err(|error| Problem::from(json_error(text, &error)))
}
