//! The desk on NATS when things go wrong: servers that die, streams that lose what they had, two
//! relays at once, streams of others. Afterwards each entry stands at sequence = position.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod connect;
mod feed;
mod relay;
mod rig;
mod rights;
mod strangers;
mod streams;
