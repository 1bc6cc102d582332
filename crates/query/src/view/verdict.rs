//! Alerts and histories as readers are shown them.

use jiff::Timestamp;
use jiff::civil::Date;
use linchpin_domain::decision::Severity;
use linchpin_domain::id::{AccountId, AlertId, ContractId, EntryId, MemberId};
use linchpin_domain::policy::Status;
use serde::Serialize;

use super::Evidence;

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
    /// The group of alerts it belongs to: `contacts`, `renewals`, `ownership` or
    /// `status`.
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
    /// Where others were told before: who, until when, and why it is theirs no more.
    pub passed_on: Option<String>,
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
