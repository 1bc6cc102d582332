//! The command line of a policy trial.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use linchpin_domain::trial::Sweeping;

use super::day;

#[derive(Debug, Args)]
pub(crate) struct TryPolicy {
    /// The document
    pub(crate) file: PathBuf,
    /// The first day that is compared (YYYY-MM-DD); default the first day of any client
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) from: Option<Date>,
    /// The last day that is compared (YYYY-MM-DD); default today
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) to: Option<Date>,
    /// Try many values of one figure instead: FIELD=A..B or FIELD=A..B/N, such as revenue.at_least=50k..200k or enters_at=40..70/7
    #[arg(long, value_name = "FIELD=A..B", conflicts_with = "from")]
    pub(crate) sweep: Option<Sweeping>,
    /// As if whoever the policy asks had said yes at once and confirmed in time; else only what is on record counts
    #[arg(long, conflicts_with = "sweep")]
    pub(crate) assume_yes: bool,
    /// Draw the sweep into this SVG file
    #[arg(long, value_name = "FILE", requires = "sweep")]
    pub(crate) plot: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::{Cli, Command, Policy};

    fn read(args: &[&str]) -> Result<super::TryPolicy, String> {
        let line = ["linchpin", "policy", "try", "new.toml"].iter().chain(args);
        match Cli::try_parse_from(line).map_err(|error| error.to_string())?.command {
            Command::Policy(Policy::Try(args)) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_sweep_that_cannot_be_read_says_what_was_expected() {
        let sweep = read(&["--sweep", "revenue.at_least=50k..0.2M/4"]).unwrap().sweep.unwrap();
        let values: Vec<String> = sweep.values().iter().map(ToString::to_string).collect();
        assert_eq!(values, ["50000", "100000", "150000", "200000"]);
        let said = read(&["--sweep", "revenue.at_least=50k"]).unwrap_err();
        assert!(said.contains("two figures with `..` between"), "{said}");
        assert!(read(&["--plot", "a.svg"]).unwrap_err().contains("--sweep"));
        assert!(read(&["--from", "2024-13-01"]).unwrap_err().contains("a day that exists"));
    }
}
