//! Traces: every request belongs to one, and what it stores says so.

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::measure::method_of;

/// The header of the W3C trace context.
const HEADER: &str = "traceparent";

/// Gives each request its trace: the one it names, else a new one. Whoever takes the request
/// reads it from its header, whichever it was; the answer names it too.
pub(super) async fn traced(mut request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = method_of(request.method());
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
        trace = tracing::field::Empty,
    );
    let named = request.headers().get(HEADER).and_then(|header| read(header.to_str().ok()?));
    if let Some(parent) = &named {
        let parent = opentelemetry::Context::new().with_remote_span_context(parent.clone());
        // It fails only where nobody collects traces.
        let _ = span.set_parent(parent);
    }
    let own = of_span(&span).or(named).unwrap_or_else(fresh);
    span.record("trace", own.trace_id().to_string());
    let header = written(&own);
    request.headers_mut().insert(HEADER, header.clone());
    let mut answer = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", answer.status().as_u16());
    if answer.status().is_server_error() {
        span.set_status(opentelemetry::trace::Status::error(answer.status().to_string()));
    }
    answer.headers_mut().insert(HEADER, header);
    answer
}

/// The span as the collector will know it; `None` where there is no collector.
fn of_span(span: &tracing::Span) -> Option<SpanContext> {
    let context = span.context();
    let own = context.span().span_context().clone();
    own.is_valid().then_some(own)
}

fn fresh() -> SpanContext {
    let (trace, span) =
        (RandomIdGenerator::default().new_trace_id(), RandomIdGenerator::default().new_span_id());
    // Nobody collects it, so it is not marked as sampled.
    SpanContext::new(trace, span, TraceFlags::default(), false, TraceState::default())
}

/// Reads a `traceparent` of version 00, or of a later one as far as it is like 00.
fn read(text: &str) -> Option<SpanContext> {
    let parts: Vec<&str> = text.trim().splitn(5, '-').collect();
    let [version, trace, span, flags, rest @ ..] = parts.as_slice() else { return None };
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
    };
    let shaped = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    if !shaped || *version == "ff" || (*version == "00" && !rest.is_empty()) {
        return None;
    }
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()? & 1);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

fn written(context: &SpanContext) -> HeaderValue {
    let (trace, span) = (context.trace_id(), context.span_id());
    let flags = context.trace_flags().to_u8();
    HeaderValue::try_from(format!("00-{trace}-{span}-{flags:02x}"))
        .unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::{fresh, read, written};

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_read_is_written_the_same() {
        assert_eq!(written(&read(GOOD).unwrap()), GOOD);
        let new = fresh();
        assert_eq!(written(&read(written(&new).to_str().unwrap()).unwrap()), written(&new));
        assert_ne!(fresh().trace_id(), new.trace_id());
    }

    #[test]
    fn what_is_no_trace_parent_is_passed_over() {
        let later = GOOD.replacen("00", "cc", 1);
        assert!(read(&later).is_some() && read(&format!("{later}-more")).is_some());
        for bad in [
            "",
            "00",
            &GOOD[..54],
            &GOOD.to_uppercase(),
            &format!("{GOOD}-more"),
            &GOOD.replacen("00", "ff", 1),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }
}
