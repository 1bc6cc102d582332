//! Entries in order, from a position on and then live: the same feed for every service.
//!
//! In one process the ledger itself is the bus. A watch of its head says that it is time to read;
//! what is read comes from the ledger, so nothing can be lost.

pub mod asyncapi;
mod bus;
mod causes;
mod conductor;
mod feed;
pub mod nats;
mod progress;
mod relay;
mod service;
mod snapshot;

pub use bus::Bus;
pub use conductor::Conductor;
pub use feed::{Feed, FeedError, Source};
pub use progress::{Lag, Progress};
pub use relay::{Relay, RelayStatus};
pub use service::{Runner, Service, ServiceError};
pub use snapshot::Snapshots;
