//! The plot of a sweep, as an SVG file that stands alone: key accounts above, and below, on an
//! axis of its own, their share of revenue.

use std::fmt::Write as _;

use linchpin_query::view::{SweepStep, SweepView};
use linchpin_query::words;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 700.0;
const HEIGHT: f64 = 150.0;

/// One of the two plots: where it begins, what is drawn, and what is so now.
struct Panel<'a> {
    top: f64,
    title: &'a str,
    most: f64,
    now: f64,
    value: fn(&SweepStep) -> f64,
    label: fn(f64) -> String,
}

/// Draws a sweep.
pub(super) fn sweep(made: &SweepView) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"480\" \
         viewBox=\"0 0 {WIDTH} 480\" role=\"img\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\"><title>Key accounts by {0}</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\" font-weight=\"600\">Key accounts by {0}, {1}</text>",
        safe(&made.field),
        words::full_date(made.clocks.as_of),
    );
    let most = made.steps.iter().map(|step| step.key).chain([made.key_now]).max().unwrap_or(0);
    let panels = [
        Panel {
            top: 64.0,
            title: "key accounts",
            most: f64::from(most.max(1)),
            now: f64::from(made.key_now),
            value: |step| f64::from(step.key),
            label: |value| format!("{value:.0}"),
        },
        Panel {
            top: 280.0,
            title: "their share of revenue",
            most: 1.0,
            now: made.share_now,
            value: |step| step.share,
            label: |value| format!("{:.0}%", value * 100.0),
        },
    ];
    for panel in &panels {
        panel.draw(&mut out, made);
    }
    out.push_str("</svg>\n");
    out
}

impl Panel<'_> {
    fn draw(&self, out: &mut String, made: &SweepView) {
        let bottom = self.top + HEIGHT;
        let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
        let values: Vec<f64> = made.steps.iter().map(|step| number(&step.value)).collect();
        let (first, last) = (values.first().copied(), values.last().copied());
        let (first, last) = (first.unwrap_or(0.0), last.unwrap_or(1.0));
        let x = |value: f64| LEFT + (RIGHT - LEFT) * (value - first) / (last - first).max(1e-9);
        let y = |value: f64| bottom - HEIGHT * (value / self.most).clamp(0.0, 1.0);
        let _ = write!(
            out,
            "<text x=\"{LEFT}\" y=\"{:.0}\" fill=\"#555\">{}</text>",
            self.top - 10.0,
            self.title
        );
        for quarter in 0..=2 {
            let value = self.most * f64::from(quarter) / 2.0;
            let _ = write!(
                out,
                "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{0:.1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{1}\" y=\"{2:.1}\" text-anchor=\"end\" fill=\"#555\">{3}</text>",
                y(value),
                LEFT - 8.0,
                y(value) + 4.0,
                (self.label)(value)
            );
        }
        let every = made.steps.len().div_ceil(7).max(1);
        for (step, value) in made.steps.iter().zip(&values).step_by(every) {
            let text = words::grouped(&step.value);
            let _ = write!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{text}</text>",
                x(*value),
                bottom + 18.0
            );
        }
        let now = y(self.now);
        let _ = write!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{now:.1}\" y2=\"{now:.1}\" stroke=\"#777\" stroke-dasharray=\"4 4\"/>\
             <text x=\"{RIGHT}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">now {}</text>",
            now - 5.0,
            (self.label)(self.now)
        );
        if let Some(own) =
            made.own.as_deref().map(number).filter(|own| (first..=last).contains(own))
        {
            let _ = write!(
                out,
                "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.1}\" y2=\"{bottom:.1}\" stroke=\"#777\"/>",
                x(own),
                self.top
            );
        }
        let points = made.steps.iter().zip(&values);
        let points: Vec<(f64, f64)> =
            points.map(|(step, value)| (x(*value), y((self.value)(step)))).collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = write!(
            out,
            "<polyline fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\" points=\"{}\"/>",
            path.join(" ")
        );
        for (x, y) in points {
            let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1f5fa8\"/>");
        }
    }
}

/// A field's name is taken from the command line, so it is made safe to stand in markup.
fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
