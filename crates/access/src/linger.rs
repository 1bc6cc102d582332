//! Requests that outlive the moment in which they were let in.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, unfold};

use crate::gate::Gate;

/// Largest body, in bytes, that is taken at one go: it is here before anything could change.
const AT_ONCE: u64 = 1 << 20;

/// The token was revoked while a body was on its way.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the token was revoked")]
struct Revoked;

/// Runs a request whose bodies are cut when its token is revoked: streams of events, which never
/// end by themselves, and bodies sent in over a long time.
pub(crate) async fn watched(gate: &Gate, hash: [u8; 32], request: Request, next: Next) -> Response {
    let request = if is_long(request.headers()) {
        request.map(|body| cut(body, Box::pin(gate.clone().gone(hash))))
    } else {
        request
    };
    let answer = next.run(request).await;
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let endless = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if endless { answer.map(|body| cut(body, Box::pin(gate.clone().gone(hash)))) } else { answer }
}

/// Whether a body may be on its way for long: it says no length, or a great one.
fn is_long(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<u64>().ok());
    length.map_or(headers.contains_key(header::TRANSFER_ENCODING), |length| length > AT_ONCE)
}

struct Cut {
    body: BoxStream<'static, Result<Bytes, axum::Error>>,
    gone: BoxFuture<'static, ()>,
    over: bool,
}

fn cut(body: Body, gone: BoxFuture<'static, ()>) -> Body {
    let body = body.into_data_stream().boxed();
    Body::from_stream(unfold(Cut { body, gone, over: false }, |mut cut| async move {
        if cut.over {
            return None;
        }
        let piece = tokio::select! {
            biased;
            () = &mut cut.gone => {
                cut.over = true;
                Some(Err(axum::Error::new(Revoked)))
            }
            piece = cut.body.next() => piece,
        };
        piece.map(|piece| (piece, cut))
    }))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_breaks_off_when_its_token_is_revoked() {
        let piece = || Ok::<_, Infallible>(Bytes::from_static(b"x"));
        let ticks = unfold((), move |()| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((piece(), ()))
        });
        let gone = Box::pin(tokio::time::sleep(Duration::from_millis(3_500)));
        let got: Vec<bool> = cut(Body::from_stream(ticks), gone)
            .into_data_stream()
            .map(|piece| piece.is_ok())
            .collect()
            .await;
        assert_eq!(got, [true, true, true, false]);
    }

    #[tokio::test]
    async fn a_body_that_ends_ends() {
        let gone = Box::pin(futures::future::pending());
        let body = cut(Body::from("hello"), gone);
        assert_eq!(axum::body::to_bytes(body, 100).await.unwrap(), "hello");
    }
}
