//! The views over small desks made by hand, and the API over a real ledger.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod alike;
mod api;
mod course;
mod credit;
mod differences;
mod explained;
mod figures;
mod history;
mod kept;
mod money;
mod moves;
mod notices;
mod ownership;
mod paging;
mod present;
mod served;
mod story;
mod stream;
mod trial;
mod two_clocks;
