//! The descriptions of all doors together.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use linchpin_bus::nats::Names;
use linchpin_ingest::{http, nats};
use serde_json::Value;
use utoipa::OpenApi;

use super::health;
use crate::config::Config;

/// The address of the description of what is spoken on NATS.
const ASYNCAPI: &str = "/asyncapi.json";

/// All that is spoken over HTTP.
pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    linchpin_query::openapi(others())
}

/// What is spoken over HTTP besides the reads.
pub(super) fn others() -> Vec<utoipa::openapi::OpenApi> {
    vec![http::openapi(), health::openapi(), Routes::openapi()]
}

/// All that is spoken on NATS, under the desk's name there.
pub(crate) fn asyncapi(config: &Config) -> Value {
    let desk = config.text("nats.desk").unwrap_or_default();
    let mut document = linchpin_bus::asyncapi::document(desk);
    let names = Names::of(desk);
    merge(&mut document, nats::asyncapi(&names.ingest_subject, &names.inbox_subject));
    document
}

/// The address at which that is served.
pub(super) fn routes(config: &Config) -> Router {
    let document = Bytes::from(asyncapi(config).to_string());
    Router::new().route(ASYNCAPI, get(asyncapi_json)).with_state(document)
}

/// The AsyncAPI description of what is spoken on NATS.
#[utoipa::path(
    get, path = "/asyncapi.json", tag = "service",
    responses((status = 200, description = "An AsyncAPI document", content_type = "application/json"))
)]
async fn asyncapi_json(State(document): State<Bytes>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document)
}

#[derive(OpenApi)]
#[openapi(paths(asyncapi_json))]
struct Routes;

/// Adds the members of one object to another, object by object.
fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (name, value) in more {
                match into.get_mut(&name) {
                    Some(there) => merge(there, value),
                    None => drop(into.insert(name, value)),
                }
            }
        }
        (into, more) => *into = more,
    }
}
