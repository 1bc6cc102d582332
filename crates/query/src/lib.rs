//! What the desk shows: the read model kept up to date from the ledger, the views every reader
//! gets, the JSON API and the live stream.
//!
//! Nothing here writes. The views are pure functions of a fold of the ledger and of two clocks,
//! so an answer about the past is made in the same way as one about today.

pub mod view;
pub mod words;
