//! The command line of the key-account policy.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use linchpin_domain::fact::Role;

use super::day;
use super::trial::TryPolicy;

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Ask a few questions and write a good first policy, with comments
    New(NewPolicy),
    /// Say in plain sentences what a policy says, or where it is wrong
    Check {
        /// The document
        file: PathBuf,
    },
    /// Put a policy into force from now on, or from a past day
    Adopt(AdoptPolicy),
    /// Say what another policy would have said of every client, all along; nothing is adopted
    Try(TryPolicy),
    /// List the versions adopted, with who approved them
    List,
    /// Say in plain sentences how one policy differs from another
    Diff {
        /// The one before: a version's number, a file, or `current`
        before: String,
        /// The one after: likewise
        after: String,
    },
    /// Print a version as it was adopted
    Show {
        /// Its number; default the one in force today
        #[arg(value_name = "VERSION")]
        number: Option<u32>,
    },
    /// Print the JSON Schema of a policy, for editors
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct NewPolicy {
    /// Where to write it
    pub(crate) file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    /// Ask nothing: what no flag says takes its default
    #[arg(long)]
    pub(crate) yes: bool,
    /// What it is called
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Revenue of a year that is a lot here: it gives all points for revenue
    #[arg(long, value_name = "AMOUNT", value_parser = clap::value_parser!(u64).range(8..=1_000_000_000_000))]
    pub(crate) much_revenue: Option<u64>,
    /// How many times a year a good client comes
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u16).range(2..=10_000))]
    pub(crate) good_client_comes: Option<u16>,
    /// Whose yes a nomination and a new policy need: account-manager, key-account-director, executive-sponsor, operations, or nobody
    #[arg(long, value_name = "ROLE")]
    pub(crate) approver: Option<Approver>,
    /// After how many months a status is looked at again, 0 for never
    #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(u16).range(0..=120))]
    pub(crate) reassess_months: Option<u16>,
}

/// Who says yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Approver(pub(crate) Option<Role>);

impl Approver {
    const ROLES: [Role; 4] =
        [Role::AccountManager, Role::Director, Role::Sponsor, Role::Operations];
}

impl FromStr for Approver {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_lowercase().replace(' ', "-");
        if text == "nobody" {
            return Ok(Self(None));
        }
        let word = |role: Role| role.words().replace(' ', "-");
        let role = Self::ROLES.into_iter().find(|role| word(*role) == text);
        role.map(|role| Self(Some(role))).ok_or_else(|| {
            let words = Self::ROLES.map(word).join(", ");
            format!("no such role: write one of {words}, or nobody")
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct AdoptPolicy {
    /// The document
    pub(crate) file: PathBuf,
    /// In force from this day (YYYY-MM-DD), so that the past is judged by it too; default now
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) from: Option<Date>,
    /// Who approved it, by name or id, and why; once for each
    #[arg(long = "approved-by", value_name = "MEMBER=REASON", value_parser = approval)]
    pub(crate) approved_by: Vec<ApprovedBy>,
}

/// A member, as named on the command line, and their reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApprovedBy {
    pub(crate) member: String,
    pub(crate) reason: String,
}

fn approval(text: &str) -> Result<ApprovedBy, String> {
    let (member, reason) = text.split_once('=').unwrap_or((text, ""));
    let (member, reason) = (member.trim().to_owned(), reason.trim().to_owned());
    if member.is_empty() || reason.is_empty() {
        return Err("write who and why, such as \"Kari Berg=Agreed on 3 May\"".to_owned());
    }
    Ok(ApprovedBy { member, reason })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn read(args: &[&str]) -> Result<Policy, String> {
        let line = ["linchpin", "policy"].iter().chain(args);
        match Cli::try_parse_from(line).map_err(|error| error.to_string())?.command {
            Command::Policy(policy) => Ok(policy),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn approvals_name_a_member_and_a_reason() {
        let args =
            ["adopt", "p.toml", "--approved-by", "Kari Berg = a=b", "--approved-by", "hr:7=ok"];
        let Policy::Adopt(adopt) = read(&args).unwrap() else { panic!() };
        let by = |member: &str, reason: &str| ApprovedBy {
            member: member.to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(adopt.approved_by, [by("Kari Berg", "a=b"), by("hr:7", "ok")]);
        for wrong in ["Kari Berg", "=why", "Kari=", " = "] {
            let said = read(&["adopt", "p.toml", "--approved-by", wrong]).unwrap_err();
            assert!(said.contains("who and why"), "{wrong}: {said}");
        }
    }

    #[test]
    fn an_approver_is_a_role_or_nobody() {
        for (text, role) in [
            ("key-account-director", Some(Role::Director)),
            ("Key-account director", Some(Role::Director)),
            ("operations", Some(Role::Operations)),
            ("nobody", None),
        ] {
            let Policy::New(new) = read(&["new", "p.toml", "--approver", text]).unwrap() else {
                panic!()
            };
            assert_eq!(new.approver, Some(Approver(role)), "{text}");
        }
        let said = read(&["new", "p.toml", "--approver", "king"]).unwrap_err();
        assert!(said.contains("account-manager, key-account-director"), "{said}");
    }

    #[test]
    fn the_command_line_holds_together() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn answers_have_bounds() {
        for wrong in [
            ["--much-revenue", "7"],
            ["--much-revenue", "1000000000001"],
            ["--good-client-comes", "1"],
            ["--reassess-months", "121"],
        ] {
            assert!(read(&["new", "p.toml", wrong[0], wrong[1]]).is_err(), "{wrong:?}");
        }
    }
}
