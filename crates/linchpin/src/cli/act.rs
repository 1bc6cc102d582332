//! The command line of what people do with clients and with each other.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use linchpin_domain::fact::{JudgementOf, Role};
use linchpin_domain::policy::Status;

use super::day;

/// An act on a client. One name, who acts, and what it needs.
#[derive(Debug, Subcommand)]
pub(crate) enum Act {
    /// Propose a client as a key account: it must have points enough to stay one
    Nominate(Reasoned),
    /// Give what waits its yes: in the role that the policy names
    Approve(Reasoned),
    /// Refuse what waits its yes: in the role that the policy names
    Veto(Reasoned),
    /// Say that a key account was looked at again and stays one
    Confirm(Reasoned),
    /// Give a client a status by override, for a time
    Override {
        #[command(flatten)]
        asked: Reasoned,
        /// The status: key, trial, under-review, released or standard
        #[arg(long, value_parser = status)]
        to: Status,
        /// The last day on which it holds (YYYY-MM-DD), at most 3 years away
        #[arg(long, value_name = "DAY", value_parser = day)]
        expires: Date,
    },
    /// End an override before its time
    EndOverride(Reasoned),
    /// Give a client whom nobody looks after an account manager
    Assign {
        #[command(flatten)]
        whose: Whose,
        /// Who looks after it from now on
        #[arg(long, value_name = "MEMBER")]
        owner: String,
    },
    /// Say that a client is one's own
    Claim(Reasoned),
    /// Settle whose client it is: by a key-account director
    Rule {
        #[command(flatten)]
        asked: Reasoned,
        /// Whose it is
        #[arg(long, value_name = "MEMBER")]
        owner: String,
        /// Whether the history of the client's parent counted, where that was the question
        #[arg(long, value_name = "true|false")]
        parent_history_counts: Option<bool>,
    },
    /// Pass a client to another account manager, with all that goes with it
    HandOver(HandOver),
    /// Put a client below another organisation, or below none
    Parent {
        #[command(flatten)]
        whose: Whose,
        /// The organisation directly above it
        #[arg(long, value_name = "ACCOUNT", required_unless_present = "none")]
        parent: Option<String>,
        /// It belongs to nobody
        #[arg(long, conflicts_with = "parent")]
        none: bool,
        /// From this day on (YYYY-MM-DD), up to today; default today
        #[arg(long, value_name = "DAY", value_parser = day)]
        day: Option<Date>,
    },
    /// Say that a client is a duplicate of another, as which it is read from then on
    Merge {
        #[command(flatten)]
        asked: Reasoned,
        /// The account that stays
        #[arg(long, value_name = "ACCOUNT")]
        into: String,
    },
    /// Undo a merge, at the duplicate
    Unmerge(Reasoned),
    /// Say that a client and another with a name alike are two, unrelated
    Dismiss {
        #[command(flatten)]
        whose: Whose,
        /// The one with a name alike
        #[arg(long, value_name = "ACCOUNT")]
        other: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Say what one thinks of a client, for a time, where the policy counts that
    Judge {
        #[command(flatten)]
        asked: Reasoned,
        /// What is judged: strategic-fit, growth-potential or influence
        #[arg(long, value_parser = judged)]
        of: JudgementOf,
        /// From 0 (not at all) to 5 (as much as can be)
        #[arg(long, value_name = "0..5")]
        score: u8,
        /// The last day on which it counts (YYYY-MM-DD), at most 3 years away; default a year
        #[arg(long, value_name = "DAY", value_parser = day)]
        expires: Option<Date>,
    },
    /// Say that an account review was held
    Review(Cared),
    /// Say that the account plan was brought up to date
    Plan(Cared),
}

/// Which client, and who acts.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The account: its id, its outside id (SOURCE:ID), or its whole name
    pub(crate) account: String,
    /// Which of us acts: by name or id
    #[arg(long, value_name = "MEMBER")]
    pub(crate) by: String,
}

