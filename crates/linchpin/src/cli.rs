//! The command line, as clap reads it.

mod act;
mod ask;
mod policy;
mod token;
mod trial;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

use crate::config::{Everywhere, Flags, HEADING};
pub(crate) use act::{Act, HandOver, HandOverAll, Member, NameMember, Reasoned, Whose};
pub(crate) use ask::{Account, Alerts, Alike, Explain, History, Portfolio, Status};
pub(crate) use policy::{AdoptPolicy, ApprovedBy, Approver, NewPolicy, Policy};
pub(crate) use token::Token;
pub(crate) use trial::TryPolicy;

/// An event-sourced key-account desk: who is a key account and why, what needs doing, and what
/// was known when.
#[derive(Debug, Parser)]
#[command(name = "linchpin", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) everywhere: Everywhere,
    /// The file to read settings from [env: LINCHPIN_CONFIG] [default: linchpin.toml, where there
    /// is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = HEADING)]
    pub(crate) config: Option<PathBuf>,
    /// Tell more of what is going on, on the error stream
    #[arg(short, long, global = true, help_heading = HEADING)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the ledger stands unless another place is named.
pub(crate) const DEFAULT_LEDGER: &str = "sqlite:linchpin.db";

/// Where the demo's ledger stands unless another place is named.
pub(crate) const DEMO_LEDGER: &str = "sqlite:linchpin-demo.db";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fill a ledger with a sample firm, three years of it, and start the desk on it
    Demo(Demo),
    /// Start the desk: take facts in, conclude, alert, answer, show
    Serve(Serve),
    /// Start only what takes facts in, over HTTP and NATS
    Ingest(Alone),
    /// Start only what concludes who is a key account
    Classifier(Alone),
    /// Start only what raises and resolves alerts
    Notifier(Alone),
    /// Start only what answers and shows: the JSON API, the live stream, the pages and their acts
    Query(Alone),
    /// Start only what mirrors the ledger to NATS
    Relay(Alone),
    /// The settings, and where each comes from
    #[command(subcommand)]
    Config(Config),
    /// Ask a process on this machine whether it is ready; fails where it is not
    Health {
        /// What to ask [default: /readyz at the address in LINCHPIN_LISTEN, else at port 7400]
        url: Option<String>,
    },
    /// Create a ledger (import, sync and serve do so by themselves, with these defaults)
    Init(Init),
    /// Bring the ledger's tables up to date; on PostgreSQL before the desks of a new version start, while those of the release before may run on
    Migrate,
    /// Move a ledger from one place to another
    #[command(subcommand)]
    Ledger(crate::command::Moving),
    /// Take in facts from a table: CSV or JSON lines, gzipped or not
    Import(Import),
    /// Compare a full list with what is known, and take in the difference
    #[command(subcommand)]
    Sync(Sync),
    /// Who is a key account, with revenue, orders, rank and share
    Status(Status),
    /// What the accounts come to: shares by status and group, who drifts, who moved
    Portfolio(Portfolio),
    /// Act on one client: its status, its owner, its group
    #[command(subcommand)]
    Account(Account),
    /// One of us: who is here, who leaves, and what passes over
    #[command(subcommand)]
    Member(Member),
    /// Why a client has its status, and what would change it
    Explain(Explain),
    /// What happened with a client, newest first
    History(History),
    /// What someone must know or do
    Alerts(Alerts),
    /// The key-account policy
    #[command(subcommand)]
    Policy(Policy),
    /// The watch rules
    #[command(subcommand)]
    Watchlist(Document),
    /// Rows and events that could not be read, kept to be mended and fed again
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// What the desk speaks over HTTP and NATS, as machines read it
    #[command(subcommand)]
    Schema(Schema),
    /// Recompute, compare, prove
    #[command(subcommand)]
    Audit(Audit),
    /// Tokens, which every address but loopback asks for
    #[command(subcommand)]
    Token(Token),
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Schema {
    /// Print what is spoken over HTTP, as an OpenAPI document
    Openapi,
    /// Print what is spoken on NATS, as an AsyncAPI document
    Asyncapi,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) flags: Flags,
    /// The seed from which the sample firm is made
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Throw the demo's ledger away and make it anew
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Make the ledger and stop, without starting the desk
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// The day on which the story ends, instead of today
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) today: Option<Date>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) flags: Flags,
    #[command(flatten)]
    pub(crate) founding: Founding,
}

#[derive(Debug, Args)]
pub(crate) struct Alone {
    #[command(flatten)]
    pub(crate) flags: Flags,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Print each setting, its value and where it came from; say what is wrong
    Check {
        /// Also try the ledger and NATS
        #[arg(long)]
        connect: bool,
        #[command(flatten)]
        flags: Flags,
    },
}

