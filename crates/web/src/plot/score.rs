//! The score line: now, before, and where it falls if nothing is done, against both thresholds.

use std::fmt::Write as _;

use askama::filters::Safe;
use linchpin_query::view::{AccountView, Explanation};

use super::share;
use crate::marks::Markup;
use crate::show;

/// Labels nearer to one another than this, in per cent of the width, would overlap.
const LABEL: f64 = 26.0;

/// The line of an account.
pub(crate) fn score(view: &AccountView) -> Markup {
    let why = &view.why;
    let at = |points: u32| share(f64::from(points), f64::from(why.out_of));
    let (now, before) = (at(why.points), at(view.row.points_before));
    let (stays, enters) = (at(why.stays_from), at(why.enters_at));
    let mut out = String::from(
        "<svg class=\"plot\" height=\"80\" role=\"img\" aria-labelledby=\"score-text\">",
    );
    let _ = write!(
        out,
        "<rect class=\"track\" x=\"0\" y=\"44\" width=\"100%\" height=\"8\" rx=\"4\"/>\
         <rect class=\"bar\" x=\"0\" y=\"44\" width=\"{now:.1}%\" height=\"8\" rx=\"4\"/>\
         <line class=\"mark\" x1=\"{stays:.1}%\" x2=\"{stays:.1}%\" y1=\"40\" y2=\"60\"/>\
         <line class=\"mark\" x1=\"{enters:.1}%\" x2=\"{enters:.1}%\" y1=\"40\" y2=\"60\"/>"
    );
    thresholds(&mut out, why, stays, enters);
    let fall = why.falls_to.as_ref().map(|fall| (at(fall.points), fall));
    if view.row.points_before != why.points {
        let _ = write!(out, "<circle class=\"hollow\" cx=\"{before:.1}%\" cy=\"48\" r=\"5\"/>");
        if fall.as_ref().is_none_or(|(x, _)| (before - x).abs() > LABEL) {
            // On a phone the two labels would meet.
            let near = fall.as_ref().is_some_and(|(x, _)| (before - x).abs() < 2.0 * LABEL);
            let class = if near { " class=\"wide\"" } else { "" };
            label(
                &mut out,
                class,
                before,
                14,
                &format!("{} thirty days ago", view.row.points_before),
            );
        }
    }
    if let Some((x, fall)) = fall {
        let _ = write!(
            out,
            "<svg x=\"{x:.1}%\" y=\"48\" overflow=\"visible\"><path class=\"flag\" d=\"M0-7l7 7-7 7-7-7z\"/></svg>"
        );
        let words = format!("{} on {}", fall.points, show::day_near(&fall.day, &view.clocks.as_of));
        label(&mut out, "", x, 14, &words);
    }
    let _ = write!(out, "<circle class=\"dot\" cx=\"{now:.1}%\" cy=\"48\" r=\"7\"/>");
    let when = if view.clocks.past { "that day" } else { "now" };
    label(&mut out, " class=\"strong\"", now, 33, &format!("{} {when}", why.points));
    out.push_str("</svg>");
    Safe(out)
}

/// The same in a sentence or three.
pub(crate) fn score_words(view: &AccountView) -> String {
    let why = &view.why;
    let mut out = format!("Score {} of {}.", why.points, why.out_of);
    if view.row.points_before != why.points {
        let _ = write!(out, " It was {} thirty days before.", view.row.points_before);
    }
    if let Some(fall) = &why.falls_to {
        let day = show::day_long(&fall.day);
        let _ = write!(out, " It would be {} on {day} if nothing is done.", fall.points);
    }
    let _ =
        write!(out, " An account enters at {} and stays from {}.", why.enters_at, why.stays_from);
    out
}

fn thresholds(out: &mut String, why: &Explanation, stays: f64, enters: f64) {
    if (enters - stays).abs() < 0.1 {
        let words = format!("enters and stays from {}", why.enters_at);
        return label(out, "", enters, 74, &words);
    }
    let _ = write!(
        out,
        "<text x=\"{stays:.1}%\" y=\"74\" text-anchor=\"end\">stays from {}</text>\
         <text x=\"{enters:.1}%\" y=\"74\">enters at {}</text>",
        why.stays_from, why.enters_at
    );
}

/// A label above or below a place, kept within the plot.
fn label(out: &mut String, class: &str, x: f64, y: u32, words: &str) {
    let anchor = match x {
        x if x < 15.0 => "start",
        x if x > 85.0 => "end",
        _ => "middle",
    };
    let _ =
        write!(out, "<text{class} x=\"{x:.1}%\" y=\"{y}\" text-anchor=\"{anchor}\">{words}</text>");
}
