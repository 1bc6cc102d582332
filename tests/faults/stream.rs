//! The stream of entries on NATS, as an administrator reaches it: looked at, deleted, cut.

use std::time::Duration;

use async_nats::jetstream::{self, Context, stream::Stream};
use linchpin_ledger::Stored;

const STREAM: &str = "LINCHPIN";
/// How long a cluster that has just come back may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

async fn context(servers: &[String]) -> Context {
    let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(servers).await.unwrap();
    jetstream::new(client)
}

/// Repeats what a cluster in trouble may refuse for a while.
async fn patiently<T, E: std::fmt::Debug>(mut ask: impl AsyncFnMut() -> Result<T, E>) -> T {
    let begun = tokio::time::Instant::now();
    loop {
        match ask().await {
            Ok(done) => return done,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Deletes the stream; who mirrors the ledger makes it anew.
pub(crate) async fn delete(servers: &[String]) {
    let context = context(servers).await;
    patiently(async || context.delete_stream(STREAM).await).await;
}

/// Waits until whoever leads has made the stream that a fault before this one deleted: what is not
/// there cannot be cut.
pub(crate) async fn is_there(servers: &[String]) {
    let context = context(servers).await;
    patiently(async || context.get_stream(STREAM).await).await;
}

/// Cuts off the last part of the stream, as a crash before the disk was reached would. Nobody may
/// publish meanwhile.
pub(crate) async fn cut(servers: &[String]) {
    let context = context(servers).await;
    let stream: Stream = patiently(async || context.get_stream(STREAM).await).await;
    let config = stream.cached_info().config.clone();
    let last = stream.cached_info().state.last_sequence;
    let keep = last - (last / 10).min(200);
    let mut kept = Vec::new();
    for sequence in 1..=keep {
        kept.push(patiently(async || stream.get_raw_message(sequence).await).await);
    }
    patiently(async || context.delete_stream(STREAM).await).await;
    patiently(async || context.create_stream(config.clone()).await).await;
    for message in kept {
        let (subject, headers) = (message.subject, message.headers);
        let sent = context.publish_with_headers(subject, headers, message.payload).await;
        sent.unwrap().await.unwrap();
    }
}

/// Waits until the ledger has taken what the inbox has confirmed: what a killed process had in
/// hand is offered again after a while.
pub(crate) async fn inbox_is_empty(servers: &[String]) {
    let context = context(servers).await;
    let begun = tokio::time::Instant::now();
    loop {
        let inbox: Stream = patiently(async || context.get_stream("LINCHPIN_INBOX").await).await;
        let waiting = inbox.cached_info().state.messages;
        if waiting == 0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE * 3, "{waiting} facts stay in the inbox");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// What of the stream is not as the ledger has it: each entry at the sequence of its position.
pub(crate) async fn differences(servers: &[String], stored: &[Stored]) -> Vec<String> {
    let context = context(servers).await;
    let begun = tokio::time::Instant::now();
    let head = stored.last().map_or(0, |entry| entry.position);
    let stream = loop {
        let stream: Stream = patiently(async || context.get_stream(STREAM).await).await;
        let last = stream.cached_info().state.last_sequence;
        if last == head {
            break stream;
        }
        if begun.elapsed() > PATIENCE {
            return vec![format!("the stream ends at {last}, the ledger at {head}")];
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let mut wrong = Vec::new();
    for entry in stored {
        let message = patiently(async || stream.get_raw_message(entry.position).await).await;
        let header = |name: &str| message.headers.get(name).map(ToString::to_string);
        let hash: String = entry.leaf_hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let same = header("ce-leafhash") == Some(hash)
            && header("ce-position") == Some(entry.position.to_string())
            && message.payload.as_ref() == entry.payload.as_bytes();
        if !same {
            wrong.push(format!("the stream holds something else at {}", entry.position));
        }
    }
    wrong
}
