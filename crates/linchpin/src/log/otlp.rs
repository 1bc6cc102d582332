//! Traces to a collector: OTLP over HTTP, in its JSON form.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::{Value as Json, json};

/// The field by which a span says to which trace it belongs. What is concluded from a fact is
/// concluded later and elsewhere, outside the request that told it, and names that request's
/// trace in this way.
const TRACE: &str = "trace";
/// How long the collector may take for what it is sent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where traces go. It is called from a thread of its own, one batch after the other.
#[derive(Debug)]
pub(super) struct Collector {
    address: String,
    agent: ureq::Agent,
    resource: Vec<Json>,
}

impl Collector {
    /// The collector at a base address.
    pub(super) fn new(base: &str) -> Self {
        let address = format!("{}/v1/traces", base.trim_end_matches('/'));
        let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        Self { address, agent, resource: Vec::new() }
    }
}

impl SpanExporter for Collector {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans: Vec<Json> = batch.iter().map(span).collect();
        let document = json!({ "resourceSpans": [{
            "resource": { "attributes": self.resource },
            "scopeSpans": [{ "scope": { "name": "linchpin" }, "spans": spans }],
        }]});
        let request = self.agent.post(&self.address).header("content-type", "application/json");
        match request.send(document.to_string()) {
            Ok(_) => Ok(()),
            Err(error) => Err(OTelSdkError::InternalFailure(error.to_string())),
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource
            .iter()
            .map(|(key, value)| match (key.as_str(), value.as_str().as_ref()) {
                ("service.name", "unknown_service") => {
                    attribute("service.name", &"linchpin".into())
                }
                (key, _) => attribute(key, value),
            })
            .collect();
        let version = Value::from(env!("CARGO_PKG_VERSION"));
        self.resource.push(attribute("service.version", &version));
    }
}

fn span(span: &SpanData) -> Json {
    let own = span.span_context.trace_id().to_string();
    let named = span.attributes.iter().find(|attribute| attribute.key.as_str() == TRACE);
    let trace = match named.map(|named| named.value.as_str().into_owned()) {
        Some(named) if span.parent_span_id == SpanId::INVALID && named.len() == own.len() => named,
        _ => own,
    };
    let (code, message) = match &span.status {
        Status::Unset => (0, ""),
        Status::Ok => (1, ""),
        Status::Error { description } => (2, description.as_ref()),
    };
    let events = span.events.iter().map(|event| {
        json!({
            "name": event.name,
            "timeUnixNano": nanoseconds(event.timestamp),
            "attributes": attributes(&event.attributes),
        })
    });
    let mut document = json!({
        "traceId": trace,
        "spanId": span.span_context.span_id().to_string(),
        "name": span.name,
        "kind": kind(&span.span_kind),
        "startTimeUnixNano": nanoseconds(span.start_time),
        "endTimeUnixNano": nanoseconds(span.end_time),
        "attributes": attributes(&span.attributes),
        "events": events.collect::<Vec<Json>>(),
        "status": { "code": code, "message": message },
    });
    if span.parent_span_id != SpanId::INVALID {
        document["parentSpanId"] = json!(span.parent_span_id.to_string());
    }
    document
}

/// Numbers of 64 bits are strings in this form, as protobuf has it.
fn nanoseconds(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

fn kind(kind: &SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn attributes(attributes: &[KeyValue]) -> Vec<Json> {
    attributes.iter().map(|KeyValue { key, value, .. }| attribute(key.as_str(), value)).collect()
}

fn attribute(key: &str, value: &Value) -> Json {
    let value = match value {
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::I64(value) => json!({ "intValue": value.to_string() }),
        Value::F64(value) => json!({ "doubleValue": value }),
        other => json!({ "stringValue": other.as_str() }),
    };
    json!({ "key": key, "value": value })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use opentelemetry::trace::{SpanContext, TraceFlags, TraceId, TraceState};
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

    use super::*;

    fn data(parent: SpanId, trace: &'static str) -> SpanData {
        let (own, flags) = (TraceId::from_bytes([1; 16]), TraceFlags::SAMPLED);
        let id = SpanId::from_bytes([2; 8]);
        SpanData {
            span_context: SpanContext::new(own, id, flags, false, TraceState::default()),
            parent_span_id: parent,
            parent_span_is_remote: false,
            span_kind: SpanKind::Server,
            name: Cow::Borrowed("POST /v1/events"),
            start_time: UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_001),
            end_time: UNIX_EPOCH + Duration::from_nanos(1_700_000_000_000_000_002),
            attributes: vec![KeyValue::new(TRACE, trace), KeyValue::new("status", 201)],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::error("503"),
            instrumentation_scope: Default::default(),
        }
    }

    #[test]
    fn a_span_is_written_as_the_protocol_has_it() {
        let parent = SpanId::from_bytes([3; 8]);
        let written = span(&data(parent, "ff"));
        let expected = json!({
            "traceId": "01010101010101010101010101010101", "spanId": "0202020202020202",
            "parentSpanId": "0303030303030303", "name": "POST /v1/events", "kind": 2,
            "startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000000000002",
            "attributes": [
                { "key": "trace", "value": { "stringValue": "ff" } },
                { "key": "status", "value": { "intValue": "201" } },
            ],
            "events": [], "status": { "code": 2, "message": "503" },
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn a_span_without_a_parent_belongs_to_the_trace_that_it_names() {
        let named = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(span(&data(SpanId::INVALID, named))["traceId"], named);
        assert_eq!(span(&data(SpanId::INVALID, "odd"))["traceId"], "01".repeat(16));
        let below = SpanId::from_bytes([3; 8]);
        assert_eq!(span(&data(below, named))["traceId"], "01".repeat(16));
    }
}
