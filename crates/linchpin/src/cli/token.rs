//! The command line of tokens.

use clap::Subcommand;
use linchpin_access::{NoSuchRole, Role};

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token, and print it once: only its hash is kept
    New {
        /// What it is called in lists and in the history: letters, digits, `.`, `-`, `_`
        #[arg(long)]
        name: String,
        /// What it may do: reader (read), writer (hand in facts), operator (both, and act)
        #[arg(long, value_parser = role)]
        role: Role,
    },
    /// List the tokens, with their last use
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a token out of force, everywhere within a second
    Revoke {
        /// Its name
        name: String,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse().map_err(|error: NoSuchRole| error.to_string())
}
