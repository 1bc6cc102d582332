//! Revenue of the last twelve months as bars.

use std::fmt::Write as _;

use askama::filters::Safe;
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::marks::Markup;
use crate::show;

/// One month's revenue.
pub(crate) struct Month {
    /// `Nov 2026`.
    pub(crate) name: String,
    /// The short name on the axis.
    pub(crate) short: String,
    /// Revenue in units of the firm's currency.
    pub(crate) revenue: f64,
    /// The same, written out.
    pub(crate) words: String,
}

/// The months that end with the month of a day, oldest first.
pub(crate) fn last_months(revenue: &[f64], as_of: Date) -> Vec<Month> {
    let first = as_of.first_of_month();
    let back = |index: usize| {
        let ago = i32::try_from(revenue.len() - 1 - index).unwrap_or(0);
        first.saturating_sub(ago.months())
    };
    let named = revenue.iter().enumerate().map(|(index, amount)| Month {
        name: back(index).strftime("%b %Y").to_string(),
        short: back(index).strftime("%b").to_string(),
        revenue: *amount,
        words: show::whole(&format!("{amount:.2}")),
    });
    named.collect()
}

/// The bars. The scale starts at nothing; a month with more credit than revenue hangs below.
pub(crate) fn months(months: &[Month]) -> Markup {
    let top = months.iter().map(|m| m.revenue).fold(0.0_f64, f64::max);
    let low = months.iter().map(|m| m.revenue).fold(0.0_f64, f64::min);
    let step = nice_step((top - low).max(1.0) / 3.0);
    let ceiling = (top / step).ceil().max(1.0) * step;
    let floor = (low / step).floor() * step;
    let y = |amount: f64| 16.0 + 134.0 * (ceiling - amount) / (ceiling - floor);
    let mut out = String::from(
        "<svg class=\"plot\" height=\"172\" role=\"img\" aria-labelledby=\"months-text\">",
    );
    let mut line = floor;
    while line <= ceiling + step / 2.0 {
        let at = y(line);
        if line.abs() > step / 2.0 {
            let words = show::whole(&format!("{line:.2}"));
            let _ = write!(
                out,
                "<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{at:.0}\" y2=\"{at:.0}\"/>\
                 <text x=\"0\" y=\"{:.0}\">{words}</text>",
                at - 4.0
            );
        }
        line += step;
    }
    let slot = 88.0 / months.len().max(1) as f64;
    for (index, month) in months.iter().enumerate() {
        let x = 11.0 + slot * index as f64;
        let (above, below) = (y(month.revenue.max(0.0)), y(month.revenue.min(0.0)));
        let class = if (months.len() - index).is_multiple_of(2) { " class=\"wide\"" } else { "" };
        let _ = write!(
            out,
            "<rect class=\"bar\" x=\"{:.1}%\" y=\"{above:.0}\" width=\"{:.1}%\" height=\"{:.0}\"/>\
             <text x=\"{:.1}%\" y=\"167\" text-anchor=\"middle\"{class}>{}</text>",
            x + slot * 0.2,
            slot * 0.6,
            (below - above).max(0.0),
            x + slot * 0.5,
            month.short
        );
    }
    let zero = y(0.0);
    let _ = write!(
        out,
        "<line class=\"axis\" x1=\"11%\" x2=\"100%\" y1=\"{zero:.0}\" y2=\"{zero:.0}\"/></svg>"
    );
    Safe(out)
}

/// The next of 1, 2, 5, 10 and so on, at least as large.
fn nice_step(rough: f64) -> f64 {
    let ten = 10.0_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|n| n * ten).find(|step| *step >= rough).unwrap_or(10.0 * ten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert!((nice_step(17_000.0) - 20_000.0).abs() < 1e-6);
        assert!((nice_step(0.4) - 0.5).abs() < 1e-9);
        assert!((nice_step(6.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn months_end_with_the_month_of_the_day() {
        let named = last_months(&[1.0, 2.0, 3.0], jiff::civil::date(2026, 1, 31));
        let names: Vec<&str> = named.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["Nov 2025", "Dec 2025", "Jan 2026"]);
    }
}
