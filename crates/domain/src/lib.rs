//! What Linchpin knows and concludes, as pure values and functions.
//!
//! No IO, no clock, no randomness: `now` comes in as data. Facts and decisions are folded into a
//! [`desk::Desk`]; the [`policy`] says who is a key account and why; the [`watch`] rules say
//! who must be alerted, or names the reason why nobody is.

pub mod account;
pub mod act;
pub mod alert;
pub mod audit;
pub mod decision;
pub mod desk;
pub mod entry;
pub mod fact;
pub mod genesis;
pub mod id;
pub mod money;
pub mod names;
pub mod ownership;
pub mod policy;
pub mod private;
mod schema;
pub mod timeline;
pub mod trial;
pub mod watch;
pub mod wire;

#[cfg(test)]
mod tests;
