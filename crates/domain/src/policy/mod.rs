//! The key-account policy: who is a key account, why, and what would change it.
//!
//! A policy is a document. Its criteria measure a client over a trailing window, each gives
//! points, and the sum moves the client between statuses with hysteresis and a grace period.
//! Everything here is a pure function of the account fold, the firm and a day.

mod assess;
mod document;
mod measure;
mod standing;

pub use assess::{Assessment, CriterionAssessment, CriterionResult, assess, grade};
pub(crate) use document::MAX_ID;
pub use document::{Criterion, DocumentError, Grade, MAX_DOCUMENT, Measure, Missing, Policy};
pub use measure::{Reading, earlier, firm_money, read};
pub use standing::{Span, Standing, Status, Track};

/// The policy a new ledger adopts: a sensible first one, to be replaced by the firm's own.
pub const FIRST_POLICY: &str = include_str!("first.toml");
