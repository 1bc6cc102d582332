//! The pages over a real ledger: drawn whole, walked through link by link, attacked.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod acts;
mod crawl;
mod desk;
mod html;
mod members;
mod offers;
mod ownership;
mod pages;
mod portfolio;
mod refused;
mod safety;
mod statuses;
mod trial;
