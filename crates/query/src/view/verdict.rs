//! Verdicts, alerts and histories as readers are shown them.

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::decision::Severity;
use linchpin_domain::id::{AccountId, AlertId, ContractId, EntryId, MemberId};
use linchpin_domain::policy::Status;
use serde::Serialize;

use super::Clocks;

/// Why an account has its status.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Explanation {
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// What stood behind the answer.
    pub clocks: Clocks,
    /// The status.
    #[schema(value_type = String)]
    pub status: Status,
    /// Its first day.
    #[schema(value_type = Option<String>, format = Date)]
    pub since: Option<Date>,
    /// Points reached.
    pub points: u32,
    /// Points that can be reached.
    pub out_of: u32,
    /// Points from which a client enters.
    pub enters_at: u32,
    /// Points from which a key account stays.
    pub stays_from: u32,
    /// The policy's name.
    pub policy: String,
    /// Its version, counted from 1; 0 where the firm has adopted none.
    pub policy_version: u32,
    /// The verdict in a sentence.
    pub sentence: String,
    /// What each criterion gave.
    pub criteria: Vec<CriterionView>,
    /// What is nearest to changing it, in sentences, most telling first.
    pub would_change: Vec<String>,
    /// The lowest point within half a year if what ends by a day (contracts, judgements) ends and
    /// business goes on as it does; absent where that is no lower than today.
    pub falls_to: Option<Fall>,
    /// The recorded decision behind the status, where one was recorded.
    pub decision: Option<Evidence>,
    /// What the watch rules looked at and stay quiet about: key and reason.
    pub quiet: Vec<QuietView>,
}

/// Where the score goes if nothing is done.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Fall {
    /// The day.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// The points from then on.
    pub points: u32,
    /// The status from then on.
    #[schema(value_type = String)]
    pub status: Status,
}

/// A watch rule that stays quiet.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct QuietView {
    /// The rule.
    pub rule: String,
    /// What it looked at, in words.
    pub subject: String,
    /// Why it stays quiet.
    pub reason: String,
}

/// One criterion, explained.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CriterionView {
    /// Its id in the policy.
    pub id: String,
    /// Heading.
    pub title: String,
    /// The rule in words, such as `EUR 50,000 to 400,000 in 365 days`.
    pub rule: String,
    /// The figure in words, such as `EUR 512,400` or `nobody yet`.
    pub figure: String,
    /// The bare figure, exact; absent where there was no data.
    pub value: Option<String>,
    /// Points it gave.
    pub points: u32,
    /// Points it can give.
    pub out_of: u32,
    /// Why the firm asks for it.
    pub why: String,
    /// The first day on which the figure may differ by time passing alone.
    #[schema(value_type = Option<String>, format = Date)]
    pub changes_on: Option<Date>,
    /// How many facts it rests on.
    pub evidence_count: usize,
    /// The facts it rests on, newest first, at most a hundred.
    pub evidence: Vec<Evidence>,
}

/// A fact or decision that something rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Evidence {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub id: EntryId,
    /// Where it stands in the ledger; absent where it was not looked up.
    pub position: Option<u64>,
}

/// One alert.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct AlertView {
    /// The alert; absent where it was computed for a past day and never raised.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub id: Option<AlertId>,
    /// What was found, as rule, subject and date.
    pub key: String,
    /// The rule's id.
    pub rule: String,
    /// The account.
    #[schema(value_type = String, format = "uuid")]
    pub account: AccountId,
    /// Its name.
    pub account_name: String,
    /// Its status.
    #[schema(value_type = String)]
    pub account_status: Status,
    /// How urgent it is.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// What is the matter, as a headline.
    pub title: String,
    /// Why, in a sentence or two.
    pub why: String,
    /// What hangs on it, where that can be told.
    pub hangs: Option<String>,
    /// The group of alerts it belongs to: `contacts`, `renewals`, `ownership`.
    pub group: String,
    /// The day on which it happened or will happen.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// For a deadline: the lead time reached, in days.
    pub lead_days: Option<u16>,
    /// Days from the day of the answer to `day`; negative for the past.
    pub days_left: i32,
    /// Who is told.
    pub to: String,
    /// Their id, where the post is filled.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub to_member: Option<MemberId>,
    /// `open`, `snoozed`, `acknowledged` or `resolved`.
    pub state: String,
    /// The state in words: by whom, until when, why.
    pub state_words: String,
    /// When it was raised.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub raised_at: Option<Timestamp>,
    /// The decision that raised it.
    pub position: Option<u64>,
    /// The contract concerned, where there is one (for the act "talks started").
    #[schema(value_type = Option<String>, format = "uuid")]
    pub contract: Option<ContractId>,
    /// The facts it rests on.
    pub evidence: Vec<Evidence>,
}

/// An entry as shown in a history.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct HistoryItem {
    /// Where it stands in the ledger.
    pub position: u64,
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    pub id: EntryId,
    /// The type's name on the wire.
    pub kind: String,
    /// `fact` or `decision`.
    pub class: String,
    /// When it became true.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    /// When it became known.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// Days between the two, where it became known later.
    pub days_late: i32,
    /// Who told or concluded it.
    pub actor: String,
    /// What it says, in a sentence.
    pub sentence: String,
    /// Whether it was taken back later.
    pub retracted: bool,
}
