//! The streams of a desk: what is asked of the server, and whether it did as asked.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};

use super::{Difference, Nats, NatsError};

/// How long the server remembers message ids. It only has to outlast a publisher's own retries:
/// against anything later the expected last sequence stands.
const DUPLICATES: Duration = Duration::from_secs(120);
/// Most that waits in the inbox. What does not fit is refused, and its sender keeps it.
const INBOX_BYTES: i64 = 1 << 30;
const INBOX_MESSAGES: i64 = 1_000_000;
/// The largest message in the inbox: an event of 1 MiB with its headers is what ingest takes.
const INBOX_MESSAGE: i32 = (1 << 20) + (64 << 10);

/// The stream of entries. It is never trimmed by the server, and no single message can be
/// deleted from it, so that it has no holes; an administrator may purge or delete it as a whole.
pub(super) fn entries(nats: &Nats, metadata: HashMap<String, String>) -> Config {
    Config {
        name: nats.names().stream.clone(),
        description: Some("entries of the ledger, sequence = position".to_owned()),
        subjects: vec![format!("{}.>", nats.names().entry)],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_bytes: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: -1,
        deny_delete: true,
        allow_direct: true,
        metadata,
        ..kept(nats)
    }
}

/// The stream of facts that wait to be taken in: each is kept until ingest has taken it.
pub(super) fn inbox(nats: &Nats) -> Config {
    Config {
        name: nats.names().inbox.clone(),
        description: Some("facts that wait to be taken in".to_owned()),
        subjects: vec![nats.names().inbox_subject.clone()],
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        max_bytes: INBOX_BYTES,
        max_messages: INBOX_MESSAGES,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: INBOX_MESSAGE,
        ..kept(nats)
    }
}

fn kept(nats: &Nats) -> Config {
    Config {
        storage: StorageType::File,
        num_replicas: nats.replicas(),
        max_age: Duration::ZERO,
        duplicate_window: DUPLICATES,
        ..Config::default()
    }
}

/// The stream as it is on the server, if it is set as it has to be.
pub(super) async fn existing(nats: &Nats, asked: &Config) -> Result<Stream, NatsError> {
    let found = nats.context().get_stream(&asked.name).await.map_err(|e| match e.kind() {
        GetStreamErrorKind::JetStream(error) if error.code() == 404 => {
            NatsError::NoStream { stream: asked.name.clone() }
        }
        _ => NatsError::failed("look up a stream")(e),
    })?;
    compared(found, asked)
}

/// The stream, created where there is none.
pub(super) async fn ensured(nats: &Nats, asked: Config) -> Result<Stream, NatsError> {
    match existing(nats, &asked).await {
        Err(NatsError::NoStream { .. }) => {}
        found => return found,
    }
    tracing::info!(stream = asked.name, replicas = asked.num_replicas, "a stream is created");
    let made = nats.context().create_stream(&asked).await.map_err(|e| match e.kind() {
        // 400: the settings cannot be met by these servers, now or later.
        CreateStreamErrorKind::JetStream(error) if error.code() == 400 => NatsError::Setting {
            setting: "replicas",
            reason: format!("the stream {} cannot be made: {error}", asked.name),
        },
        _ => NatsError::failed("create a stream")(e),
    })?;
    compared(made, &asked)
}

fn compared(stream: Stream, asked: &Config) -> Result<Stream, NatsError> {
    let differences = differences(asked, &stream.cached_info().config);
    if differences.is_empty() {
        return Ok(stream);
    }
    Err(NatsError::Settings { what: format!("the stream {}", asked.name), differences })
}

macro_rules! compare {
    ($asked:ident, $found:ident: $($field:ident)*) => {{
        let mut differences: Vec<Difference> = Vec::new();
        $(if $asked.$field != $found.$field {
            differences.push(Difference {
                setting: stringify!($field),
                asked: format!("{:?}", $asked.$field),
                found: format!("{:?}", $found.$field),
            });
        })*
        differences
    }};
}
pub(super) use compare;

/// Where a stream is set otherwise than asked. Of the metadata only what was asked counts, for
/// servers add their own; whose ledger it mirrors is judged where it is used.
fn differences(asked: &Config, found: &Config) -> Vec<Difference> {
    compare!(asked, found:
        name subjects retention discard discard_new_per_subject storage num_replicas max_age
        max_bytes max_messages max_messages_per_subject max_consumers max_message_size no_ack
        duplicate_window sealed allow_rollup deny_delete deny_purge allow_direct mirror sources
        republish subject_transform allow_message_ttl
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_difference_is_named() {
        let asked = Config { name: "A".to_owned(), num_replicas: 3, ..Config::default() };
        let found = Config { num_replicas: 1, max_age: Duration::from_secs(9), ..asked.clone() };
        let found = differences(&asked, &found);
        let named: Vec<&str> = found.iter().map(|d| d.setting).collect();
        assert_eq!(named, ["num_replicas", "max_age"]);
        assert_eq!((found[1].asked.as_str(), found[1].found.as_str()), ("0ns", "9s"));
        assert!(differences(&asked, &asked.clone()).is_empty());
    }
}
