//! What a body says it is.

use axum::http::{HeaderMap, header};
use linchpin_problem::Problem;

/// The media types that `POST /v1/events` takes.
pub(super) const ACCEPTED: &str = "application/cloudevents+json, application/cloudevents-batch+json, \
                            application/json, application/x-ndjson";

/// The media type of a body, in lower case, without parameters. A refusal says that
/// `accepted` are taken.
///
/// # Errors
/// Where none is given, it is compressed, or in another encoding than UTF-8.
pub(super) fn media_of(headers: &HeaderMap, accepted: &'static str) -> Result<String, Problem> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::media_type(
            "compressed bodies are not taken: send the body as it is",
            accepted,
        ));
    }
    let Some(given) = headers.get(header::CONTENT_TYPE) else {
        return Err(Problem::media_type("the Content-Type is missing", accepted));
    };
    let Ok(given) = given.to_str() else {
        return Err(Problem::media_type("the Content-Type cannot be read", accepted));
    };
    let mut parts = given.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("charset") && !value.eq_ignore_ascii_case("utf-8") {
            let shown: String = value.chars().take(40).collect();
            return Err(Problem::media_type(
                format!("the charset `{shown}` is not taken: send UTF-8"),
                accepted,
            ));
        }
    }
    Ok(essence)
}

/// That none of the media types of `POST /v1/events` was given.
pub(super) fn not_an_event(media: &str) -> Problem {
    let shown: String = media.chars().take(80).collect();
    Problem::media_type(format!("`{shown}` is not taken here: send one of {ACCEPTED}"), ACCEPTED)
}
