//! End to end: the real binary on real input.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

mod browser;
mod changes;
mod contacts;
mod contracts;
mod demo;
mod killed;
mod orders;
mod quarantine;
mod small;
mod wrong;
