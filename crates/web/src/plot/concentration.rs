//! How much hangs on how few: shares of revenue of the largest accounts and of the key accounts.

use std::fmt::Write as _;

use askama::filters::Safe;
use linchpin_query::view::Concentration;

use crate::marks::Markup;
use crate::show;

/// Two bars: by size above, by status below, those on trial after the other key accounts.
pub(crate) fn concentration(shares: &Concentration, trial: &f64) -> Markup {
    let mut out = String::from(
        "<svg class=\"plot\" height=\"56\" role=\"img\" aria-labelledby=\"conc conc-text\">",
    );
    let stops = [
        ("bar", 0.0, shares.top_1),
        ("bar mid", shares.top_1, shares.top_5),
        ("bar low", shares.top_5, shares.top_10),
        ("track", shares.top_10, 1.0),
    ];
    for (class, from, to) in stops {
        bar(&mut out, class, from, to, 0, 18);
    }
    let firm = shares.key - *trial;
    bar(&mut out, "bar", 0.0, firm, 27, 8);
    bar(&mut out, "bar low", firm, shares.key, 27, 8);
    bar(&mut out, "track", shares.key, 1.0, 27, 8);
    let told = |share: f64| show::share(&share, shares);
    let (key, rest) = (told(shares.key), told(1.0 - shares.key));
    let trial = match *trial > 0.0 {
        true => format!(", of which on trial {}", told(*trial)),
        false => String::new(),
    };
    let _ = write!(
        out,
        "<text x=\"0\" y=\"53\">Key accounts {key}{trial}</text>\
         <text x=\"100%\" y=\"53\" text-anchor=\"end\" class=\"wide\">All other accounts {rest}</text></svg>"
    );
    Safe(out)
}

fn bar(out: &mut String, class: &str, from: f64, to: f64, y: u32, height: u32) {
    let (from, to) = (from.clamp(0.0, 1.0) * 100.0, to.clamp(0.0, 1.0) * 100.0);
    // A hair of ground between neighbours keeps them apart in grey print.
    let width = (to - from - 0.15).max(0.0);
    let _ = write!(
        out,
        "<rect class=\"{class}\" x=\"{from:.2}%\" y=\"{y}\" width=\"{width:.2}%\" height=\"{height}\"/>"
    );
}
