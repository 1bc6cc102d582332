//! Pages that cannot be shown, and how that is said.

use askama::Template;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use linchpin_query::ModelError;

use crate::frame::Frame;
use crate::refused::{self, SentForm};
use crate::visit::Visit;

/// Largest problem document read, in bytes.
const MAX_PROBLEM: usize = 64 * 1024;

/// Why a page cannot be shown. The text is for the reader.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PageError {
    /// There is nothing at this address.
    #[error("{0}")]
    NotFound(String),
    /// The address cannot be understood.
    #[error("{0}")]
    Bad(String),
    /// A form that cannot be taken, and as what it is refused.
    #[error("{1}")]
    Form(StatusCode, String),
    /// The ledger is still being read.
    #[error("the ledger is still being read: {read} of {head} entries")]
    Loading {
        /// Entries read.
        read: u64,
        /// Entries there are.
        head: u64,
    },
    /// The ledger cannot be read right now.
    #[error("{0}")]
    Unavailable(String),
    /// A mistake of ours.
    #[error("something here is broken; the log says what")]
    Broken,
}

impl PageError {
    /// What the read model could not answer.
    pub(crate) fn from_model(error: ModelError) -> Self {
        tracing::warn!(%error, "the read model did not answer a page");
        Self::Unavailable(crate::show::sentence(&error.to_string()))
    }

    /// A form that is too large, of another kind, or without a field.
    pub(crate) fn of_form(refused: &FormRejection) -> Self {
        let words = match refused.status() {
            StatusCode::PAYLOAD_TOO_LARGE => "The form is larger than this page takes.".to_owned(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                "This page takes a form: application/x-www-form-urlencoded.".to_owned()
            }
            _ => return Self::Bad(crate::show::sentence(&refused.body_text())),
        };
        Self::Form(refused.status(), words)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Form(status, _) => *status,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Loading { .. } | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for PageError {
    /// Bare words; [`drawn`] makes them a page, for it knows who asks.
    fn into_response(self) -> Response {
        let mut answer = (self.status(), self.to_string()).into_response();
        let head = answer.headers_mut();
        match self {
            Self::Loading { .. } => {
                head.insert(HeaderName::from_static("refresh"), HeaderValue::from_static("2"));
                head.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            Self::Unavailable(_) => {
                head.insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
            }
            Self::NotFound(_) | Self::Bad(_) | Self::Form(..) | Self::Broken => {}
        }
        answer.extensions_mut().insert(self);
        answer
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    status: u16,
    heading: &'static str,
    detail: String,
    ways: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "loading.html")]
struct LoadingPage {
    frame: Frame,
    read: u64,
    head: u64,
}

/// Draws errors as pages for readers who want pages: those of the pages themselves, and the
/// `application/problem+json` answers of the other doors, so that a form that was refused reads
/// well. Programs, which ask for JSON or for nothing in particular, get what the door said.
pub fn html_errors(router: Router) -> Router {
    router.layer(middleware::from_fn(drawn))
}

/// Draws one answer.
pub(crate) async fn drawn(request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.headers());
    let back = back(request.headers());
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&parts);
    let answer = next.run(Request::from_parts(parts, body)).await;
    if let Some(error) = answer.extensions().get::<PageError>().cloned() {
        let page = match error {
            PageError::Loading { read, head } => loading(&visit, read, head),
            ref other => page(&visit, answer.status(), &other.to_string(), back),
        };
        return instead(answer, page);
    }
    let is_problem = answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if wants_page && is_problem {
        let (head, body) = answer.into_parts();
        let read = to_bytes(body, MAX_PROBLEM).await.unwrap_or_default();
        let words = problem_words(&read);
        let page = match head.extensions.get::<SentForm>() {
            Some(form) => refused::page(&visit, head.status, words, form, back),
            None => page(&visit, head.status, &words, back),
        };
        return instead(Response::from_parts(head, Body::empty()), page);
    }
    if wants_page && answer.status() == StatusCode::METHOD_NOT_ALLOWED {
        let words = "This address takes no such request. Go back and try the page's own buttons.";
        let page = page(&visit, StatusCode::METHOD_NOT_ALLOWED, words, back);
        return instead(answer, page);
    }
    answer
}

/// What stands at no address. Programs get a problem document, readers a page.
pub(crate) async fn nowhere(request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/v1/") && !wants_page(request.headers()) {
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "there is no such endpoint; /openapi.json lists those there are",
        });
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        return (StatusCode::NOT_FOUND, kind, problem.to_string()).into_response();
    }
    let words =
        "There is no such page. The address may be mistyped, or the page has another one now.";
    PageError::NotFound(words.to_owned()).into_response()
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| {
        let html = accept.find("text/html");
        let json = accept.find("application/json").or(accept.find("application/problem+json"));
        html.is_some_and(|html| json.is_none_or(|json| html < json))
    })
}

