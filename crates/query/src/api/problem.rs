//! Every error of the API, as RFC 9457 has it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use linchpin_ledger::{QuarantineError, ReadError, StorageError};
use serde::Serialize;

use crate::model::ModelError;

/// What went wrong, and what to do (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// The kind of problem, the same every time: `urn:linchpin:problem:` and a name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Seconds after which to try again; the header Retry-After says the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    fn new(status: StatusCode, name: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:linchpin:problem:{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// Something in the request cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "the request cannot be read", detail)
    }

    /// What it is about is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is no such thing", detail)
    }

    /// The address is there, but not for this method.
    pub fn method(detail: impl Into<String>) -> Self {
        let title = "the method is not taken here";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", title, detail)
    }

    /// Not now.
    pub fn later(seconds: u32, detail: impl Into<String>) -> Self {
        let title = "the desk cannot answer now";
        let this = Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-now", title, detail);
        Self { retry_after: Some(seconds), ..this }
    }

    fn ours(detail: impl Into<String>) -> Self {
        let title = "the desk failed";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", title, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::warn!(status = self.status, detail = %self.detail, "a read was not answered");
        }
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Read(ReadError::Storage(error))
            | ModelError::Quarantine(QuarantineError::Storage(error)) => error.into(),
            other => Self::ours(other.to_string()),
        }
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Busy => Self::later(1, error.to_string()),
            StorageError::Locked | StorageError::Closed => Self::later(5, error.to_string()),
            other => Self::ours(other.to_string()),
        }
    }
}
