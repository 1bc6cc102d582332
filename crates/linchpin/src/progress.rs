//! Progress of long work: on a terminal, and only there.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of so many steps, or an empty one where the error stream is no terminal.
pub(crate) fn bar(total: u64, what: &'static str) -> ProgressBar {
    shown(
        ProgressBar::new(total),
        "{msg} [{bar:30}] {human_pos} of {human_len}, {per_sec}, {eta} left",
        what,
    )
}

/// A count without a known end.
pub(crate) fn count(what: &'static str) -> ProgressBar {
    shown(ProgressBar::no_length(), "{spinner} {msg} {human_pos}, {per_sec}", what)
}

fn shown(bar: ProgressBar, template: &str, what: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