/// The page a refused form stands on: the path of the referrer, which our own policy sends only
/// to ourselves.
fn back(headers: &HeaderMap) -> Option<String> {
    let from = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, rest) = from.split_once("://")?;
    let path = rest.find('/').map(|at| &rest[at..])?;
    safe_path(path).then(|| path.to_owned())
}

/// Whether a text is a path on this desk, and on no other: the same rule as for the forms of the
/// other doors.
pub(crate) fn safe_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.contains("//")
        && !path.contains('\\')
        && path.len() <= 2_000
        && path.bytes().all(|c| c.is_ascii_graphic())
}

fn problem_words(read: &[u8]) -> String {
    let problem: serde_json::Value = serde_json::from_slice(read).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let words = text("detail").or_else(|| text("title"));
    let words = words.unwrap_or_else(|| "The request was refused, without a reason.".to_owned());
    crate::show::sentence(&words)
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "That cannot be understood",
        401 => "This desk asks for a token",
        403 => "That is not allowed here",
        404 | 410 => "Nothing here",
        405 => "Not in this way",
        409 | 412 => "It has changed in the meantime",
        413 => "That is too large",
        415 => "That is of another kind",
        429 => "Too much at once",
        503 => "Not ready",
        code if code < 500 => "That was refused",
        _ => "Something broke",
    }
}

fn page(visit: &Visit, status: StatusCode, detail: &str, back: Option<String>) -> Option<String> {
    let mut ways = Vec::new();
    if status == StatusCode::UNAUTHORIZED {
        // Behind any other link the same would stand.
        ways.push((visit.here.clone(), "Try again"));
        return error_page(visit, status, detail, ways);
    }
    if let Some(back) = back.filter(|back| *back != visit.here) {
        ways.push((back, "Back to the page before"));
    }
    ways.push(("/".to_owned(), "Today"));
    ways.push(("/portfolio".to_owned(), "Portfolio"));
    error_page(visit, status, detail, ways)
}

fn error_page(
    visit: &Visit,
    status: StatusCode,
    detail: &str,
    ways: Vec<(String, &'static str)>,
) -> Option<String> {
    let heading = heading(status);
    let frame = Frame::bare(heading, visit);
    ErrorPage { frame, status: status.as_u16(), heading, detail: detail.to_owned(), ways }
        .render()
        .ok()
}

fn loading(visit: &Visit, read: u64, head: u64) -> Option<String> {
    LoadingPage { frame: Frame::bare("Reading the ledger", visit), read, head }.render().ok()
}

/// The same answer with a page as its body; status and headers such as Retry-After stay.
fn instead(answer: Response, page: Option<String>) -> Response {
    let Some(page) = page else { return answer };
    let (mut head, _) = answer.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::CONTENT_TYPE);
    head.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let mut drawn = Html(page).into_response();
    *drawn.status_mut() = head.status;
    for (name, value) in &head.headers {
        drawn.headers_mut().insert(name, value.clone());
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_desk_are_led_back_to() {
        assert!(safe_path("/alerts?state=open"));
        for bad in [
            "",
            "alerts",
            "//evil.example",
            "/\\evil.example",
            "/a//b",
            "/a\\b",
            "/a b",
            "/\r\nx",
            "/ä",
            "https://a/",
        ] {
            assert!(!safe_path(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_cannot_be_shown_now_says_when_to_come_back() {
        let answer = PageError::from_model(ModelError::Busy).into_response();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "3");
    }

    #[test]
    fn a_problem_reads_as_a_sentence() {
        let words =
            problem_words(br#"{"title":"Conflict","detail":"the alert is resolved already"}"#);
        assert_eq!(words, "The alert is resolved already.");
        assert_eq!(problem_words(b"nonsense"), "The request was refused, without a reason.");
    }
}
