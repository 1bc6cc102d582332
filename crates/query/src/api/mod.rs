//! The JSON API. It only reads.

mod accounts;
mod alerts;
mod asked;
mod described;
mod entries;
mod ownership;
mod params;
mod portfolio;
mod present;
mod problem;
mod stream;
mod suggestions;
mod trial;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use linchpin_domain::desk::Desk;
use linchpin_domain::policy::MAX_DOCUMENT;
use linchpin_problem::Problem;
use utoipa::OpenApi;

use crate::model::ReadModel;
use crate::view::Clocks;
use params::Params;

/// What every handler reads from.
#[derive(Clone)]
struct Api {
    model: ReadModel,
    streams: Arc<tokio::sync::Semaphore>,
    document: Arc<str>,
}

/// The routes of the JSON API over a read model. `others` are the descriptions of further doors,
/// to be served in the same document.
pub fn router(model: ReadModel, others: Vec<utoipa::openapi::OpenApi>) -> Router {
    let document = openapi(others).to_json().unwrap_or_default();
    let streams = Arc::new(tokio::sync::Semaphore::new(stream::MAX_STREAMS));
    let api = Api { model, streams, document: document.into() };
    let reads = Router::new()
        .route("/v1/accounts", get(accounts::list))
        .route("/v1/accounts/{id}", get(accounts::one))
        .route("/v1/accounts/{id}/status", get(accounts::status))
        .route("/v1/accounts/{id}/explain", get(accounts::explain))
        .route("/v1/accounts/{id}/history", get(accounts::history))
        .route("/v1/accounts/{id}/ownership", get(ownership::one))
        .route("/v1/ownership", get(ownership::open))
        .route("/v1/ownership/rulings", get(ownership::rulings))
        .route("/v1/accounts/{id}/suggestions", get(suggestions::of_one))
        .route("/v1/suggestions", get(suggestions::newest))
        .route("/v1/portfolio", get(portfolio::figures))
        .route("/v1/portfolio/movement", get(portfolio::movement))
        .route("/v1/alerts", get(alerts::list))
        .route("/v1/entries/{position}", get(entries::one))
        .route("/v1/policy", get(alerts::policy))
        .route("/v1/policy/trial", post(trial::trial).layer(DefaultBodyLimit::max(MAX_DOCUMENT)))
        .route("/v1/policy/sweep", post(trial::swept).layer(DefaultBodyLimit::max(MAX_DOCUMENT)))
        .route("/v1/quarantine", get(entries::quarantine))
        .route_layer(middleware::from_fn_with_state(api.clone(), present::only_when_known));
    reads
        .route("/v1/stream", get(stream::follow))
        .route("/v1/policy/schema", get(alerts::policy_schema))
        .route("/v1/{*rest}", axum::routing::any(nothing_here))
        .route("/openapi.json", get(document_json))
        .layer(middleware::from_fn(as_problem))
        .with_state(api)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Linchpin",
        description = "An event-sourced key-account desk: who is a key account and why, what \
                       needs doing, and what was known when. Reads take two clocks: `as_of`, the \
                       day for which the answer is true, and `known_at`, the moment up to which \
                       the desk's knowledge counts."
    ),
    paths(
        accounts::list,
        accounts::one,
        accounts::status,
        accounts::explain,
        accounts::history,
        suggestions::of_one,
        suggestions::newest,
        portfolio::figures,
        portfolio::movement,
        alerts::list,
        alerts::policy,
        alerts::policy_schema,
        trial::trial,
        trial::swept,
        entries::one,
        entries::quarantine,
        ownership::one,
        ownership::open,
        ownership::rulings,
        stream::follow,
        document_json
    ),
    components(schemas(Problem)),
    tags(
        (name = "accounts", description = "Clients: status, reasons, history."),
        (name = "alerts", description = "What someone must know."),
        (name = "policy", description = "The written rules, and what others would say."),
        (name = "entries", description = "The ledger itself."),
        (name = "service", description = "Description, health, figures.")
    )
)]
struct Routes;

/// The OpenAPI description of these routes and of further doors, with the lock on all of them.
pub fn openapi(others: Vec<utoipa::openapi::OpenApi>) -> utoipa::openapi::OpenApi {
    let mut document = Routes::openapi();
    present::describe(&mut document);
    for other in others {
        document.merge(other);
    }
    linchpin_access::describe(&mut document);
    document
}

/// The OpenAPI description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "service",
    responses((status = 200, description = "This document", content_type = "application/json"))
)]
async fn document_json(State(api): State<Api>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, String::from(&*api.document)).into_response()
}

impl Api {
    /// The desk and the clocks that a request asks for.
    async fn at(&self, params: &Params) -> Result<(Arc<Desk>, Clocks), Problem> {
        let as_of = params.day("as_of")?;
        let known_at = params.moment("known_at", &self.model.genesis().zone())?;
        Ok(self.model.at(as_of, known_at).await?)
    }
}

async fn nothing_here() -> Problem {
    Problem::not_found("nothing is served at this address: see /openapi.json for what is")
}

/// Gives the framework's own refusals the shape of every other problem, and tells caches to keep
/// nothing of what may change with the next entry.
async fn as_problem(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow = response.headers_mut().remove(header::ALLOW);
        let by_post = method == Method::GET || method == Method::HEAD;
        let taken = if by_post { "asked by POST" } else { "only read, by GET" };
        let detail = format!("{method} is not taken at {path}: this address is {taken}");
        let mut problem = Problem::method(detail).into_response();
        problem.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
        return problem;
    }
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    response
}

/// An answer, or the problem.
type Answer<T> = Result<Json<T>, Problem>;

/// Runs a view away from the threads that answer requests.
async fn made<T: Send + 'static>(view: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    crate::model::working(view).await.map_err(Problem::from)
}
