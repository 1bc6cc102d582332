//! The suites of the rules: given what was told, on a day, then this.
#![allow(clippy::unwrap_used, reason = "a test that unwraps what is not there fails, as it should")]

mod alert_rules;
mod apart_rules;
mod course_rules;
mod document_rules;
mod group_rules;
mod joined_laws;
mod joined_rules;
mod laws;
mod life;
mod life_laws;
mod merge_rules;
mod money_rules;
mod nomination_rules;
mod ownership_rules;
mod policy_rules;
mod role_rules;
mod snapshot_laws;
mod story;
mod sweep_rules;
mod touch_rules;
mod trial_rules;
mod trial_world;
mod verdict_rules;
mod waiting_rules;
mod watch_rules;
mod world;
