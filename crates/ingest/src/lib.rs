//! The doors through which facts come in: over HTTP, over NATS, from files, from full lists; and the
//! commands of people.
//!
//! Every door makes entries with ids that follow from what is told, so that the same thing told
//! twice, or told again after a crash, is one entry.

pub mod command;
pub mod door;
pub mod event;
pub mod http;
pub mod import;
pub mod link;
pub mod map;
pub mod nats;
mod problem;
pub mod sync;