impl Command {
    /// Whether it works until it is stopped.
    pub(crate) fn is_process(&self) -> bool {
        matches!(
            self,
            Self::Serve(_)
                | Self::Ingest(_)
                | Self::Classifier(_)
                | Self::Notifier(_)
                | Self::Query(_)
                | Self::Relay(_)
        )
    }

    /// The settings that the command line gives besides those of every command.
    pub(crate) fn flags(&self) -> Option<&Flags> {
        match self {
            Self::Demo(demo) => Some(&demo.flags),
            Self::Serve(serve) => Some(&serve.flags),
            Self::Ingest(alone)
            | Self::Classifier(alone)
            | Self::Notifier(alone)
            | Self::Query(alone)
            | Self::Relay(alone) => Some(&alone.flags),
            Self::Config(Config::Check { flags, .. }) => Some(flags),
            _ => None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) founding: Founding,
    /// Where there is a ledger already and it is the same in what is named here, leave it as it is
    #[arg(long)]
    pub(crate) if_missing: bool,
}

/// How a ledger is made where there is none yet. An existing one keeps what it was made with.
#[derive(Debug, Clone, Args)]
pub(crate) struct Founding {
    /// The firm's name, for a new ledger
    #[arg(long)]
    pub(crate) firm: Option<String>,
    /// The currency in which revenue is summed, for a new ledger (ISO 4217; an import takes its map's)
    #[arg(long)]
    pub(crate) currency: Option<String>,
    /// The time zone in which the firm's days begin and end, for a new ledger (IANA name)
    #[arg(long)]
    pub(crate) time_zone: Option<String>,
    /// Make the new ledger a simulated one: its clock comes from the input, for ever
    #[arg(long)]
    pub(crate) simulated: bool,
}

fn day(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write a day that exists, such as 2021-05-31".to_owned())
}

/// The two clocks.
#[derive(Debug, Clone, Args)]
pub(crate) struct Clocks {
    /// What was true on this day (YYYY-MM-DD); default today
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) as_of: Option<Date>,
    /// What was known at this moment (YYYY-MM-DD for its end, or YYYY-MM-DDTHH:MM:SSZ); default now
    #[arg(long, value_name = "MOMENT")]
    pub(crate) known_at: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file
    pub(crate) file: PathBuf,
    /// How its columns become facts
    #[arg(long)]
    pub(crate) map: PathBuf,
    /// Only say what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where something comes again with other content, take it as a correction
    #[arg(long)]
    pub(crate) correct: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) founding: Founding,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sync {
    /// The full list of contacts as it stands tonight
    Contacts(SyncContacts),
}

#[derive(Debug, Args)]
pub(crate) struct SyncContacts {
    /// The file
    pub(crate) file: PathBuf,
    /// How its columns become contacts
    #[arg(long)]
    pub(crate) map: PathBuf,
    /// The day of the list (YYYY-MM-DD); default the day in its name, else today
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub(crate) on: Option<Date>,
    /// Take in a list that has shrunk suspiciously
    #[arg(long)]
    pub(crate) confirm: bool,
    /// Only say what would happen
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print the differences as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) founding: Founding,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Document {
    /// Print the document in force
    Show,
    /// List the versions adopted
    List,
    /// Say what is wrong with a document, if anything
    Check {
        /// The document
        file: PathBuf,
    },
    /// Put a document into force from now on, or from a past day
    Adopt {
        /// The document
        file: PathBuf,
        /// In force from this day (YYYY-MM-DD), so that the past is judged by it too; default now
        #[arg(long, value_name = "DAY", value_parser = day)]
        from: Option<Date>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// List what waits to be mended
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one item whole
    Show {
        /// Its number
        id: u64,
        /// Only what came, as a text to mend: `retry --with` takes it back
        #[arg(long)]
        raw: bool,
    },
    /// Feed an item again, as it is or mended
    Retry {
        /// Its number
        id: u64,
        /// The mended text: for rows of a file with the header line above them
        #[arg(long = "with")]
        with: Option<PathBuf>,
        /// How its columns become facts, for rows of a file
        #[arg(long)]
        map: Option<PathBuf>,
    },
    /// Put an item aside for good, without feeding it: its original is deleted
    Settle {
        /// Its number
        id: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Recompute every recorded decision from the facts, and report any difference
    Replay {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the folded state in a form that is the same whatever the order of arrival
    State {
        #[command(flatten)]
        clocks: Clocks,
    },
}
