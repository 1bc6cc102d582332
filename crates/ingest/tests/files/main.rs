//! The file doors: imports by a map, and full-list syncs.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod again;
mod broken;
mod correct;
mod import;
mod maps;
mod moved;
mod once;
mod others;
mod real_contacts;
mod real_orders;
mod sync;
mod unit;
