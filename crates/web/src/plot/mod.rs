//! Plots: SVG made here, x in per cent and y in pixels, so that text keeps its size on any
//! screen. Each has a title in words, and the page puts a table beside it.

mod concentration;
mod contracts;
mod months;
mod score;
mod trend;
mod trial;

pub(crate) use concentration::concentration;
pub(crate) use contracts::contracts;
pub(crate) use months::{Month, last_months, months};
pub(crate) use score::{score, score_words};
pub(crate) use trend::{trend, trend_words};
pub(crate) use trial::{trial, trial_words};

use askama::filters::{Html, escape};

/// Text made safe to stand in markup.
fn safe(text: &str) -> String {
    match escape(text, Html) {
        Ok(escaped) => escaped.to_string(),
        Err(never) => match never {},
    }
}

/// A part of a whole in per cent, kept within 0 and 100.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole * 100.0).clamp(0.0, 100.0) } else { 0.0 }
}
