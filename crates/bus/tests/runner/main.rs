//! A service at work: what it does when the store fails, when it is stopped, and when it goes on.

#![allow(clippy::unwrap_used, reason = "a test that fails may panic, in its helpers too")]

mod causes;
mod clock;
mod faults;
mod stops;
mod tally;
