//! The key-account policy: who is a key account, why, and what would change it.
//!
//! A policy is a document. Its criteria measure a client over a trailing window, each gives
//! points, and the sum moves the client between statuses with hysteresis and a grace period.
//! Everything here is a pure function of the account fold, the firm and a day.

mod assess;
mod course;
mod document;
mod measure;
mod meter;
mod number;
mod parse;
mod predicate;
mod reach;
mod standing;
mod status;
mod sums;
mod written;

pub use assess::{Assessment, CriterionAssessment, CriterionResult, assess, assess_under, grade};
pub use course::Course;
pub(crate) use document::MAX_ID;
pub use document::{
    Approval, Criterion, DocumentError, Grade, MAX_DOCUMENT, Measure, Missing, OwnershipRules,
    Policy, Scope, Verdict,
};
pub use measure::{Reading, Scene, earlier, firm_money, profit_of, read};
pub(crate) use meter::{Meter, Panel};
pub use predicate::{Predicate, PredicateError};
pub use standing::{Span, Standing, Track};
pub use status::Status;
pub(crate) use sums::Sums;

/// The policy a new ledger adopts: a sensible first one, to be replaced by the firm's own.
pub const FIRST_POLICY: &str = include_str!("first.toml");
