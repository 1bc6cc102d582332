//! How many would be key, by the points needed: the draft against the policy in force.

use std::fmt::Write as _;

use askama::filters::Safe;
use linchpin_query::view::CurvePoint;

use super::share;
use crate::marks::Markup;
use crate::show;

/// Where the drawn part begins, ends and stands, in per cent and pixels.
const LEFT: f64 = 6.0;
const WIDTH: f64 = 92.0;
const BOTTOM: f64 = 150.0;
const HEIGHT: f64 = 125.0;

/// Most values named on the line of points needed.
const TICKS: u32 = 8;

/// Both curves as steps, with a mark at each policy's own threshold.
pub(crate) fn trial(points: &[CurvePoint], now: u32, draft: u32) -> Markup {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Safe(String::new());
    };
    let span = f64::from(last.needed.saturating_sub(first.needed).max(1));
    let most = points.iter().map(|point| point.now.max(point.draft)).max().unwrap_or(0).max(1);
    let within = |needed: u32| share(f64::from(needed.saturating_sub(first.needed)), span);
    let x = |needed: u32| LEFT + WIDTH * within(needed) / 100.0;
    let y = |count: u32| BOTTOM - HEIGHT * share(f64::from(count), f64::from(most)) / 100.0;
    let mut out = String::from(
        "<svg class=\"plot\" height=\"190\" role=\"img\" aria-labelledby=\"sweep\" aria-describedby=\"sweep-text\">",
    );
    for count in [most, most / 2] {
        let at = y(count);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}%\" x2=\"98%\" y1=\"{at:.0}\" y2=\"{at:.0}\"/>\
             <text x=\"4%\" y=\"{:.0}\" text-anchor=\"end\">{count}</text>",
            at + 4.0
        );
    }
    for needed in ticks(first.needed, last.needed) {
        let at = x(needed);
        let _ =
            write!(out, "<text x=\"{at:.1}%\" y=\"168\" text-anchor=\"middle\">{needed}</text>");
    }
    let path = |count: fn(&CurvePoint) -> u32| steps(points, &within, &|point| y(count(point)));
    let _ = write!(
        out,
        "<line class=\"axis\" x1=\"{LEFT}%\" x2=\"98%\" y1=\"{BOTTOM}\" y2=\"{BOTTOM}\"/>\
         <svg x=\"{LEFT}%\" y=\"0\" width=\"{WIDTH}%\" height=\"{BOTTOM}\" viewBox=\"0 0 100 {BOTTOM}\" preserveAspectRatio=\"none\">\
         <path class=\"line old\" d=\"{}\"/><path class=\"line\" d=\"{}\"/></svg>",
        path(|point| point.now),
        path(|point| point.draft)
    );
    let at = |needed: u32| points.iter().find(|point| point.needed == needed);
    if let Some(point) = at(now) {
        let (place, words) = ((x(now), y(point.now)), format!("now {now}"));
        mark(&mut out, ["dash", "hollow"], place, &words, (28, now < draft));
    }
    if let Some(point) = at(draft) {
        let (place, words) = ((x(draft), y(point.draft)), format!("draft {draft}"));
        mark(&mut out, ["mark", "dot"], place, &words, (14, draft < now));
    }
    out.push_str(
        "<text x=\"98%\" y=\"186\" text-anchor=\"end\">points needed to enter</text></svg>",
    );
    Safe(out)
}

/// The same in a sentence.
pub(crate) fn trial_words(points: &[CurvePoint], now: u32, draft: u32) -> String {
    let at = |needed: u32| points.iter().find(|point| point.needed == needed);
    let (Some(of_now), Some(of_draft)) = (at(now), at(draft)) else {
        return "No client is key whatever the points needed.".to_owned();
    };
    let count = |number: u32| show::count(number as usize, "key account", "key accounts");
    format!(
        "At {now} points the policy in force has {}, had it always been in force. At {draft} points the draft has {}.",
        count(of_now.now),
        count(of_draft.draft)
    )
}

