//! Every error of the desk's HTTP doors, as RFC 9457 has it.
//!
//! One type, so that a program that reads the problems of one door reads those of all. What the
//! ledger's errors mean over HTTP stands here too, for every door asks the ledger.

mod ledger;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// What went wrong, where, and what to do (RFC 9457). There may be further members.
#[derive(Debug, Clone, ToSchema)]
pub struct Problem {
    /// The kind of problem, the same every time: `urn:linchpin:problem:` and a name.
    #[schema(rename = "type")]
    pub kind: &'static str,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do.
    pub detail: String,
    /// Where in the body, where that can be said.
    pub place: Option<Box<Place>>,
    /// Seconds after which to try again; the header Retry-After says the same.
    pub retry_after: Option<u32>,
    #[schema(ignore)]
    further: Option<Box<Further>>,
    #[schema(ignore)]
    accepted: Option<&'static str>,
    /// Whether somebody else tells the log of it.
    #[schema(ignore)]
    quiet: bool,
}

/// A place in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, ToSchema)]
pub struct Place {
    /// JSON pointer (RFC 6901) within the event to the value concerned; empty for the whole of it.
    pub pointer: String,
    /// Line of the body, counted from 1.
    pub line: usize,
    /// Column in that line, counted from 1, in characters.
    pub column: usize,
}

/// A member that only some problems have.
#[derive(Debug, Clone)]
struct Further {
    name: &'static str,
    value: Box<RawValue>,
}

const NOT_NOW: &str = "urn:linchpin:problem:not-now";

impl Problem {
    /// A problem of a kind, a whole URN. Kinds that more than one address has are below.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            place: None,
            retry_after: None,
            further: None,
            accepted: None,
            quiet: false,
        }
    }

    /// Something in the request cannot be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:bad-request";
        Self::new(StatusCode::BAD_REQUEST, kind, "the request cannot be read", detail)
    }

    /// It was read, but does not hold.
    pub fn refused(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:refused";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, "the request does not hold", detail)
    }

    /// It does not go with what is stored.
    pub fn conflict(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:conflict";
        let title = "the request does not go with what is stored";
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    /// The Idempotency-Key was used for another request.
    pub fn key_reused() -> Self {
        let kind = "urn:linchpin:problem:key-reused";
        let title = "the Idempotency-Key stands for another request";
        let detail =
            "the Idempotency-Key was used for another request: use a new key for new content";
        Self::new(StatusCode::CONFLICT, kind, title, detail)
    }

    /// What it is about is not there.
    pub fn not_found(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:not-found";
        Self::new(StatusCode::NOT_FOUND, kind, "there is no such thing", detail)
    }

    /// The address is there, but not for this method.
    pub fn method(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, kind, "the method is not taken here", detail)
    }

    /// Larger than is taken.
    pub fn too_large(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:too-large";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, kind, "the request is too large", detail)
    }

    /// Of a kind that is not taken; the header Accept-Post says which are, in `accepted`.
    pub fn media_type(detail: impl Into<String>, accepted: &'static str) -> Self {
        let kind = "urn:linchpin:problem:content-type";
        let title = "the content type is not taken";
        let this = Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, kind, title, detail);
        Self { accepted: Some(accepted), ..this }
    }

    /// Asked by a page that has no say here.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:other-site";
        let title = "the request comes from another site";
        Self::new(StatusCode::FORBIDDEN, kind, title, detail)
    }

    /// Not now, but perhaps after so many seconds.
    pub fn later(seconds: u32, detail: impl Into<String>) -> Self {
        let title = "the desk cannot answer now";
        let this = Self::new(StatusCode::SERVICE_UNAVAILABLE, NOT_NOW, title, detail);
        Self { retry_after: Some(seconds), ..this }
    }

    /// The fault is the desk's own, and asking again will hardly help.
    pub fn failed(detail: impl Into<String>) -> Self {
        let kind = "urn:linchpin:problem:failed";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, kind, "the desk failed", detail)
    }

    /// The same, of a request that asked the desk to store something: where it cannot be done
    /// now, the title says that nothing could be stored.
    #[must_use]
    pub fn storing(self) -> Self {
        let title = if self.kind == NOT_NOW { "the desk cannot store now" } else { self.title };
        Self { title, ..self }
    }

    /// The same, worth another try after so many seconds.
    #[must_use]
    pub fn after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The same, told in the log to those only who look closely: it answers whoever asks every few
    /// seconds, and whoever makes it tells of it in another way.
    #[must_use]
    pub fn quietly(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// The same with other words on what happened.
    #[must_use]
    pub fn told(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same with the place in the body.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(Box::new(place)), ..self }
    }

    /// The same with a member that only problems of its door have, one at most. The name must not
    /// be one of the members that every problem may have. A value that is no JSON is left out.
    #[must_use]
    pub fn with(self, name: &'static str, value: &impl Serialize) -> Self {
        let value = serde_json::value::to_raw_value(value).ok();
        Self { further: value.map(|value| Box::new(Further { name, value })), ..self }
    }

    /// Whether the fault lies with the desk and not with the request.
    pub fn is_ours(&self) -> bool {
        self.status >= 500
    }

    /// The status, as the answer has it.
    pub fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("type", self.kind)?;
        members.serialize_entry("title", self.title)?;
        members.serialize_entry("status", &self.status)?;
        members.serialize_entry("detail", &self.detail)?;
        if let Some(place) = &self.place {
            members.serialize_entry("place", place)?;
        }
        if let Some(further) = &self.further {
            members.serialize_entry(further.name, &further.value)?;
        }
        if let Some(seconds) = self.retry_after {
            members.serialize_entry("retry_after", &seconds)?;
        }
        members.end()
    }
}

impl IntoResponse for Problem {
    /// Faults of the desk are logged here, once for all doors.
    fn into_response(self) -> Response {
        if self.is_ours() {
            let (status, kind) = (self.status, self.kind);
            let (detail, said) = (&self.detail, "a request was not met");
            match self.quiet {
                true => tracing::debug!(status, problem = kind, %detail, "{said}"),
                false => tracing::warn!(status, problem = kind, %detail, "{said}"),
            }
        }
        let (status, retry_after, accepted) = (self.status_code(), self.retry_after, self.accepted);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(accepted) = accepted {
            let name = HeaderName::from_static("accept-post");
            headers.insert(name, HeaderValue::from_static(accepted));
        }
        response
    }
}
