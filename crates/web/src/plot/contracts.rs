//! Contracts along the year ahead: the term as a bar, the last day for notice as a flag.

use std::fmt::Write as _;

use askama::filters::Safe;
use jiff::ToSpan as _;
use jiff::civil::Date;
use linchpin_query::view::{AccountView, ContractView};

use super::{safe, share};
use crate::marks::Markup;
use crate::show;

/// Months shown before the month of the day, and in all.
const BEFORE: i32 = 3;
const SPAN: i32 = 15;
/// Most contracts drawn; the table beside it has them all.
const MOST: usize = 12;

/// The contracts that touch the drawn months.
pub(crate) fn contracts(view: &AccountView) -> Option<Markup> {
    let today = view.clocks.as_of;
    let from = today.first_of_month().saturating_sub(BEFORE.months());
    let to = from.saturating_add(SPAN.months());
    let drawn: Vec<&ContractView> = view
        .contracts
        .iter()
        .filter(|c| c.start < to && (c.end >= from || renews(c)))
        .take(MOST)
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let whole = days(from, to);
    let x = |day: Date| share(days(from, day), whole);
    let bottom = 24 + 50 * drawn.len();
    let mut out = format!(
        "<svg class=\"plot\" height=\"{}\" role=\"img\" aria-labelledby=\"contracts-h\" \
         aria-describedby=\"contracts-t\">",
        bottom + 22
    );
    axis(&mut out, from, &x);
    let at = x(today);
    let _ = write!(
        out,
        "<line class=\"dash\" x1=\"{at:.1}%\" x2=\"{at:.1}%\" y1=\"20\" y2=\"{bottom}\"/>\
         <text class=\"strong\" x=\"{at:.1}%\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        bottom + 16,
        if view.clocks.past { "that day" } else { "today" }
    );
    for (index, contract) in drawn.iter().enumerate() {
        row(&mut out, contract, 28 + 50 * index, today, &x);
    }
    out.push_str("</svg>");
    Some(Safe(out))
}

fn axis(out: &mut String, from: Date, x: &dyn Fn(Date) -> f64) {
    for month in 0..SPAN {
        let day = from.saturating_add(month.months());
        let at = x(day);
        let class = if month % 3 == 0 { "" } else { " class=\"wide\"" };
        let format = if month == 0 || day.month() == 1 { "%b %Y" } else { "%b" };
        let _ = write!(out, "<text x=\"{at:.1}%\" y=\"12\"{class}>{}</text>", day.strftime(format));
    }
}

fn row(
    out: &mut String,
    contract: &ContractView,
    top: usize,
    today: Date,
    x: &dyn Fn(Date) -> f64,
) {
    let (from, to) = (x(contract.start), x(contract.end));
    let last = show::day_near(&contract.end, &today);
    let then = match () {
        () if contract.state == "notice given" => format!("notice given, ends {last}"),
        () if renews(contract) => format!("renews {last}"),
        () if contract.end < today => format!("ended {last}"),
        () => format!("ends {last}"),
    };
    let class = if contract.in_force { "bar" } else { "bar old" };
    let _ = write!(
        out,
        "<text class=\"strong\" x=\"0\" y=\"{0}\">{1}</text>\
         <text x=\"100%\" y=\"{0}\" text-anchor=\"end\">{then}</text>\
         <rect class=\"track\" x=\"0\" y=\"{2}\" width=\"100%\" height=\"10\" rx=\"5\"/>\
         <rect class=\"{class}\" x=\"{from:.1}%\" y=\"{2}\" width=\"{3:.1}%\" height=\"10\" rx=\"5\"/>",
        top + 10,
        safe(&contract.title),
        top + 22,
        (to - from).max(0.4)
    );
    if renews(contract) && to < 100.0 {
        let _ = write!(
            out,
            "<rect class=\"bar low\" x=\"{to:.1}%\" y=\"{}\" width=\"{:.1}%\" height=\"10\" rx=\"5\"/>",
            top + 22,
            100.0 - to
        );
    }
    if let Some(notice) = contract.notice_by.filter(|day| x(*day) > 0.0 && x(*day) < 100.0) {
        let class = if notice >= today { "flag" } else { "hollow" };
        let _ = write!(
            out,
            "<svg x=\"{:.1}%\" y=\"{}\" overflow=\"visible\"><path class=\"{class}\" d=\"M-6 0h12l-6 9z\"/></svg>",
            x(notice),
            top + 16
        );
    }
}

fn renews(contract: &ContractView) -> bool {
    contract.auto_renewal_months.is_some() && contract.state != "notice given" && contract.in_force
}

fn days(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |span| f64::from(span.get_days()))
}
