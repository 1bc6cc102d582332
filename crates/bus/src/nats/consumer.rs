//! How a feed listens to the stream: a consumer of its own that nobody acknowledges to, and that
//! the server forgets once nobody asks for more.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{
    AckPolicy, Config as Made, DeliverPolicy, IntoConsumerConfig, ReplayPolicy,
};
use linchpin_domain::entry::Position;

use super::stream::compare;
use super::{Difference, Mirrored, NatsError};

/// Most messages asked for at a time.
const BATCH: usize = 256;
/// A server that says nothing for twice as long is taken for dead.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long one request for messages stands.
const EXPIRES: Duration = Duration::from_secs(20);
/// After how long without a request the server forgets the consumer.
const FORGET: Duration = Duration::from_secs(30);

/// The messages of a stream after a position, then live.
///
/// # Errors
/// Where NATS fails, or the consumer is not set as asked.
pub(crate) async fn follow(mirrored: &Mirrored, after: Position) -> Result<Messages, NatsError> {
    let asked = Config {
        description: Some("a feed of the desk".to_owned()),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: after + 1 },
        ack_policy: AckPolicy::None,
        replay_policy: ReplayPolicy::Instant,
        inactive_threshold: FORGET,
        num_replicas: 1,
        memory_storage: true,
        ..Config::default()
    };
    let made = mirrored.stream.create_consumer(asked.clone()).await;
    let made = made.map_err(NatsError::failed("create a consumer"))?;
    let differences = differences(&asked.into_consumer_config(), &made.cached_info().config);
    if !differences.is_empty() {
        let what = format!("a consumer of {}", mirrored.stream.cached_info().config.name);
        return Err(NatsError::Settings { what, differences });
    }
    made.stream()
        .max_messages_per_batch(BATCH)
        .heartbeat(HEARTBEAT)
        .expires(EXPIRES)
        .messages()
        .await
        .map_err(NatsError::failed("ask for messages"))
}

fn differences(asked: &Made, found: &Made) -> Vec<Difference> {
    compare!(asked, found:
        durable_name deliver_policy ack_policy replay_policy filter_subject filter_subjects
        rate_limit headers_only inactive_threshold num_replicas memory_storage
    )
}
