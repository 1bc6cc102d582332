//! Every error of the HTTP door, as RFC 9457 has it.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use linchpin_domain::alert::Refusal;
use linchpin_ledger::{AppendError, QuarantineError, ReadError, StorageError};
use serde::Serialize;
use utoipa::ToSchema;

use super::events::Summary;
use crate::command::CommandError;
use crate::event::{EventError, Fault, Place};

/// The media types that `POST /v1/events` takes.
pub(super) const ACCEPTED: &str = "application/cloudevents+json, application/cloudevents-batch+json, \
                            application/json, application/x-ndjson";

/// What went wrong, where, and what to do (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IngestProblem)]
pub struct Problem {
    /// The kind of problem, the same every time: `urn:linchpin:problem:` and a name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Where in the body, where that can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Box<Place>>,
    /// Of a bulk that was broken off: what had been taken by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Box<Summary>>,
    /// Seconds after which to try again; the header Retry-After says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(
        status: StatusCode,
        name: &str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:linchpin:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            place: None,
            summary: None,
            retry_after: None,
        }
    }

    /// Something in the request cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "the request cannot be read", detail)
    }

    /// It was read, but does not hold.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "the request does not hold", detail)
    }

    /// It does not go with what is stored.
    pub fn conflict(detail: impl Into<String>) -> Self {
        let title = "the request does not go with what is stored";
        Self::new(StatusCode::CONFLICT, "conflict", title, detail)
    }

    /// What it is about is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is no such thing", detail)
    }

    /// Larger than is taken.
    pub fn too_large(detail: impl Into<String>) -> Self {
        let title = "the request is too large";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", title, detail)
    }

    /// Of a kind that is not taken.
    pub fn media_type(detail: impl Into<String>) -> Self {
        let title = "the content type is not taken";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", title, detail)
    }

    /// Asked by a page that has no say here.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        let title = "the request comes from another site";
        Self::new(StatusCode::FORBIDDEN, "other-site", title, detail)
    }

    /// Not now.
    pub fn later(seconds: u32, detail: impl Into<String>) -> Self {
        let title = "the desk cannot store now";
        let this = Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-now", title, detail);
        Self { retry_after: Some(seconds), ..this }
    }

    fn ours(detail: impl Into<String>) -> Self {
        let title = "the desk failed";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", title, detail)
    }

    /// Whether the fault lies with the desk and not with the request.
    pub fn is_ours(&self) -> bool {
        self.status >= 500
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            let accepted = HeaderValue::from_static(ACCEPTED);
            headers.insert(HeaderName::from_static("accept-post"), accepted);
        }
        response
    }
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        let problem = match error.fault {
            Fault::Unreadable | Fault::Attribute => Self::bad_request(error.detail),
            Fault::Type | Fault::Data => Self::refused(error.detail),
        };
        Self { place: error.place.map(Box::new), ..problem }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { position, .. } => Self::conflict(format!(
                "an event with this source and id was told before with other content (entry \
                 {position}): give it another id, or retract the first"
            )),
            AppendError::KeyReused { .. } => Self::conflict(
                "the Idempotency-Key was used for another request: use a new key for new content",
            ),
            AppendError::WrongVersion { .. } => Self::conflict(error.to_string()),
            AppendError::TooLarge { .. } => Self::too_large(error.to_string()),
            AppendError::Invalid { reason, .. } => Self::refused(reason),
            AppendError::Busy => Self::later(1, error.to_string()),
            AppendError::Locked | AppendError::Closed => Self::later(5, error.to_string()),
            AppendError::DiskFull | AppendError::ReadOnly => Self::later(60, error.to_string()),
            AppendError::Stored(error) => error.into(),
            AppendError::Storage(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Storage(error) => error.into(),
            other => Self::ours(other.to_string()),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Busy => Self::later(1, error.to_string()),
            StorageError::Locked | StorageError::Closed => Self::later(5, error.to_string()),
            StorageError::DiskFull | StorageError::ReadOnly => Self::later(60, error.to_string()),
            other => Self::ours(other.to_string()),
        }
    }
}

impl From<QuarantineError> for Problem {
    fn from(error: QuarantineError) -> Self {
        match error {
            QuarantineError::Storage(error) => error.into(),
            other => Self::ours(other.to_string()),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Missing(_) => Self::not_found(error.to_string()),
            CommandError::Alert(Refusal::NoSuchAlert) => Self::not_found(error.to_string()),
            CommandError::Alert(Refusal::Resolved(_) | Refusal::InHand) => {
                Self::conflict(error.to_string())
            }
            CommandError::Alert(Refusal::NotLater | Refusal::TooLong | Refusal::NoteTooLong) => {
                Self::refused(error.to_string())
            }
            CommandError::Invalid(_) => Self::refused(error.to_string()),
            CommandError::Contended => Self::later(1, error.to_string()),
            CommandError::Read(error) => error.into(),
            CommandError::Append(error) => error.into(),
        }
    }
}
