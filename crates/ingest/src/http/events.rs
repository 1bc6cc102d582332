//! `POST /v1/events`: one event, or a batch of them; bulk is beside.

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use linchpin_access::{Caller, actor};
use linchpin_ledger::IdempotencyKey;
use linchpin_problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::read_text;
use super::bulk::take_bulk;
use super::media::{ACCEPTED, media_of, not_an_event};
use super::openapi::EventDocument;
use crate::door::{Door, Receipt};
use crate::event::{Attribute, CloudEvent, EventError, Origin, Told, attributes, split_batch};

/// Largest single event, in bytes.
pub const MAX_EVENT_BYTES: usize = 1 << 20;
/// Largest batch, in bytes.
pub const MAX_BATCH_BYTES: usize = 8 << 20;
/// Longest idempotency key, in bytes; the ledger takes a little more, for the place in a batch.
const MAX_KEY: usize = 128;
/// How many events wait for the ledger together.
pub(super) const GROUP: usize = 500;

/// What became of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchAnswer {
    /// How many events were stored.
    pub recorded: usize,
    /// How many were there already.
    pub already_there: usize,
    /// How many were not taken.
    pub refused: usize,
    /// What became of each, in their order.
    pub events: Vec<BatchItem>,
}

/// What became of one event of a batch: either a receipt or a problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchItem {
    /// Its place in the batch, counted from 0.
    pub index: usize,
    /// Where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// Where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What became of a bulk.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Summary {
    /// Lines read, empty ones left out.
    pub lines: u64,
    /// How many events were stored.
    pub recorded: u64,
    /// How many were there already.
    pub already_there: u64,
    /// How many were not taken; each is in the quarantine, to be mended and fed again.
    pub refused: u64,
    /// The first 1,000 that were not taken.
    pub refused_lines: Vec<RefusedLine>,
}

/// A line of a bulk that was not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedLine {
    /// Which line of the body, counted from 1.
    pub line: u64,
    /// Why.
    pub problem: Problem,
}

/// Takes events.
///
/// One event answers 201 when it was stored and 200 when it was there already. A batch and a bulk
/// are taken event by event: 200 when at least one was taken, 422 when none was, and 503 when the
/// desk could not store some of them; then send all again, since an event delivered twice is one.
/// The problem of a bulk that was broken off has a further member, `summary`: what had been taken
/// by then, told as of a bulk that came to its end.
#[utoipa::path(
    post,
    path = "/v1/events",
    tag = "events",
    params(
        ("Idempotency-Key" = Option<String>, Header, description =
            "A name for this request, up to 128 visible characters: asked again under it with the \
             same token, the desk answers as the first time. In a batch it counts for each event with its place. \
             Bulk needs none."),
    ),
    request_body(
        description = "A CloudEvent 1.0: structured, batch, binary (the data, attributes in `ce-` \
                       headers), or many structured ones, one a line.",
        content(
            (EventDocument = "application/cloudevents+json"),
            (Vec<EventDocument> = "application/cloudevents-batch+json"),
            (Object = "application/json"),
            (String = "application/x-ndjson"),
        ),
    ),
    responses(
        (status = 201, description = "stored", body = Receipt),
        (status = 200, description = "one event: there already (a receipt, as with 201); a batch \
            or a bulk: at least one was taken", content(
            (BatchAnswer = "application/json"),
            (Summary = "application/x-ndjson-summary+json"),
        )),
        (status = 400, description = "cannot be read", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "sent by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 408, description = "the body did not come", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "the same source and id with other content", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "a content type that is not taken", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "no event was taken", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "cannot be stored now", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn post_events(State(door): State<Door>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let taken = match media_of(&parts.headers, ACCEPTED) {
        Err(problem) => Err(problem),
        Ok(media) => match media.as_str() {
            "application/cloudevents+json" => take_structured(&door, &parts, body).await,
            "application/cloudevents-batch+json" => take_batch(&door, &parts, body).await,
            "application/json" => take_binary(&door, &parts, body).await,
            "application/x-ndjson" => take_bulk(&door, &Sender::of(&parts), body).await,
            other => Err(not_an_event(other)),
        },
    };
    taken.unwrap_or_else(Problem::into_response)
}

async fn take_structured(door: &Door, parts: &Parts, body: Body) -> Result<Response, Problem> {
    let key = key_of(&parts.headers)?;
    let text = read_text(&parts.headers, body, MAX_EVENT_BYTES).await?;
    let told = CloudEvent::parse(&text, Origin::START).and_then(|event| event.tell());
    take_one(door, parts, told, key).await
}

async fn take_binary(door: &Door, parts: &Parts, body: Body) -> Result<Response, Problem> {
    let key = key_of(&parts.headers)?;
    let attributes = attributes_of(&parts.headers)?;
    if attributes.is_empty() {
        let detail = "the event's attributes are missing: give them in `ce-` headers (ce-id, \
                      ce-source, ce-type, ce-specversion), or send the whole event as \
                      application/cloudevents+json";
        return Err(Problem::bad_request(detail));
    }
    let text = read_text(&parts.headers, body, MAX_EVENT_BYTES).await?;
    let told = CloudEvent::from_parts(attributes, &text).and_then(|event| event.tell());
    take_one(door, parts, told, key).await
}

