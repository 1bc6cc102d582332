//! Entries in order, from a position on and then live: the same feed for every service.
//!
//! In one process the ledger itself is the bus. A watch of its head says that it is time to read;
//! what is read comes from the ledger, so nothing can be lost.

mod bus;
mod feed;
pub mod nats;
#[allow(dead_code)]
mod snapshot;
mod service;

pub use bus::Bus;
pub use feed::{Feed, FeedError, Source};
pub use service::{Conductor, Runner, Service, ServiceError};
