//! What the commands print. A reader that has gone away (`| head`) is no error.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

/// Answers go to the output.
pub(crate) fn out(text: impl Display) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = write!(out, "{text}").and_then(|()| out.flush())
        && error.kind() == ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

/// An answer of one line.
pub(crate) fn line(text: impl Display) {
    out(format_args!("{text}\n"));
}

/// What is worth knowing beside the answer goes to the error stream.
pub(crate) fn note(text: impl Display) {
    // Where even that cannot be written there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}
