//! What the desk shows: the read model kept up to date from the ledger, the views every reader
//! gets, the JSON API and the live stream.
//!
//! Nothing here writes. The views are pure functions of a fold of the ledger and of two clocks,
//! so an answer about the past is made in the same way as one about today.

mod api;
mod model;
pub mod view;
pub mod words;

pub use api::{openapi, router};
pub use model::{
    EntryDetail, HistoryPage, ModelError, News, Progress, QuarantineItem, QuarantinePage,
    ReadModel, STALE, fold, history_page, moment,
};
