//! The suites of the rules: given what was told, on a day, then this.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

mod alert_rules;
mod apart_rules;
mod laws;
mod money_rules;
mod policy_rules;
mod snapshot_laws;
mod story;
mod watch_rules;
