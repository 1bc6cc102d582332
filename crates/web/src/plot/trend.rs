//! The score over two years, as steps: it changes on a day and stays until the next change.

use std::fmt::Write as _;

use askama::filters::Safe;
use jiff::ToSpan as _;
use jiff::civil::Date;
use linchpin_query::view::{AccountView, TrendPoint};

use super::share;
use crate::marks::Markup;
use crate::show;

/// Height of the drawn part, in pixels.
const HEIGHT: f64 = 140.0;

/// The steps of an account, with both thresholds of today's policy.
pub(crate) fn trend(view: &AccountView) -> Markup {
    let Some(first) = view.trend.first() else { return Safe(String::new()) };
    let (start, end) = (first.from, view.clocks.as_of);
    let days = f64::from(days_between(start, end).max(1));
    let x = |day: Date| share(f64::from(days_between(start, day)), days);
    let y = |points: u32| {
        10.0 + HEIGHT * (1.0 - share(f64::from(points), f64::from(view.why.out_of)) / 100.0)
    };
    let mut out = String::from(
        "<svg class=\"plot\" height=\"176\" role=\"img\" aria-labelledby=\"trend-text\">",
    );
    quarters(&mut out, start, end, &x);
    for (points, words) in [(view.why.stays_from, "stays from"), (view.why.enters_at, "enters at")]
    {
        let at = y(points);
        let under = if points == view.why.stays_from { at + 14.0 } else { at - 4.0 };
        let _ = write!(
            out,
            "<line class=\"dash\" x1=\"0\" x2=\"100%\" y1=\"{at:.0}\" y2=\"{at:.0}\"/>\
             <text x=\"0\" y=\"{under:.0}\">{words} {points}</text>"
        );
    }
    let _ = write!(
        out,
        "<line class=\"axis\" x1=\"0\" x2=\"100%\" y1=\"{0:.0}\" y2=\"{0:.0}\"/>\
         <svg x=\"0\" y=\"0\" width=\"100%\" height=\"160\" viewBox=\"0 0 1000 160\" preserveAspectRatio=\"none\">\
         <path class=\"line\" d=\"{1}\"/></svg>",
        10.0 + HEIGHT,
        path(&view.trend, &x, &y)
    );
    let last = view.trend.last().unwrap_or(first);
    let _ = write!(
        out,
        "<circle class=\"dot\" cx=\"100%\" cy=\"{0:.0}\" r=\"5\"/>\
         <text class=\"strong\" x=\"100%\" y=\"{1:.0}\" dx=\"-10\" text-anchor=\"end\">{2}</text></svg>",
        y(last.points),
        if y(last.points) < 120.0 { y(last.points) + 20.0 } else { y(last.points) - 10.0 },
        last.points
    );
    Safe(out)
}

/// The same in a sentence.
pub(crate) fn trend_words(view: &AccountView) -> String {
    let (Some(first), Some(last)) = (view.trend.first(), view.trend.last()) else {
        return "No score yet.".to_owned();
    };
    let highest = view.trend.iter().map(|point| point.points).max().unwrap_or(0);
    let lowest = view.trend.iter().map(|point| point.points).min().unwrap_or(0);
    format!(
        "From {} points on {} to {} points on {}; between {lowest} and {highest} all the time.",
        first.points,
        show::day_long(&first.from),
        last.points,
        show::day_long(&view.clocks.as_of)
    )
}

fn path(points: &[TrendPoint], x: &dyn Fn(Date) -> f64, y: &dyn Fn(u32) -> f64) -> String {
    let mut path = String::new();
    for (index, point) in points.iter().enumerate() {
        let (x, y) = (x(point.from) * 10.0, y(point.points));
        let _ = match index {
            0 => write!(path, "M{x:.1} {y:.1}"),
            _ => write!(path, "H{x:.1}V{y:.1}"),
        };
    }
    path.push_str("H1000");
    path
}

fn quarters(out: &mut String, start: Date, end: Date, x: &dyn Fn(Date) -> f64) {
    let mut day = start.first_of_month();
    let months = days_between(start, end) / 30;
    let every = if months > 9 { 3 } else { 1 };
    let mut shown = 0;
    while day <= end {
        let fits = x(day) < 96.0;
        if day >= start && fits && (i32::from(day.month()) - 1) % every == 0 {
            let format = if day.month() == 1 || shown == 0 { "%b %Y" } else { "%b" };
            let class = if shown % 2 == 1 { " class=\"wide\"" } else { "" };
            let at = x(day);
            let _ = write!(
                out,
                "<line class=\"grid\" x1=\"{at:.1}%\" x2=\"{at:.1}%\" y1=\"10\" y2=\"150\"/>\
                 <text x=\"{at:.1}%\" y=\"168\"{class}>{}</text>",
                day.strftime(format)
            );
            shown += 1;
        }
        day = day.saturating_add(1.month());
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}
