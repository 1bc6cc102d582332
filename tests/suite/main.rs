//! End to end: the real binary on real input.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

mod acts;
mod browser;
mod changes;
mod colleagues;
mod compose;
mod contacts;
mod contracts;
mod demo;
mod guarded;
mod killed;
mod nats_doors;
mod orders;
mod orders_policy;
mod orders_trial;
mod policy;
mod processes;
mod quarantine;
mod small;
mod subsidiary;
mod tokens;
mod wrong;