/// Which client, who acts, and why.
#[derive(Debug, Args)]
pub(crate) struct Reasoned {
    #[command(flatten)]
    pub(crate) whose: Whose,
    /// Why
    #[arg(long)]
    pub(crate) reason: String,
}

/// Which client was cared for, by whom and when.
#[derive(Debug, Args)]
pub(crate) struct Cared {
    #[command(flatten)]
    pub(crate) whose: Whose,
    /// When (YYYY-MM-DD), up to today; default today
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) day: Option<Date>,
}

#[derive(Debug, Args)]
pub(crate) struct HandOver {
    #[command(flatten)]
    pub(crate) asked: Reasoned,
    /// Who gets it
    #[arg(long, value_name = "MEMBER")]
    pub(crate) to: String,
    /// Who has it, to be sure
    #[arg(long, value_name = "MEMBER")]
    pub(crate) from: Option<String>,
    /// A person who passes over, by id; may be repeated [default: all who work there]
    #[arg(long = "contact", value_name = "ID")]
    pub(crate) contacts: Vec<String>,
    /// A contract that passes over, by id; may be repeated [default: all that run]
    #[arg(long = "contract", value_name = "ID")]
    pub(crate) contracts: Vec<String>,
    /// What was promised and is still to be kept, a sentence; may be repeated
    #[arg(long = "promise", value_name = "TEXT")]
    pub(crate) promises: Vec<String>,
}

/// One of us.
#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    /// List us, with what each looks after
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say that one of us is here, or has another name or role from now on
    Name(NameMember),
    /// Say that one of us leaves the firm
    Leave {
        /// Who: by name or id
        member: String,
        /// Which of us says so: by name or id
        #[arg(long, value_name = "MEMBER")]
        by: String,
        /// The last day on which they are here (YYYY-MM-DD), up to today; default today
        #[arg(long, value_name = "DAY", value_parser = day)]
        day: Option<Date>,
    },
    /// Hand over all that one of us looks after, shared out among colleagues
    HandOver(HandOverAll),
}

#[derive(Debug, Args)]
pub(crate) struct NameMember {
    /// Full name
    pub(crate) name: String,
    /// What they do: account-manager, key-account-director, executive-sponsor or operations
    #[arg(long, value_parser = role)]
    pub(crate) role: Role,
    /// Who it is, as another system knows them (SOURCE:ID) or by id [default: whoever is here and
    /// called so, else somebody new]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// Which of us says so: by name or id; needed where it is about a role in which somebody rules
    #[arg(long, value_name = "MEMBER")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HandOverAll {
    /// Whose clients: by name or id
    pub(crate) member: String,
    /// Who takes them: by name or id; may be repeated, then groups stay together and loads are even
    #[arg(long, value_name = "MEMBER", required = true)]
    pub(crate) to: Vec<String>,
    /// Which of us acts: by name or id
    #[arg(long, value_name = "MEMBER")]
    pub(crate) by: String,
    /// Why
    #[arg(long)]
    pub(crate) reason: String,
    /// Only say what would pass over
    #[arg(long)]
    pub(crate) dry_run: bool,
}

fn status(text: &str) -> Result<Status, String> {
    let wanted = text.replace('-', " ");
    let known = Status::ALL.into_iter().filter(|status| *status != Status::Nominated);
    let mut found = known.filter(|status| {
        status.words() == wanted || (*status == Status::Trial && wanted == "trial")
    });
    found.next().ok_or_else(|| "write key, trial, under-review, released or standard".to_owned())
}

fn judged(text: &str) -> Result<JudgementOf, String> {
    let mut known = JudgementOf::ALL.into_iter();
    let found = known.find(|of| of.words() == text.replace('-', " "));
    found.ok_or_else(|| "write strategic-fit, growth-potential or influence".to_owned())
}

fn role(text: &str) -> Result<Role, String> {
    let wanted = text.replace(' ', "-");
    let found = Role::ALL.into_iter().find(|role| role.words().replace(' ', "-") == wanted);
    found.ok_or_else(|| {
        "write account-manager, key-account-director, executive-sponsor or operations".to_owned()
    })
}
