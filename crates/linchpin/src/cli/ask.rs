//! The command line of questions.

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::Clocks;

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) clocks: Clocks,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Show this many accounts, 0 for all
    #[arg(long, default_value_t = 30)]
    pub(crate) top: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The account: its id, its outside id (SOURCE:ID), or its name
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) clocks: Clocks,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The account: its id, its outside id (SOURCE:ID), or its name
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) clocks: Clocks,
    /// Show this many entries
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Alerts {
    #[command(flatten)]
    pub(crate) clocks: Clocks,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Also those that someone has taken in hand, put off, or that are resolved
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Portfolio {
    #[command(flatten)]
    pub(crate) clocks: Clocks,
    /// Instead, who moved from which status to which between two days (YYYY-MM-DD..YYYY-MM-DD)
    #[arg(long, value_name = "FROM..TO", value_parser = days, conflicts_with = "as_of")]
    pub(crate) movement: Option<(Date, Date)>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Two days, the earlier one first.
fn days(text: &str) -> Result<(Date, Date), String> {
    let advice = || "write two days that exist, such as 2021-01-01..2021-03-31".to_owned();
    let (from, to) = text.split_once("..").ok_or_else(advice)?;
    let (from, to) = (super::day(from), super::day(to));
    let (Ok(from), Ok(to)) = (from, to) else { return Err(advice()) };
    if from > to {
        return Err(format!("{from} lies after {to}: write the earlier day first"));
    }
    Ok((from, to))
}

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Clients with names alike: likely duplicates, parents and subsidiaries
    Alike(Alike),
    #[command(flatten)]
    Act(super::Act),
}

#[derive(Debug, Args)]
pub(crate) struct Alike {
    /// The account: its id, its outside id (SOURCE:ID), or its name
    pub(crate) account: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
