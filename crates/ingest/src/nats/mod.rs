//! Facts in over NATS, by the NATS protocol binding of CloudEvents.
//!
//! Two doors, for two needs. [`answer_requests`] answers on `linchpin.ingest`: who sends hears at
//! once where the fact stands or why it was not taken, as over HTTP. [`empty_inbox`] takes what was
//! put into the durable stream behind `linchpin.inbox`: who sends hears only that it is kept, and
//! need not care whether the desk is up. Any number of processes may serve either; each event is
//! taken by one of them.
//!
//! Both take an event in structured mode (`Content-Type: application/cloudevents+json`, or no
//! headers at all) and in binary mode (attributes in `ce-` headers, the data as payload).

mod asyncapi;
mod inbox;
mod message;
mod requests;

use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use tokio::sync::watch;
use tokio::task::JoinError;

pub use asyncapi::asyncapi;
pub use inbox::{Inbox, InboxGone, empty_inbox};
pub use requests::answer_requests;

/// The header of an answer with its status, such as `201`: the same numbers as over HTTP.
pub const STATUS_HEADER: &str = "Linchpin-Status";
/// The name of the durable consumer that the processes share, and of their queue group.
pub const TAKERS: &str = "linchpin-ingest";
/// Shortest and longest wait before a door that broke is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How long it is waited for what is under way at the end; and so where NATS is away.
const LAST_CALL: Duration = Duration::from_secs(5);
const LAST_CALL_AWAY: Duration = Duration::from_millis(500);

/// Returns once it is time to stop, which is also when nobody is left to say so.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Longest wait, at the end, for what is on its way here or from here. From a NATS that is away
/// nothing comes.
fn last_call(client: &Client) -> Duration {
    match client.connection_state() {
        State::Connected => LAST_CALL,
        _ => LAST_CALL_AWAY,
    }
}

/// Says where the handling of a message broke; `then` says what becomes of that message.
fn log_panic(ended: Result<(), JoinError>, then: &'static str) {
    if let Err(error) = ended {
        tracing::error!(%error, then, "a message was given up");
    }
}

/// Waits that grow from one failure to the next.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(PAUSES.0)
    }

    /// Waits, or says that it is time to stop.
    async fn take(&mut self, stop: &mut watch::Receiver<bool>) -> bool {
        let wait = self.0;
        self.0 = (wait * 2).min(PAUSES.1);
        tokio::select! {
            () = stopped(stop) => true,
            () = tokio::time::sleep(wait) => false,
        }
    }
}
