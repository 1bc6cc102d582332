//! Small marks that carry meaning by shape and words.

use std::fmt::Write as _;

use askama::filters::Safe;
use jiff::civil::Date;
use linchpin_domain::decision::Severity;
use linchpin_domain::policy::Status;

use crate::show;

/// Markup made here, from figures and fixed words only.
pub(crate) type Markup = Safe<String>;

/// The levels in the order of the coverage dots.
const LEVELS: [&str; 4] = ["executive", "director", "manager", "specialist"];

/// A status with its word.
pub(crate) fn status(status: &Status) -> Markup {
    let (class, word) = (show::status_class(status), show::status_word(*status));
    Safe(format!("<span class=\"status {class}\">{word}</span>"))
}

/// A status beside a name, its word hidden.
pub(crate) fn status_icon(status: &Status) -> Markup {
    let (class, word) = (show::status_class(status), show::status_word(*status));
    Safe(format!("<span class=\"status icon {class}\"><span class=\"hide\">{word}: </span></span>"))
}

/// How urgent an alert is; a ring that is filled where it is settled.
pub(crate) fn severity(severity: &Severity, settled: bool) -> Markup {
    let (class, word) = match settled {
        true => ("done", "Settled"),
        false => (show::severity_class(*severity), show::severity_word(*severity)),
    };
    Safe(format!("<span class=\"sev {class}\"><span class=\"hide\">{word}</span></span>"))
}

/// Which of the four levels are reached.
pub(crate) fn levels(reached: &[bool]) -> Markup {
    let mut out = String::from("<span class=\"dots\" aria-hidden=\"true\">");
    for on in reached {
        out.push_str(if *on { "<i class=\"on\"></i>" } else { "<i></i>" });
    }
    let words = levels_words(reached);
    let _ = write!(out, "</span><span class=\"hide\">{words}</span>");
    Safe(out)
}

/// The same in words: `3 of 4 levels, no specialist`.
pub(crate) fn levels_words(reached: &[bool]) -> String {
    let missing: Vec<&str> =
        reached.iter().zip(LEVELS).filter(|(on, _)| !**on).map(|(_, level)| level).collect();
    match missing.len() {
        0 => "All 4 levels".to_owned(),
        4 => "No level reached yet".to_owned(),
        n => format!("{} of 4 levels, no {}", 4 - n, missing.join(" or ")),
    }
}

/// The change of a score.
pub(crate) fn drift(now: &u32, before: &u32) -> Markup {
    let change = i64::from(*now) - i64::from(*before);
    let (class, sign, word) = match change {
        0 => return Safe(drift_span("", "–", "steady", "")),
        c if c > 0 => (" up", "▲", "up"),
        _ => (" down", "▼", "down"),
    };
    Safe(drift_span(class, sign, word, &format!(" {}", change.unsigned_abs())))
}

fn drift_span(class: &str, sign: &str, word: &str, by: &str) -> String {
    format!(
        "<span class=\"drift{class}\"><span aria-hidden=\"true\">{sign}</span>\
         <span class=\"hide\">{word}</span>{by}</span>"
    )
}

/// Twelve months as a line without axes; beside a figure, so hidden from readers by ear. The
/// month of the day is left out while it is not over, for it would always look like a fall.
pub(crate) fn spark(months: &[f64], as_of: &Date) -> Markup {
    let over = as_of.last_of_month() == *as_of;
    let months = if over { months } else { &months[..months.len().saturating_sub(1)] };
    if months.len() < 2 || months.iter().all(|month| *month == 0.0) {
        return Safe("<span class=\"hide\">no revenue</span>".to_owned());
    }
    let top = months.iter().copied().fold(0.0_f64, f64::max);
    let low = months.iter().copied().fold(0.0_f64, f64::min);
    let span = if top > low { top - low } else { 1.0 };
    let (mut path, mut end) = (String::new(), (0.0, 0.0));
    for (index, month) in months.iter().enumerate() {
        let x = 68.0 * index as f64 / (months.len() - 1) as f64;
        let y = 18.0 - 16.0 * (month - low) / span;
        let _ = write!(path, "{}{x:.0} {y:.0}", if index == 0 { "M" } else { " " });
        end = (x, y);
    }
    Safe(format!(
        "<svg class=\"spark\" viewBox=\"0 0 72 20\" aria-hidden=\"true\"><path d=\"{path}\"/>\
         <circle cx=\"{:.0}\" cy=\"{:.0}\" r=\"2.5\"/></svg>",
        end.0, end.1
    ))
}

/// Points reached of points possible, as a short bar.
pub(crate) fn points(points: &u32, out_of: &u32) -> Markup {
    let width = if *out_of == 0 { 0 } else { u64::from(*points) * 96 / u64::from(*out_of) };
    Safe(format!(
        "<svg class=\"points\" viewBox=\"0 0 96 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect width=\"96\" height=\"6\" rx=\"3\"/><rect width=\"{width}\" height=\"6\" rx=\"3\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_in_words() {
        assert_eq!(levels_words(&[true; 4]), "All 4 levels");
        assert_eq!(levels_words(&[false; 4]), "No level reached yet");
        assert_eq!(levels_words(&[true, false, true, true]), "3 of 4 levels, no director");
    }

    #[test]
    fn a_flat_or_negative_year_still_draws() {
        let (within, last) = (jiff::civil::date(2026, 11, 17), jiff::civil::date(2026, 11, 30));
        assert!(spark(&[5.0; 12], &within).0.contains("<path"));
        assert!(spark(&[-1.0, 3.0], &last).0.contains("M0 18"));
        assert!(!spark(&[0.0; 12], &last).0.contains("<path"));
        assert!(spark(&[], &within).0.contains("no revenue"));
    }
}