async fn take_one(
    door: &Door,
    parts: &Parts,
    told: Result<Told, EventError>,
    key: Option<String>,
) -> Result<Response, Problem> {
    let sender = Sender::of(parts);
    let key = key.map(|key| IdempotencyKey { source: sender.keys("http"), key });
    let receipt = door.take_told(sender.sign(told), sender.trace, key).await?;
    let status = if receipt.recorded { StatusCode::CREATED } else { StatusCode::OK };
    let location = (header::LOCATION, format!("/v1/entries/{}", receipt.position));
    Ok((status, [location], Json(receipt)).into_response())
}

async fn take_batch(door: &Door, parts: &Parts, body: Body) -> Result<Response, Problem> {
    let key = key_of(&parts.headers)?;
    let text = read_text(&parts.headers, body, MAX_BATCH_BYTES).await?;
    let events = split_batch(&text)?;
    let mut answer = BatchAnswer { recorded: 0, already_there: 0, refused: 0, events: Vec::new() };
    let mut ours: Option<Problem> = None;
    let sender = &Sender::of(parts);
    for (number, group) in events.chunks(GROUP).enumerate() {
        let first = number * GROUP;
        let told = group.iter().enumerate().map(|(at, (text, origin))| {
            let index = first + at;
            let told = CloudEvent::parse(text, *origin).and_then(|event| event.tell());
            let key = key.as_ref().map(|key| IdempotencyKey {
                source: sender.keys("http:batch"),
                key: format!("{key}/{index}"),
            });
            async move { (index, door.take_told(sender.sign(told), sender.trace, key).await) }
        });
        for (index, taken) in join_all(told).await {
            let item = match taken {
                Ok(receipt) => {
                    let count = if receipt.recorded {
                        &mut answer.recorded
                    } else {
                        &mut answer.already_there
                    };
                    *count += 1;
                    BatchItem { index, receipt: Some(receipt), problem: None }
                }
                Err(problem) => {
                    answer.refused += 1;
                    ours = ours.or_else(|| problem.is_ours().then(|| problem.clone()));
                    BatchItem { index, receipt: None, problem: Some(problem) }
                }
            };
            answer.events.push(item);
        }
    }
    let taken = answer.recorded + answer.already_there;
    if let Some(problem) = ours {
        let detail = format!(
            "{}; {taken} of {} events were taken: send the batch again, what was taken stays once",
            problem.detail,
            answer.events.len(),
        );
        return Err(problem.told(detail));
    }
    let none = taken == 0 && answer.refused > 0;
    let status = if none { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, Json(answer)).into_response())
}

/// Who sent a request, and in which piece of work.
pub(super) struct Sender {
    caller: Option<Caller>,
    /// The trace of the request, for events that have none of their own.
    pub(super) trace: Option<Uuid>,
}

impl Sender {
    fn of(parts: &Parts) -> Self {
        let header = parts.headers.get("traceparent").and_then(|value| value.to_str().ok());
        let trace = header.and_then(crate::event::trace_of);
        Self { caller: parts.extensions.get().cloned(), trace }
    }

    /// Whose idempotency keys these are: those of different tokens never meet.
    fn keys(&self, door: &str) -> String {
        self.caller
            .as_ref()
            .map_or_else(|| door.to_owned(), |caller| format!("{door}:by:{}", caller.name()))
    }

    /// What was told, with the token under which it was.
    pub(super) fn sign(&self, told: Result<Told, EventError>) -> Result<Told, EventError> {
        let mut told = told?;
        told.fact.actor = actor(self.caller.as_ref(), Some(&told.fact.actor));
        Ok(told)
    }
}

pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all("idempotency-key").iter();
    let (Some(key), more) = (given.next(), given.next()) else { return Ok(None) };
    let wrong = || {
        let detail =
            format!("the Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters, once");
        Problem::bad_request(detail)
    };
    let key = key.to_str().map_err(|_| wrong())?.trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let visible = key.bytes().all(|c| c.is_ascii_graphic());
    if more.is_some() || key.is_empty() || key.len() > MAX_KEY || !visible {
        return Err(wrong());
    }
    Ok(Some(key.to_owned()))
}

/// The attributes in `ce-` headers. The type of the data stands in Content-Type, nowhere else.
fn attributes_of(headers: &HeaderMap) -> Result<Vec<Attribute>, Problem> {
    let pairs = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let attributes = attributes(pairs)?;
    if attributes.iter().any(|attribute| attribute.name == "datacontenttype") {
        let detail = "`ce-datacontenttype` is not taken: Content-Type says what the body is";
        return Err(Problem::bad_request(detail));
    }
    Ok(attributes)
}
