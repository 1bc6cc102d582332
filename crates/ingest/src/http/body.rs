//! Reading bodies within bounds: what is too large is refused without reading on.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures::StreamExt;
use linchpin_problem::Problem;
use tokio::time::timeout;

use crate::event::{Origin, utf8};

/// Longest wait for the next piece of a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// The next piece of a body; `None` at its end.
///
/// # Errors
/// Where the sender breaks off or falls silent.
pub(super) async fn next_piece(stream: &mut BodyDataStream) -> Result<Option<Bytes>, Problem> {
    match timeout(PATIENCE, stream.next()).await {
        Ok(None) => Ok(None),
        Ok(Some(Ok(piece))) => Ok(Some(piece)),
        Ok(Some(Err(_))) => {
            Err(Problem::bad_request("the body broke off before its end: send it again"))
        }
        Err(_) => {
            let kind = "urn:linchpin:problem:too-slow";
            let title = "the body did not come";
            let detail = format!("no byte for {} seconds: send it again", PATIENCE.as_secs());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, kind, title, detail))
        }
    }
}

/// A whole body as text.
///
/// # Errors
/// Where it is larger than `most` bytes (then it is not read on), not UTF-8, or broken off.
pub(super) async fn read_text(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<String, Problem> {
    let too_large = || {
        Problem::too_large(format!(
            "the body is larger than {most} bytes: send less at once, or many events as \
             application/x-ndjson"
        ))
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|n| n > most as u64) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = next_piece(&mut stream).await? {
        if bytes.len() + piece.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(utf8(&bytes, "the body", Origin::START)?.to_owned())
}