/// Round values from the first to the last, all equally far apart and [`TICKS`] of them at most.
fn ticks(first: u32, last: u32) -> impl Iterator<Item = u32> {
    let span = last.saturating_sub(first);
    let mut steps = (0..9).flat_map(|zeros| [1, 2, 5].map(|step| step * 10_u32.pow(zeros)));
    let apart = steps.find(|step| span / step < TICKS).unwrap_or(u32::MAX);
    (first.div_ceil(apart)..=last / apart).map(move |tick| tick * apart)
}

/// A line of points needed, with a mark on a curve. Its label stands at a height, and to the left
/// where the other line is on the right or the edge is near.
fn mark(
    out: &mut String,
    [line, dot]: [&str; 2],
    (x, y): (f64, f64),
    words: &str,
    (height, left): (u32, bool),
) {
    let (dx, anchor) = if left || x > 80.0 { (-6, "end") } else { (6, "start") };
    let _ = write!(
        out,
        "<line class=\"{line}\" x1=\"{x:.1}%\" x2=\"{x:.1}%\" y1=\"20\" y2=\"150\"/>\
         <text class=\"strong\" x=\"{x:.1}%\" dx=\"{dx}\" y=\"{height}\" text-anchor=\"{anchor}\">{words}</text>\
         <circle class=\"{dot}\" cx=\"{x:.1}%\" cy=\"{y:.1}\" r=\"5\"/>"
    );
}

/// A curve that changes at each of its points and stays until the next.
fn steps(points: &[CurvePoint], x: &dyn Fn(u32) -> f64, y: &dyn Fn(&CurvePoint) -> f64) -> String {
    let mut path = String::new();
    for (index, point) in points.iter().enumerate() {
        let (x, y) = (x(point.needed), y(point));
        let _ = match index {
            0 => write!(path, "M{x:.2} {y:.1}"),
            _ => write!(path, "H{x:.2}V{y:.1}"),
        };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lines_and_both_thresholds_are_drawn_and_said() {
        let point = |needed, now, draft| CurvePoint { needed, now, draft };
        let points = [point(50, 8, 9), point(60, 4, 6), point(65, 3, 5)];
        let Safe(drawn) = trial(&points, 60, 65);
        assert!(drawn.contains("now 60") && drawn.contains("draft 65"), "{drawn}");
        assert_eq!(drawn.matches("<path").count(), 2);
        assert!(drawn.contains("M0.00 38.9"), "eight of nine: {drawn}");
        let words = trial_words(&points, 60, 65);
        assert!(words.contains("4 key accounts") && words.contains("5 key accounts"), "{words}");
        assert!(trial(&[], 60, 65).0.is_empty());
    }

    #[test]
    fn the_values_named_below_are_round_and_equally_far_apart() {
        let named = |first, last| ticks(first, last).collect::<Vec<_>>();
        assert_eq!(named(40, 76), [40, 45, 50, 55, 60, 65, 70, 75]);
        assert_eq!(named(41, 53), [42, 44, 46, 48, 50, 52]);
        assert_eq!(named(1, 5), [1, 2, 3, 4, 5]);
        assert_eq!(named(7, 7), [7]);
        assert_eq!(named(85, 1_130), [200, 400, 600, 800, 1_000]);
        // The draft's own 60 stands among the values that are told of.
        let needed = [40, 43, 46, 49, 52, 55, 58, 60, 61, 64, 67, 70, 73, 76];
        let points = needed.map(|needed| CurvePoint { needed, now: 2, draft: 1 });
        let Safe(drawn) = trial(&points, 55, 60);
        let at = |tick: u32| drawn.contains(&format!("text-anchor=\"middle\">{tick}</text>"));
        assert!([40, 45, 50, 75].into_iter().all(at) && !at(43) && !at(61), "{drawn}");
    }
}
